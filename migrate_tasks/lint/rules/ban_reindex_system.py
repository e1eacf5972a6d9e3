"""REINDEX SYSTEM, which rebuilds the indexes that every query needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Reindex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HELP = "Leave it to whoever operates the server, while nobody uses the database."


def _check(step: Step) -> Iterator[Finding]:
    match step.operation:
        case Reindex(kind="SYSTEM", concurrently=True):
            yield step.finding("the system catalogs cannot be rebuilt concurrently: Postgres refuses it", HELP)
        case Reindex(kind="SYSTEM"):
            yield step.finding(
                "REINDEX SYSTEM keeps every query of the database waiting while it rebuilds the indexes of the system"
                " catalogs (ACCESS EXCLUSIVE lock)",
                HELP,
            )


RULE = Rule(
    name="ban-reindex-system",
    group=Group.LOCKS,
    summary="REINDEX SYSTEM keeps every query of the database waiting",
    reason="""\
`REINDEX SYSTEM` takes an ACCESS EXCLUSIVE lock on each index of the system catalogs. They are read to plan any query
and to connect, so all wait: for the rebuilding, and before that for whatever transaction the lock waits for. It cannot
be done concurrently (SQLSTATE 0A000), nor in a transaction.

It is a repair of a damaged index, and no change of the schema.
""",
    on=(Reindex,),
    check=_check,
)
