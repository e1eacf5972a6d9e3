"""NOT NULL taken from a column."""

from migrate_tasks.lint.knowledge.rules_of_columns import alters
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import AlterColumn

RULE = Rule(
    name="ban-drop-not-null",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="ALTER COLUMN ... DROP NOT NULL",
    reason="""\
Programs of the version before have never met NULL in that column, and fail on the first row that has it. Deploy the
version that can read NULL before the one that writes it. A column that the migration itself has made is not found.""",
    on=(AlterColumn,),
    check=alters(
        "DROP NOT NULL",
        does="allowing NULL in",
        consequence="breaks programs that do not expect it there",
        help="First deploy the programs that can read NULL there; then allow this rule.",
    ),
)
