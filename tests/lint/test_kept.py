"""What a file executes later than where it stands is judged where it is executed, and told of where it is written."""

from __future__ import annotations

import pytest

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.report import Source
from migrate_tasks.lint.settings import LintSettings

TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY, total integer);"
DROPPING = 'dropping table "orders" loses its rows, and breaks every program that still uses it'
DELETING = 'DELETE without WHERE removes every row of "orders", and blocks writes to each until the transaction ends'
RULES = frozenset({"ban-drop-table", "delete-without-where", "statement-after-access-exclusive"})
F = "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN DELETE FROM orders; END$$;"
G = "CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS $$BEGIN PERFORM f(), g(); END$$;"
P = "CREATE PROCEDURE app.p(a int) LANGUAGE sql AS $$ DELETE FROM orders $$;"
X = "PREPARE x (int) AS DELETE FROM orders;"


def told(*files: str) -> list[tuple[int, str]]:
    """Return the offset and the message of each finding in the last of these files."""
    sources = [
        Source(f"{number}.sql", f"00{number}", text, number == len(files)) for number, text in enumerate(files, 1)
    ]
    report = lint(sources, LintSettings(select=RULES))
    return [(violation.finding.start, violation.message) for violation in report.violations]


EXECUTED = {
    "select": (F, "SELECT 1, public.F ();"),
    "in from": (F, "SELECT * FROM f() AS g WHERE g IS NULL;"),
    "twice": (F, "SELECT f(); SELECT f(), f();"),
    "perform": (F, "DO $$BEGIN IF true THEN PERFORM f(); END IF; END$$;"),
    "through another": (G + F, "VALUES (g());"),
    "through EXPLAIN ANALYZE": (F, "EXPLAIN (ANALYZE) SELECT f();"),
    "call": (P, "CALL app.p(1);"),
    "replaced": (P.replace("DELETE FROM", "TABLE") + P, 'CALL "app".P(1);'),
    "execute": (X, "EXECUTE X (5); EXECUTE x (6);"),
    "explained": (X, "EXPLAIN ANALYZE EXECUTE x (5);"),
}


@pytest.mark.parametrize("way", EXECUTED)
def test_executed(way: str) -> None:
    """It is told once, where it is written, however it is executed and how often."""
    made, executing = EXECUTED[way]
    assert told(TABLE, made + executing) == [(made.rindex("DELETE"), DELETING)]


NOT_EXECUTED = {
    "made only": F + G + P + X,
    "called before": f"SELECT f(); {F}",
    "another schema": f"{P} CALL p(1);",
    "another name": f'{F} {X} SELECT "F"(); EXECUTE "X";',
    "not called": f"{F} SELECT f FROM t AS f; SELECT 'f()', f.*; EXPLAIN SELECT f(); DROP FUNCTION f();",
    "for a trigger": F.replace("void", "trigger") + "SELECT f();",
    "of another language": F.replace("plpgsql", "plpython3u") + "SELECT f();",
    "not read": F.replace("orders", "orders ORDER BY id") + "SELECT f();",
}


@pytest.mark.parametrize("way", NOT_EXECUTED)
def test_not_executed(way: str) -> None:
    """Nothing is told of what nobody executes in the file, nor of what cannot be read."""
    assert told(TABLE, NOT_EXECUTED[way]) == []


def test_in_the_transaction_of_the_call() -> None:
    """What was locked before the call is locked while the body is executed."""
    sql = f"{F} ALTER TABLE orders ADD COLUMN note text; SELECT f();"
    held = (
        'DELETE from "orders" runs while "orders" is locked since line 1, which blocks reads and writes of it until the'
        " transaction ends (ACCESS EXCLUSIVE lock)"
    )
    assert told(TABLE, sql) == [(sql.index("DELETE"), DELETING), (sql.index("DELETE"), held)]


def test_remembered() -> None:
    """What a call in an earlier file has made is known, and is in use; in its own file it is new."""
    made = f"CREATE PROCEDURE p() LANGUAGE plpgsql AS $$BEGIN {TABLE} END$$; CALL p();"
    assert told(made + "DROP TABLE orders;") == []
    assert told(made, "DROP TABLE orders;") == [(0, DROPPING)]


def test_allowed_above_what_is_written() -> None:
    """An allow stands above the function or the PREPARE."""
    allow = "-- migrate: allow delete-without-where because it has three rows\n"
    assert told(TABLE, f"{allow}{F}\n{allow}{X}\nSELECT f(); EXECUTE x (1);") == []
