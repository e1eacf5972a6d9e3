"""Places in a statement: where a word stands outside parentheses, what an operation covers, a part as a statement."""

from __future__ import annotations

from typing import TypedDict

from migrate_tasks.sql.reading.cursor import Cursor
from migrate_tasks.sql.statements import Statement

QUERIES = ("SELECT", "VALUES", "TABLE", "WITH", "(")  # what a query begins with
CHANGES = ("INSERT", "UPDATE", "DELETE", "MERGE")


class Span(TypedDict):
    """What an operation covers."""

    start: int
    end: int


def whole(cursor: Cursor) -> Span:
    """Return what the statement covers."""
    return Span(start=cursor.statement.start, end=cursor.statement.end)


def since(cursor: Cursor, first: int) -> Span:
    """Return what was taken since ``first``, which was ``at`` then."""
    return Span(start=cursor.statement.tokens[first].start, end=cursor.last_end)


def part(cursor: Cursor, first: int, end: int) -> Statement:
    """Return some tokens of the statement, at least one, as a statement of their own, with the same offsets."""
    tokens, base = cursor.statement.tokens[first:end], cursor.statement.start
    start, stop = tokens[0].start, tokens[-1].end + 1
    return Statement(start, stop, cursor.statement.text[start - base : stop - base], tokens)


def inside(cursor: Cursor) -> Cursor | None:
    """Take a parenthesised group, and return a place before what it holds; None where it is empty."""
    first = cursor.at + 1
    cursor.balanced()
    return Cursor(part(cursor, first, cursor.at - 1)) if cursor.at - 1 > first else None


def rest_of(cursor: Cursor) -> Statement:
    """Return what was not taken yet as a statement of its own; raise NotRead where there is nothing."""
    if cursor.has_ended:
        raise cursor.not_read()
    return part(cursor, cursor.at, len(cursor.words))


def find(cursor: Cursor, *stops: str) -> int | None:
    """Return where the next of these words stands, outside parentheses and CASE ... END, and not as a name.

    None before a closing parenthesis, and where there is none.
    """
    at = cursor.at
    while at < len(cursor.words) and cursor.words[at] not in {")", "]"}:
        if cursor.words[at] in stops and not _is_no_keyword(cursor, at):
            return at
        at = cursor.partners.get(at, at) + 1
    return None


def skip_rest(cursor: Cursor) -> None:
    """Take all that is left; raise NotRead for a parenthesis that is not closed."""
    while not cursor.has_ended:
        cursor.take()


def expect_query(cursor: Cursor) -> None:
    """Take a query to the end of the statement."""
    if cursor.word not in QUERIES:
        raise cursor.not_read()
    skip_rest(cursor)


def unquoted(source: str) -> str:
    """Return what is in a plain string or a quoted name, as it is written; anything else as it is."""
    return source[1:-1] if source[0] == source[-1] and source[0] in "'\"" else source


def _is_no_keyword(cursor: Cursor, at: int) -> bool:
    before = cursor.words[at - 1] if at else ""
    return before in {".", "AS"} or (cursor.words[at] == "FROM" and before == "DISTINCT")
