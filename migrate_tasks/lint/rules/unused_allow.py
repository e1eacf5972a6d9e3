"""An allow of a rule that finds nothing there."""

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

RULE = Rule(
    name="unused-allow",
    group=Group.CORRECTNESS,
    severity=Severity.WARNING,
    summary="a comment that allows a rule which finds nothing there",
    reason="""\
An allow that nothing needs is left from an earlier version of the statement, or stands in the wrong place. It says
something untrue to readers, and would hide the next finding. Take it out.""",
)
