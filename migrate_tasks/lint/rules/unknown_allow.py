"""An allow of a rule that does not exist."""

from migrate_tasks.lint.rule import Group, Rule

RULE = Rule(
    name="unknown-allow",
    group=Group.CORRECTNESS,
    summary="a comment that allows a rule which does not exist, or is written so that it allows nothing",
    reason="""\
Nothing is allowed by a name that is misspelled: what was to be accepted is still told, or was never found. Write the
rule's name as `migrate-lint --list` shows it. Nor is anything allowed by a comment in `/* */`, or one that is written
`-- MIGRATE: ALLOW`.""",
)
