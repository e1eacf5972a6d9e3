"""A table without the indexes inside it is what was written, and the servers accept it with the indexes after it."""

from __future__ import annotations

import psycopg
import pytest

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.report import Source
from migrate_tasks.lint.settings import LintSettings

INTRODUCTION = "Create the table, and then what is to be on it:\n"
WRITTEN = {
    "CREATE TABLE t (a int, INDEX i (a))": "CREATE TABLE t (a int);\nCREATE INDEX i ON t (a);",
    "CREATE TABLE t (INDEX i (a), a int)": "CREATE TABLE t ( a int);\nCREATE INDEX i ON t (a);",
    "CREATE TABLE t (a int, KEY (a), b int, KEY (b))": (
        "CREATE TABLE t (a int, b int);\nCREATE INDEX ON t (a);\nCREATE INDEX ON t (b);"
    ),
    "CREATE TABLE t (a int, INDEX i (a)) WITH (fillfactor = 70)": (
        "CREATE TABLE t (a int) WITH (fillfactor = 70);\nCREATE INDEX i ON t (a);"
    ),
    "CREATE TABLE t (\n  a int, -- the first\n  INDEX i (a) -- by it\n)": (
        "CREATE TABLE t (\n  a int -- the first\n);\nCREATE INDEX i ON t (a);"
    ),
    "CREATE TABLE t (\n    a int -- the first\n  , INDEX i (a) -- by it\n)": (
        "CREATE TABLE t (\n    a int -- the first\n);\nCREATE INDEX i ON t (a);"
    ),
    "CREATE TABLE t (\n    a int -- the first\n  , INDEX i (a))": (
        "CREATE TABLE t (\n    a int -- the first\n  );\nCREATE INDEX i ON t (a);"
    ),
    "CREATE TABLE t (\n    a int\n  , INDEX i (a) -- by it\n  , b int\n)": (
        "CREATE TABLE t (\n    a int\n  , b int\n);\nCREATE INDEX i ON t (a);"
    ),
    "CREATE TABLE t (\r\n  a int,\r\n  -- by it\r\n  INDEX i (a)\r\n)": (
        "CREATE TABLE t (\r\n  a int\r\n);\nCREATE INDEX i ON t (a);"
    ),
    "CREATE TABLE t (a int /* , */, /* by\nit */ INDEX i (a) /* ) */)": (
        "CREATE TABLE t (a int /* , */ /* ) */);\nCREATE INDEX i ON t (a);"
    ),
    "CREATE TABLE t (a text CHECK (a <> ',' AND a <> 'x'), UNIQUE KEY i (a(20), b ( 5 ) DESC), b text)": (
        "CREATE TABLE t (a text CHECK (a <> ',' AND a <> 'x'), b text);\nCREATE UNIQUE INDEX i ON t (a, b DESC);"
    ),
    "CREATE UNLOGGED TABLE IF NOT EXISTS public.t (a int, INDEX (a), INDEX i (lower(b)), b text)": (
        "CREATE UNLOGGED TABLE IF NOT EXISTS public.t (a int, b text);\n"
        "CREATE INDEX ON public.t (a);\nCREATE INDEX IF NOT EXISTS i ON public.t (lower(b));"
    ),
}


def told(sql: str) -> str:
    """Return the help of the one finding in ``sql``."""
    report = lint([Source("001.sql", "001", sql + ";")], LintSettings(select=frozenset({"inline-index"})))
    (violation,) = report.violations
    return violation.help


@pytest.mark.parametrize("sql", WRITTEN)
def test_told(sql: str) -> None:
    """The indexes are cut out with their commas and their comments, and nothing else is."""
    assert told(sql) == INTRODUCTION + WRITTEN[sql]


def test_the_servers_accept_it(any_url: str) -> None:
    """What is told can be executed as it stands."""
    with psycopg.connect(any_url, autocommit=True) as connection:
        for sql in WRITTEN:
            connection.execute(told(sql).removeprefix(INTRODUCTION))
            connection.execute("DROP TABLE t")
