"""Reading CREATE INDEX, the keys of an index, and an index written among a table's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations.parts import InlineIndex
from migrate_tasks.sql.operations.tables import CreateIndex

if TYPE_CHECKING:
    from migrate_tasks.sql.operations.parts import Expression, Operation
    from migrate_tasks.sql.reading.cursor import Cursor

SPATIAL_TYPES = ("GEOMETRY", "GEOGRAPHY")  # the types of columns whose modifiers are words
VALUES = ("CURRENT_DATE", "CURRENT_ROLE", "CURRENT_USER", "SESSION_USER", "USER")  # functions without parentheses
AFTER_INLINE_INDEX = ("", ",", ")", "USING", "COMMENT", "WHERE", "INCLUDE", "WITH", "TABLESPACE")


def create_index(cursor: Cursor) -> tuple[Operation, ...]:
    """Read CREATE INDEX, of which CREATE is taken."""
    unique = cursor.takes("UNIQUE")
    cursor.expect("INDEX")
    concurrently = cursor.takes("CONCURRENTLY")
    if_not_exists = cursor.takes("IF", "NOT", "EXISTS")
    name = cursor.identifier() if if_not_exists or cursor.word != "ON" else None
    cursor.expect("ON")
    only = cursor.takes("ONLY")
    table = cursor.name()
    behind_table = cursor.at
    method = cursor.identifier() if cursor.takes("USING") else "btree"
    first = cursor.at
    columns = index_keys(cursor)
    keys = cursor.span(first)
    where = _rest_of_index(cursor)
    cursor.ends()
    index = CreateIndex(
        start=cursor.statement.start,
        end=cursor.last_end,
        name=name,
        table=table,
        columns=columns,
        unique=unique,
        concurrently=concurrently,
        if_not_exists=if_not_exists,
        only=only,
        method=method,
        where=where,
        keys=keys,
        rest=cursor.span(behind_table).text,
    )
    return (index,)


def _rest_of_index(cursor: Cursor) -> Expression | None:
    """Take what follows the keys, and return the condition of a partial index."""
    takes_included(cursor)
    takes_nulls_distinct(cursor)
    if cursor.takes("WITH"):
        cursor.group()
    if cursor.takes("TABLESPACE"):
        cursor.identifier()
    return cursor.expression_until() if cursor.takes("WHERE") else None


def takes_included(cursor: Cursor) -> None:
    """Take INCLUDE (...), if it is next."""
    if cursor.takes("INCLUDE"):
        index_keys(cursor)


def takes_nulls_distinct(cursor: Cursor) -> None:
    """Take NULLS [NOT] DISTINCT, if it is next."""
    cursor.takes_phrase_of("NULLS NOT DISTINCT", "NULLS DISTINCT")


def index_keys(cursor: Cursor) -> tuple[str | None, ...]:
    """Take the keys of an index in parentheses, and return the columns; None for an expression."""
    cursor.expect("(")
    columns = [key_element(cursor)]
    while cursor.takes(","):
        columns.append(key_element(cursor))
    cursor.expect(")")
    return tuple(columns)


def key_element(cursor: Cursor) -> str | None:
    """Take one key with its collation, operator class and order (gram.y: index_elem)."""
    column = _column_or_expression(cursor)
    if cursor.takes("COLLATE"):
        cursor.name()
    if cursor.has_identifier() and cursor.word != "NULLS":
        cursor.name()
        if cursor.word == "(":
            cursor.group()
    cursor.takes_one_of("ASC", "DESC")
    cursor.takes_phrase_of("NULLS FIRST", "NULLS LAST")
    return column


def _column_or_expression(cursor: Cursor) -> str | None:
    if cursor.takes_one_of(*VALUES):
        return None
    if cursor.takes("CAST") or cursor.word == "(":
        cursor.group()
        return None
    name = cursor.name()
    if cursor.word != "(":
        return name.name
    cursor.balanced()
    return None


def inline_index(cursor: Cursor) -> InlineIndex | None:
    """Take an INDEX or KEY among a table's columns; None, and nothing taken, where a column of that name is next.

    A column really may be called so: ``key text`` and ``index numeric(10, 2)`` are columns, since what stands in an
    index's parentheses begins with a name.
    """
    first = cursor.at
    index = _inline_index(cursor)
    if index is None:
        cursor.at = first
    return index


def _inline_index(cursor: Cursor) -> InlineIndex | None:
    start = cursor.offset
    unique = cursor.takes("UNIQUE")
    is_special = not unique and cursor.takes_one_of("FULLTEXT", "SPATIAL") is not None
    if not cursor.takes_one_of("INDEX", "KEY") and not is_special:
        return None
    name = cursor.identifier() if cursor.has_identifier() else None
    is_certain = unique or name is None
    type_word = cursor.words[cursor.at - 1]
    if cursor.takes("ON"):
        cursor.name()
        is_certain = True
    if cursor.takes("USING"):
        cursor.identifier()
        is_certain = True
    if cursor.word != "(":
        return None
    columns = cursor.group()
    if not is_certain and not _is_list_of_columns(columns, type_word, cursor.word):
        return None
    cursor.skip_until(",")
    return InlineIndex(start, cursor.last_end, name, columns.text, unique=unique)


def _is_list_of_columns(group: Expression, type_word: str, following: str) -> bool:
    """Return whether a group is what an index is on, rather than the modifiers of a column's type."""
    if type_word in SPATIAL_TYPES or group.words == ("MAX",) or following not in AFTER_INLINE_INDEX:
        return False
    word = group.words[0]
    return word == "(" or word.endswith('"') or (not word.endswith("'") and (word[0].isalpha() or word[0] == "_"))
