"""The linter: what a folder of migrations would block, break or fail at, told before it is executed.

It replays the whole folder, file by file, and judges each operation by what the earlier ones have left (schema.py), and
by how the runner will execute it (step.py). A rule is a module in rules/. Not here: how SQL is read (sql/reading/).
"""
