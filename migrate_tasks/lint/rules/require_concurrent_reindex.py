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

    from migrate_tasks.lint.schema import TableState
    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Name

WHOSE = {"INDEX": "to its table", "SCHEMA": "to each of its tables", "DATABASE": "to each of its tables"}
LEFT_OUT = {
    "INDEX": "",
    "TABLE": ", which leaves out INVALID indexes and those of exclusion constraints",
    "SCHEMA": ", which leaves out INVALID indexes and those of exclusion constraints",
    "DATABASE": ", which leaves out the system's indexes, INVALID ones and those of exclusion constraints",
}
NEVER = (
    "The index of an exclusion constraint cannot be rebuilt concurrently: do it while nobody needs the table, and allow"
    " it."
)


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
            yield _finding(step, kind, table, f"rebuilding {what} {blocked} (SHARE lock)")


def _finding(step: Step, kind: str, table: Name | None, message: str) -> Finding:
    """Return the finding; it is mended only where nothing is left out, and the server will not refuse it."""
    head = f"REINDEX () {kind}"
    known = step.schema.table(table) if table and kind == "INDEX" else None
    if known and _excludes(step, known):
        return step.finding(message, NEVER)
    return step.finding(
        message,
        f"Rebuild concurrently{LEFT_OUT[kind]}{on_its_own(step)}:\n{inserted(step, head, 'CONCURRENTLY')}",
        edits=insertion(step, head, "CONCURRENTLY") if known else (),
    )


def _excludes(step: Step, table: TableState) -> bool:
    """Return whether the index that is rebuilt is that of an exclusion constraint."""
    name = step.operation.name.name if isinstance(step.operation, Reindex) and step.operation.name else ""
    state = table.constraints.get(name)
    return state is not None and state.constraint.kind == "exclude"


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
transaction (the runner sends it alone). Of a table, a schema or a database it leaves out INVALID indexes, those of
exclusion constraints and those of the system, so `--fix` puts it in for a single index only. Of `REINDEX SYSTEM`, which
cannot be done so, tells ban-reindex-system.

Allow it for a table that is known to be small.
""",
    lock=SHARE,
    on=(Reindex,),
    check=check,
)
