"""What a test may do to its own database, and what a run never does to those of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from tests.plugin.ground import BOTH

if TYPE_CHECKING:
    from tests.plugin.ground import Suite

# each test begins with a look at the database that it was lent after what the one before it did
SPOILERS = """
import psycopg, pytest

@pytest.fixture(autouse=True)
def is_fresh(migrated_db):
    with migrated_db.connect() as connection:
        assert connection.execute("TABLE users").fetchall() == [(1, "alice")]
        prepared = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database()"
        assert connection.execute(prepared).fetchall() == []
        assert connection.execute("SELECT last_value FROM users_id_seq").fetchone() == (1,)

@pytest.fixture
def admin(postgres_server):
    with psycopg.connect(postgres_server.url, autocommit=True) as connection:
        yield connection

def test_drop(migrated_db, admin):
    admin.execute(f'DROP DATABASE "{migrated_db.name}" WITH (FORCE)')

def test_drop_under_a_connection(migrated_db, migrated_connection, admin):
    migrated_connection.execute("INSERT INTO users (name) VALUES ('eve')")
    admin.execute(f'DROP DATABASE "{migrated_db.name}" WITH (FORCE)')

def test_replace(migrated_db, admin):
    admin.execute(f'DROP DATABASE "{migrated_db.name}" WITH (FORCE)')
    admin.execute(f'CREATE DATABASE "{migrated_db.name}" STRATEGY FILE_COPY')

def end_sessions(name, admin):
    while admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]).fetchall():
        pass

def test_rename(migrated_db, admin):
    end_sessions(migrated_db.name, admin)
    admin.execute(f'ALTER DATABASE "{migrated_db.name}" RENAME TO "{migrated_db.name}_of_mine"')

def test_forbid_connections(migrated_db, admin):
    admin.execute(f'ALTER DATABASE "{migrated_db.name}" ALLOW_CONNECTIONS false')
    end_sessions(migrated_db.name, admin)

def test_make_a_template(migrated_db, admin):
    admin.execute(f'ALTER DATABASE "{migrated_db.name}" IS_TEMPLATE true')

def test_end_own_session(migrated_connection):
    with pytest.raises(psycopg.OperationalError):
        migrated_connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")

def test_close(migrated_connection):
    migrated_connection.execute("INSERT INTO users (name) VALUES ('eve')")
    migrated_connection.commit()
    migrated_connection.close()

def test_leave_a_transaction_open(migrated_connection):
    migrated_connection.execute("INSERT INTO users (name) VALUES ('eve')")

def test_leave_a_transaction_that_failed(migrated_connection):
    with pytest.raises(psycopg.errors.UndefinedTable):
        migrated_connection.execute("TABLE nothing")

LEFT = []

def test_leave_a_connection_in_a_transaction(migrated_db):
    LEFT.append(migrated_db.connect())
    LEFT[0].execute("INSERT INTO users (name) VALUES ('eve')")

def test_leave_a_prepared_transaction(migrated_connection):
    migrated_connection.tpc_begin("mine")
    migrated_connection.execute("INSERT INTO users (name) VALUES ('eve')")
    migrated_connection.tpc_prepare()

def test_leave_a_prepared_transaction_of_a_connection(migrated_db):
    connection = migrated_db.connect()
    connection.tpc_begin("other")
    connection.execute("CREATE TABLE other ()")
    connection.tpc_prepare()
    connection.close()

def test_last():
    pass
"""


@BOTH
def test_whatever_a_test_does_to_its_database(suite: Suite, workers: int) -> None:
    """Whatever a test does to its database, the next one has a fresh one, and none is left on the server at the end."""
    suite.write(SPOILERS)
    before = suite.names()

    told = suite.run(workers=workers)

    assert told.not_passed == {}
    assert len(told.outcomes) == SPOILERS.count("def test_")
    assert suite.names() == before


def test_databases_of_others(suite: Suite) -> None:
    """A database whose name only resembles ours is left alone, whatever its comment, and disturbs nobody."""
    suite.write("def test_it(migrated_db): pass")
    others = (
        "migrate_tasks_test",
        "migrate_tasks_test_of_mine",
        "migrate_tasks_test_12345678",
        "migrate_tasks_testing_12345678_1",
        "old_migrate_tasks_test_12345678_1",
        "migrate_tasks_template_of_mine",
        "migrate_tasks_template_0123456789abcdef_copy",
        *(f"migrate_tasks_template_{number}" for number in range(9)),
    )
    with psycopg.connect(suite.url, autocommit=True) as connection:
        for number, name in enumerate(others):
            connection.execute(f'CREATE DATABASE "{name}" STRATEGY FILE_COPY'.encode())
            comment = ("kept by migrate-tasks: nobody", '{"used": "2001-01-01"}', "mine")[number % 3]
            connection.execute(f"COMMENT ON DATABASE \"{name}\" IS '{comment}'".encode())
        try:
            told = suite.run("--rebuild-template")
            found = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        finally:
            for name in others:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}"'.encode())

    assert told.outcomes == {"test_it": "PASSED"}
    assert set(others) - found == set()
