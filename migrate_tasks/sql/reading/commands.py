"""Statements that change no schema and no rows by themselves: cursors, prepared statements, notifications and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import Operation, Other, Query
from migrate_tasks.sql.phrase import is_on
from migrate_tasks.sql.reading.calls import prepared_by
from migrate_tasks.sql.reading.cursor import NotRead
from migrate_tasks.sql.reading.places import CHANGES, QUERIES, rest_of, skip_rest, whole
from migrate_tasks.sql.reading.session import takes_options, takes_parameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.sql.reading.cursor import Cursor
    from migrate_tasks.sql.statements import Statement

EXPLAINED = frozenset({*QUERIES, *CHANGES, "DECLARE", "EXECUTE", "CREATE", "REFRESH"})
PREPARED = frozenset({*QUERIES, *CHANGES})
DIRECTIONS = (
    *("NEXT", "PRIOR", "FIRST", "LAST", "ABSOLUTE", "RELATIVE", "ALL", "FORWARD ALL", "BACKWARD ALL"),
    *("FORWARD", "BACKWARD"),
)


def explain(cursor: Cursor, read: Callable[[Statement], tuple[Operation, ...]]) -> tuple[Operation, ...]:
    """Return the operation of an EXPLAIN, which was taken, and what EXPLAIN ANALYZE executes."""
    options = {} if _is_query_in_parentheses(cursor) else takes_options(cursor)
    executes = is_on(options, "ANALYZE", default=False)
    executes |= cursor.takes_one_of("ANALYZE", "ANALYSE") is not None
    cursor.takes("VERBOSE")
    if cursor.word not in EXPLAINED:
        raise cursor.not_read()
    explained = read(rest_of(cursor))
    return (Query(**whole(cursor), what="EXPLAIN"), *(explained if executes else ()))


def prepare(cursor: Cursor, read: Callable[[Statement], tuple[Operation, ...]]) -> tuple[Operation, ...]:
    """Return the operation of a PREPARE, which was taken."""
    _, prepared = prepared_by(cursor.statement)
    if prepared.words[0] not in PREPARED:
        raise NotRead(prepared.start)
    read(prepared)
    return (Other(**whole(cursor), what="PREPARE"),)


def execute(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of an EXECUTE of a prepared statement, which was taken."""
    cursor.identifier()
    if cursor.word == "(":
        cursor.balanced()
    return _other(cursor, "EXECUTE")


def declare(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a DECLARE, which was taken."""
    cursor.identifier()
    while cursor.takes_phrase_of("BINARY", "ASENSITIVE", "INSENSITIVE", "NO SCROLL", "SCROLL"):
        pass
    cursor.expect("CURSOR")
    cursor.takes_phrase_of("WITH HOLD", "WITHOUT HOLD")
    cursor.expect("FOR")
    if cursor.word not in QUERIES:
        raise cursor.not_read()
    skip_rest(cursor)
    return _other(cursor, "DECLARE")


def fetch(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a FETCH or MOVE, nothing of which was taken."""
    what = cursor.expect_one_of("FETCH", "MOVE")
    cursor.takes_phrase_of(*DIRECTIONS)
    _count(cursor)
    cursor.takes_one_of("FROM", "IN")
    cursor.identifier()
    return _other(cursor, what)


def call(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a CALL, which was taken."""
    cursor.name()
    cursor.balanced()
    cursor.ends()
    return (Query(**whole(cursor), what="CALL"),)


def show(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a SHOW, which was taken."""
    spellings = ("ALL", "TIME ZONE", "TRANSACTION ISOLATION LEVEL", "SESSION AUTHORIZATION")
    if not cursor.takes_phrase_of(*spellings):
        takes_parameter(cursor)
    cursor.ends()
    return (Query(**whole(cursor), what="SHOW"),)


def notify(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a NOTIFY, which was taken."""
    cursor.identifier()
    if cursor.takes(","):
        cursor.string()
    return _other(cursor, "NOTIFY")


def checkpoint(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a CHECKPOINT, which was taken."""
    takes_options(cursor)
    return _other(cursor, "CHECKPOINT")


def load(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a LOAD, which was taken."""
    cursor.string()
    return _other(cursor, "LOAD")


def discard(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a DISCARD, which was taken."""
    what = cursor.expect_one_of("ALL", "PLANS", "SEQUENCES", "TEMPORARY", "TEMP")
    return _other(cursor, f"DISCARD {what}")


def named(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of CLOSE, LISTEN, UNLISTEN or DEALLOCATE, nothing of which was taken."""
    what = cursor.take()
    if what == "DEALLOCATE":
        cursor.takes("PREPARE")
    is_all = (what == "UNLISTEN" and cursor.takes("*")) or (what in {"CLOSE", "DEALLOCATE"} and cursor.takes("ALL"))
    if not is_all:
        cursor.identifier()
    return _other(cursor, what)


def import_foreign_schema(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of an IMPORT FOREIGN SCHEMA, of which IMPORT was taken."""
    cursor.expect("FOREIGN", "SCHEMA")
    cursor.identifier()
    if cursor.takes_phrase_of("LIMIT TO", "EXCEPT"):
        cursor.balanced()
    cursor.expect("FROM", "SERVER")
    cursor.identifier()
    cursor.expect("INTO")
    cursor.identifier()
    if cursor.takes("OPTIONS"):
        cursor.balanced()
    return _other(cursor, "IMPORT FOREIGN SCHEMA")


def _other(cursor: Cursor, what: str) -> tuple[Operation, ...]:
    cursor.ends()
    return (Other(**whole(cursor), what=what),)


def _count(cursor: Cursor) -> None:
    is_signed = cursor.takes_one_of("-", "+") is not None
    if cursor.word.isdigit():
        cursor.take()
    elif is_signed:
        raise cursor.not_read()


def _is_query_in_parentheses(cursor: Cursor) -> bool:
    return cursor.word == "(" and cursor.ahead(1) in {"SELECT", "WITH", "(", "TABLE"} | {"VALUES"}
