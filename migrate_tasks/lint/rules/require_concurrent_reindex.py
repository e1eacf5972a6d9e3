"""REINDEX without CONCURRENTLY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import SHARE, blocks
from migrate_tasks.lint.knowledge.remedies import inserted, insertion, on_its_own
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Reindex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Name

WHOSE = {"INDEX": "to its table", "SCHEMA": "to each of its tables", "DATABASE": "to each of its tables"}


def check(step: Step) -> Iterator[Finding]:
    """Find indexes of tables in use that are rebuilt under a lock; those of the system cannot be rebuilt otherwise."""
    match step.operation:
        case Reindex(concurrently=False, kind="INDEX" | "TABLE" | "SCHEMA" | "DATABASE" as kind, name=name):
            table = _table(step, kind, name)
            if table and not is_in_use(step, table):
                return
            of = "" if kind == "INDEX" else "the indexes of "
            what = f'{of}{kind.lower()} "{name}"' if name else f"{of}the {kind.lower()}"
            blocked = blocks(SHARE, table) if table else f"{blocks(SHARE)} {WHOSE[kind]}"
            head = f"REINDEX () {kind}"
            yield step.finding(
                f"rebuilding {what} {blocked} (SHARE lock)",
                f"Rebuild concurrently{on_its_own(step)}:\n{inserted(step, head, 'CONCURRENTLY')}",
                edits=insertion(step, head, "CONCURRENTLY"),
            )


def _table(step: Step, kind: str, name: Name | None) -> Name | None:
    """Return the one table that is concerned, where it is known by name."""
    if name is None or kind not in ("INDEX", "TABLE"):
        return None
    if kind == "TABLE":
        return name
    index = step.schema.index(name)
    return index.table if index else None


RULE = Rule(
    name="require-concurrent-reindex",
    group=Group.LOCKS,
    summary="an index is rebuilt while writes to its table are blocked",
    reason="""\
`REINDEX` takes a SHARE lock on the table, so that every `INSERT`, `UPDATE` and `DELETE` waits until the index is
rebuilt, and an ACCESS EXCLUSIVE lock on the index itself, so that queries that would use it wait as well.

`REINDEX ... CONCURRENTLY` builds a second index beside the first and changes them over. It cannot be part of a
transaction (the runner sends it alone). Of `REINDEX SYSTEM`, which cannot be done so, tells ban-reindex-system.

Allow it for a table that is known to be small.
""",
    lock=SHARE,
    on=(Reindex,),
    check=check,
)
