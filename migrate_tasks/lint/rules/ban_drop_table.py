"""DROP TABLE."""

from migrate_tasks.lint.knowledge.rules_of_drop import drops
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Drop

RULE = Rule(
    name="ban-drop-table",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP TABLE of a table that may be in use",
    reason="""\
The rows are gone, and only a backup brings them back. Programs of the version before, which run until the deployment is
done and again after a rollback, fail at once. Deploy the version that does without the table, wait until nobody asks
for another one, then drop it in a migration of its own with an allow. A table that the migration itself has made, and
a temporary one, are not found.""",
    on=(Drop,),
    check=drops(
        "table",
        "foreign table",
        consequence="loses its rows, and breaks every program that still uses it",
        help="First deploy the programs without it; then allow this rule, and say since when nobody uses it.",
    ),
)
