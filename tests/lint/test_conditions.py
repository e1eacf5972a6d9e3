"""What the linter takes for a condition, and for one that few rows meet."""

from __future__ import annotations

import pytest

from migrate_tasks.lint.knowledge.conditions import is_always_true, is_limited
from migrate_tasks.lint.schema import Schema
from migrate_tasks.sql.operations import Expression, Name, Update
from migrate_tasks.sql.reading import operations_of
from migrate_tasks.sql.statements import split_statements


def condition(text: str) -> Expression:
    """Return the condition of an UPDATE."""
    (update,) = operations_of(split_statements(f"UPDATE t SET a = 1 WHERE {text}")[0])
    assert isinstance(update, Update)
    assert update.where
    return update.where


@pytest.mark.parametrize("text", ["true", "(TRUE)", "((1 = 1))", "'a' = 'a'", "1=1", "NOT false"])
def test_always_true(text: str) -> None:
    """A condition that every row meets is none."""
    assert is_always_true(condition(text))


@pytest.mark.parametrize("text", ["a = a", "1 = 2", "true AND a = 1", "(a) = (b)", "a", "1 = a", "false"])
def test_not_always_true(text: str) -> None:
    """A condition that a row may not meet is one; a column does not equal itself where it is NULL."""
    assert not is_always_true(condition(text))


@pytest.mark.parametrize(
    "text",
    [
        "id = 5",
        "t.id = '5'",
        '"id" = $1',
        "id = -5",
        "a > 5 AND (id IN (5, 7))",
        "id = ANY (ARRAY[5, 7])",
        "id BETWEEN 1 AND 10 AND a = 1",
        "a = 1 AND id > 1 AND id < 10",
        "a IN (SELECT a FROM b LIMIT 10)",
        "CURRENT OF c",
    ],
)
def test_limited(text: str) -> None:
    """Given keys, a range of them and a LIMIT are met by few rows."""
    assert is_limited(condition(text), Name("t"), Schema())


@pytest.mark.parametrize(
    "text",
    [
        "a = 5",
        "id = a",
        "id = 5 OR a = 1",
        "NOT id = 5",
        "id > 5",
        "id > 5 AND a < 5",
        "id <> 5",
        "id IN (SELECT a FROM b)",
        "id = ANY (SELECT a FROM b)",
        "a BETWEEN 1 AND 10",
        "(id = 5) IS NULL",
        "EXISTS (SELECT 1 FROM b LIMIT 1)",
    ],
)
def test_not_limited(text: str) -> None:
    """Nobody knows how many rows meet anything else."""
    assert not is_limited(condition(text), Name("t"), Schema())
