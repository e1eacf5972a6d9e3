"""The static SQL in the body of a DO is read, at its place in the script; and nothing but NotRead is ever raised."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_tasks.sql.operations import (
    AddColumn,
    CreateType,
    Delete,
    Do,
    Drop,
    Expression,
    Grant,
    Insert,
    LockTable,
    Name,
    Operation,
    Query,
    SetParameter,
    TransactionControl,
    Truncate,
    Update,
)
from migrate_tasks.sql.reading import NotRead, body_of, operations_of
from migrate_tasks.sql.statements import UnreadableSql, split_statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.sql.statements import Statement

T = Name("t")
KNOWN = Path(__file__).with_name("known.sql").read_text(encoding="utf-8")
BODY = """
#variable_conflict use_column
<<outer>>
DECLARE
  x int := (SELECT 1); r record; c CURSOR FOR SELECT 1;
BEGIN
  x := (SELECT 1); r.a = 2; a[1] := 3; "update" := 4;
  IF NOT EXISTS (SELECT 1 FROM pg_type) THEN CREATE TYPE e AS ENUM ('a');
  ELSIF x IN (1, 2) THEN DROP TABLE t; ELSE TRUNCATE t; END IF;
  FOR r IN SELECT * FROM t LOOP UPDATE t SET a = 1 WHERE id = r.id; END LOOP;
  FOR r IN DELETE FROM t RETURNING * LOOP NULL; END LOOP outer;
  FOR r IN EXECUTE 'x' LOOP NULL; END LOOP;
  FOR i IN REVERSE 10..1 BY 2 LOOP PERFORM set_config('a.b', 'c', true); END LOOP;
  FOREACH x SLICE 1 IN ARRAY y LOOP EXIT WHEN x; CONTINUE; END LOOP;
  WHILE x > 1 LOOP INSERT INTO t VALUES (1) RETURNING id INTO x; END LOOP;
  LOOP EXIT; END LOOP;
  CASE x WHEN 1 THEN DROP VIEW v; WHEN 2 THEN NULL; ELSE LOCK t; END CASE;
  CASE WHEN x = 1 THEN GRANT a TO b; END CASE;
  SELECT a INTO STRICT x FROM t;
  EXECUTE format('x %I', y) INTO x USING z;
  OPEN c; OPEN d FOR VALUES (1); OPEN d FOR EXECUTE 'x'; FETCH c INTO x; MOVE NEXT FROM c; CLOSE c;
  GET DIAGNOSTICS x = ROW_COUNT; RAISE NOTICE 'a %', x USING HINT = 'b'; ASSERT x;
  BEGIN ALTER TABLE t ADD COLUMN c int; EXCEPTION WHEN duplicate_column OR others THEN NULL; END;
  RETURN QUERY INSERT INTO t VALUES (2) RETURNING *; RETURN QUERY EXECUTE 'x'; RETURN;
  COMMIT;
  DO 'BEGIN DROP INDEX i; END';
