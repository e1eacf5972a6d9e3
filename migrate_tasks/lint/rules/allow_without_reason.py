"""An allow that does not say why."""

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

RULE = Rule(
    name="allow-without-reason",
    group=Group.CORRECTNESS,
    severity=Severity.WARNING,
    summary="a comment that allows a rule and does not say why",
    reason="""\
Whoever reads a migration later, or copies it, needs to know why this place was right: "because the table is empty", or
"because nobody has used the column since March". Write it after `because`.""",
)
