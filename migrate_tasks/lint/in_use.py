"""Which tables others may be using while a migration is executed: all that are neither new nor of the session only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.lock_levels import TABLES, is_at_least, locks_of
from migrate_tasks.lint.locks import ACCESS_EXCLUSIVE
from migrate_tasks.lint.step import Held
from migrate_tasks.sql.operations import Drop

if TYPE_CHECKING:
    from migrate_tasks.lint.step import FileStep, Step
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


def held_by(step: Step) -> Held:
    """Return the locks on tables in use that the step's operation takes."""
    locks = [(name, mode) for name, mode in locks_of(step.operation, step.schema) if is_in_use(step, name)]
    return Held(step.operation, tuple(locks), step.transaction)


def locked(held: Held, mode: str) -> list[Name]:
    """Return the tables in use that an operation locks in ``mode`` or a stronger one."""
    return [name for name, taken in held.locks if is_at_least(taken, mode)]


def shut(held: Held) -> list[Name]:
    """Return the tables in use that nobody can read while the operation's transaction lasts, but for dropped ones."""
    operation = held.operation
    dropped = operation.name if isinstance(operation, Drop) and operation.kind in TABLES else None
    return [name for name in locked(held, ACCESS_EXCLUSIVE) if name != dropped]


def line_of(step: Step, operation: Operation) -> int:
    """Return the line of the file in which an operation begins."""
    return step.script.text.count("\n", 0, operation.start) + 1
