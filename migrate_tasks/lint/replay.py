"""How operations change what is known of the schema; what they would say of an object that is not known is left out."""

from __future__ import annotations

from dataclasses import replace
from functools import singledispatch
from typing import TYPE_CHECKING

from migrate_tasks.lint.constraint_names import index_name_for, name_for
from migrate_tasks.lint.renames import rename
from migrate_tasks.lint.schema import ColumnState, ConstraintState, IndexState, Schema, TableState
from migrate_tasks.sql.operations import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    AlterColumn,
    AlterColumnType,
    AlterDomain,
    AlterTable,
    AttachPartition,
    Constraint,
    Create,
    CreateDomain,
    CreateFunction,
    CreateIndex,
    CreatePolicy,
    CreateTable,
    CreateType,
    DetachPartition,
    Drop,
    DropColumn,
    DropConstraint,
    Name,
    Operation,
    Rename,
    ValidateConstraint,
)

if TYPE_CHECKING:
    from migrate_tasks.sql.operations import Column

VIEWS = ("view", "materialized view")


@singledispatch
def replay(operation: Operation, schema: Schema) -> None:
    """Change ``schema`` as the operation does, which is one of the migration ``schema.at``."""


@replay.register
def _(operation: CreateTable, schema: Schema) -> None:
    if operation.table in schema.tables:
        return  # IF NOT EXISTS, or an error
    parents = [schema.table(name) for name in (*operation.inherits, *filter(None, [operation.partition_of]))]
    table = TableState(
        operation.table,
        schema.at,
        is_complete=not operation.as_query and not operation.likes and all(parents),
        is_temporary=operation.temporary,
        is_partitioned=operation.is_partitioned,
        partition_of=operation.partition_of,
        is_default=operation.is_default,
    )
    schema.add_table(table)
    for parent in filter(None, parents):
        table.columns.update(parent.columns)
    for column in operation.columns:
        _add_column(schema, table, column)
    for constraint in operation.constraints:
        _add_constraint(schema, table, constraint)


@replay.register
def _(operation: AlterTable, schema: Schema) -> None:
    if table := schema.table(operation.table):
        _alter(operation, schema, table)


@singledispatch
def _alter(operation: AlterTable, schema: Schema, table: TableState) -> None:
    """Change a table that is known."""


@_alter.register
def _(operation: AddColumn, schema: Schema, table: TableState) -> None:
    if operation.column.name not in table.columns:
        _add_column(schema, table, operation.column)


@_alter.register
def _(operation: DropColumn, schema: Schema, table: TableState) -> None:
    _drop_column(schema, table, operation.column)


@_alter.register
def _(operation: AlterColumnType, schema: Schema, table: TableState) -> None:  # noqa: ARG001 -- as all of them
    table.change_column(operation.column, type=operation.type)


@_alter.register
def _(operation: AlterColumn, schema: Schema, table: TableState) -> None:  # noqa: ARG001 -- as all of them
    if operation.action in ("SET NOT NULL", "DROP NOT NULL"):
        table.change_column(operation.column, is_not_null=operation.action == "SET NOT NULL")


@_alter.register
def _(operation: AddConstraint, schema: Schema, table: TableState) -> None:
    _add_constraint(schema, table, operation.constraint)


@_alter.register
def _(operation: ValidateConstraint, schema: Schema, table: TableState) -> None:  # noqa: ARG001 -- as all of them
    if known := table.constraints.get(operation.name):
        table.constraints[operation.name] = replace(known, is_valid=True)


@_alter.register
def _(operation: DropConstraint, schema: Schema, table: TableState) -> None:
    table.constraints.pop(operation.name, None)
    schema.remove_index(Name(operation.name, table.name.schema))


@_alter.register
def _(operation: AttachPartition, schema: Schema, table: TableState) -> None:
    if part := schema.table(operation.partition):
        schema.attach(part, table.name)
        part.is_default = operation.is_default


@_alter.register
def _(operation: DetachPartition, schema: Schema, table: TableState) -> None:  # noqa: ARG001 -- as all of them
    if part := schema.table(operation.partition):
        schema.attach(part, None)


