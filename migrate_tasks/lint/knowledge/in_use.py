"""Which tables others may be using while a migration is executed: all that are neither new nor of the session only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.lock_levels import TABLES, is_at_least, lock_on_unnamed
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE
from migrate_tasks.lint.renames import renamed
from migrate_tasks.sql.operations import Drop, Rename

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrate_tasks.lint.knowledge.lock_levels import Lock
    from migrate_tasks.lint.step import FileStep, Step, Transaction
    from migrate_tasks.sql.operations import Name, Operation

OF_SYSTEM = ("pg_catalog", "pg_temp", "information_schema")


def is_in_use(step: Step | FileStep, table: Name) -> bool:
    """Return whether others may be using a table or a view; one that is not known counts as used."""
    found = step.schema.table(table)
    made_by = found.made_by if found else step.schema.views.get(table)
    if made_by is None:
        return not _is_of_system(table)
    is_new = made_by == step.name or made_by in step.target.pending
    return not is_new and not (found and found.is_temporary)


def _is_of_system(table: Name) -> bool:
    """Return whether a table is one of the catalog or of the session, which no migration makes by that name."""
    return table.schema in OF_SYSTEM or (table.schema is None and table.name.startswith("pg_"))


def locked_in_use(step: Step, mode: str) -> list[Name]:
    """Return the tables in use that the step's operation locks in ``mode`` or a stronger one."""
    return [name for name, held in step.locks if is_at_least(held, mode) and is_in_use(step, name)]


def shut(step: Step) -> list[Name]:
    """Return the tables in use that nobody can read while the step's transaction lasts, but for dropped ones."""
    operation = step.operation
    dropped = operation.name if isinstance(operation, Drop) and operation.kind in TABLES else None
    return [name for name in locked_in_use(step, ACCESS_EXCLUSIVE) if name != dropped]


def remember(step: Step) -> None:
    """Let the transaction know the step's operation, before it is replayed, and the locks that it takes."""
    locks = [(table, mode) for table, mode in step.locks if is_in_use(step, table)]
    step.latest.update((mode, step.operation) for _, mode in locks)
    if mode := lock_on_unnamed(step.operation):
        step.latest[mode] = step.operation
    if step.transaction:
        _remember_in(step.transaction, step, locks)


def _remember_in(transaction: Transaction, step: Step, locks: Iterable[Lock]) -> None:
    transaction.done.append(step.operation)
    for table, mode in locks:
        transaction.held.setdefault(table, {}).setdefault(mode, step.operation)
    if not transaction.shut:
        transaction.shut = dict.fromkeys(shut(step), step.operation)
    match step.operation:
        case Rename(kind="table", name=old, new=new, sets_schema=sets_schema):
            transaction.rename(old, renamed(old, new, sets_schema=sets_schema))


def line_of(step: Step, operation: Operation) -> int:
    """Return the line of the file in which an operation begins."""
    return step.script.places.of(operation.start).line
