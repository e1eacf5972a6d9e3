"""What a transaction goes on to do after an operation: a lock that is taken last is held for a moment only."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.lock_levels import locks_of
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
    from collections.abc import Callable, Collection, Iterator

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
    known = frozenset(name for name, _ in step.locks if is_in_use(step, name))
    if step.transaction is None:
        return not _slow(step, known)
    slow = step.transaction.slow
    if known not in slow or 0 < slow[known] <= step.operation.start:
        slow[known] = _slow(step, known)
    return not slow[known]


def _slow(step: Step, known: Collection[Name]) -> int:
    """Return where something begins after the step's operation that is not done in a moment; 0 for nowhere."""
    made = {operation.table for operation in (step.operation,) if isinstance(operation, CreateTable)}

    def is_made(table: Name) -> bool:
        return table in made or bool(step.earlier.of(CreateTable, table))

    for start, operation in _later(step):
        if operation is None or not _is_quick(operation, is_made):
            return start
        if isinstance(operation, CreateTable):
            made.add(operation.table)
        for name, _ in locks_of(operation, step.schema):
            if name not in known and not is_made(name) and is_in_use(step, name):
                return start
    return 0


def _is_quick(operation: Operation, is_made: Callable[[Name], bool]) -> bool:
    """Return whether an operation reads and writes no rows; tables that were made have none, as far as is known."""
    match operation:
        case CreateTable(as_query=as_query):
            return not as_query
        case Create(kind=kind):
            return kind != "materialized view"
        case AlterTable(table=table) | CreateIndex(table=table):
            return is_made(table)
        case Do(dynamic=dynamic):
            return not dynamic
    return isinstance(operation, OF_CATALOG)


def _later(step: Step) -> Iterator[tuple[int, Operation | None]]:
    """Yield the operations after the step's in its transaction, and where; None for what cannot be read."""
    for statement in _rest(step):
        try:
            operations = step.operations.in_statement(statement) or operations_of(statement)
        except NotRead:
            yield statement.start, None
        else:
            yield from ((later.start, later) for later in operations if later.start > step.operation.start)


def _rest(step: Step) -> Iterator[Statement]:
    """Yield the statements of the step's transaction from its own on."""
    statements, units = step.script.statements, step.script.units
    at = bisect_left(statements, step.statement.start, key=lambda statement: statement.start)
    end = at + 1
    if step.script.mode is Mode.TRANSACTION:
        end = len(statements)
    elif step.transaction:
        end = units[bisect_right(units, at, key=lambda unit: unit.first) - 1].end
    return (statements[number] for number in range(at, end))
