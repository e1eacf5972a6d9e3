"""Finding indexes, partitions and foreign keys by their table gives what a look at all of them gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from migrate_tasks.lint.replay import replay
from migrate_tasks.lint.schema import Schema
from migrate_tasks.sql.operations import Name
from migrate_tasks.sql.reading import operations_of
from migrate_tasks.sql.statements import split_statements

TABLES = st.sampled_from("abcd")
FORMS = st.sampled_from(
    (
        "CREATE TABLE {0} (id int PRIMARY KEY, x int REFERENCES {1}, y int UNIQUE)",
        "CREATE TABLE {0} PARTITION OF {1} DEFAULT",
        "CREATE TABLE {0} (id int) PARTITION BY LIST (id)",
        "ALTER TABLE {0} ATTACH PARTITION {1} DEFAULT",
        "ALTER TABLE {0} DETACH PARTITION {1}",
        "ALTER TABLE {0} ADD CONSTRAINT k FOREIGN KEY (y) REFERENCES {1}",
        "ALTER TABLE {0} ADD CONSTRAINT k UNIQUE USING INDEX i_{1}",
        "ALTER TABLE {0} DROP CONSTRAINT k",
        "ALTER TABLE {0} DROP COLUMN x",
        "ALTER TABLE {0} RENAME TO {1}",
        "ALTER TABLE {0} RENAME COLUMN x TO y",
        "ALTER TABLE {0} RENAME CONSTRAINT k TO l",
        "CREATE INDEX i_{0} ON {1} (x)",
        "ALTER INDEX i_{0} RENAME TO i_{1}",
        "DROP INDEX i_{0}",
        "DROP TABLE {0}",
        "DROP SCHEMA public CASCADE",
    )
)


Change = tuple[str, str, str]
CHANGES = st.lists(st.tuples(FORMS, TABLES, TABLES), max_size=30)


@given(CHANGES)
def test_found_as_by_looking_at_all(changes: list[Change]) -> None:
    """Whatever the statements before, the same is found."""
    schema = Schema()
    _replay(changes, schema)
    for name in map(Name, "abcd"):
        found = {index.name for index in schema.indexes_on(name)}
        assert found == {own.name for own in schema.indexes.values() if own.table == name}
        parts = {part.name for part in schema.partitions_of(name)}
        assert parts == {table.name for table in schema.tables.values() if table.partition_of == name}
        keys = [(table.name, key) for table in schema.tables.values() for key in table.foreign_keys()]
        referring = [(table.name, key) for table, key in schema.referencing(name)]
        assert sorted(referring, key=str) == sorted(((t, key) for t, key in keys if key.references == name), key=str)
        assert all(table.name == known for known, table in schema.tables.items())


@given(CHANGES, CHANGES)
def test_restored(before: list[Change], after: list[Change]) -> None:
    """What is done to a schema after it was saved is there, does not concern what was saved, and is taken back."""
    schema, same, other = Schema(), Schema(), Schema()
    for each in (schema, same, other):
        _replay(before, each)
    saved = schema.save()
    _replay(after, schema)
    _replay(after, other)
    assert schema == other
    assert [list(schema.indexes_on(Name(name))) for name in "abcd"] == [
        list(other.indexes_on(Name(name))) for name in "abcd"
    ]
    assert saved == same
    schema.restore(saved)
    assert schema == same


def _replay(changes: list[Change], schema: Schema) -> None:
    for form, one, other in changes:
        for statement in split_statements(form.format(one, other)):
            for operation in operations_of(statement):
                replay(operation, schema)
