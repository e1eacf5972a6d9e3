"""DROP DATABASE."""

from migrate_tasks.lint.knowledge.rules_of_drop import drops
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Drop

RULE = Rule(
    name="ban-drop-database",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP DATABASE",
    reason="""\
There is no way back but a backup. A migration is executed in the database that it is about, and no session can drop the
one that it is connected to; so this is another one, of which the migrations know nothing. It cannot run in a
transaction either.""",
    on=(Drop,),
    check=drops(
        "database",
        consequence="loses all that is in it",
        help="Take it out: a database is dropped by whoever operates the server, not by a migration.",
    ),
)
