"""DROP SEQUENCE."""

from migrate_tasks.lint.knowledge.rules_of_drop import drops
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Drop

RULE = Rule(
    name="ban-drop-sequence",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP SEQUENCE of a sequence that may be in use",
    reason="""\
Programs of the version before still call nextval(), and where the sequence stood it is not known afterwards: a new one
begins with numbers that are used already. Deploy the version that does without it first.""",
    on=(Drop,),
    check=drops(
        "sequence",
        consequence="breaks every program that still takes numbers from it",
        help="First deploy the programs without it; then allow this rule, and say since when nobody uses it.",
    ),
)
