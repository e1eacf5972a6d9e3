"""The servers have none of the types that are called another database's, and all that are to be written instead."""

from __future__ import annotations

import psycopg
import pytest

from migrate_tasks.lint.knowledge.other_databases import INSTEAD, KEEP_MODIFIERS, NO_MODIFIERS, postgres_type
from migrate_tasks.sql.operations import TypeName

GIVEN = (
    *(TypeName(name) for name in INSTEAD),
    *(TypeName(name, ("5",)) for name in (*NO_MODIFIERS, *KEEP_MODIFIERS)),
    TypeName("tinyint", ("1",)),
    TypeName("blob", is_array=True),
)


def test_the_servers_have_only_what_is_told(any_url: str) -> None:
    """Each type fails, and what is told in its place does not."""
    with psycopg.connect(any_url, autocommit=True) as connection:
        for given in GIVEN:
            with pytest.raises((psycopg.errors.UndefinedObject, psycopg.errors.SyntaxError)):
                connection.execute(f"CREATE TABLE t (c {given})")
            connection.execute(f"CREATE TABLE t (c {postgres_type(given)})")
            connection.execute("DROP TABLE t")


@pytest.mark.parametrize("name", ["integer", "text", "varchar", "nchar", "double precision", "mood", "bit", "bool"])
def test_what_postgres_has(name: str) -> None:
    """Nothing is told of a type that Postgres has, or may have."""
    assert postgres_type(TypeName(name)) is None
