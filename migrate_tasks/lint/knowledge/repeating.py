"""Which operations fail when they are executed again on what they have left, and what keeps them from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    Create,
    CreateFunction,
    CreateIndex,
    CreateTable,
    CreateTrigger,
    Drop,
    DropColumn,
    DropConstraint,
    Name,
)

if TYPE_CHECKING:
    from migrate_tasks.lint.done import Done
    from migrate_tasks.sql.operations import Operation

IF_NOT_EXISTS, IF_EXISTS, OR_REPLACE = "IF NOT EXISTS", "IF EXISTS", "OR REPLACE"
REPLACED = frozenset({"view", "rule", "aggregate", "language"})  # which CREATE OR REPLACE makes
CHECKED = frozenset(
    {"materialized view", "sequence", "schema", "extension", "foreign table", "statistics", "collation"}
)


def what_makes_it_repeatable(operation: Operation, others: Done) -> str | None:
    """Return the clause that an operation lacks; None where it lacks none, or where Postgres has none for it.

    ``others`` are those of its file: what is dropped IF EXISTS before it is made needs no clause.
    """
    clause = _clause(operation)
    return None if clause and _is_dropped_before(operation, others) else clause


def _clause(operation: Operation) -> str | None:
    match operation:
        case CreateIndex(name=None):
            return f"a name and {IF_NOT_EXISTS}"
        case CreateTable(if_not_exists=False, temporary=False) | CreateIndex(if_not_exists=False):
            return IF_NOT_EXISTS
        case AddColumn(if_not_exists=False) | AddEnumValue(if_not_exists=False):
            return IF_NOT_EXISTS
        case Create(kind=kind, if_not_exists=False) if kind in CHECKED:
            return IF_NOT_EXISTS
        case Create(kind=kind, or_replace=False) if kind in REPLACED:
            return OR_REPLACE
        case CreateFunction(or_replace=False) | CreateTrigger(or_replace=False):
            return OR_REPLACE
        case Drop(if_exists=False) | DropColumn(if_exists=False) | DropConstraint(if_exists=False):
            return IF_EXISTS
        case AddConstraint(constraint=constraint):
            return f"DROP CONSTRAINT IF EXISTS {constraint.name or ''}".rstrip() + " before it"
    return None


def what_it_does(operation: Operation) -> str:
    """Return an operation in words: ``creating column "day" of "orders"``."""
    made = _made(operation)
    kind, *names = made or _dropped(operation) or ("object",)
    return f"{'creating' if made else 'dropping'} {kind} " + " of ".join(f'"{name}"' for name in reversed(names))


def _is_dropped_before(operation: Operation, others: Done) -> bool:
    """Return whether the file has dropped what the operation makes."""
    made = _made(operation)
    if made is None:
        return False
    dropping = (other for kind in (Drop, DropColumn, DropConstraint) for other in others.of(kind, made[1]))
    return any(other.start < operation.start and _dropped(other) == made for other in dropping)


def _made(operation: Operation) -> tuple[str, Name, *tuple[str, ...]] | None:
    """Return what is made: its kind, the table or type that it is a part of, its name."""
    match operation:
        case CreateTable(table=table):
            return "table", table
        case CreateIndex(name=name, table=table):
            return "index", Name(name or "unnamed", table.schema)
        case AddColumn(table=table, column=column):
            return "column", table, column.name
        case AddConstraint(table=table, constraint=constraint):
            return "constraint", table, constraint.name or "unnamed"
        case AddEnumValue(name=type_name, value=value):
            return "enum value", type_name, value
        case Create(kind=kind, name=object_name) | CreateFunction(kind=kind, name=object_name):
            return kind, object_name
        case CreateTrigger(name=trigger, table=table):
            return "trigger", table, trigger
    return None


def _dropped(operation: Operation) -> tuple[object, ...] | None:
    """Return what is dropped, as :func:`_made` does."""
    match operation:
        case DropColumn(table=table, column=column):
            return "column", table, column
        case DropConstraint(table=table, name=constraint):
            return "constraint", table, constraint
        case Drop(kind="trigger", name=trigger, on_table=table):
            return "trigger", table, trigger.name
        case Drop(kind=kind, name=name):
            return kind, name
    return None
