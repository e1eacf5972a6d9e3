"""The names of indexes that have none, as the linter believes and as servers give them."""

from __future__ import annotations

import psycopg

from migrate_tasks.lint.replay import replay
from migrate_tasks.lint.schema import Schema
from migrate_tasks.sql.reading import operations_of
from migrate_tasks.sql.statements import split_statements

SQL = """
CREATE TABLE orders (note text, total int, "Place of it" text);
CREATE FUNCTION plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1';
CREATE INDEX ON orders (plain(note));
CREATE INDEX ON orders ((total + 1));
CREATE INDEX ON orders (lower(note) DESC, total);
CREATE INDEX ON orders ((note || 'x'), (total * 2));
CREATE INDEX ON orders ((upper(note)));
CREATE INDEX ON orders (((pg_catalog.initcap(note) COLLATE "C")));
CREATE INDEX ON orders ((plain(note) || plain(note)));
CREATE INDEX ON orders ((coalesce(note, '')));
CREATE INDEX ON orders (note);
CREATE INDEX ON orders (note);
CREATE INDEX ON orders ("left"(note, 2), lower(note), (lower("Place of it")));
CREATE INDEX ON orders USING gin (to_tsvector('simple', note));
CREATE INDEX ON orders ("Place of it", total);
"""
NAMES = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public'"


def test_as_servers_name_them(any_url: str) -> None:
    """An index without a name gets the name that the server gives it."""
    schema = Schema("001")
    for statement in split_statements(SQL):
        for operation in operations_of(statement):
            replay(operation, schema)
    with psycopg.connect(any_url) as connection:
        connection.execute(SQL)
        given = {row[0] for row in connection.execute(NAMES)}
    assert {str(name) for name in schema.indexes} == given
