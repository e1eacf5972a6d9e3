"""CREATE INDEX is read with its keys, its table and its condition."""

from __future__ import annotations

import pytest

from migrate_tasks.sql.operations import CreateIndex, Expression, Name
from migrate_tasks.sql.reading.cursor import NotRead
from tests.sql.reading.valid_statements import operations_of


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("CREATE INDEX ON t (a)", CreateIndex(start=0, end=21, name=None, table=Name("t"), columns=("a",))),
        (
            'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "I" ON ONLY public.t USING gin (a, B ops)',
            CreateIndex(
                start=0,
                end=88,
                name="I",
                table=Name("t"),
                columns=("a", "b"),
                unique=True,
                concurrently=True,
                if_not_exists=True,
                only=True,
                method="gin",
            ),
        ),
        (
            "CREATE INDEX i ON app.t (lower(a), (b || c), d DESC NULLS LAST, CAST(e AS text)) INCLUDE (f)",
            CreateIndex(start=0, end=92, name="i", table=Name("t", "app"), columns=(None, None, "d", None)),
        ),
        (
            "CREATE INDEX i ON t (a) NULLS NOT DISTINCT WITH (fillfactor = 70) TABLESPACE x WHERE a IS NOT NULL",
            CreateIndex(
                start=0,
                end=98,
                name="i",
                table=Name("t"),
                columns=("a",),
                where=Expression(85, 98, "a IS NOT NULL", ("A", "IS", "NOT", "NULL")),
            ),
        ),
        (
            'CREATE INDEX i ON t (a COLLATE "C" app.ops (siglen = 32) ASC NULLS FIRST)',
            CreateIndex(start=0, end=73, name="i", table=Name("t"), columns=("a",)),
        ),
    ],
)
def test_create_index_says_what_it_makes(script: str, expected: CreateIndex) -> None:
    """A key that is an expression has no column."""
    assert operations_of(script) == (expected,)


@pytest.mark.parametrize(
    ("script", "offset"),
    [
        ("CREATE INDEX IF NOT EXISTS ON t (a)", 27),
        ("CREATE INDEX CONCURRENTLY i t (a)", 28),
        ("CREATE INDEX i ON t", 19),
        ("CREATE INDEX i ON t ()", 21),
        ("CREATE INDEX app.i ON t (a)", 16),
        ("CREATE INDEX i ON t (a) USING btree", 24),
        ("CREATE INDEX i ON t (a) WHERE", 29),
        ("CREATE INDEX i ON t (a b c)", 25),
    ],
)
def test_what_is_not_grammar_is_not_read(script: str, offset: int) -> None:
    """NotRead tells the place where the reading stopped."""
    with pytest.raises(NotRead) as raised:
        operations_of(script)
    assert raised.value.offset == offset
