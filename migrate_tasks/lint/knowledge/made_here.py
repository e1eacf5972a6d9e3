"""What the migration itself has made, which no program uses yet; and what it makes anew after having dropped it."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.done import Done
    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import Constraint, Operation

TABLES = ("table", "foreign table")
VIEWS = ("view", "materialized view")
FUNCTIONS = ("function", "procedure", "routine", "aggregate")
TYPES = ("type", "domain")  # DROP TYPE drops a domain, too
FAMILIES = ((*TABLES, *VIEWS), FUNCTIONS, TYPES)  # whose names are looked up alike
KEYS = ("primary key", "unique")
GIVING = (CreateTable, Create, CreateFunction, CreateType, CreateDomain, Rename)
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
    return any(_gives(operation, kind, name) for operation in _giving(step.earlier, name))


def is_column_made_here(step: Step, table: Name, column: str) -> bool:
    """Return whether the migration has made a column, or its table."""
    return is_nobodys(step, table) or any(add.column.name == column for add in step.earlier.of(AddColumn, table))


def is_made_anew(step: Step, kind: str, name: Name) -> bool:
    """Return whether something that is used like it has that name after the step's operation, by the same file."""
    later = (operation for operation in _giving(step.operations, name) if operation.start > step.operation.start)
    return any(_gives(operation, kind, name) for operation in later)


def is_constraint_made_anew(step: Step, table: Name, name: str) -> bool:
    """Return whether the file adds a constraint of that name, or one like it, after the step's operation."""
    found = step.schema.table(table)
    known = found.constraints.get(name) if found else None
    return any(
        add.start > step.operation.start
        and (
            (add.constraint.name == name and not (known and _is_other_key(step, known.constraint, add)))
            or (known and _is_like(add.constraint, known.constraint))
        )
        for add in step.operations.of(AddConstraint, table)
    )


def _is_other_key(step: Step, old: Constraint, add: AddConstraint) -> bool:
    """Return whether what is added by the name of a key is a key of other columns, or none at all."""
    if old.kind not in KEYS:
        return False
    added = add.constraint
    index = step.schema.index(Name(added.using_index, add.table.schema)) if added.using_index else None
    columns = index.columns if index else added.columns
    return added.kind not in KEYS or bool(columns and old.columns and set(columns) != set(old.columns))


def is_constraint_made_here(step: Step, table: Name, name: str) -> bool:
    """Return whether the migration has made a constraint, or its table."""
    return is_nobodys(step, table) or any(add.constraint.name == name for add in step.earlier.of(AddConstraint, table))


def _is_like(added: Constraint, other: Constraint) -> bool:
    """Return whether a constraint is of the same kind and on the same columns as another one."""
    same = (added.kind, added.columns, added.references) == (other.kind, other.columns, other.references)
    return same and bool(other.columns)


def _giving(operations: Done, name: Name) -> Iterator[Operation]:
    """Yield the operations that may make something of that name, or give the name to something."""
    return (operation for kind in GIVING for operation in operations.of(kind, name))


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
