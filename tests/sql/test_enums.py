"""A value that is added to an enum and used in the same script is found, as the servers would refuse it."""

from __future__ import annotations

import psycopg
import pytest

from migrate_tasks.sql.enums import uses_new_enum_value
from migrate_tasks.sql.statements import split_statements

NEEDED = "CREATE TYPE mood AS ENUM ('old'); CREATE TABLE t (m mood); INSERT INTO t VALUES ('old');"
ADDED = "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'new' AFTER 'old'"
USES = (
    "INSERT INTO t VALUES ('new')",
    "INSERT INTO t VALUES (E'new')",
    "INSERT INTO t VALUES ($$new$$)",
    "SELECT '{old,new}'::mood[]",
    "ALTER TABLE t ALTER m SET DEFAULT 'new'",
    "ALTER TABLE t ADD CHECK (m <> 'new')",
    "CREATE VIEW v AS SELECT * FROM t WHERE m = 'new'",
    "CREATE INDEX ON t (m) WHERE m = 'new'",
    "PREPARE p AS SELECT 'new'::mood",
    "DO $$ BEGIN INSERT INTO t VALUES ('new'); END $$",
    "DO 'BEGIN INSERT INTO t VALUES (''new''); END'",
    "CREATE FUNCTION f() RETURNS mood LANGUAGE sql AS $$ SELECT 'new'::mood $$",
    "CREATE FUNCTION f() RETURNS mood LANGUAGE sql RETURN 'new'::mood",
    "CREATE PROCEDURE p() LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES ('new'); END",
)
NO_USES = (
    "ALTER TYPE mood ADD VALUE 'newer' BEFORE 'new'",
    "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'new'",
    "ALTER TYPE mood RENAME VALUE 'new' TO 'other'",
    "COMMENT ON TYPE mood IS 'new'",
    "INSERT INTO t VALUES ('old')",
    "SELECT 1 AS new",
    "SELECT 'brand new'",
    "CREATE FUNCTION f() RETURNS mood LANGUAGE plpgsql AS $$ BEGIN RETURN 'new'; END $$",
)


def used(script: str) -> str | None:
    """Return the text of the first statement that uses a value which the script added."""
    statement = uses_new_enum_value(split_statements(script))
    return statement.text if statement else None


@pytest.mark.parametrize("text", USES)
def test_a_use_is_found(text: str) -> None:
    """A literal that the server reads at once uses the value."""
    assert used(f"{ADDED}; {text}; SELECT 1") == text


@pytest.mark.parametrize("text", NO_USES)
def test_what_is_no_use_is_not_found(text: str) -> None:
    """Another literal, a comment, another ALTER TYPE and a body that is read later use nothing."""
    assert used(f"{ADDED}; {text}; SELECT 1") is None


def test_the_servers_agree(any_url: str) -> None:
    """A server refuses (SQLSTATE 55P04) just what we say that it refuses."""
    with psycopg.connect(any_url, autocommit=True) as connection:
        connection.execute(NEEDED)
        answers = {text: answer_after_adding(connection, text) for text in (*USES, *NO_USES)}

    assert {text: answers[text] for text in USES} == dict.fromkeys(USES, "55P04")
    assert {text: answers[text] for text in NO_USES} == dict.fromkeys(NO_USES)


def answer_after_adding(connection: psycopg.Connection, text: str) -> str | None:
    """Add the value and execute a statement in one transaction; return the SQLSTATE, None for success."""
    connection.execute("BEGIN")
    try:
        connection.execute(ADDED)
        connection.execute(text.encode())
    except psycopg.Error as error:
        return error.sqlstate
    else:
        return None
    finally:
        connection.execute("ROLLBACK")


def test_rows_of_copy_are_a_use() -> None:
    """The data of COPY uses the values that stand in it."""
    copy = "COPY t (a, m) FROM stdin"

    assert used(f"{ADDED};\n{copy};\n1\tnew\n\\.\n") == copy
    assert used(f"{ADDED};\n{copy};\n1\tnewer\n\\.\n") is None


def test_a_type_of_the_same_script_is_safe() -> None:
    """The values of a type that the script itself creates may be used; another type's not."""
    added = "ALTER TYPE App.Mood ADD VALUE 'new'; SELECT 'new'"

    assert used(f"CREATE TYPE app.mood AS ENUM ('old'); {added}") is None
    assert used(f"CREATE TYPE app.other AS ENUM ('old'); {added}") == "SELECT 'new'"


def test_a_commit_makes_values_safe() -> None:
    """After the script's own COMMIT its new values may be used."""
    assert used(f"BEGIN; {ADDED}; COMMIT; SELECT 'new'") is None
    assert used(f"BEGIN; {ADDED}; SAVEPOINT s; ROLLBACK TO s; SELECT 'new'") == "SELECT 'new'"
