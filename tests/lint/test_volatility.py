"""Which functions are volatile: servers are asked about Postgres' own."""

from __future__ import annotations

import psycopg
import pytest

from migrate_tasks.lint.knowledge.volatility import CALLED, VOLATILE, is_known, volatile_calls
from migrate_tasks.lint.schema import Schema
from migrate_tasks.sql.operations import AddColumn, Name
from migrate_tasks.sql.reading import operations_of
from migrate_tasks.sql.statements import split_statements

SCHEMA = Schema(functions={Name("token"): "volatile", Name("tenant", "app"): "stable", Name("Twice"): "immutable"})


def calls(expression: str) -> list[str]:
    """Return the volatile calls of an expression."""
    (operation,) = operations_of(split_statements(f"ALTER TABLE t ADD c text DEFAULT {expression}")[0])
    assert isinstance(operation, AddColumn)
    assert operation.column.default
    return list(volatile_calls(operation.column.default, SCHEMA))


def test_as_servers_have_them(any_url: str) -> None:
    """No function that is called harmless is volatile on any server, and each that is called volatile is."""
    with psycopg.connect(any_url) as connection:
        rows = connection.execute(
            "SELECT proname, bool_or(provolatile = 'v') FROM pg_proc"
            " WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' GROUP BY 1"
        ).fetchall()
    is_volatile: dict[str, bool] = dict(rows)
    assert [name for name in CALLED if is_volatile.get(name)] == []
    assert [name for name in VOLATILE.split() if not is_volatile.get(name, True)] == []


@pytest.mark.parametrize(
    "expression",
    [
        "now()",
        "-1",
        "(1 + 2)",
        "'random()'",
        "concat('a', 'b')",
        "lower('A') || 'x'",
        "app.tenant()",
        '"Twice"(2)',
        "pg_catalog.upper('x')",
        "CAST('1' AS numeric(10, 2))",
        "'1'::public.vector(3)",
        "CASE WHEN (true) THEN ('a') ELSE ('b') END",
        "(1 IN (1, 2) OR (2 = ANY (ARRAY[1])))::text",
        "coalesce(NULL, nullif('a', 'b'))",
    ],
)
def test_the_same_for_all_rows(expression: str) -> None:
    """Constants, what is stable, types and words are no volatile calls."""
    assert calls(expression) == []


def test_volatile() -> None:
    """Volatile functions are found wherever they stand, and so are those that nothing is known of."""
    assert calls("concat('a', random()::text, token())") == ["random", "token"]
    assert calls("pg_catalog.gen_random_uuid()") == ["pg_catalog.gen_random_uuid"]
    assert calls("app.lower('x')") == ["app.lower"]
    assert calls('"lower"(stranger(1))') == ["stranger"]
    assert [is_known(name, SCHEMA) for name in ("random", "token", "app.tenant", "stranger")] == [
        True,
        True,
        True,
        False,
    ]
