"""What changing a column's type does: two servers are asked about every pair."""

from __future__ import annotations

from itertools import product

import psycopg

from migrate_tasks.lint.knowledge.type_changes import Change, change_of
from migrate_tasks.sql.operations import AlterColumnType
from migrate_tasks.sql.reading import operations_of
from migrate_tasks.sql.statements import split_statements

TYPES = """
varchar(10), varchar(20), varchar, character varying(20), text, char(10), char(20), char, bpchar, name, xml
numeric(10,2), numeric(12,2), numeric(12,4), numeric(10), numeric, int, integer, bigint, smallint, oid, regclass
real, float(24), float(25), double precision
timestamp(3), timestamp(6), timestamp, timestamptz(3), timestamptz(6), timestamp with time zone, date
time(3), time, timetz(3), timetz
interval(3), interval, interval day, interval day to second, interval second(3), interval year, interval year to month
cidr, inet, bit(3), bit(5), bit, varbit(3), bit varying(5), varbit, json, jsonb, uuid, bytea
varchar(10)[], varchar(20)[], varchar[], text[], int[], bigint[]
"""
CASES = [tuple(line.split(", ")) for line in TYPES.strip().splitlines()]
ACROSS = [("varchar(10)", "name", "json", "int", "date", "uuid", "bytea", "interval", "timestamp", "text[]", "numeric")]
PAIRS = sorted({pair for types in CASES + ACROSS for pair in product(types, types)})


def told(old: str, new: str) -> Change:
    """Return what is told of changing one type, as it is written, to another."""
    statements = split_statements(f"ALTER TABLE t ALTER c TYPE {old}; ALTER TABLE t ALTER c TYPE {new}")
    before, after = (operations_of(statement)[0] for statement in statements)
    assert isinstance(before, AlterColumnType)
    assert isinstance(after, AlterColumnType)
    return change_of(before.type, after.type)


def seen(connection: psycopg.Connection, old: str, new: str) -> Change | None:
    """Return what a server does; None where it has no such cast."""
    files = "SELECT array_agg(relfilenode ORDER BY relname DESC) FROM pg_class WHERE relname IN ('t', 'i')"
    with connection.transaction(force_rollback=True):
        connection.execute(f"CREATE TABLE t (c {old})")
        try:
            with connection.transaction():
                connection.execute("CREATE INDEX i ON t (c)")
        except psycopg.errors.UndefinedObject:
            pass  # a type that cannot be indexed
        before = connection.execute(files).fetchone()
        try:
            connection.execute(f"ALTER TABLE t ALTER c TYPE {new} USING c::{new}")
        except psycopg.errors.Error:
            return None
        after = connection.execute(files).fetchone()
    assert before
    assert after
    if before[0][0] != after[0][0]:
        return Change.REWRITE
    return Change.NONE if before == after else Change.INDEXES


def test_as_a_server_does(any_url: str) -> None:
    """What is told of each pair is what a server does with it."""
    expected = {pair: told(*pair) for pair in PAIRS}
    differing = {pair for pair, change in expected.items() if change is Change.UNLESS_UTC}
    with psycopg.connect(any_url) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = {pair: seen(connection, *pair) for pair in PAIRS}
        connection.execute("SET TimeZone = 'Europe/Berlin'")
        elsewhere = {pair: seen(connection, *pair) for pair in differing}
    assert elsewhere == dict.fromkeys(differing, Change.REWRITE)
    assert {pair: found[pair] for pair in differing} == dict.fromkeys(differing, Change.INDEXES)
    others = {pair: change for pair, change in found.items() if change and pair not in differing}
    assert others == {pair: expected[pair] for pair in others}


def test_types_that_are_not_postgres_own() -> None:
    """Of other types nothing is known, but that the same one is the same."""
    assert told("mood", "text") is Change.UNKNOWN
    assert told("vector(3)", "vector(4)") is Change.UNKNOWN
    assert told("mood[]", "text[]") is Change.UNKNOWN
    assert told("mood", "mood") is Change.NONE


def test_citext(any_url: str) -> None:
    """An extension's type that is stored as text is."""
    with psycopg.connect(any_url) as connection:
        connection.execute("CREATE EXTENSION citext")
        for pair in (("text", "citext"), ("citext", "varchar"), ("varchar(10)", "citext")):
            assert seen(connection, *pair) is told(*pair)
