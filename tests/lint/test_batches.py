"""Changes in batches, as helps tell them: they end, and leave the same rows as the change at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.report import Source
from migrate_tasks.lint.settings import LintSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.rows import TupleRow

    from migrate_tasks.lint.report import Report
    from pytest_plugin.server import PostgresServer

BEFORE = """\
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE t (id integer PRIMARY KEY, a integer, b integer, n numeric(5, 2), s text, m mood, j json, d boolean[]);
CREATE TABLE pairs (x integer, y text, a integer, PRIMARY KEY (x, y));
CREATE TABLE keyless (x integer UNIQUE, a integer);
CREATE INDEX ON keyless (a);
CREATE TABLE texts (id text PRIMARY KEY, a integer);
CREATE TABLE parts (a integer) PARTITION BY RANGE (a);
"""
ROWS = """\
INSERT INTO t SELECT i, nullif(i % 3, 0), i % 2, i, 'is ' || i, 'glad', '{}', '{true}' FROM generate_series(1, 11) i;
INSERT INTO pairs SELECT i % 3 + 1, 'y' || i, nullif(i % 4, 0) FROM generate_series(1, 11) i;
INSERT INTO keyless SELECT nullif(i, 5), i % 4 FROM generate_series(1, 11) i;
INSERT INTO texts SELECT i, i % 4 FROM generate_series(1, 11) i;
"""
LOOP, RANGE = "DO $$ BEGIN LOOP", "BETWEEN 1 AND 1000"


def found(sql: str) -> Report:
    """Return what the linter says of a migration that changes the tables."""
    rules = frozenset({"unbatched-backfill", "update-without-where", "delete-without-where", "unknown-statement"})
    sources = [Source("1.sql", "1", BEFORE, is_judged=False), Source("2.sql", "2", sql)]
    return lint(sources, LintSettings(select=rules))


def help_of(change: str) -> str:
    """Return the SQL of the help for a change."""
    (violation,) = found(change).violations
    return violation.help.partition("\n")[2]


def left_by(server: PostgresServer, statements: list[str]) -> list[list[TupleRow]]:
    """Return the rows of all tables after statements, none of which may take long."""
    with server.database() as name, psycopg.connect(server.url_of(name), autocommit=True) as connection:
        connection.execute(BEFORE + ROWS)
        connection.execute("SET statement_timeout = '20s'")
        for statement in statements:
            connection.execute(statement.encode())
        tables = ("t", "pairs", "keyless", "texts")
        return [
            connection.execute(f"SELECT {name}::text FROM {name} ORDER BY 1".encode()).fetchall() for name in tables
        ]


def ranges(sql: str) -> Iterator[str]:
    """Yield the statement of each range of a few keys."""
    for first in range(1, 12, 4):
        yield sql.replace(RANGE, f"BETWEEN {first} AND {first + 3}")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE t SET a = 1 WHERE b = 1",
        "UPDATE t SET a = 5",
        "UPDATE t SET a = 5 WHERE a IS NULL",
        "UPDATE t SET n = 1.005, a = 3 WHERE a IS NULL AND b = 1",
        "UPDATE t SET a = 0 WHERE a = 1 OR b = 1",
        "UPDATE t SET s = 'some', m = 'sad' WHERE b = 1",
        "UPDATE t SET s = '$$' WHERE s <> 'is 4'",
        "UPDATE t SET j = '{}'::json, a = 1 WHERE a IS NULL",
        "UPDATE pairs SET a = 2 WHERE x = 1",
        "UPDATE keyless SET a = 2 WHERE a > 2",
        "UPDATE texts SET a = 2 WHERE a > 2",
        "DELETE FROM t",
        "DELETE FROM keyless",
    ],
)
def test_loop(any_server: PostgresServer, change: str) -> None:
    """Where a changed row can be told from others, a loop is offered, which the linter has nothing against."""
    sql = help_of(change)
    assert sql.startswith(LOOP.replace("$$", "$batches$" if "$$" in change else "$$"))
    assert not found(sql).violations
    assert left_by(any_server, [sql.replace("LIMIT 1000", "LIMIT 2")]) == left_by(any_server, [change])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE t SET a = a + 1 WHERE b = 1",
        "UPDATE t SET a = b",
        "UPDATE t SET n = 1.005 WHERE b = 1",
        "UPDATE t SET j = '[]' WHERE b = 1",
        "UPDATE t SET a = b WHERE a IS NULL OR b = 1",
        "UPDATE t SET a = 1, s = s || '!' WHERE b = 1",
        "UPDATE t SET d[1] = false, a = 1 WHERE b = 1",
        "UPDATE t SET (a, s) = (1, 'x') WHERE b = 1",
        "UPDATE t SET a = DEFAULT WHERE a IS NULL OR b = 1",
        "UPDATE t SET a = NULL WHERE a IS NULL OR b = 1",
        "UPDATE t SET a = nullif(b, 1) WHERE a IS NULL",
        "UPDATE pairs SET a = a + 1 WHERE x < 3",
    ],
)
def test_ranges(any_server: PostgresServer, change: str) -> None:
    """Where it cannot, each row is changed once, by ranges of a key that counts up."""
    sql = help_of(change)
    assert RANGE in sql
    assert LOOP not in sql
    assert not found(sql).violations
    assert left_by(any_server, ["SELECT 1", *ranges(sql)]) == left_by(any_server, [change])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE texts SET a = a + 1 WHERE a > 2",
        "UPDATE keyless SET a = a + 1 WHERE a > 2",
        "UPDATE parts SET a = 1",
        "UPDATE t SET a = 1 WHERE t.b = 1",
        "UPDATE t SET a = 1 FROM pairs WHERE b = x",
        "UPDATE ONLY t SET a = 1 WHERE b = 1",
        "WITH c AS (SELECT 1) UPDATE t SET a = 1 WHERE b IN (TABLE c)",
        "UPDATE t SET a = 1 WHERE a > (SELECT avg(a) FROM t)",
        "DELETE FROM t USING pairs",
        "DO $$ DECLARE x integer := 1; BEGIN UPDATE t SET a = 1 WHERE b = x; END $$",
    ],
)
def test_no_sql(change: str) -> None:
    """Where neither is sure to be the same, no SQL is offered."""
    assert help_of(change) == ""
