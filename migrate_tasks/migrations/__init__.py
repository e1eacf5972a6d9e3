"""The migration engine.

Values: names (file names and their order), status (what is recorded and what a run did), plan (what to do).
World: files (the folder), history (the table), lock (one run at a time), runner (executing).
"""
