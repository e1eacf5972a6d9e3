"""What the migration itself has made, which no program uses yet; and what it makes anew after having dropped it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import (
    AddColumn,
    AddConstraint,
    Create,
    CreateDomain,
    CreateFunction,
    CreateTable,
    CreateType,
    Name,
    Rename,
)
from migrate_tasks.sql.reading import NotRead, operations_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import Constraint, Operation

TABLES = ("table", "foreign table")
VIEWS = ("view", "materialized view")
FUNCTIONS = ("function", "procedure", "routine", "aggregate")
TYPES = ("type", "domain")  # DROP TYPE drops a domain, too
FAMILIES = ((*TABLES, *VIEWS), FUNCTIONS, TYPES)  # whose names are looked up alike
KEYS = ("primary key", "unique")
PARTS = frozenset({"column", "constraint", "attribute", "enum value"})  # which RENAME may name, and are no objects


def is_nobodys(step: Step, table: Name) -> bool:
    """Return whether no program uses a table yet, or none but this session can."""
    found = step.schema.table(table)
    return step.is_new(table) or bool(found and found.is_temporary)


def is_made_here(step: Step, kind: str, name: Name) -> bool:
    """Return whether the migration has made an object, or one that no database has completed.

    An object that got its name here counts, unless it is a table: nobody can use that name yet.
    """
    if kind in TABLES:
        return is_nobodys(step, name)
    made_by = step.schema.views.get(name)
    if kind in VIEWS and made_by in (step.name, *step.target.pending):
        return True
    return any(_gives(operation, kind, name) for operation in step.earlier)


def is_column_made_here(step: Step, table: Name, column: str) -> bool:
    """Return whether the migration has made a column, or its table."""
    return is_nobodys(step, table) or any(
        isinstance(operation, AddColumn) and operation.table == table and operation.column.name == column
        for operation in step.earlier
    )


def is_made_anew(step: Step, kind: str, name: Name) -> bool:
    """Return whether something that is used like it has that name after the step's operation, by the same file."""
    return any(_gives(operation, kind, name) for operation in _later(step, name.name))


def is_constraint_made_anew(step: Step, table: Name, name: str) -> bool:
    """Return whether the file adds a constraint of that name, or one like it, after the step's operation."""
    found = step.schema.table(table)
    known = found.constraints.get(name) if found else None
    return any(
        (_adds_constraint(operation, table, name) and not (known and _is_other_key(step, known.constraint, operation)))
        or (known and _adds_alike(operation, table, known.constraint))
        for operation in _later(step, table.name)
    )


def _is_other_key(step: Step, old: Constraint, operation: Operation) -> bool:
    """Return whether what is added by the name of a key is a key of other columns, or none at all."""
    if old.kind not in KEYS or not isinstance(operation, AddConstraint):
        return False
    added = operation.constraint
    index = step.schema.index(Name(added.using_index, operation.table.schema)) if added.using_index else None
    columns = index.columns if index else added.columns
    return added.kind not in KEYS or bool(columns and old.columns and set(columns) != set(old.columns))


def is_constraint_made_here(step: Step, table: Name, name: str) -> bool:
    """Return whether the migration has made a constraint, or its table."""
    return is_nobodys(step, table) or any(_adds_constraint(operation, table, name) for operation in step.earlier)


def _adds_constraint(operation: Operation, table: Name, name: str) -> bool:
    return isinstance(operation, AddConstraint) and (operation.table, operation.constraint.name) == (table, name)


def _adds_alike(operation: Operation, table: Name, constraint: Constraint) -> bool:
    """Return whether an operation adds a constraint of the same kind on the same columns."""
    if not isinstance(operation, AddConstraint) or operation.table != table or not constraint.columns:
        return False
    added = operation.constraint
    return (added.kind, added.columns, added.references) == (
        constraint.kind,
        constraint.columns,
        constraint.references,
    )


def _gives(operation: Operation, kind: str, name: Name) -> bool:
    """Return whether an operation makes something of that name, or gives the name to something."""
    match operation:
        case CreateTable(table=made):
            return made == name and _is_alike("table", kind)
        case Create(name=made) | CreateFunction(name=made):
            return made == name and _is_alike(operation.kind, kind)
        case CreateType(name=made) | CreateDomain(name=made):
            return made == name and kind in TYPES
        case Rename(kind=renamed, sets_schema=False) if renamed not in PARTS:
            return Name(operation.new, operation.name.schema) == name and _is_alike(renamed, kind)
    return False


def _is_alike(made: str, kind: str) -> bool:
    return made == kind or any(made in family and kind in family for family in FAMILIES)


def _later(step: Step, word: str) -> Iterator[Operation]:
    """Yield what the file does after the step's operation, as far as the statements have that word in them."""
    for statement in step.script.statements:
        if statement.start >= step.statement.start and word.lower() in statement.text.lower():
            with suppress(NotRead):
                yield from (made for made in operations_of(statement) if made.start > step.operation.start)
