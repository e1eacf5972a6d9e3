"""DROP VIEW."""

from migrate_tasks.lint.knowledge.rules_of_drop import drops
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Drop

RULE = Rule(
    name="ban-drop-view",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP VIEW of a view that may be in use",
    reason="""\
Programs of the version before still read the view until the deployment is done, and again after a rollback. Deploy the
version that does without it first. DROP VIEW and CREATE VIEW of one name in one file replace the view, and are not
found.""",
    on=(Drop,),
    check=drops(
        "view",
        "materialized view",
        consequence="breaks every program that still reads it",
        help="First deploy the programs without it; then allow this rule, and say since when nobody uses it.",
    ),
)
