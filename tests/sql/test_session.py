"""What dies with a session, and what must be set again in the next one, is told from the words of a statement."""

from __future__ import annotations

import pytest

from migrate_tasks.sql.session import is_session_setting, session_object, sets
from migrate_tasks.sql.statements import Statement, split_statements


def the(text: str) -> Statement:
    """Return the one statement of ``text``."""
    (statement,) = split_statements(text)
    return statement


@pytest.mark.parametrize(
    "text",
    [
        "SET lock_timeout = '5s'",
        "set session lock_timeout to 5",
        "SET /* LOCAL */ work_mem = 1",
        "SET SESSION AUTHORIZATION joe",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET ROLE joe",
        "RESET ROLE",
        "RESET ALL",
        "LOAD 'auto_explain'",
        "DISCARD ALL",
        "SELECT pg_catalog.set_config('search_path', '', false)",
        "select set_config('search_path', f(a, 'true'), not true)",
        "SELECT set_config('a.b', 'x', true), set_config('a.c', 'y', false)",
    ],
)
def test_settings_of_the_session_are_known(text: str) -> None:
    """SET, RESET, LOAD, DISCARD ALL and a SELECT of set_config must be executed again in a new session."""
    assert is_session_setting(the(text))


@pytest.mark.parametrize(
    "text",
    [
        "SET LOCAL lock_timeout = '5s'",
        "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
        "SET CONSTRAINTS ALL DEFERRED",
        "SELECT set_config('search_path', '', true)",
        "SELECT set_config('search_path', '', 'on')",
        "SELECT set_config('search_path', '', false) FROM t",
        "SELECT 1, set_config('search_path', '', false)",
        "SELECT 'SET a = 1'",
        "UPDATE t SET a = 1",
        'SELECT "set_config"',
        "ALTER ROLE joe SET work_mem = '8MB'",
        "DISCARD PLANS",
        "DO $$ BEGIN SET work_mem = 1; END $$",
    ],
)
def test_all_else_is_no_setting_of_the_session(text: str) -> None:
    """What ends with its transaction, or does something else, is no setting of the session."""
    assert not is_session_setting(the(text))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SET lock_timeout = '5s'", "lock_timeout"),
        ("SET LOCAL Lock_Timeout TO 5", "lock_timeout"),
        ('SET SESSION "lock_timeout" = 5', "Lock_timeout"),
        ("SET app.tenant = 'x'", "app.tenant"),
        ("SET TIME ZONE 'UTC'", "TimeZone"),
        ("SET SCHEMA 'app'", "search_path"),
        ("SET SESSION AUTHORIZATION joe", "session_authorization"),
        ("SET ROLE joe", "role"),
        ("RESET statement_timeout", "statement_timeout"),
        ("RESET ALL", "statement_timeout"),
        ("DISCARD ALL", "statement_timeout"),
        ("SELECT pg_catalog.set_config('Search_Path', '', true)", "search_path"),
    ],
)
def test_a_parameter_is_set(text: str, name: str) -> None:
    """SET in all its spellings, RESET and set_config set a parameter, whose name knows no case."""
    assert sets(the(text), name)
    assert not sets(the(text), "work_mem") or text in {"RESET ALL", "DISCARD ALL"}


@pytest.mark.parametrize(
    "text",
    [
        "SET statement_timeout = 5",
        "SELECT 'SET lock_timeout = 5'",
        "UPDATE lock_timeout SET lock_timeout = 5",
        "ALTER ROLE joe SET lock_timeout = 5",
        "SET search_path = lock_timeout",
        "SELECT set_config(lock_timeout, '5', false)",
        "SHOW lock_timeout",
    ],
)
def test_a_parameter_is_not_set(text: str) -> None:
    """Another parameter, a string or a column of that name sets nothing."""
    assert not sets(the(text), "lock_timeout")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CREATE TEMP TABLE t (a int)", "temporary table"),
        ("create /* x */ local temporary table if not exists t (a int)", "temporary table"),
        ("CREATE GLOBAL TEMPORARY TABLE t AS SELECT 1", "temporary table"),
        ("CREATE OR REPLACE TEMP RECURSIVE VIEW v (a) AS SELECT 1", "temporary view"),
        ("CREATE TEMPORARY SEQUENCE s", "temporary sequence"),
        ("CREATE TABLE pg_temp.t (a int)", "temporary table"),
        ("CREATE OR REPLACE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql RETURN 1", "temporary function"),
        ("SELECT 1 AS a INTO TEMP t", "temporary table"),
        ("SELECT (SELECT 1) AS a INTO LOCAL TEMPORARY TABLE t FROM u", "temporary table"),
        ("WITH a AS (SELECT 1) SELECT * INTO temp t FROM a", "temporary table"),
        ("PREPARE p (int) AS INSERT INTO t VALUES ($1,$2)", "prepared statement"),
        ("DECLARE c CURSOR WITH HOLD FOR SELECT 1", "cursor"),
        ("DECLARE c SCROLL CURSOR WITHOUT HOLD FOR SELECT 1", None),
        ("DECLARE c CURSOR FOR SELECT 'WITH HOLD'", None),
        ("PREPARE TRANSACTION 'x'", None),
        ("CREATE TABLE temp (a int)", None),
        ('CREATE TABLE "TEMP" (temporary int)', None),
        ("CREATE TABLE t (temp int)", None),
        ("SELECT a INTO temp FROM t", None),
        ("SELECT a INTO temp", None),
        ("INSERT INTO temp VALUES (1)", None),
        ("SELECT 'INTO TEMP t'", None),
        ("WITH a AS (INSERT INTO temp SELECT 1 RETURNING b) SELECT 1", None),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE t (); END $$", None),
    ],
)
def test_what_dies_with_the_session_is_known(text: str, expected: str | None) -> None:
    """Temporary objects, prepared statements and held cursors die with the session."""
    assert session_object(the(text)) == expected
