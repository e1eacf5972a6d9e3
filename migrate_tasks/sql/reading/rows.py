"""INSERT, UPDATE, DELETE, MERGE, COPY, TRUNCATE and queries, all with the common table expressions before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import (
    Delete,
    Expression,
    Insert,
    Merge,
    Name,
    Operation,
    Query,
    SetParameter,
    Truncate,
    Update,
)
from migrate_tasks.sql.reading.expressions import first_stranger
from migrate_tasks.sql.reading.places import CHANGES, QUERIES, find, inside, since, skip_rest, whole
from migrate_tasks.sql.reading.queries import query

if TYPE_CHECKING:
    from migrate_tasks.sql.operations.rows import MergeAction
    from migrate_tasks.sql.reading.cursor import Cursor


def rows(cursor: Cursor, *, into_is_table: bool = True, is_top: bool = True) -> tuple[Operation, ...]:
    """Return the operations of a query or a change of rows; nothing of it was taken.

    ``into_is_table``: SELECT ... INTO makes a table; in PL/pgSQL it sets variables. Only at the top, ``is_top``,
    Postgres lets common table expressions change rows.
    """
    before = _common_tables(cursor, is_top=is_top) if cursor.takes("WITH") else ()
    match cursor.word:
        case "INSERT":
            return (*before, _insert(cursor))
        case "UPDATE":
            return (*before, _update(cursor))
        case "DELETE":
            return (*before, _delete(cursor))
        case "MERGE":
            return (*before, _merge(cursor))
    return (*before, *query(cursor, into_is_table=into_is_table))


def truncate(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operations of a TRUNCATE, which was taken."""
    cursor.takes("TABLE")
    tables = [_spanned_table(cursor)]
    while cursor.takes(","):
        tables.append(_spanned_table(cursor))
    cursor.takes_phrase_of("RESTART IDENTITY", "CONTINUE IDENTITY")
    cascade = cursor.takes_one_of("CASCADE", "RESTRICT") == "CASCADE"
    cursor.ends()
    if not tables[1:]:
        return (Truncate(**whole(cursor), table=tables[0].table, cascade=cascade),)
    return tuple(Truncate(start=each.start, end=each.end, table=each.table, cascade=cascade) for each in tables)


def copy(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operations of a COPY, which was taken."""
    if cursor.word == "(":
        inner = inside(cursor)
        cursor.expect("TO")
        _copy_target(cursor)
        changes = () if inner is None else _changes(inner)
        return (*changes, Query(**whole(cursor), what="COPY"))
    cursor.takes("BINARY")
    table = cursor.name()
    columns = cursor.identifiers() if cursor.word == "(" else None
    direction = cursor.expect_one_of("FROM", "TO")
    _copy_target(cursor)
    if direction == "TO":
        return (Query(**whole(cursor), what="COPY"),)
    return (Insert(**whole(cursor), table=table, columns=columns, how="COPY"),)


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


def _common_tables(cursor: Cursor, *, is_top: bool) -> tuple[Operation, ...]:
    """Take what follows WITH, up to the statement itself, and return what it changes."""
    cursor.takes("RECURSIVE")
    found = [*_common_table(cursor, is_top=is_top)]
    while cursor.takes(","):
        found += _common_table(cursor, is_top=is_top)
    return tuple(found)


def _common_table(cursor: Cursor, *, is_top: bool) -> tuple[Operation, ...]:
    cursor.identifier()
    if cursor.word == "(":
        cursor.identifiers()
    cursor.expect("AS")
    cursor.takes_phrase_of("NOT MATERIALIZED", "MATERIALIZED")
    if cursor.word != "(" or cursor.ahead(1) not in {*QUERIES, *(CHANGES if is_top else ())}:
        raise cursor.not_read()
    inner = inside(cursor)
    found = _changes(inner) if inner and is_top else ()
    _search_and_cycle(cursor)
    return found


def _search_and_cycle(cursor: Cursor) -> None:
    if cursor.takes("SEARCH"):
        _go_behind(cursor, "SET")
    if cursor.takes("CYCLE"):
        _go_behind(cursor, "USING")


def _go_behind(cursor: Cursor, word: str) -> None:
    at = find(cursor, word)
    if at is None:
        raise cursor.not_read()
    cursor.at = at + 1
    cursor.identifier()


def _changes(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the changes of rows among the operations of a query that stands in parentheses."""
    if cursor.word not in {*QUERIES, *CHANGES}:
        raise cursor.not_read()
    if cursor.word not in {"WITH", *CHANGES}:
        return ()
    return tuple(
        each for each in rows(cursor, into_is_table=False, is_top=False) if not isinstance(each, Query | SetParameter)
    )


def _insert(cursor: Cursor) -> Insert:
    first = cursor.at
    cursor.expect("INSERT", "INTO")
    table = cursor.name()
    if cursor.takes("AS"):
        cursor.identifier()
    columns = _target_columns(cursor) if cursor.word == "(" and not _is_query(cursor) else None
    if cursor.takes("OVERRIDING"):
        cursor.expect_one_of("SYSTEM", "USER")
        cursor.expect("VALUE")
    if not cursor.takes("DEFAULT", "VALUES") and cursor.word not in QUERIES:
        raise cursor.not_read()
    on_conflict = _goes_to_conflict(cursor)
    skip_rest(cursor)
    return Insert(**since(cursor, first), table=table, columns=columns, on_conflict=on_conflict)


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


def _update(cursor: Cursor) -> Update:
    first = cursor.at
    cursor.expect("UPDATE")
    table = takes_relation(cursor)
    _alias(cursor, "SET")
    cursor.expect("SET")
    columns = [*_assignment(cursor)]
    while cursor.takes(","):
        columns += _assignment(cursor)
    where = _where(cursor)
    return Update(**since(cursor, first), table=table, columns=tuple(columns), where=where)


def _assignment(cursor: Cursor) -> tuple[str, ...]:
    """Take an assignment up to its comma or the next clause, and return the columns that it sets as a whole."""
    if cursor.word == "(":
        columns = _target_columns(cursor)
    else:
        column, is_whole = _target(cursor)
        columns = (column,) if is_whole else ()
    cursor.expect("=")
    end = find(cursor, ",", "FROM", "WHERE", "RETURNING")
    if not cursor.is_next("DEFAULT"):
        _expression(cursor, end)
    cursor.at = len(cursor.words) if end is None else end
    return columns


def _delete(cursor: Cursor) -> Delete:
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


def _merge(cursor: Cursor) -> Merge:
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


def _spanned_table(cursor: Cursor) -> Truncate:
    first = cursor.at
    table = takes_relation(cursor)
    return Truncate(**since(cursor, first), table=table)


def _copy_target(cursor: Cursor) -> None:
    if cursor.takes("PROGRAM") or not cursor.takes_one_of("STDIN", "STDOUT"):
        cursor.string()
    skip_rest(cursor)
