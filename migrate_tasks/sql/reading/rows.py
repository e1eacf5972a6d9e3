"""Changes of rows and queries, with the common table expressions before them; COPY and TRUNCATE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import Insert, Operation, Query, SetParameter, Truncate
from migrate_tasks.sql.reading.changes import delete, insert, merge, takes_relation, update
from migrate_tasks.sql.reading.places import CHANGES, QUERIES, find, inside, since, skip_rest, whole
from migrate_tasks.sql.reading.queries import query

if TYPE_CHECKING:
    from migrate_tasks.sql.reading.cursor import Cursor


def rows(cursor: Cursor, *, into_is_table: bool = True, is_top: bool = True) -> tuple[Operation, ...]:
    """Return the operations of a query or a change of rows; nothing of it was taken.

    ``into_is_table``: SELECT ... INTO makes a table; in PL/pgSQL it sets variables. Only at the top, ``is_top``,
    Postgres lets common table expressions change rows.
    """
    before = _common_tables(cursor, is_top=is_top) if cursor.takes("WITH") else ()
    match cursor.word:
        case "INSERT":
            return (*before, insert(cursor))
        case "UPDATE":
            return (*before, update(cursor))
        case "DELETE":
            return (*before, delete(cursor))
        case "MERGE":
            return (*before, merge(cursor))
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


def _spanned_table(cursor: Cursor) -> Truncate:
    first = cursor.at
    table = takes_relation(cursor)
    return Truncate(**since(cursor, first), table=table)


def _copy_target(cursor: Cursor) -> None:
    if cursor.takes("PROGRAM") or not cursor.takes_one_of("STDIN", "STDOUT"):
        cursor.string()
    skip_rest(cursor)
