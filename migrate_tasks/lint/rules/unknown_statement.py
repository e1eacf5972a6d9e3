"""A statement that the linter cannot read."""

from migrate_tasks.lint.rule import Group, Rule

RULE = Rule(
    name="unknown-statement",
    group=Group.CORRECTNESS,
    summary="a statement that is misspelled, or of a kind that the linter does not know",
    reason="""\
The linter guesses nothing: what it cannot read as Postgres' grammar has it, no rule has judged. Most often a word is
misspelled, or comes from another database, and the server would refuse it, too. Where it is right, the server says so
(`migrate-lint --server`), and an allow with a reason keeps the statement.""",
)
