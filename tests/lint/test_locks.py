"""Lock modes: a real server decides which of them conflict."""

from __future__ import annotations

import psycopg

from migrate_tasks.lint.knowledge.locks import MODES, blocks, is_conflict
from migrate_tasks.sql.operations import Name


def test_conflicts(url: str) -> None:
    """Two modes conflict exactly where a server does not give both at once."""
    with psycopg.connect(url, autocommit=True) as first, psycopg.connect(url, autocommit=True) as second:
        first.execute("CREATE TABLE t ()")
        refused = {(mode, other) for mode in MODES for other in MODES if _is_refused(first, second, mode, other)}
    assert {(mode, other) for mode in MODES for other in MODES if is_conflict(mode, other)} == refused


def _is_refused(first: psycopg.Connection, second: psycopg.Connection, mode: str, other: str) -> bool:
    try:
        with first.transaction(), second.transaction():
            first.execute(f"LOCK TABLE t IN {mode} MODE")
            second.execute(f"LOCK TABLE t IN {other} MODE NOWAIT")
    except psycopg.errors.LockNotAvailable:
        return True
    return False


def test_words() -> None:
    """What a lock blocks is told with or without the table."""
    assert blocks("SHARE") == "blocks writes"
    assert blocks("SHARE ROW EXCLUSIVE", "orders") == 'blocks writes to "orders"'
    assert blocks("ACCESS EXCLUSIVE", Name("orders", "app")) == 'blocks reads and writes of "app.orders"'
