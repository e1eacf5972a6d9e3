"""Statements about objects become operations with their names, and what is not understood is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_tasks.sql.operations import (
    AddAttribute,
    AddEnumValue,
    Alter,
    AlterDomain,
    Comment,
    Constraint,
    Create,
    CreateDomain,
    CreateType,
    Drop,
    Expression,
    Grant,
    Name,
    Operation,
    Other,
    Rename,
    TypeName,
)
from migrate_tasks.sql.reading import NotRead, operations_of
from migrate_tasks.sql.statements import Statement, split_statements

KNOWN = split_statements(Path(__file__).with_name("known.sql").read_text(encoding="utf-8"))
T = Name("t")


def statement_of(sql: str) -> Statement:
    """Return the only statement of ``sql``."""
    (statement,) = split_statements(sql)
    return statement


@pytest.mark.parametrize("statement", KNOWN, ids=[statement.text[:60] for statement in KNOWN])
def test_every_known_statement_is_read(statement: Statement) -> None:
    """Every statement of the list has an operation, all of them within the statement."""
    operations = operations_of(statement)
    assert operations
    assert all(statement.start <= each.start < each.end <= statement.end for each in operations)


DROPS = {
    "DROP TABLE IF EXISTS t CASCADE": {"kind": "table", "name": T, "if_exists": True, "cascade": True},
    "DROP INDEX CONCURRENTLY s.i": {"kind": "index", "name": Name("i", "s"), "concurrently": True},
    "DROP TRIGGER a ON public.t": {"kind": "trigger", "name": Name("a"), "on_table": T},
    'DROP POLICY IF EXISTS "A b" ON t': {"kind": "policy", "name": Name("A b"), "on_table": T, "if_exists": True},
    "DROP USER u": {"kind": "role", "name": Name("u")},
    "DROP CAST (a AS b)": {"kind": "cast", "name": Name("a as b")},
    "DROP OPERATOR s.~= (int, text)": {"kind": "operator", "name": Name("~=", "s")},
    "DROP DATABASE d WITH (FORCE)": {"kind": "database", "name": Name("d")},
}


@pytest.mark.parametrize("sql", DROPS)
def test_drop_names_its_object(sql: str) -> None:
    """A DROP of one object is one operation, with the words that it was given."""
    assert operations_of(statement_of(sql)) == (Drop(start=0, end=len(sql), **DROPS[sql]),)  # type: ignore[arg-type]


def test_drop_of_several_objects_is_as_many_operations() -> None:
    """Each of them covers its own name, with the arguments of a function."""
    operations = operations_of(statement_of("DROP FUNCTION IF EXISTS f(int), s.g CASCADE"))
    assert operations == (
        Drop(start=24, end=30, kind="function", name=Name("f"), if_exists=True, cascade=True),
        Drop(start=32, end=35, kind="function", name=Name("g", "s"), if_exists=True, cascade=True),
    )


RENAMES = {
    "ALTER VIEW v RENAME TO w": ("view", Name("v"), "v", "w"),
    "ALTER VIEW v RENAME COLUMN a TO b": ("column", Name("v"), "a", "b"),
    "ALTER TYPE s.e RENAME VALUE 'a' TO 'b'": ("enum value", Name("e", "s"), "a", "b"),
    "ALTER TYPE e RENAME ATTRIBUTE a TO b CASCADE": ("attribute", Name("e"), "a", "b"),
    "ALTER DOMAIN d RENAME CONSTRAINT a TO b": ("constraint", Name("d"), "a", "b"),
    "ALTER FUNCTION f(int) RENAME TO g": ("function", Name("f"), "f", "g"),
    "ALTER POLICY p ON t RENAME TO q": ("policy", T, "p", "q"),
    "ALTER TRIGGER p ON t RENAME TO q": ("trigger", T, "p", "q"),
}


@pytest.mark.parametrize("sql", RENAMES)
def test_rename_tells_the_old_and_the_new_name(sql: str) -> None:
    """What belongs to a table is renamed in the table."""
    kind, name, old, new = RENAMES[sql]
    assert operations_of(statement_of(sql)) == (Rename(start=0, end=len(sql), kind=kind, name=name, old=old, new=new),)


def test_set_schema_is_a_rename() -> None:
    """The new name is the schema."""
    sql = "ALTER SEQUENCE a.s SET SCHEMA b"
    assert operations_of(statement_of(sql)) == (
        Rename(start=0, end=len(sql), kind="sequence", name=Name("s", "a"), old="s", new="b", sets_schema=True),
    )


OTHERS: dict[str, Operation] = {
    "CREATE TYPE e AS ENUM ('a', 'b''c')": CreateType(start=0, end=35, name=Name("e"), labels=("a", "b'c")),
    "CREATE TYPE e AS (a int)": CreateType(start=0, end=24, name=Name("e")),
    "ALTER TYPE e ADD VALUE IF NOT EXISTS 'a' BEFORE 'b'": AddEnumValue(
        start=0, end=51, name=Name("e"), value="a", if_not_exists=True, is_placed=True
    ),
    "CREATE DOMAIN d AS numeric(3) NOT NULL": CreateDomain(
        start=0,
        end=38,
        name=Name("d"),
        type=TypeName("numeric", ("3",)),
        constraints=(Constraint(30, 38, "not null"),),
    ),
    "ALTER DOMAIN d ADD CONSTRAINT c CHECK (x) NOT VALID": AlterDomain(
        start=0,
        end=51,
        name=Name("d"),
        action="ADD CONSTRAINT",
        constraint=Constraint(19, 51, "check", "c", expression=Expression(39, 40, "x", ("X",)), not_valid=True),
    ),
    "ALTER DOMAIN d SET NOT NULL": AlterDomain(start=0, end=27, name=Name("d"), action="SET NOT NULL"),
    "ALTER SEQUENCE s OWNED BY t.c": Alter(start=0, end=29, kind="sequence", name=Name("s"), action="OWNED BY T"),
    "CREATE OR REPLACE TEMP VIEW v AS SELECT 1": Create(
        start=0, end=41, kind="view", name=Name("v"), or_replace=True, temporary=True
    ),
    'CREATE EXTENSION IF NOT EXISTS "uuid-ossp"': Create(
        start=0, end=42, kind="extension", name=Name("uuid-ossp"), if_not_exists=True
    ),
    "COMMENT ON COLUMN public.t.user IS NULL": Comment(
        start=0, end=39, kind="column", name=T, column="user", is_null=True
    ),
    "COMMENT ON TRIGGER a ON t IS 'x'": Comment(start=0, end=32, kind="trigger", name=Name("a")),
    "GRANT SELECT (a, b), UPDATE ON t TO App, PUBLIC": Grant(
        start=0, end=47, privileges=("SELECT", "UPDATE"), roles=("app", "public")
    ),
    "REVOKE ALL PRIVILEGES ON SCHEMA s FROM x CASCADE": Grant(
        start=0, end=48, privileges=("ALL",), roles=("x",), revoke=True, object_kind="schema"
    ),
    "GRANT a, b TO c WITH ADMIN OPTION": Grant(start=0, end=33, privileges=(), roles=("c",), object_kind="role"),
    "ALTER SYSTEM SET work_mem = 1": Other(start=0, end=29, what="ALTER SYSTEM"),
    "REASSIGN OWNED BY a TO b": Other(start=0, end=24, what="REASSIGN OWNED"),
}


@pytest.mark.parametrize("sql", OTHERS)
def test_statement_has_one_operation(sql: str) -> None:
    """What the statement says is in the operation's fields."""
    assert operations_of(statement_of(sql)) == (OTHERS[sql],)


