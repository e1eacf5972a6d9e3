"""What is known of the schema follows its objects through their renaming."""

from __future__ import annotations

from migrate_tasks.lint.replay import replay
from migrate_tasks.lint.schema import Schema
from migrate_tasks.sql.operations import Name
from migrate_tasks.sql.reading import operations_of
from migrate_tasks.sql.statements import split_statements

TABLES = """
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint, person_id bigint REFERENCES users, UNIQUE (id, person_id));
CREATE INDEX by_person ON orders (person_id);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
"""


def schema_after(sql: str) -> Schema:
    """Return what is known after ``sql``."""
    schema = Schema("001")
    for statement in split_statements(sql):
        for operation in operations_of(statement):
            replay(operation, schema)
    return schema


def test_renamed_column() -> None:
    """Constraints and indexes are on the column by its new name."""
    schema = schema_after(TABLES + "ALTER TABLE orders RENAME person_id TO user_id;")
    table = schema.tables[Name("orders")]

    assert list(table.columns) == ["id", "user_id"]
    assert {name: state.constraint.columns for name, state in table.constraints.items()} == {
        "orders_person_id_fkey": ("user_id",),
        "orders_id_person_id_key": ("id", "user_id"),
    }
    assert schema.indexes[Name("by_person")].columns == ("user_id",)
    assert schema.is_indexed(Name("orders"), ("user_id",))


def test_renamed_table() -> None:
    """Foreign keys point to the table by its new name."""
    schema = schema_after(TABLES + "ALTER TABLE users RENAME TO people;")

    assert [table.name for table, _ in schema.referencing(Name("people"))] == [Name("orders")]
    assert list(schema.referencing(Name("users"))) == []


def test_trigger_functions() -> None:
    """It is known which functions are for triggers alone."""
    assert list(schema_after(TABLES).trigger_functions) == [Name("touch")]
