"""DROP SCHEMA."""

from migrate_tasks.lint.knowledge.rules_of_drop import drops
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Drop

RULE = Rule(
    name="ban-drop-schema",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP SCHEMA of a schema that may be in use",
    reason="""\
Without CASCADE Postgres refuses it unless the schema is empty; with CASCADE all that is in it is gone, tables and rows
included. Drop what is in it one by one, so that each loss can be read in the migration, and the schema last.""",
    on=(Drop,),
    check=drops(
        "schema",
        consequence="breaks every program that still uses something in it",
        help="First deploy the programs without it; then allow this rule, and say since when nobody uses it.",
    ),
)
