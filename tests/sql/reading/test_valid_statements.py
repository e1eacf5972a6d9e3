"""What Postgres reads is read here, and any other text is either read or refused with NotRead."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from migrate_tasks.sql.reading import operations_of as read
from migrate_tasks.sql.reading.cursor import RESERVED, Cursor, NotRead
from migrate_tasks.sql.statements import Statement, UnreadableSql, split_statements
from tests.sql.reading.valid_statements import ALL, ALTER_TABLE, CREATE_INDEX, CREATE_TABLE, operations_of

if TYPE_CHECKING:
    from collections.abc import Iterator

LAW = settings(deadline=None, database=None)
PIECES = sorted({source for script in ALL for source in split_statements(script)[0].sources})
BEGINNINGS = (
    "CREATE TABLE t (",
    "ALTER TABLE t ADD ",
    "ALTER TABLE t ALTER a ",
    "CREATE INDEX i ON t (",
    "ALTER INDEX i ",
)
WITH_GRAMMAR_OF_THEIR_OWN = (*CREATE_TABLE, *CREATE_INDEX, *ALTER_TABLE)  # ALTER INDEX may be any ALTER TABLE
REFUSED = ("42601", "0A000")  # by the grammar alone: a syntax error, or what no version can do
MUTATIONS = 500


@pytest.mark.parametrize("script", ALL)
def test_every_valid_statement_is_read(script: str) -> None:
    """All forms of the manual's synopses are read, and every operation stands inside the statement."""
    operations = operations_of(script)
    assert operations
    assert all(0 <= operation.start < operation.end <= len(script) for operation in operations)


def test_what_the_server_reads_is_read(any_url: str) -> None:
    """Of statements that are changed by chance, none is refused that the grammar of a real server accepts."""
    with psycopg.connect(any_url) as connection:
        unread = [script for script in _mutated(MUTATIONS) if not _is_read(script) and _accepts(connection, script)]
    assert unread == []


def test_the_reserved_words_are_those_of_postgres(any_url: str) -> None:
    """SYSTEM_USER is one since Postgres 16."""
    with psycopg.connect(any_url) as connection:
        rows = connection.execute("SELECT upper(word) FROM pg_get_keywords() WHERE catcode = 'R'").fetchall()
    assert {word for (word,) in rows} | {"SYSTEM_USER"} == RESERVED


@LAW
@given(st.sampled_from(BEGINNINGS), st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12))
def test_any_text_is_read_or_refused(beginning: str, pieces: list[str]) -> None:
    """Whatever splits into statements raises nothing but NotRead, whose offset is inside the script."""
    script = beginning + " ".join(pieces)
    for statement in _statements(script):
        offset = _offset_of_failure(statement)
        assert offset is None or statement.start <= offset <= statement.end


@LAW
@given(
    st.lists(st.sampled_from(["(", ")", "[", "]", "CASE", "END", ".", "AS", "a", ",", "NOT NULL", "'x'"]), min_size=1)
)
def test_what_is_taken_until_a_stop_is_whole(pieces: list[str]) -> None:
    """An expression holds every parenthesis together with its partner."""
    for statement in _statements(" ".join(pieces)):
        cursor = Cursor(statement)
        try:
            expression = cursor.expression_until(",", "NOT NULL")
        except NotRead:
            continue
        for opening, closing in ("()", "[]"):
            assert expression.words.count(opening) == expression.words.count(closing)


def test_long_statements() -> None:
    """A statement of tens of thousands of tokens is read or refused, however it is nested."""
    for statement in _long_statements(3000):
        with suppress(NotRead):
            read(statement)


def _long_statements(size: int) -> Iterator[Statement]:
    for script in (
        f"CREATE TABLE t ({', '.join(f'c{at} numeric(10, 2) DEFAULT (1 + 2) NOT NULL' for at in range(size))})",
        f"ALTER TABLE t {', '.join(f'ADD c{at} int CHECK (c{at} > 0)' for at in range(size))}",
        f"CREATE TABLE t (a int DEFAULT {'(' * size}1{')' * size})",
        f"CREATE TABLE t (a int DEFAULT {'(' * size}1)",
        f"CREATE INDEX i ON t ({', '.join(f'f(a, {at})' for at in range(size))}) WHERE {'CASE ' * size}",
        f"ALTER TABLE t ALTER a SET DEFAULT {' + '.join(['1'] * size)}",
    ):
        yield from split_statements(script)


def _statements(script: str) -> tuple[Statement, ...]:
    try:
        return split_statements(script)
    except UnreadableSql:
        reject()


def _offset_of_failure(statement: Statement) -> int | None:
    try:
        read(statement)
    except NotRead as error:
        return error.offset
    return None


def _is_read(script: str) -> bool:
    try:
        return bool(operations_of(script))
    except NotRead:
        return False


def _accepts(connection: psycopg.Connection, script: str) -> bool:
    """Return whether the server's parser accepts a statement, which it does not execute."""
    result = connection.pgconn.prepare(b"", script.encode())
    state = result.error_field(psycopg.pq.DiagnosticField.SQLSTATE)
    connection.rollback()
    return (state or b"").decode() not in REFUSED


def _mutated(count: int) -> Iterator[str]:
    """Yield valid statements of which one token was left out, added, replaced or exchanged with the next."""
    chance = random.Random(count)
    while count:
        sources = list(split_statements(chance.choice(WITH_GRAMMAR_OF_THEIR_OWN))[0].sources)
        at = chance.randrange(1, len(sources))
        match chance.randrange(4):
            case 0:
                del sources[at]
            case 1:
                sources.insert(at, chance.choice(PIECES))
            case 2:
                sources[at] = chance.choice(PIECES)
            case 3:
                sources[at - 1 : at + 1] = reversed(sources[at - 1 : at + 1])
        script = " ".join(sources)
        if sources[:2] != ["ALTER", "INDEX"] and len(split_statements(script)) == 1:
            count -= 1
            yield script
