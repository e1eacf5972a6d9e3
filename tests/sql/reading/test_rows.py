"""Changes of rows tell their tables, columns and conditions, also where they stand in a WITH."""

from __future__ import annotations

import pytest

from migrate_tasks.sql.operations import (
    CreateTable,
    Delete,
    Expression,
    Insert,
    Merge,
    Name,
    Operation,
    Query,
    SetParameter,
    Truncate,
    Update,
)
from migrate_tasks.sql.reading import NotRead, operations_of
from migrate_tasks.sql.statements import split_statements

T = Name("t")


def operations(sql: str) -> tuple[Operation, ...]:
    """Return the operations of the only statement of ``sql``."""
    (statement,) = split_statements(sql)
    return operations_of(statement)


INSERTS = {
    "INSERT INTO public.t DEFAULT VALUES": {"has_defaults": True},
    'INSERT INTO t (A, "B", c[1], d.e) VALUES (1, 2, 3, 4)': {"columns": ("a", "B", "c", "d")},
    "INSERT INTO t (SELECT 1)": {},
    "INSERT INTO t (values) VALUES (1)": {"columns": ("values",)},
    "INSERT INTO t AS x VALUES (1) ON CONFLICT (a) DO NOTHING": {"on_conflict": True},
    "INSERT INTO t SELECT 1 FROM a JOIN b ON a.c = b.c ON CONFLICT DO NOTHING": {"on_conflict": True},
    "INSERT INTO t SELECT 1 FROM a JOIN conflict ON conflict.a = a.a": {},
    "INSERT INTO t (a) OVERRIDING USER VALUE TABLE x": {"columns": ("a",)},
    "COPY t (a, b) FROM '/x' WITH (FORMAT csv)": {"columns": ("a", "b"), "how": "COPY"},
    "COPY t FROM STDIN": {"how": "COPY"},
}


@pytest.mark.parametrize("sql", INSERTS)
def test_what_puts_rows_into_a_table_is_an_insert(sql: str) -> None:
    """It tells the listed columns, and whether there is ON CONFLICT."""
    assert operations(sql) == (Insert(start=0, end=len(sql), table=T, **INSERTS[sql]),)  # type: ignore[arg-type]


def test_update_tells_the_columns_that_it_sets_as_a_whole() -> None:
    """A field or an element of a column is not the column."""
    sql = "UPDATE t AS x SET a = 1 + f(2, 3), (b, c) = (SELECT 1, 2), d[1] = 3, e.f = 4 FROM y RETURNING *"
    assert operations(sql) == (Update(start=0, end=len(sql), table=T, columns=("a", "b", "c")),)


CONDITIONS = {
    "UPDATE t SET a = CASE WHEN b IS DISTINCT FROM c THEN 1 END WHERE d AND e RETURNING f": "d AND e",
    "UPDATE t SET a = (SELECT 1 FROM u WHERE b)": None,
    "DELETE FROM t USING u WHERE t.a = u.a": "t.a = u.a",
    "DELETE FROM ONLY (t) WHERE CURRENT OF c": "CURRENT OF c",
    "DELETE FROM t WHERE a IN (SELECT b FROM c WHERE d)": "a IN (SELECT b FROM c WHERE d)",
    "DELETE FROM t": None,
    "DELETE FROM t * x RETURNING t.where": None,
}


@pytest.mark.parametrize("sql", CONDITIONS)
def test_condition_is_the_statement_s_own(sql: str) -> None:
    """A WHERE in a subquery is none of its own, nor is a column of that name."""
    (operation,) = operations(sql)
    assert isinstance(operation, Update | Delete)
    assert (operation.where and operation.where.text) == CONDITIONS[sql]


MERGES = {
    "MERGE INTO ONLY t x USING s ON x.a = s.a WHEN MATCHED THEN DELETE": ("x.a = s.a", "DELETE", None),
    "MERGE INTO t USING s JOIN u ON s.b = u.b ON t.a = s.a WHEN NOT MATCHED THEN INSERT VALUES (1) "
    "WHEN MATCHED AND b OR c THEN UPDATE SET d = CASE WHEN e THEN 1 END": ("t.a = s.a", "UPDATE", "b OR c"),
    "MERGE INTO t USING (SELECT 1 FROM u JOIN v ON w) s ON CASE WHEN a THEN b END WHEN MATCHED THEN DO NOTHING "
    "WHEN MATCHED THEN DELETE": ("CASE WHEN a THEN b END", "DO", None),
    "MERGE INTO t USING s ON true WHEN NOT MATCHED BY SOURCE THEN DELETE": ("true", None, None),
}


@pytest.mark.parametrize("sql", MERGES)
def test_merge_tells_what_it_does_with_matched_rows(sql: str) -> None:
    """That is what its first WHEN MATCHED does; a join before its ON has one, too."""
    (operation,) = operations(sql)
    assert isinstance(operation, Merge)
    assert (operation.start, operation.end, operation.table) == (0, len(sql), T)
    assert (operation.on.text, operation.matched, operation.condition and operation.condition.text) == MERGES[sql]


