"""The start-up sequence.

Values: spec (what startup.yaml says), result (what happened). World: read (the file), supervisor (processes).
"""
