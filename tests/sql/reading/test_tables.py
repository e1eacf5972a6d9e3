"""CREATE TABLE is read in all its forms; what is not Postgres' grammar is not read."""

from __future__ import annotations

import pytest

from migrate_tasks.sql.operations import Constraint, CreateTable, InlineIndex, Name
from migrate_tasks.sql.reading.cursor import NotRead
from tests.sql.reading.valid_statements import operations_of


def table_of(script: str) -> CreateTable:
    """Return the one operation of a CREATE TABLE."""
    (operation,) = operations_of(script)
    assert isinstance(operation, CreateTable)
    return operation


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("CREATE TABLE t ()", CreateTable(start=0, end=17, table=Name("t"))),
        (
            " create table if not exists App.T ();",
            CreateTable(start=1, end=36, table=Name("t", "app"), if_not_exists=True),
        ),
        ('CREATE TEMP TABLE public."T" ()', CreateTable(start=0, end=31, table=Name("T"), temporary=True)),
        ("CREATE LOCAL TEMPORARY TABLE t ()", CreateTable(start=0, end=33, table=Name("t"), temporary=True)),
        ("CREATE UNLOGGED TABLE t ()", CreateTable(start=0, end=26, table=Name("t"), unlogged=True)),
        ("CREATE TABLE t AS SELECT 1", CreateTable(start=0, end=26, table=Name("t"), as_query=True)),
        ("CREATE TABLE t (a, b) AS SELECT 1, 2", CreateTable(start=0, end=36, table=Name("t"), as_query=True)),
        (
            "CREATE TABLE c () INHERITS (p, app.q)",
            CreateTable(start=0, end=37, table=Name("c"), inherits=(Name("p"), Name("q", "app"))),
        ),
        (
            "CREATE TABLE c (LIKE p INCLUDING ALL, LIKE q) PARTITION BY LIST (a)",
            CreateTable(start=0, end=67, table=Name("c"), likes=(Name("p"), Name("q")), is_partitioned=True),
        ),
        (
            "CREATE TABLE c PARTITION OF app.m DEFAULT",
            CreateTable(start=0, end=41, table=Name("c"), partition_of=Name("m", "app"), is_default=True),
        ),
        (
            "CREATE TABLE t (UNIQUE (a, b))",
            CreateTable(
                start=0, end=30, table=Name("t"), constraints=(Constraint(16, 29, "unique", columns=("a", "b")),)
            ),
        ),
    ],
)
def test_create_table_says_what_it_makes(script: str, expected: CreateTable) -> None:
    """Its name, its kind, its parents, and where it stands."""
    assert table_of(script) == expected


def test_elements_are_told_apart() -> None:
    """Columns, constraints and other tables may stand in any order, also where a column is called like a keyword."""
    table = table_of("CREATE TABLE t (a int, CHECK (a > 0), LIKE s, exclude text, EXCLUDE (a WITH =), type text)")
    assert [column.name for column in table.columns] == ["a", "exclude", "type"]
    assert [constraint.kind for constraint in table.constraints] == ["check", "exclude"]
    assert table.likes == (Name("s"),)


