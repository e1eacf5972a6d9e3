"""Which transactions a file takes back itself."""

from __future__ import annotations

import pytest

from migrate_tasks.lint.rolled_back import rolled_back
from migrate_tasks.sql.statements import split_statements

FILES = {
    "BEGIN; CREATE TABLE a (); ROLLBACK": {0},
    "START TRANSACTION; ABORT; BEGIN; COMMIT": {0},
    "BEGIN; COMMIT; BEGIN; ROLLBACK": {15},
    "BEGIN; SAVEPOINT s; ROLLBACK TO s; END": set(),
    "ROLLBACK; BEGIN; SELECT 1": set(),
}


@pytest.mark.parametrize("sql", FILES)
def test_rolled_back(sql: str) -> None:
    """Found are the BEGINs that the next end of a transaction, a ROLLBACK, belongs to."""
    assert rolled_back(split_statements(sql)) == FILES[sql]
