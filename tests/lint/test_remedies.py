"""Edits that make a statement concurrent."""

from __future__ import annotations

import pytest

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.mend import mended
from migrate_tasks.lint.report import Source
from migrate_tasks.lint.settings import LintSettings

BEFORE = """
CREATE TABLE t (a int);
CREATE INDEX i ON t (a);
CREATE TABLE bookings (r tsrange, CONSTRAINT apart EXCLUDE USING gist (r WITH &&));
CREATE MATERIALIZED VIEW totals AS SELECT 1 AS id;
CREATE UNIQUE INDEX ON totals (id);
CREATE MATERIALIZED VIEW others AS SELECT 1 AS id;
CREATE UNIQUE INDEX ON others (id) WHERE id > 0;
"""


def mend(text: str) -> str:
    """Return what mending makes of the second file."""
    sources = [Source("1.sql", "1", BEFORE, is_judged=False), Source("2.sql", "2", text)]
    return mended(text, lint(sources, LintSettings()).violations)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE UNIQUE INDEX j ON t (a);", "CREATE UNIQUE INDEX CONCURRENTLY j ON t (a);"),
        ("create index on t(a)", "create index concurrently on t(a)"),
        ("REINDEX (VERBOSE) INDEX i;", "REINDEX (VERBOSE) INDEX CONCURRENTLY i;"),
        ("DROP INDEX i;", "DROP INDEX CONCURRENTLY i;"),
        ("REFRESH MATERIALIZED VIEW totals;", "REFRESH MATERIALIZED VIEW CONCURRENTLY totals;"),
    ],
)
def test_alone(text: str, expected: str) -> None:
    """A statement that is alone in its file is mended."""
    assert expected in mend(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-- migrate: no-transaction\n{}SELECT 1;\n", "CREATE INDEX CONCURRENTLY j ON t (a);\n"),
        ("DROP INDEX CONCURRENTLY i;\n{}", "CREATE INDEX CONCURRENTLY j ON t (a);\n"),
        ("BEGIN;\nSELECT 1;\nCOMMIT;\n{}", "CREATE INDEX CONCURRENTLY j ON t (a);\n"),
    ],
)
def test_outside_of_transactions(text: str, expected: str) -> None:
    """A statement that is no part of a transaction is mended where it stands."""
    assert mend(text.format("CREATE INDEX j ON t (a);\n")) == text.format(expected)


@pytest.mark.parametrize(
    "text",
    [
        "CREATE INDEX j ON t (a);\nSELECT 1;\n",
        "-- migrate: transaction\nCREATE INDEX j ON t (a);\n",
        "DO $$ BEGIN CREATE INDEX j ON t (a); END $$;\n",
        "DROP INDEX i, j;\n",
        "DROP INDEX i CASCADE;\n",
        "DROP INDEX unknown;\n",
        "CREATE INDEX j ON unknown (a);\n",
        "REINDEX TABLE t;\n",
        "REINDEX SCHEMA public;\n",
        "REINDEX DATABASE shop;\n",
        "REINDEX INDEX of_others;\n",
        "REINDEX INDEX apart;\n",
        "BEGIN;\nCREATE INDEX j ON t (a);\nCOMMIT;\n",
        "-- migrate: no-transaction\nBEGIN;\nCREATE INDEX j ON t (a);\nCOMMIT;\n",
        "-- migrate: no-transaction\nCREATE TABLE u (a int);\nCREATE INDEX j ON u (a);\n",
        "-- migrate: no-transaction\nDO $$ BEGIN CREATE INDEX j ON t (a); END $$;\n",
        "REFRESH MATERIALIZED VIEW others;\n",
    ],
)
def test_left_alone(text: str) -> None:
    """What might change its meaning or fail is not."""
    assert mend(text) == text
