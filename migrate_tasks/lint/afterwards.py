"""What a transaction goes on to do after an operation: a lock that is taken last is held for a moment only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.in_use import held_by, is_in_use
from migrate_tasks.lint.lock_levels import locks_of
from migrate_tasks.migrations.modes import Mode
from migrate_tasks.sql.operations import (
    AddEnumValue,
    AlterTable,
    Comment,
    Create,
    CreateDomain,
    CreateFunction,
    CreateIndex,
    CreatePolicy,
    CreateTable,
    CreateTrigger,
    CreateType,
    Do,
    Drop,
    Grant,
    Rename,
    SetParameter,
    TransactionControl,
)
from migrate_tasks.sql.reading import NotRead, operations_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import Name, Operation
    from migrate_tasks.sql.statements import Statement

OF_CATALOG = (
    AddEnumValue,
    Comment,
    CreateDomain,
    CreateFunction,
    CreatePolicy,
    CreateTrigger,
    CreateType,
    Drop,
    Grant,
    Rename,
    SetParameter,
    TransactionControl,
)


def is_last(step: Step) -> bool:
    """Return whether all that the transaction does after the step's operation is done in a moment.

    That is what changes the catalog alone, and locks no other table in use.
    """
    known = {name for name, _ in held_by(step).locks}
    made = {operation.table for operation in (step.operation, *step.earlier) if isinstance(operation, CreateTable)}
    for operation in _later(step):
        if operation is None or not _is_quick(operation, made):
            return False
        if isinstance(operation, CreateTable):
            made.add(operation.table)
        for name, _ in locks_of(operation, step.schema):
            if name not in known | made and is_in_use(step, name):
                return False
    return True


def _is_quick(operation: Operation, made: set[Name]) -> bool:
    """Return whether an operation reads and writes no rows; ``made`` are tables that have none, as far as is known."""
    match operation:
        case CreateTable(as_query=as_query):
            return not as_query
        case Create(kind=kind):
            return kind != "materialized view"
        case AlterTable(table=table) | CreateIndex(table=table):
            return table in made
        case Do(dynamic=dynamic):
            return not dynamic
    return isinstance(operation, OF_CATALOG)


def _later(step: Step) -> Iterator[Operation | None]:
    """Yield the operations after the step's in its transaction, None for a statement that cannot be read."""
    for statement in _rest(step):
        try:
            operations = operations_of(statement)
        except NotRead:
            yield None
        else:
            yield from (operation for operation in operations if operation.start > step.operation.start)


def _rest(step: Step) -> Sequence[Statement]:
    """Return the statements of the step's transaction from its own on."""
    statements = step.script.statements
    at = next(number for number, statement in enumerate(statements) if statement is step.statement)
    end = at + 1
    if step.script.mode is Mode.TRANSACTION:
        end = len(statements)
    elif step.transaction:
        end = next(unit.end for unit in step.script.units if unit.first <= at < unit.end)
    return statements[at:end]