def test_attributes_are_added_and_dropped_one_by_one() -> None:
    """ALTER TYPE has an operation for each of its actions."""
    operations = operations_of(statement_of("ALTER TYPE a ADD ATTRIBUTE b numeric(1, 2), DROP ATTRIBUTE c"))
    assert operations == (
        AddAttribute(start=13, end=42, name=Name("a"), action="ADD"),
        AddAttribute(start=44, end=60, name=Name("a"), action="DROP"),
    )


def test_elements_of_a_schema_are_made_in_it() -> None:
    """Names without a schema are the new schema's, others are what they are."""
    operations = operations_of(statement_of("CREATE SCHEMA s CREATE VIEW v AS SELECT 1 CREATE SEQUENCE x.q"))
    assert operations == (
        Create(start=0, end=61, kind="schema", name=Name("s")),
        Create(start=16, end=41, kind="view", name=Name("v", "s")),
        Create(start=42, end=61, kind="sequence", name=Name("q", "x")),
    )


REFUSED = {
    "FROBNICATE t": 0,
    "DROP t": 5,
    "DROP TABLE a b": 13,
    "DROP FUNCTION f(int": 15,
    "DROP CONSTRAINT a ON t": 16,
    "CREATE VIEW v": 13,
    "CREATE VIEW v AS DROP": 17,
    "CREATE OR REPLACE SEQUENCE s": 27,
    "CREATE SEQUENCE s OF x": 18,
    "CREATE SCHEMA s DROP TABLE t": 16,
    "ALTER TYPE e ADD VALUE a": 23,
    "ALTER SEQUENCE s FLY": 17,
    "COMMENT ON COLUMN t IS 'x'": 20,
    "GRANT FLY ON t TO a": 6,
    "GRANT SELECT ON t": 17,
    "ALTER VIEW v OWNER TO": 21,
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_not_understood_is_refused_where_it_stands(sql: str) -> None:
    """The place is that of the first token that cannot be what it is."""
    with pytest.raises(NotRead) as refused:
        operations_of(statement_of(sql))
    assert refused.value.offset == REFUSED[sql]
