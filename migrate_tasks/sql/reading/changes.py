"""INSERT, UPDATE, DELETE and MERGE, without the common table expressions before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import Delete, Expression, Insert, Merge, Name, Update
from migrate_tasks.sql.reading.expressions import first_stranger
from migrate_tasks.sql.reading.places import QUERIES, find, since, skip_rest

if TYPE_CHECKING:
    from migrate_tasks.sql.operations.rows import MergeAction
    from migrate_tasks.sql.reading.cursor import Cursor


def takes_relation(cursor: Cursor) -> Name:
    """Take a table with ONLY before it or an asterisk after it."""
    if cursor.takes("ONLY"):
        is_grouped = cursor.takes("(")
        name = cursor.name()
        if is_grouped:
            cursor.expect(")")
        return name
    name = cursor.name()
    cursor.takes("*")
    return name


def insert(cursor: Cursor) -> Insert:
    """Return an INSERT, which is next."""
    first = cursor.at
    cursor.expect("INSERT", "INTO")
    table = cursor.name()
    if cursor.takes("AS"):
        cursor.identifier()
    columns = _target_columns(cursor) if cursor.word == "(" and not _is_query(cursor) else None
    if cursor.takes("OVERRIDING"):
        cursor.expect_one_of("SYSTEM", "USER")
        cursor.expect("VALUE")
    has_defaults = cursor.takes("DEFAULT", "VALUES")
    if not has_defaults and cursor.word not in QUERIES:
        raise cursor.not_read()
    on_conflict = _goes_to_conflict(cursor)
    skip_rest(cursor)
    return Insert(
        **since(cursor, first), table=table, columns=columns, on_conflict=on_conflict, has_defaults=has_defaults
    )


def _is_query(cursor: Cursor) -> bool:
    """Return whether the parenthesis that is next holds a query; VALUES may be a column's name."""
    word = cursor.ahead(1)
    return word in {"SELECT", "WITH", "TABLE", "("} or (word == "VALUES" and cursor.ahead(2) == "(")


def _target_columns(cursor: Cursor) -> tuple[str, ...]:
    cursor.expect("(")
    columns = [_target(cursor)[0]]
    while cursor.takes(","):
        columns.append(_target(cursor)[0])
    cursor.expect(")")
    return tuple(columns)


def _target(cursor: Cursor) -> tuple[str, bool]:
    """Take a column, or a field or an element of one, and return whether it is a column as a whole."""
    column, first = cursor.identifier(), cursor.at
    while cursor.word in {".", "["}:
        cursor.take()
        if cursor.words[cursor.at - 1] == ".":
            cursor.take()
    return column, cursor.at == first


def _goes_to_conflict(cursor: Cursor) -> bool:
    while (at := find(cursor, "ON")) is not None:
        cursor.at = at + 1
        if cursor.takes("CONFLICT") and cursor.word in {"(", "ON", "DO"}:
            return True
    return False


def update(cursor: Cursor) -> Update:
    """Return an UPDATE, which is next."""
    first = cursor.at
    cursor.expect("UPDATE")
    table = takes_relation(cursor)
    _alias(cursor, "SET")
    cursor.expect("SET")
    assignments = [_assignment(cursor)]
    while cursor.takes(","):
        assignments.append(_assignment(cursor))
    where = _where(cursor)
    columns = tuple(column for columns, _ in assignments for column in columns)
    values = tuple(value for _, value in assignments)
    return Update(**since(cursor, first), table=table, columns=columns, where=where, values=values)


def _assignment(cursor: Cursor) -> tuple[tuple[str, ...], Expression | None]:
    """Take an assignment up to its comma or the next clause.

    Returned are the columns that it sets as a whole, and of a single one what it becomes, unless that is its DEFAULT.
    """
    is_row = cursor.word == "("
    if is_row:
        columns = _target_columns(cursor)
    else:
        column, is_whole = _target(cursor)
        columns = (column,) if is_whole else ()
    cursor.expect("=")
    end = find(cursor, ",", "FROM", "WHERE", "RETURNING")
    value = None if cursor.is_next("DEFAULT") else _expression(cursor, end)
    cursor.at = len(cursor.words) if end is None else end
    return columns, value if columns and not is_row else None


def delete(cursor: Cursor) -> Delete:
    """Return a DELETE, which is next."""
    first = cursor.at
    cursor.expect("DELETE", "FROM")
    table = takes_relation(cursor)
    _alias(cursor)
    if cursor.word not in {"", "USING", "WHERE", "RETURNING"}:
        raise cursor.not_read()
    where = _where(cursor)
    return Delete(**since(cursor, first), table=table, where=where)


def _alias(cursor: Cursor, *following: str) -> None:
    if cursor.takes("AS") or (cursor.has_identifier() and cursor.word not in following):
        cursor.identifier()


def _where(cursor: Cursor) -> Expression | None:
    """Take all that is left, and return the condition."""
    where = None
    at = find(cursor, "WHERE", "RETURNING")
    if at is not None and cursor.words[at] == "WHERE":
        cursor.at = at + 1
        end = find(cursor, "RETURNING")
        where = _expression(cursor, end)
    skip_rest(cursor)
    return where


def _expression(cursor: Cursor, end: int | None) -> Expression:
    """Take an expression up to ``end``, or to the end of the statement, and nothing that no expression holds."""
    first, stop = cursor.at, len(cursor.words) if end is None else end
    if first == stop:
        raise cursor.not_read()
    stranger = first_stranger(cursor.words, cursor.partners, first, stop)
    cursor.at = stop if stranger is None else stranger
    if stranger is not None:
        raise cursor.not_read()
    return cursor.span(first)


def merge(cursor: Cursor) -> Merge:
    """Return a MERGE, which is next."""
    first = cursor.at
    cursor.expect("MERGE", "INTO")
    table = takes_relation(cursor)
    _alias(cursor, "USING")
    cursor.expect("USING")
    when = find(cursor, "WHEN")
    at = find(cursor, "ON")
    if when is None or at is None or at > when:
        raise cursor.not_read()
    while at is not None and at < when:  # the last one: a join before it has one, too
        cursor.at = at + 1
        at = find(cursor, "ON")
    on = _expression(cursor, when)
    matched, condition = _matched(cursor)
    skip_rest(cursor)
    return Merge(**since(cursor, first), table=table, on=on, matched=matched, condition=condition)


def _matched(cursor: Cursor) -> tuple[MergeAction | None, Expression | None]:
    """Take all up to what the first WHEN MATCHED does, and return that and its condition."""
    while cursor.takes("WHEN"):
        if cursor.takes("MATCHED"):
            condition = _expression(cursor, find(cursor, "THEN")) if cursor.takes("AND") else None
            cursor.expect("THEN")
            action: MergeAction = cursor.expect_phrase_of("UPDATE", "DELETE", "DO")
            return action, condition
        cursor.at = find(cursor, "WHEN") or len(cursor.words)
    return None, None
