"""DROP TYPE."""

from migrate_tasks.lint.knowledge.rules_of_drop import drops
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Drop

RULE = Rule(
    name="ban-drop-type",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP TYPE of a type that may be in use",
    reason="""\
Drivers look a type up by its name, and programs of the version before still cast to it; with CASCADE the columns of
that type are lost, too. Deploy the version that does without it first. A type that the migration itself has made is
not found.""",
    on=(Drop,),
    check=drops(
        "type",
        consequence="breaks every program that still casts to it",
        help="First deploy the programs without it; then allow this rule, and say since when nobody uses it.",
    ),
)
