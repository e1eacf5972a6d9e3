"""The script cannot be split into statements."""

from migrate_tasks.lint.rule import Group, Rule

RULE = Rule(
    name="syntax-error",
    group=Group.CORRECTNESS,
    summary="a quote, a comment or a body that is left open, or a command of psql",
    reason="""\
Nothing after a quote that is left open can be read, neither by Postgres nor by the linter, so no other rule has judged
the file. Commands of psql (`\\i`, `\\set`, `\\connect`) are no SQL: psql executes them itself, and a server has never
heard of them, so the runner refuses the file. Put what they include into it. What stands around them is judged.""",
)
