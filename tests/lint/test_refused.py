"""What rules call refused is refused, by each server, and so is nothing else of their examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.report import Source
from migrate_tasks.lint.settings import LintSettings
from migrate_tasks.sql.statements import split_statements
from tests.support import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLES = REPOSITORY / "tests/lint/rules"
RULES = (
    "ban-duplicate-column-assignments",
    "cannot-run-in-transaction",
    "concurrently-on-partitioned",
    "enum-value-used-in-its-transaction",
    "inline-index",
    "mysql-syntax",
    "mysql-type",
    "not-valid-on-unique",
    "second-primary-key",
    "unknown-statement",
)


def refused(connection: psycopg.Connection, sql: str) -> Iterator[int]:
    """Yield the numbers of the statements that the server refuses; after one in a transaction, no more is tried.

    A statement about a table that was not created is none of them.
    """
    for number, statement in enumerate(split_statements(sql)):
        try:
            connection.execute(statement.text.encode())
        except psycopg.errors.UndefinedTable:
            pass
        except psycopg.Error:
            yield number
        if connection.info.transaction_status is TransactionStatus.INERROR:
            return


def found(rule: str, files: list[Path]) -> list[int]:
    """Return the numbers of the statements of the last file in which the rule finds something."""
    sources = [Source(file.name, file.stem, file.read_text(), file is files[-1]) for file in files]
    report = lint(sources, LintSettings(select=frozenset({rule})))
    statements = split_statements(sources[-1].text)
    starts = {violation.finding.start for violation in report.violations}
    return [number for number, s in enumerate(statements) if any(s.start <= start < s.end for start in starts)]


@pytest.mark.parametrize(
    "example", [pytest.param(path, id=f"{rule}-{path.stem}") for rule in RULES for path in (EXAMPLES / rule).iterdir()]
)
def test_refused(url: str, example: Path) -> None:
    """The server refuses the statements in which the rule finds something."""
    files = sorted(example.glob("*.sql")) if example.is_dir() else [example]
    with psycopg.connect(url, autocommit=True) as connection:
        for file in files[:-1]:
            assert not list(refused(connection, file.read_text()))
        told = list(refused(connection, files[-1].read_text()))
        is_in_transaction = connection.info.transaction_status is TransactionStatus.INERROR
    expected = found(example.parent.name, files)
    assert told == (expected[:1] if is_in_transaction else expected)