def test_changes_in_a_with_are_operations_of_their_own() -> None:
    """They stand before the statement's own, which begins behind the WITH."""
    sql = "WITH a AS (DELETE FROM t WHERE b RETURNING *), c (d) AS MATERIALIZED (SELECT 1) UPDATE t SET e = 1"
    assert operations(sql) == (
        Delete(start=11, end=44, table=T, where=Expression(31, 32, "b", ("B",))),
        Update(start=80, end=98, table=T, columns=("e",)),
    )


def test_recursive_with_is_read_to_its_query() -> None:
    """SEARCH and CYCLE are passed over."""
    sql = (
        "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n FROM a) SEARCH DEPTH FIRST BY n, n SET o "
        "CYCLE n SET c TO true DEFAULT false USING p, b AS (INSERT INTO t VALUES (1)) SELECT 1"
    )
    assert operations(sql) == (
        Insert(start=144, end=168, table=T),
        Query(start=0, end=len(sql), what="SELECT"),
    )


TRUNCATED = {
    "TRUNCATE t": (Truncate(start=0, end=10, table=T),),
    "TRUNCATE TABLE ONLY a, s.b * RESTART IDENTITY CASCADE": (
        Truncate(start=15, end=21, table=Name("a"), cascade=True),
        Truncate(start=23, end=28, table=Name("b", "s"), cascade=True),
    ),
}


@pytest.mark.parametrize("sql", TRUNCATED)
def test_truncate_is_an_operation_a_table(sql: str) -> None:
    """CASCADE is of all of them."""
    assert operations(sql) == TRUNCATED[sql]


SELECTED_INTO = {
    "SELECT * INTO t FROM u": {},
    "SELECT 1 INTO TEMP t FROM u": {"temporary": True},
    "SELECT 1 INTO UNLOGGED TABLE t": {"unlogged": True},
    "WITH a AS (SELECT 1) SELECT 1 INTO t": {},
}


@pytest.mark.parametrize("sql", SELECTED_INTO)
def test_select_into_makes_a_table(sql: str) -> None:
    """It is a CREATE TABLE AS."""
    made = CreateTable(start=0, end=len(sql), table=T, as_query=True, **SELECTED_INTO[sql])  # type: ignore[arg-type]
    assert operations(sql) == (made,)


def test_select_into_a_table_named_as_a_keyword_makes_it() -> None:
    """INTO temp FROM is no temporary table."""
    assert operations("SELECT 1 INTO temp FROM u") == (CreateTable(start=0, end=25, table=Name("temp"), as_query=True),)


QUERIES = {
    "SELECT": "SELECT",
    "SELECT a AS into FROM t": "SELECT",
    "(SELECT 1) UNION (SELECT 2)": "SELECT",
    "VALUES (1)": "VALUES",
    "TABLE t": "TABLE",
    "COPY t TO STDOUT": "COPY",
    "COPY (SELECT 1) TO PROGRAM 'x'": "COPY",
    "SELECT set_config(a, 'x', true)": "SELECT",
}


@pytest.mark.parametrize("sql", QUERIES)
def test_query_changes_nothing(sql: str) -> None:
    """It is told by its head."""
    assert operations(sql) == (Query(start=0, end=len(sql), what=QUERIES[sql]),)


def test_set_config_sets_a_parameter() -> None:
    """Each call is one, and what else is selected is a query."""
    sql = "SELECT pg_catalog.set_config('search_path', '', false), set_config('A.b', 'c', TRUE) AS x, 1"
    assert operations(sql) == (
        SetParameter(start=7, end=54, name="search_path", value=""),
        SetParameter(start=56, end=89, name="a.b", value="c", local=True),
        Query(start=0, end=len(sql), what="SELECT"),
    )


REFUSED = {
    "INSERT t VALUES (1)": 0,
    "INSERT INTO t": 13,
    "UPDATE t a = 1": 11,
    "UPDATE t SET a": 14,
    "UPDATE t SET a = 1 WHERE": 24,
    "UPDATE t SET a = 1 LIMIT 5": 19,
    "UPDATE t SET a = 1 WHERE b ORDER BY c": 27,
    "DELETE FROM t WHERE a LIMIT 5": 22,
    "DELETE t": 0,
    "DELETE FROM t SET a = 1": 18,
    "MERGE INTO t USING s": 19,
    "MERGE INTO t USING s WHEN MATCHED THEN DELETE": 19,
    "MERGE INTO t USING s ON WHEN MATCHED THEN DELETE": 24,
    "MERGE INTO t USING s ON true WHEN MATCHED THEN TRUNCATE": 47,
    "WITH a AS (DROP TABLE t) SELECT 1": 10,
    "WITH a AS (SELECT 1)": 20,
    "COPY t INTO 'x'": 7,
    "TRUNCATE t WHERE a": 11,
    "(SELECT 1 INTO t)": 0,
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_not_understood_is_refused(sql: str) -> None:
    """The place is near what is wrong."""
    with pytest.raises(NotRead) as refused:
        operations(sql)
    assert refused.value.offset == REFUSED[sql]
