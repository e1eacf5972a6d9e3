"""ALTER SYSTEM, which changes the configuration of the whole server."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.remedies import GAP
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Other

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HEAD = re.compile(rf"ALTER{GAP}SYSTEM{GAP}", re.IGNORECASE | re.DOTALL)


def _check(step: Step) -> Iterator[Finding]:
    match step.operation:
        case Other(what="ALTER SYSTEM"):
            yield step.finding(
                "ALTER SYSTEM changes the whole server, every other database on it too, and only after a reload",
                f"Set it for one database, or leave it to whoever operates the server:\n{_for_database(step)}",
            )


def _for_database(step: Step) -> str:
    """Return the same for the database that the migration is executed in, whose name only the server knows."""
    change = HEAD.sub("", step.text).replace("'", "''").replace("%", "%%")
    return f"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I {change}', current_database()); END $$;"


RULE = Rule(
    name="ban-alter-system",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="ALTER SYSTEM",
    reason="""\
`ALTER SYSTEM` writes into a file of the server: it concerns every database and every program there, needs a superuser
(which hosted servers do not give), has no effect before `pg_reload_conf()` or a restart, and is not taken back with
the migration. It cannot run in a transaction either. In a test it changes the server of all other tests.

`ALTER DATABASE ... SET` concerns one database and holds for new connections; not all parameters can be set so.
""",
    on=(Other,),
    check=_check,
)