def test_a_partition_has_columns_without_types() -> None:
    """Such columns have defaults and constraints of their own."""
    table = table_of("CREATE TABLE c PARTITION OF m (a DEFAULT 1 NOT NULL, b WITH OPTIONS UNIQUE) DEFAULT")
    assert [(column.name, column.type) for column in table.columns] == [("a", None), ("b", None)]
    assert table.columns[0].has("not null")
    assert table.columns[1].has("unique")


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("INDEX i ON t(c)", InlineIndex(16, 31, "i", "c")),
        ("INDEX i ON t(c DESC, d)", InlineIndex(16, 39, "i", "c DESC, d")),
        ("INDEX i (c)", InlineIndex(16, 27, "i", "c")),
        ('key "I" (c, lower(d))', InlineIndex(16, 37, "I", "c, lower(d)")),
        ("KEY i (c(10)) USING BTREE", InlineIndex(16, 41, "i", "c(10)")),
        ("INDEX i USING btree (c) COMMENT 'x'", InlineIndex(16, 51, "i", "c")),
        ("INDEX ((a + 1))", InlineIndex(16, 31, None, "(a + 1)")),
        ("INDEX (c)", InlineIndex(16, 25, None, "c")),
        ("UNIQUE INDEX i (c)", InlineIndex(16, 34, "i", "c", unique=True)),
        ("UNIQUE KEY (c)", InlineIndex(16, 30, None, "c", unique=True)),
        ("UNIQUE KEY i (c)", InlineIndex(16, 32, "i", "c", unique=True)),
        ("FULLTEXT KEY i (c)", InlineIndex(16, 34, "i", "c")),
        ("FULLTEXT INDEX (c)", InlineIndex(16, 34, None, "c")),
        ("SPATIAL i (c)", InlineIndex(16, 29, "i", "c")),
        ("KEY time (time)", InlineIndex(16, 31, "time", "time")),
    ],
)
def test_an_index_among_the_columns_is_an_index(element: str, expected: InlineIndex) -> None:
    """Postgres has no such thing, and takes some of these for columns of a type that does not exist."""
    table = table_of(f"CREATE TABLE t ({element}, a int)")
    assert table.inline_indexes == (expected,)
    assert [column.name for column in table.columns] == ["a"]


@pytest.mark.parametrize(
    "element",
    [
        "index int",
        "key text",
        "key varchar(10) NOT NULL",
        "index numeric(10,2)",
        "key app.code(a)",
        "key code(a) NOT NULL",
        "key timestamp(3) with time zone",
        "index text[]",
        "key ENUM('a','b')",
        "key nvarchar(max)",
        "index geometry(Point, 4326)",
        "fulltext tsvector",
        "spatial geography(Point)",
        '"key" i (c)',
        'index "T" UNIQUE',
    ],
)
def test_a_column_may_be_called_index_or_key(element: str) -> None:
    """So it is where a type follows."""
    table = table_of(f"CREATE TABLE t ({element})")
    assert table.inline_indexes == ()
    assert len(table.columns) == 1


@pytest.mark.parametrize(
    ("script", "offset"),
    [
        ("CREATE TABLE t (id int, name text,)", 34),
        ("CREATE TABLE t (id int name text)", 23),
        ("CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY)", 23),
        ("CREATE TABLE t (id int) ENGINE=InnoDB", 24),
        ("CREATE TABLE t (id int COMMENT 'x')", 23),
        ("CREATE TABLE t (id int UNSIGNED)", 23),
        ("CREATE TABLE t (d DATETIME DEFAULT now() ON UPDATE now())", 41),
        ("CREATE TABLE t (id int identity(1,1))", 23),
        ("CREATE TABLE t (order int)", 16),
        ("CREATE TABLE user (id int)", 13),
        ("CREATE TABLE t (a text) STRICT", 24),
        ("CREATE TABLE t (a)", 18),
        ("CREATE TABLE t", 14),
        ("CREATE TABLE t (a int", 21),
        ("CREATE TABLE t (CHECK ())", 22),
        ("CREATE TABLE t (a int, UNIQUE (a) NOT VALID)", 34),
        ("CREATE TABLE t AS", 17),
        ("CREATE LOCAL UNLOGGED TABLE t ()", 13),
        ("CREATE TABLE t (a int) ON COMMIT", 32),
        ("CREATE TABLE c PARTITION OF m", 29),
        ("CREATE TABLE", 12),
    ],
)
def test_what_is_not_grammar_is_not_read(script: str, offset: int) -> None:
    """NotRead tells the place where the reading stopped."""
    with pytest.raises(NotRead) as raised:
        operations_of(script)
    assert raised.value.offset == offset
