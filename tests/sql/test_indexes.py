"""The index that a statement with CONCURRENTLY works on is told from its words."""

from __future__ import annotations

import pytest

from migrate_tasks.sql.indexes import IndexTarget, concurrent_target
from migrate_tasks.sql.statements import split_statements


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", IndexTarget("create", "i", "t", if_exists=False)),
        ("CREATE INDEX CONCURRENTLY ON app.t (a)", IndexTarget("create", None, "app.t", if_exists=False)),
        (
            'create unique index /* x */ concurrently if not exists "I;1" on only app . "T" using btree (a)',
            IndexTarget("create", '"I;1"', 'app."T"', if_exists=True),
        ),
        (
            'CREATE INDEX CONCURRENTLY "CONCURRENTLY" ON t (a)',
            IndexTarget("create", '"CONCURRENTLY"', "t", if_exists=False),
        ),
        ("DROP INDEX CONCURRENTLY Public.I", IndexTarget("drop", "Public.I", None, if_exists=False)),
        ("DROP INDEX CONCURRENTLY IF EXISTS i CASCADE", IndexTarget("drop", "i", None, if_exists=True)),
        ("REINDEX INDEX CONCURRENTLY app.i", IndexTarget("reindex", "app.i", None, if_exists=False)),
        (
            "REINDEX (VERBOSE, CONCURRENTLY) TABLE app.t",
            IndexTarget("reindex", "app.t", "app.t", if_exists=False),
        ),
        ("REINDEX SCHEMA CONCURRENTLY app", IndexTarget("reindex", None, None, if_exists=False)),
        (
            "ALTER TABLE IF EXISTS ONLY app.t DETACH PARTITION app.t_2020 CONCURRENTLY",
            IndexTarget("detach", "app.t_2020", "app.t", if_exists=True),
        ),
        ("CREATE INDEX i ON t (concurrently)", None),
        ("CREATE UNIQUE INDEX i ON t (a)", None),
        ("CREATE TABLE t (a int)", None),
        ("DROP INDEX i", None),
        ("REINDEX (CONCURRENTLY false) INDEX i", None),
        ("REINDEX TABLE t", None),
        ("ALTER TABLE t DETACH PARTITION u", None),
        ("ALTER TABLE t DETACH PARTITION u FINALIZE", None),
        ("ALTER INDEX i RENAME TO j", None),
        ("SELECT 'CREATE INDEX CONCURRENTLY i ON t (a)'", None),
    ],
)
def test_the_target_of_concurrent_work_is_known(text: str, expected: IndexTarget | None) -> None:
    """Index, table and partition are named as they are written; work without CONCURRENTLY has no target."""
    (statement,) = split_statements(text)

    assert concurrent_target(statement) == expected
