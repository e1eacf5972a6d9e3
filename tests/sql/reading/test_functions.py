"""Functions, triggers and policies: clauses in any order."""

from __future__ import annotations

import pytest

from migrate_tasks.sql.operations import (
    CreateFunction,
    CreatePolicy,
    CreateTrigger,
    Drop,
    Expression,
    Insert,
    Name,
    Operation,
    Query,
    Update,
)
from migrate_tasks.sql.reading import NotRead, body_of, operations_of
from migrate_tasks.sql.statements import split_statements

T = Name("t")


def operations(sql: str) -> tuple[Operation, ...]:
    """Return the operations of the only statement of ``sql``."""
    (statement,) = split_statements(sql)
    return operations_of(statement)


def body(sql: str) -> tuple[Operation, ...]:
    """Return the operations in the body of the only statement of ``sql``."""
    (statement,) = split_statements(sql)
    return body_of(statement)


CLAUSES = (
    "LANGUAGE plpgsql",
    "SECURITY DEFINER",
    "SET search_path = a, pg_temp",
    "SET work_mem FROM CURRENT",
    "COST 0.5",
    "RETURNS NULL ON NULL INPUT",
    "AS $$ BEGIN END $$",
)


@pytest.mark.parametrize("first", range(len(CLAUSES)))
def test_clauses_of_a_function_stand_in_any_order(first: int) -> None:
    """Whatever comes first, the function is the same."""
    sql = " ".join(["CREATE FUNCTION s.f(a int DEFAULT (1)) RETURNS SETOF s.t[]", *CLAUSES[first:], *CLAUSES[:first]])
    settings = ("work_mem", "search_path") if first == 3 else ("search_path", "work_mem")
    assert operations(sql) == (
        CreateFunction(
            start=0,
            end=len(sql),
            kind="function",
            name=Name("f", "s"),
            language="plpgsql",
            security_definer=True,
            settings=settings,
        ),
    )


def test_body_in_sql_needs_no_language() -> None:
    """BEGIN ATOMIC and RETURN are of the language sql."""
    sql = "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); SELECT 2; END"
    expected = CreateFunction(start=0, end=84, kind="procedure", name=Name("p"), or_replace=True, language="sql")
    assert operations(sql) == (expected,)
    assert body(sql) == (Insert(start=45, end=69, table=T), Query(start=71, end=79, what="SELECT"))


@pytest.mark.parametrize("expression", ["1 + 1", "$1", "'x'"])
def test_body_that_is_an_expression_has_no_operations(expression: str) -> None:
    """RETURN computes something; what it computes is none of the schema's business."""
    assert body(f"CREATE FUNCTION f(int) RETURNS text RETURN {expression}") == ()


@pytest.mark.parametrize("language", ["sql", "SQL", "'sql'"])
def test_body_of_a_function_in_sql_is_read(language: str) -> None:
    """Its statements keep their places in the script."""
    sql = f"CREATE FUNCTION f() RETURNS void AS $b$ UPDATE t SET a = 1; DROP TABLE t $b$ LANGUAGE {language}"
    assert body(sql) == (
        Update(start=40, end=58, table=T, columns=("a",)),
        Drop(start=60, end=72, kind="table", name=T),
    )


def test_body_of_a_function_in_plpgsql_is_read() -> None:
    """Words of PL/pgSQL are no operations."""
    sql = (
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.a = now(); DROP TABLE t; RETURN NEW; END$$"
    )
    assert body(sql) == (Drop(start=79, end=91, kind="table", name=T),)


@pytest.mark.parametrize(("returned", "is_trigger"), [("trigger", True), ("event_trigger", True), ("SETOF t", False)])
def test_what_is_for_triggers(returned: str, *, is_trigger: bool) -> None:
    """A function that returns a trigger is one that no query can call."""
    (made,) = operations(f"CREATE FUNCTION f() RETURNS {returned} LANGUAGE plpgsql AS 'BEGIN END'")
    assert isinstance(made, CreateFunction)
    assert made.returns_trigger is is_trigger


@pytest.mark.parametrize("sql", ["SELECT 1", "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'a', 'b'"])
def test_nothing_else_has_a_body(sql: str) -> None:
    """Other languages are not looked at."""
    assert body(sql) == ()


def test_trigger_is_on_its_table() -> None:
    """Events, conditions and transition tables are passed over."""
    sql = (
        "CREATE CONSTRAINT TRIGGER a AFTER INSERT OR UPDATE OF b, c ON public.t DEFERRABLE INITIALLY DEFERRED "
        "REFERENCING NEW TABLE AS n FOR EACH ROW WHEN (NEW.a > 1) EXECUTE FUNCTION s.f('x', 1)"
    )
    assert operations(sql) == (CreateTrigger(start=0, end=len(sql), name="a", table=T),)


def test_policy_tells_whom_it_lets_do_what() -> None:
    """Its expressions are those within the parentheses."""
    sql = "CREATE POLICY p ON t AS RESTRICTIVE FOR UPDATE TO a, CURRENT_USER USING (b) WITH CHECK (true)"
    assert operations(sql) == (
        CreatePolicy(
            start=0,
            end=len(sql),
            name="p",
            table=T,
            command="UPDATE",
            roles=("a", "current_user"),
            using=Expression(73, 74, "b", ("B",)),
            with_check=Expression(88, 92, "true", ("TRUE",)),
        ),
    )
    assert operations("ALTER POLICY p ON t TO b") == (
        CreatePolicy(start=0, end=24, name="p", table=T, is_new=False, roles=("b",)),
    )


REFUSED = {
    "CREATE FUNCTION f() RETURNS int": 31,
    "CREATE FUNCTION f RETURNS int AS 'x'": 18,
    "CREATE FUNCTION f() FAST AS 'x'": 20,
    "CREATE FUNCTION f() AS 'x' AS 'y'": 30,
    "CREATE TRIGGER a DURING INSERT ON t EXECUTE FUNCTION f()": 17,
    "CREATE TRIGGER a AFTER INSERT ON t": 34,
    "CREATE POLICY p ON t USING true": 27,
    "CREATE POLICY p": 15,
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_not_understood_is_refused(sql: str) -> None:
    """The place is that of the first token that cannot be what it is."""
    with pytest.raises(NotRead) as refused:
        operations(sql)
    assert refused.value.offset == REFUSED[sql]
