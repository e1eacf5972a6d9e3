"""Reading CREATE TABLE, in all its forms (gram.y: CreateStmt, CreateAsStmt, CreateForeignTableStmt)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrate_tasks.sql.operations.tables import CreateTable
from migrate_tasks.sql.reading.columns import column_definition, column_options
from migrate_tasks.sql.reading.constraints import begins_table_constraint, table_constraint
from migrate_tasks.sql.reading.indexes import inline_index

if TYPE_CHECKING:
    from migrate_tasks.sql.operations.parts import Column, Constraint, InlineIndex, Name, Operation
    from migrate_tasks.sql.reading.cursor import Cursor

AFTER_ON_COMMIT = ("DROP", "DELETE ROWS", "PRESERVE ROWS")
FIRST_OF_QUERY = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "EXECUTE", "("})
LIKED = ("COMMENTS", "COMPRESSION", "CONSTRAINTS", "DEFAULTS", "GENERATED", "IDENTITY", "INDEXES", "STATISTICS")


@dataclass
class _Elements:
    """What stands between the parentheses of CREATE TABLE, as far as it was read."""

    columns: list[Column] = field(default_factory=list)
    constraints: list[Constraint] = field(default_factory=list)
    inline_indexes: list[InlineIndex] = field(default_factory=list)
    likes: list[Name] = field(default_factory=list)


def create_table(cursor: Cursor) -> tuple[Operation, ...]:
    """Read CREATE TABLE or CREATE FOREIGN TABLE, of which CREATE is taken."""
    is_local = cursor.takes_one_of("GLOBAL", "LOCAL") is not None
    temporary = cursor.takes_one_of("TEMPORARY", "TEMP") is not None
    if is_local and not temporary:
        raise cursor.not_read()
    unlogged = not temporary and cursor.takes("UNLOGGED")
    is_foreign = not temporary and not unlogged and cursor.takes("FOREIGN")
    cursor.expect("TABLE")
    if_not_exists = cursor.takes("IF", "NOT", "EXISTS")
    table = CreateTable(
        start=cursor.statement.start,
        end=cursor.statement.end,
        table=cursor.name(),
        if_not_exists=if_not_exists,
        temporary=temporary,
        unlogged=unlogged,
    )
    table = _body(cursor, table, is_foreign=is_foreign)
    cursor.ends()
    return (table,)


def _body(cursor: Cursor, table: CreateTable, *, is_foreign: bool) -> CreateTable:
    """Take what follows the table's name."""
    if cursor.takes("PARTITION", "OF"):
        table = replace(table, partition_of=cursor.name())
        table = _with_elements(table, _elements(cursor, is_typed=True))
        table = replace(table, is_default=takes_bounds(cursor))
    elif cursor.takes("OF"):
        cursor.name()
        table = _with_elements(table, _elements(cursor, is_typed=True))
    elif cursor.word != "(" or _is_list_of_names(cursor):
        return _as_query(cursor, table)
    else:
        table = _with_elements(table, _elements(cursor, is_typed=False))
        table = replace(table, inherits=_inherits(cursor))
    return _foreign_options(cursor, table) if is_foreign else _table_options(cursor, table)


def _with_elements(table: CreateTable, read: _Elements) -> CreateTable:
    return replace(
        table,
        columns=tuple(read.columns),
        constraints=tuple(read.constraints),
        inline_indexes=tuple(read.inline_indexes),
        likes=tuple(read.likes),
    )


def _elements(cursor: Cursor, *, is_typed: bool) -> _Elements:
    """Take the elements in parentheses; a partition and a typed table may have none at all."""
    read = _Elements()
    if is_typed and cursor.word != "(":
        return read
    cursor.expect("(")
    if not is_typed and cursor.takes(")"):
        return read
    _element(cursor, read, is_typed=is_typed)
    while cursor.takes(","):
        _element(cursor, read, is_typed=is_typed)
    cursor.expect(")")
    return read


def _element(cursor: Cursor, read: _Elements, *, is_typed: bool) -> None:
    if not is_typed and cursor.takes("LIKE"):
        read.likes.append(cursor.name())
        while cursor.takes_one_of("INCLUDING", "EXCLUDING"):
            cursor.expect_one_of("ALL", "STORAGE", *LIKED)
    elif index := inline_index(cursor):
        read.inline_indexes.append(index)
    elif begins_table_constraint(cursor):
        read.constraints.append(table_constraint(cursor))
    else:
        read.columns.append(column_options(cursor) if is_typed else column_definition(cursor))


def _inherits(cursor: Cursor) -> tuple[Name, ...]:
    if not cursor.takes("INHERITS"):
        return ()
    cursor.expect("(")
    parents = cursor.names()
    cursor.expect(")")
    return parents


def takes_bounds(cursor: Cursor) -> bool:
    """Take the bounds of a partition, and return whether it is the default one, which has none."""
    if cursor.takes("DEFAULT"):
        return True
    cursor.expect("FOR", "VALUES")
    match cursor.expect_one_of("IN", "FROM", "WITH"):
        case "FROM":
            cursor.group()
            cursor.expect("TO")
    cursor.group()
    return False


def _table_options(cursor: Cursor, table: CreateTable) -> CreateTable:
    is_partitioned = cursor.takes("PARTITION", "BY")
    if is_partitioned:
        cursor.identifier()
        cursor.group()
    _storage_options(cursor)
    return replace(table, is_partitioned=is_partitioned)


def _storage_options(cursor: Cursor) -> None:
    if cursor.takes("USING"):
        cursor.identifier()
    if cursor.takes("WITH"):
        cursor.group()
    else:
        cursor.takes("WITHOUT", "OIDS")
    if cursor.takes("ON", "COMMIT"):
        cursor.expect_phrase_of(*AFTER_ON_COMMIT)
    if cursor.takes("TABLESPACE"):
        cursor.identifier()


def _foreign_options(cursor: Cursor, table: CreateTable) -> CreateTable:
    cursor.expect("SERVER")
    cursor.identifier()
    if cursor.takes("OPTIONS"):
        cursor.group()
    return table


def _is_list_of_names(cursor: Cursor) -> bool:
    """Return whether the parentheses hold names alone, as before AS."""
    return cursor.ahead(2) in {",", ")"}


def _as_query(cursor: Cursor, table: CreateTable) -> CreateTable:
    """Take CREATE TABLE AS from behind the table's name; the query is not looked at."""
    if cursor.word == "(":
        cursor.identifiers()
    _storage_options(cursor)
    cursor.expect("AS")
    if cursor.word not in FIRST_OF_QUERY:
        raise cursor.not_read()
    cursor.skip_until()
    return replace(table, as_query=True)