def _add_column(schema: Schema, table: TableState, column: Column) -> None:
    is_not_null = column.has("not null") or column.has("primary key") or column.generated == "identity"
    table.columns[column.name] = ColumnState(column.name, column.type, is_not_null or _is_serial(column))
    for constraint in column.constraints:
        if constraint.kind != "not null":
            _add_constraint(schema, table, constraint)


def _is_serial(column: Column) -> bool:
    return column.type is not None and "serial" in column.type.name


def _drop_column(schema: Schema, table: TableState, name: str) -> None:
    """Take away a column, with the constraints and indexes that have it."""
    table.columns.pop(name, None)
    for key, state in list(table.constraints.items()):
        if name in state.constraint.columns:
            del table.constraints[key]
    for index in list(schema.indexes_on(table.name)):
        if name in index.columns:
            schema.remove_index(index.name)


def _add_constraint(schema: Schema, table: TableState, constraint: Constraint) -> None:
    name = constraint.name or name_for(table, constraint)
    schema.add_constraint(table, ConstraintState(name, constraint, is_valid=not constraint.not_valid))
    if constraint.kind in ("primary key", "not null") and not constraint.not_valid:
        for column in constraint.columns:
            table.change_column(column, is_not_null=True)
    if constraint.kind in ("primary key", "unique", "exclude"):
        _index_of_constraint(schema, table, constraint, name)


def _index_of_constraint(schema: Schema, table: TableState, constraint: Constraint, name: str) -> None:
    columns: tuple[str | None, ...] = constraint.columns
    if constraint.using_index:
        used = schema.remove_index(Name(constraint.using_index, table.name.schema))
        columns = used.columns if used else ()
    made = Name(name, table.name.schema)
    schema.add_index(IndexState(made, table.name, columns, constraint.kind != "exclude", schema.at))


@replay.register
def _(operation: CreateIndex, schema: Schema) -> None:
    name = Name(operation.name or index_name_for(operation, schema), operation.table.schema)
    if name not in schema.indexes:
        schema.add_index(IndexState(name, operation.table, operation.columns, operation.unique, schema.at, operation))


@replay.register
def _(operation: Drop, schema: Schema) -> None:
    match operation.kind:
        case "table" | "foreign table":
            schema.remove_table(operation.name)
        case "index":
            schema.remove_index(operation.name)
        case "view" | "materialized view":
            schema.views.pop(operation.name, None)
        case "type" | "domain":
            schema.enums.pop(operation.name, None)
            schema.domains.pop(operation.name, None)
        case "schema":
            for name in [name for name in schema.tables if name.schema == operation.name.name]:
                schema.remove_table(name)


@replay.register
def _(operation: Create, schema: Schema) -> None:
    if operation.kind in VIEWS:
        schema.views.setdefault(operation.name, schema.at)


@replay.register
def _(operation: CreateType, schema: Schema) -> None:
    if operation.labels is not None:
        schema.enums[operation.name] = operation.labels


@replay.register
def _(operation: CreatePolicy, schema: Schema) -> None:
    schema.policies[operation.table] = None


@replay.register
def _(operation: AddEnumValue, schema: Schema) -> None:
    labels = schema.enums.get(operation.name)
    if labels is not None and operation.value not in labels:
        schema.enums[operation.name] = (*labels, operation.value)


@replay.register
def _(operation: CreateFunction, schema: Schema) -> None:
    schema.functions[operation.name] = operation.volatility
    if operation.returns_trigger:
        schema.trigger_functions[operation.name] = None


@replay.register
def _(operation: CreateDomain, schema: Schema) -> None:
    schema.domains[operation.name] = bool(operation.constraints)


@replay.register
def _(operation: AlterDomain, schema: Schema) -> None:
    if operation.action in ("ADD CONSTRAINT", "SET NOT NULL") and operation.name in schema.domains:
        schema.domains[operation.name] = True


@replay.register
def _(operation: Rename, schema: Schema) -> None:
    rename(operation, schema)
