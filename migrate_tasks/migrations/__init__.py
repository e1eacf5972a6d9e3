"""The migration engine.

Values: migration, names (file names and their order), status (what is recorded, and what a run did), events,
failure (what a failed one tells).
World: files (the folder), history (the table), lock (one run at a time),
session (the connection), script (sending a file), runner (executing), report (asking between runs).
"""
