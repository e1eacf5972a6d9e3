"""A directive that the runner would refuse."""

from migrate_tasks.lint.rule import Group, Rule

RULE = Rule(
    name="invalid-directive",
    group=Group.CORRECTNESS,
    summary='a "-- migrate:" comment that is unknown, stands too low or contradicts the file',
    reason="""\
Directives at the head of a file steer how the runner executes it. One that is misspelled, contradicts another one or
asks for what the file cannot be (one transaction, with `CREATE INDEX CONCURRENTLY` in it) makes the runner refuse the
whole folder before it executes anything. No other rule has judged the file.""",
)
