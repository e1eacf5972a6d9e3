"""Operations on tables and their indexes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from migrate_tasks.sql.operations.parts import Column, Constraint, Expression, InlineIndex, Name, Operation, TypeName

ColumnAction = Literal[
    "SET NOT NULL",
    "DROP NOT NULL",
    "SET DEFAULT",
    "DROP DEFAULT",
    "ADD GENERATED",
    "SET GENERATED",
    "DROP IDENTITY",
    "SET EXPRESSION",
    "DROP EXPRESSION",
    "SET STATISTICS",
    "SET STORAGE",
    "SET COMPRESSION",
    "SET OPTIONS",
    "RESET OPTIONS",
]


@dataclass(frozen=True, kw_only=True)
class CreateTable(Operation):
    """CREATE TABLE. ``as_query``: CREATE TABLE AS, or SELECT INTO; ``columns`` are then not known.

    ``is_default`` tells that it is the default partition.
    """

    table: Name
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    inline_indexes: tuple[InlineIndex, ...] = ()
    if_not_exists: bool = False
    temporary: bool = False
    unlogged: bool = False
    partition_of: Name | None = None
    is_default: bool = False
    is_partitioned: bool = False
    inherits: tuple[Name, ...] = ()
    likes: tuple[Name, ...] = ()
    as_query: bool = False


@dataclass(frozen=True, kw_only=True)
class AlterTable(Operation):
    """One action of ALTER TABLE; ``table_if_exists`` is the statement's IF EXISTS."""

    table: Name
    table_if_exists: bool = False


@dataclass(frozen=True, kw_only=True)
class AddColumn(AlterTable):
    """ADD COLUMN."""

    column: Column
    if_not_exists: bool = False


@dataclass(frozen=True, kw_only=True)
class AddInlineIndex(AlterTable):
    """ADD INDEX or ADD KEY, which Postgres does not have."""

    index: InlineIndex


@dataclass(frozen=True, kw_only=True)
class DropColumn(AlterTable):
    """DROP COLUMN."""

    column: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, kw_only=True)
class AlterColumnType(AlterTable):
    """ALTER COLUMN ... TYPE."""

    column: str
    type: TypeName
    type_start: int = 0
    using: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class AlterColumn(AlterTable):
    """Another action on a column, such as "SET NOT NULL", "DROP DEFAULT", "ADD GENERATED", "SET STATISTICS"."""

    column: str
    action: ColumnAction
    expression: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class AddConstraint(AlterTable):
    """ADD CONSTRAINT, with or without a name."""

    constraint: Constraint


@dataclass(frozen=True, kw_only=True)
class ValidateConstraint(AlterTable):
    """VALIDATE CONSTRAINT."""

    name: str


@dataclass(frozen=True, kw_only=True)
class DropConstraint(AlterTable):
    """DROP CONSTRAINT."""

    name: str
    if_exists: bool = False
    cascade: bool = False


@dataclass(frozen=True, kw_only=True)
class AttachPartition(AlterTable):
    """ATTACH PARTITION; ``is_default`` tells of DEFAULT."""

    partition: Name
    is_default: bool = False


@dataclass(frozen=True, kw_only=True)
class DetachPartition(AlterTable):
    """DETACH PARTITION."""

    partition: Name
    concurrently: bool = False
    finalize: bool = False


@dataclass(frozen=True, kw_only=True)
class AlterTableOther(AlterTable):
    """Any other action; ``action`` are its leading words: "SET TABLESPACE", "SET UNLOGGED", "DISABLE TRIGGER", ...

    Those of ENABLE, DISABLE, FORCE and NO FORCE are whole ("ENABLE ROW LEVEL SECURITY", "ENABLE ALWAYS TRIGGER").
    """

    action: str


@dataclass(frozen=True, kw_only=True)
class CreateIndex(Operation):
    """CREATE INDEX. ``columns`` are the plain column names among its keys, None for an expression.

    ``keys`` are all of them, with their parentheses; ``rest`` is all that is written behind the table's name.
    """

    name: str | None
    table: Name
    columns: tuple[str | None, ...] = ()
    unique: bool = False
    concurrently: bool = False
    if_not_exists: bool = False
    only: bool = False
    method: str = "btree"
    where: Expression | None = None
    keys: Expression | None = field(default=None, compare=False)
    rest: str = field(default="", repr=False, compare=False)
