"""Which lock an operation takes on which table, as PostgreSQL 15 to 18 do; a test asks servers of both.

What a lock keeps others from is told in locks.py. Sources: the PostgreSQL manual's chapter "Explicit Locking", its
pages of the commands, and pg_locks. Not here: sequences and indexes, unless their table is locked as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import singledispatch
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.locks import (
    ACCESS_EXCLUSIVE,
    EXCLUSIVE,
    MODES,
    ROW_EXCLUSIVE,
    ROW_SHARE,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
)
from migrate_tasks.lint.schema import Schema
from migrate_tasks.sql.operations import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterColumnType,
    AlterTable,
    AlterTableOther,
    AttachPartition,
    Cluster,
    Comment,
    Create,
    CreateIndex,
    CreatePolicy,
    CreateTable,
    CreateTrigger,
    Delete,
    DetachPartition,
    Drop,
    DropColumn,
    DropConstraint,
    Insert,
    LockTable,
    Merge,
    Name,
    Operation,
    RefreshMaterializedView,
    Reindex,
    Rename,
    Truncate,
    Update,
    Vacuum,
    ValidateConstraint,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrate_tasks.sql.operations import Constraint

Lock = tuple[Name, str]
PARAMETERS = ("SET STATISTICS", "SET OPTIONS", "RESET OPTIONS")  # of a column
WEAK_ACTIONS = {
    "CLUSTER ON": SHARE_UPDATE_EXCLUSIVE,
    "SET WITHOUT CLUSTER": SHARE_UPDATE_EXCLUSIVE,
    "SET": SHARE_UPDATE_EXCLUSIVE,
    "RESET": SHARE_UPDATE_EXCLUSIVE,
    "ENABLE TRIGGER": SHARE_ROW_EXCLUSIVE,
    "DISABLE TRIGGER": SHARE_ROW_EXCLUSIVE,
    "ENABLE REPLICA TRIGGER": SHARE_ROW_EXCLUSIVE,
    "ENABLE ALWAYS TRIGGER": SHARE_ROW_EXCLUSIVE,
}
TABLES = ("table", "foreign table", "materialized view", "view")
OF_TABLES = ("column", "constraint", "trigger", "policy", "rule")


def locks_of(operation: Operation, schema: Schema) -> tuple[Lock, ...]:
    """Return the strongest lock that an operation takes on each table that it concerns, as far as ``schema`` tells."""
    strongest: dict[Name, str] = {}
    for name, mode in _locks(operation, schema):
        if name not in strongest or is_at_least(mode, strongest[name]):
            strongest[name] = mode
    return tuple(strongest.items())


def lock_on_unnamed(operation: Operation) -> str | None:
    """Return the lock that an operation takes on one table after the other, none of which it names."""
    match operation:
        case Vacuum(table=None, full=True) | Cluster(table=None):
            return ACCESS_EXCLUSIVE
        case Reindex(kind="SCHEMA" | "DATABASE" | "SYSTEM", concurrently=False):
            return SHARE
    return None


def is_at_least(mode: str, other: str) -> bool:
    """Return whether a lock mode is the other one, or stands after it in the manual's list."""
    return MODES.index(mode) >= MODES.index(other)


@singledispatch
def _locks(operation: Operation, schema: Schema) -> Iterable[Lock]:  # noqa: ARG001 -- as all of them
    return ()


@_locks.register
def _(operation: CreateTable, schema: Schema) -> Iterator[Lock]:
    if operation.table in schema.tables:
        return  # IF NOT EXISTS
    own = [constraint for column in operation.columns for constraint in column.constraints]
    yield from _referenced([*own, *operation.constraints], SHARE_ROW_EXCLUSIVE)
    yield from ((parent, SHARE_UPDATE_EXCLUSIVE) for parent in operation.inherits)
    if operation.partition_of:
        yield operation.partition_of, ACCESS_EXCLUSIVE
        yield from _referenced(_foreign_keys(schema, operation.partition_of), SHARE_ROW_EXCLUSIVE)