END """
PLACES = (
    ("CREATE TYPE e AS ENUM ('a')", CreateType),
    ("DROP TABLE t", Drop),
    ("TRUNCATE t", Truncate),
    ("SELECT * FROM t", Query),
    ("UPDATE t SET a = 1 WHERE id = r.id", Update),
    ("DELETE FROM t RETURNING *", Delete),
    ("set_config('a.b', 'c', true)", SetParameter),
    ("INSERT INTO t VALUES (1) RETURNING id INTO x", Insert),
    ("DROP VIEW v", Drop),
    ("LOCK t", LockTable),
    ("GRANT a TO b", Grant),
    ("SELECT a INTO STRICT x FROM t", Query),
    ("VALUES (1)", Query),
    ("ADD COLUMN c int", AddColumn),
    ("INSERT INTO t VALUES (2) RETURNING *", Insert),
    ("COMMIT", TransactionControl),
    ("DO 'BEGIN DROP INDEX i; END'", Do),
    ("DROP INDEX i", Drop),
)


def operations(sql: str) -> tuple[Operation, ...]:
    """Return the operations of the last statement of ``sql``."""
    return operations_of(split_statements(sql)[-1])


def test_every_statement_of_a_body_is_found_at_its_place() -> None:
    """Control words, variables and declarations are cut off; EXECUTE is told by its places."""
    script = f"SELECT 'é'; DO $do${BODY}$do$ LANGUAGE plpgsql"
    do, *inner = operations(script)
    assert [(script[each.start : each.end], type(each)) for each in inner] == list(PLACES)
    assert isinstance(do, Do)
    assert (do.start, do.end, do.language) == (12, len(script), "plpgsql")
    assert [script[at : at + 12].split()[:2] for at in do.dynamic] == [
        ["EXECUTE", "'x'"],
        ["EXECUTE", "form"],
        ["EXECUTE", "'x';"],
        ["EXECUTE", "'x';"],
    ]


def test_body_in_quotes_is_exact_without_doubled_ones() -> None:
    """A plain string has its statements where they stand."""
    assert operations("DO 'BEGIN DROP TABLE t; END'") == (
        Do(start=0, end=28),
        Drop(start=10, end=22, kind="table", name=T),
    )


@pytest.mark.parametrize("prefix", ["", "E"])
def test_body_with_doubled_quotes_stands_where_the_do_stands(prefix: str) -> None:
    """All in it has the place of the whole statement."""
    sql = f"SELECT 1; DO {prefix}'BEGIN EXECUTE ''a''; UPDATE t SET a = 1 WHERE b = ''''; END'"
    place = (10, len(sql))
    assert operations(sql) == (
        Do(start=10, end=len(sql), dynamic=(10,)),
        Update(start=10, end=len(sql), table=T, columns=("a",), where=Expression(*place, "b = ''", ("B", "=", "''"))),
    )


@pytest.mark.parametrize("sql", ["DO LANGUAGE plpython3u $$ y = 'a $$", "DO 'x' LANGUAGE \"plpython3u\""])
def test_other_languages_are_not_read(sql: str) -> None:
    """A body in Python may be anything."""
    assert operations(sql) == (Do(start=0, end=len(sql), language="plpython3u"),)


@pytest.mark.parametrize("body", ["BEGIN END", "", "BEGIN FROBNICATE x; END", "BEGIN IF a THEN NULL; END IF; END"])
def test_what_is_no_sql_is_passed_over(body: str) -> None:
    """Words of PL/pgSQL, known or not, are no operations."""
    sql = f"DO $$ {body} $$"
    assert operations(sql) == (Do(start=0, end=len(sql)),)


REFUSED = {
    "DO $$ BEGIN DROP FOO x; END $$": 17,
    "DO 'BEGIN DROP FOO x; END'": 15,
    "DO 'BEGIN DROP FOO ''x''; END'": 0,
    "DO $$ BEGIN UPDATE t; END $$": 20,
    "DO $$ BEGIN x := 'a; END $$": 17,
    "DO $$ BEGIN IF a; END $$": 15,
    "DO x": 3,
    "DO $1": 3,
    "DO $$ x $$ FAST": 11,
}


@pytest.mark.parametrize("sql", REFUSED)
def test_sql_that_is_not_understood_is_refused(sql: str) -> None:
    """The place is in the body, or the statement's own where that is not exact."""
    with pytest.raises(NotRead) as refused:
        operations(sql)
    assert refused.value.offset == REFUSED[sql]


WORDS = sorted({word for each in split_statements(KNOWN) for word in each.sources})
TEXTS = st.lists(st.sampled_from([*WORDS, "DO $$", "$$", ";", "$1", "BEGIN", "IF", "THEN", "LOOP"]), max_size=25).map(
    " ".join
)


def read(script: str) -> None:
    """Read all of ``script``, as far as it can be split and read."""
    try:
        statements = split_statements(script)
    except UnreadableSql:
        return
    for statement in statements:
        for reader in (operations_of, body_of):
            assert statement.start <= refusal(reader, statement) <= statement.end


def refusal(reader: Callable[[Statement], tuple[Operation, ...]], statement: Statement) -> int:
    """Return where the reader refuses the statement; where it begins, if it is read."""
    try:
        reader(statement)
    except NotRead as error:
        return error.offset
    return statement.start


@given(TEXTS | st.text(max_size=40))
def test_any_text_is_read_or_refused(script: str) -> None:
    """No other exception comes out, and the place is within the statement."""
    read(script)


@given(st.sampled_from(split_statements(KNOWN)), st.data())
def test_any_part_of_a_statement_is_read_or_refused(statement: Statement, data: st.DataObject) -> None:
    """Tokens may be left out and doubled anywhere."""
    sources = list(statement.sources)
    at = data.draw(st.integers(0, len(sources) - 1))
    read(" ".join(sources[:at]))
    read(" ".join(sources[at:]))
    read(" ".join(sources[:at] + sources[at + 1 :]))


LONG = {
    "assignments": "UPDATE t SET " + ", ".join(["a = 1"] * 20_000),
    "drops": "DROP TABLE " + ", ".join(["t"] * 10_000),
    "common tables": "WITH " + ", ".join(["a AS (DELETE FROM t)"] * 5_000) + " SELECT 1",
    "nested common tables": "WITH a AS (" * 5_000 + "SELECT 1" + ") SELECT 1" * 5_000,
    "body": "DO $$ BEGIN " + "IF a THEN DROP TABLE t; END IF; " * 2_500 + "END $$",
    "branches": "DO $$ BEGIN " + "IF a THEN " * 10_000 + "NULL; END $$",
    "dots": "DROP TABLE " + "a." * 20_000 + "t",
    "options": "VACUUM (" + ", ".join(["a 1"] * 20_000) + ") t",
    "schema": "CREATE SCHEMA s " + "CREATE SEQUENCE a " * 5_000,
    "calls": "SELECT " + ", ".join(["set_config('a', 'b', true)"] * 5_000),
    "open": "SELECT " + "(" * 20_000,
}


@pytest.mark.parametrize("kind", LONG)
def test_long_statements(kind: str) -> None:
    """A statement of tens of thousands of tokens is read or refused, however it is nested."""
    (statement,) = split_statements(LONG[kind])
    refusal(operations_of, statement)
