"""A column that is no longer computed."""

from migrate_tasks.lint.knowledge.rules_of_columns import alters
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import AlterColumn

RULE = Rule(
    name="ban-drop-generated-expression",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="ALTER COLUMN ... DROP EXPRESSION",
    reason="""\
The rows that are there keep their values; in new ones the column is NULL unless the program gives a value, and in
changed ones it is out of date. Programs of the version before do neither. Deploy the version that writes it first.""",
    on=(AlterColumn,),
    check=alters(
        "DROP EXPRESSION",
        does="no longer computing",
        consequence="leaves it NULL in the rows of programs that count on it",
        help="First deploy the programs that give it a value themselves; then allow this rule.",
    ),
)
