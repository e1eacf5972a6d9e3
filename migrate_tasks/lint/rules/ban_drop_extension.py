"""DROP EXTENSION."""

from migrate_tasks.lint.knowledge.rules_of_drop import drops
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Drop

RULE = Rule(
    name="ban-drop-extension",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP EXTENSION of an extension that may be in use",
    reason="""\
All types, functions and operators of the extension are gone, and with CASCADE all columns and indexes that need them.
Programs of the version before still use them. Deploy the version that does without them first.""",
    on=(Drop,),
    check=drops(
        "extension",
        consequence="breaks every program that still uses its types and functions",
        help="First deploy the programs without it; then allow this rule, and say since when nobody uses it.",
    ),
)
