"""The default taken from a column."""

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.rules_of_columns import alters
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import AlterColumn

RULE = Rule(
    name="ban-drop-default",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="ALTER COLUMN ... DROP DEFAULT",
    reason="""\
Programs of the version before leave the column out and count on the default: their rows get NULL now, or are refused
where the column is NOT NULL. Deploy the version that gives a value first. A column that the migration itself has made
is not found.""",
    on=(AlterColumn,),
    check=alters(
        "DROP DEFAULT",
        does="taking the default from",
        consequence="breaks programs that insert rows without it",
        help="First deploy the programs that always give a value; then allow this rule.",
    ),
)