@_locks.register
def _(operation: AlterTable, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    yield operation.table, ACCESS_EXCLUSIVE


@_locks.register
def _(operation: AddColumn, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    yield operation.table, ACCESS_EXCLUSIVE
    yield from _referenced(operation.column.constraints, SHARE_ROW_EXCLUSIVE)


@_locks.register
def _(operation: DropColumn, schema: Schema) -> Iterator[Lock]:
    yield operation.table, ACCESS_EXCLUSIVE
    keys = [key for key in _foreign_keys(schema, operation.table) if operation.column in key.columns]
    yield from _referenced(keys, ACCESS_EXCLUSIVE)


@_locks.register
def _(operation: AlterColumn, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    yield operation.table, SHARE_UPDATE_EXCLUSIVE if operation.action in PARAMETERS else ACCESS_EXCLUSIVE


@_locks.register
def _(operation: AddConstraint, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    is_foreign = operation.constraint.kind == "foreign key"
    yield operation.table, SHARE_ROW_EXCLUSIVE if is_foreign else ACCESS_EXCLUSIVE
    yield from _referenced([operation.constraint], SHARE_ROW_EXCLUSIVE)


@_locks.register
def _(operation: ValidateConstraint, schema: Schema) -> Iterator[Lock]:
    yield operation.table, SHARE_UPDATE_EXCLUSIVE
    yield from _referenced(_named(schema, operation.table, operation.name), ROW_SHARE)


@_locks.register
def _(operation: DropConstraint, schema: Schema) -> Iterator[Lock]:
    yield operation.table, ACCESS_EXCLUSIVE
    yield from _referenced(_named(schema, operation.table, operation.name), ACCESS_EXCLUSIVE)


@_locks.register
def _(operation: AttachPartition, schema: Schema) -> Iterator[Lock]:
    yield operation.table, SHARE_UPDATE_EXCLUSIVE
    yield operation.partition, ACCESS_EXCLUSIVE
    yield from _referenced(_foreign_keys(schema, operation.table), SHARE_ROW_EXCLUSIVE)


@_locks.register
def _(operation: DetachPartition, schema: Schema) -> Iterator[Lock]:
    is_weak = operation.concurrently or operation.finalize
    yield operation.table, SHARE_UPDATE_EXCLUSIVE if is_weak else ACCESS_EXCLUSIVE
    yield operation.partition, ACCESS_EXCLUSIVE
    yield from _referenced(_foreign_keys(schema, operation.table), SHARE_ROW_EXCLUSIVE)


@_locks.register
def _(operation: AlterTableOther, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    yield operation.table, WEAK_ACTIONS.get(operation.action, ACCESS_EXCLUSIVE)


@_locks.register
def _(operation: CreateIndex, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    yield operation.table, SHARE_UPDATE_EXCLUSIVE if operation.concurrently else SHARE


@_locks.register
def _(operation: Reindex, schema: Schema) -> Iterator[Lock]:
    index = schema.index(operation.name) if operation.name and operation.kind == "INDEX" else None
    table = index.table if index else operation.name if operation.kind == "TABLE" else None
    if table:
        yield table, SHARE_UPDATE_EXCLUSIVE if operation.concurrently else SHARE


@_locks.register
def _(operation: Drop, schema: Schema) -> Iterator[Lock]:
    if operation.kind in TABLES:
        yield operation.name, ACCESS_EXCLUSIVE
        yield from _beside_dropped(operation, schema)
    elif operation.on_table:
        yield operation.on_table, ACCESS_EXCLUSIVE
    elif operation.kind == "index" and (index := schema.index(operation.name)):
        yield index.table, SHARE_UPDATE_EXCLUSIVE if operation.concurrently else ACCESS_EXCLUSIVE


def _beside_dropped(operation: Drop, schema: Schema) -> Iterator[Lock]:
    """Yield the locks on the tables that a dropped one refers to, is a part of, or is referred to by."""
    yield from _referenced(_foreign_keys(schema, operation.name), ACCESS_EXCLUSIVE)
    found = schema.table(operation.name)
    if found and found.partition_of:
        yield found.partition_of, ACCESS_EXCLUSIVE
    if operation.cascade:
        yield from ((state.name, ACCESS_EXCLUSIVE) for state, _ in schema.referencing(operation.name))


@_locks.register
def _(operation: Rename, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    if operation.kind in (*TABLES, *OF_TABLES):
        yield operation.name, ACCESS_EXCLUSIVE


@_locks.register
def _(operation: Create, schema: Schema) -> Iterator[Lock]:
    if operation.kind == "view" and operation.or_replace and operation.name in schema.views:
        yield operation.name, ACCESS_EXCLUSIVE


@_locks.register
def _(operation: CreateTrigger, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    yield operation.table, SHARE_ROW_EXCLUSIVE


@_locks.register
def _(operation: CreatePolicy, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    yield operation.table, ACCESS_EXCLUSIVE


@_locks.register
def _(operation: Comment, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    if operation.kind in (*TABLES, "column"):
        yield operation.name, SHARE_UPDATE_EXCLUSIVE


@_locks.register(Insert)
@_locks.register(Update)
@_locks.register(Delete)
@_locks.register(Merge)
def _(operation: Insert | Update | Delete | Merge, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    yield operation.table, ROW_EXCLUSIVE


@_locks.register
def _(operation: Truncate, schema: Schema) -> Iterator[Lock]:
    emptied = [operation.table]
    for table in emptied if operation.cascade else ():
        emptied += [state.name for state, _ in schema.referencing(table) if state.name not in emptied]
    yield from ((table, ACCESS_EXCLUSIVE) for table in emptied)


@_locks.register
def _(operation: LockTable, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    yield operation.table, operation.mode


@_locks.register
def _(operation: Vacuum, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    if operation.table:
        yield operation.table, ACCESS_EXCLUSIVE if operation.full else SHARE_UPDATE_EXCLUSIVE


@_locks.register
def _(operation: Cluster, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    if operation.table:
        yield operation.table, ACCESS_EXCLUSIVE


@_locks.register
def _(operation: RefreshMaterializedView, schema: Schema) -> Iterator[Lock]:  # noqa: ARG001
    yield operation.view, EXCLUSIVE if operation.concurrently else ACCESS_EXCLUSIVE


def _referenced(constraints: Iterable[Constraint], mode: str) -> Iterator[Lock]:
    return ((key.references, mode) for key in constraints if key.references)


def _foreign_keys(schema: Schema, table: Name) -> Iterable[Constraint]:
    found = schema.table(table)
    return found.foreign_keys() if found else ()


def _named(schema: Schema, table: Name, name: str) -> list[Constraint]:
    found = schema.table(table)
    state = found.constraints.get(name) if found else None
    return [state.constraint] if state else []


KINDS: tuple[type[Operation], ...] = (*(set(_locks.registry) - {object, AlterTable}), AlterColumnType)
