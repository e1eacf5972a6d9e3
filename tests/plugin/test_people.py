"""What a run tells people: failures, what tests left behind, what is kept, the header and the account at the end."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from tests.plugin.ground import BOTH, Suite, Told
from tests.support import processes_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

LEAKS = """
import psycopg

LEFT = []

def autocommitting(connection):
    connection.autocommit = True
    return connection

def test_a_connection(migrated_db):
    LEFT.append(migrated_db.connect())

def test_two_connections(migrated_db):
    LEFT.extend([migrated_db.connect(), migrated_db.connect()])

def test_a_role(migrated_connection):
    autocommitting(migrated_connection).execute("CREATE ROLE leaky")

def test_settings(migrated_connection):
    autocommitting(migrated_connection).execute("ALTER SYSTEM SET work_mem = '5MB'")

def test_a_tablespace(migrated_connection):
    migrated_connection.execute("SET allow_in_place_tablespaces = on")
    migrated_connection.commit()
    autocommitting(migrated_connection).execute("CREATE TABLESPACE leaky LOCATION ''")

def test_a_database(migrated_connection):
    autocommitting(migrated_connection).execute("CREATE DATABASE leaky STRATEGY FILE_COPY")

def test_nothing(migrated_connection):
    migrated_connection.execute("SELECT 1")
"""


@BOTH
def test_what_tests_leave_behind(
    bare: Suite, start_server: Callable[[], AbstractContextManager[EmbeddedServer]], workers: int
) -> None:
    """What tests leave on the server is told at the end: each thing with the test that left it."""
    bare.write(LEAKS)
    with start_server() as server:
        told = Suite(bare.pytester, server.url("postgres")).run(workers=workers)

    assert told.not_passed == {}
    found = {}
    for line in told.section("left behind by tests"):
        tests, what = re.split(" (?=left|changed)", line)
        found[what] = tests.replace("test_it.py::", "").split(" or ")
    culprits = {
        "left 1 connection open": "test_a_connection",
        "left 2 connections open": "test_two_connections",
        'left role "leaky"': "test_a_role",
        "changed the server's settings (ALTER SYSTEM)": "test_settings",
        'left tablespace "leaky"': "test_a_tablespace",
        'left database "leaky"': "test_a_database",
    }
    assert found.keys() == culprits.keys()
    # it may have been any test that was there when a role was made: one in each process, and one that has just begun
    most = max(workers, 1) + 1
    assert all(test in found[what] and len(found[what]) <= most for what, test in culprits.items()), found


SETTINGS = """
import pytest

@pytest.mark.parametrize("size", ["5MB", "6MB", "6MB", "7MB"])
def test_settings(migrated_connection, size):
    migrated_connection.autocommit = True
    migrated_connection.execute(f"ALTER SYSTEM SET work_mem = '{size}'")
"""


def test_settings_that_change_from_moment_to_moment(
    bare: Suite, start_server: Callable[[], AbstractContextManager[EmbeddedServer]]
) -> None:
    """Each test that changes the server's settings is told of, however soon after another, once for what it changed."""
    bare.write(SETTINGS)
    with start_server() as server:
        told = Suite(bare.pytester, server.url("postgres")).run()

    assert told.section("left behind by tests") == [
        f"test_it.py::test_settings[{size}] changed the server's settings (ALTER SYSTEM)"
        for size in ("5MB", "6MB0", "7MB")
    ]


def test_what_tests_leave_does_not_meet_the_next_run(bare: Suite) -> None:
    """An embedded server that is kept from run to run has nothing of what tests have left on it."""
    bare.write(LEAKS)

    runs = [bare.run(), bare.run()]

    assert [told.not_passed for told in runs] == [{}, {}]


FAILS = """
import psycopg, pytest

def test_good(migrated_db):
    pass

def test_bad(migrated_db):
    with migrated_db.connect() as connection:
        connection.execute("INSERT INTO users (name) VALUES ('evidence')")
    assert migrated_db.name == ""

def test_bad_set_up(migrated_db, request):
    request.getfixturevalue("broken")

@pytest.fixture
def broken(migrated_db):
    raise ValueError(migrated_db.name)

def test_after(migrated_db):
    with migrated_db.connect() as connection:
        assert connection.execute("TABLE users").fetchall() == [(1, "alice")]
"""


@BOTH
def test_a_failing_test_shows_its_database(suite: Suite, workers: int) -> None:
    """The report of a failed test has the command that opens its database, and says that it is not kept."""
    suite.write(FAILS)

    told = suite.run(workers=workers)

    assert told.not_passed == {"test_bad": "FAILED", "test_bad_set_up": "FAILED"}
    lines = [
        'psql "user=postgres dbname=migrate_tasks_test_# host=. port=5432"',
        "It is not kept; --keep-databases does that.",
    ]
    for title in ("test_bad", "test_bad_set_up"):
        assert told.failures[title].splitlines()[-2:] == lines
    assert told.section("kept databases") == []


def rows_in(raw: str) -> list[list[str]]:
    """Return the names in the table users of each database that a run said it keeps, by the command that it printed."""
    commands = re.findall(r'^test_it\.py::\S+: psql "(.*)"$', raw, re.MULTILINE)
    found = []
    for command in commands:
        with psycopg.connect(command) as connection:
            found.append([name for (name,) in connection.execute("SELECT name FROM users ORDER BY id")])
    return found


def test_kept_databases(suite: Suite) -> None:
    """With --keep-databases those of failed tests stay as they were, and how to open each is told; of old ones five."""
    suite.write(FAILS)
    suite.write(
        "import pytest\n@pytest.mark.parametrize('n', [1, 2, 3, 4])\ndef test_more(migrated_db, n): assert n > 4",
        "test_more.py",
    )
    before = suite.names()

    told = suite.run("--keep-databases", "test_it.py")

    kept = 'psql "user=postgres dbname=migrate_tasks_test_# host=. port=5432"'
    assert told.section("kept databases") == [
        f"test_it.py::test_bad: {kept}",
        f"test_it.py::test_bad_set_up: {kept}",
    ]
    assert told.failures["test_bad"].splitlines()[-2:] == [kept, "It is kept."]
    assert rows_in(told.raw) == [["alice", "evidence"], ["alice"]]
    newest = suite.run("--keep-databases", "test_more.py").raw
    suite.run("-k", "test_good")
    left = set(suite.names()) - set(before)
    assert len(left) == 5
    assert set(re.findall(r"test_more\S+: .* dbname=(\S+)", newest)) <= left
    with psycopg.connect(suite.url, autocommit=True) as connection:
        for name in left:
            connection.execute(f'DROP DATABASE "{name}"'.encode())


@BOTH
def test_kept_databases_of_an_embedded_server(bare: Suite, workers: int) -> None:
    """The server stays up for the kept databases, until the next run ends it and takes it away."""
    bare.write(FAILS)

    told = bare.run("--keep-databases", workers=workers)

    assert told.failures["test_bad"].splitlines()[-1] == "It is kept until the next run, at most an hour."
    assert sorted(rows_in(told.raw)) == [["alice"], ["alice", "evidence"]]
    folder = Path(re.findall(r"host=(\S+)", told.raw)[0])
    assert processes_of(folder) != []

    bare.run("-k", "test_good")

    assert processes_of(folder) == []
    assert not folder.exists()


SPREAD = """
import pytest

@pytest.mark.parametrize("number", range(6))
def test_read(migrated_connection, number):
    migrated_connection.execute("TABLE users")

@pytest.mark.parametrize("number", range(6))
def test_write(migrated_connection, number):
    migrated_connection.execute("INSERT INTO users (name) VALUES ('eve')")
    migrated_connection.commit()

def test_change(migrated_connection):
    migrated_connection.execute("ALTER TABLE users ADD COLUMN age int")
    migrated_connection.commit()

def test_last(migrated_db):
    pass
"""


@BOTH
def test_the_report(suite: Suite, workers: int) -> None:
    """--postgres-report tells of the server, the templates and their age, how databases came about, and the waiting."""
    suite.migrate(m002_own=f"SELECT 'a template that no other test has made, in {workers} workers'")
    suite.write(SPREAD)

    told = suite.run("--postgres-report", workers=workers)

    server, *templates, lent, waited = told.section("test databases")
    assert server == "PostgreSQL 18.6, url, user postgres"
    assert (
        "template of migrations, made by this run" in templates
    )  # beside that of another test, if it began as this one
    again = suite.run("--postgres-report", "-k", "test_last", workers=workers)
    assert "template of migrations, made # s ago by another run" in again.section("test databases")
    counts = {fate: int(count) for count, fate in re.findall(r"(\d+) (cloned|restored|reused)", lent)}
    assert lent.startswith("14 databases lent: ")
    assert sum(counts.values()) == 14
    assert counts.keys() == {"cloned", "restored", "reused"}
    assert waited == "tests waited # ms for them, # ms each"


def header_of(told: Told) -> list[str]:
    """Return the plugin's lines in the header of a run."""
    return re.findall(r"^migrate-tasks: (.*)$", told.text, re.MULTILINE)


def test_the_header(bare: Suite) -> None:
    """The header names the server without its password, and tells how old the templates in the cache are."""
    bare.write("def test_it(migrated_db): pass")
    no_cache, collect = ("-p", "no:cacheprovider"), "--collect-only"

    assert header_of(bare.run(collect)) == ["databases on an embedded server, template not made yet"]
    assert header_of(bare.run()) == ["databases on an embedded server, template not made yet"]
    assert header_of(bare.run(collect)) == ["databases on an embedded server, templates cached just now"]
    (cluster,) = bare.root.glob(".pytest_cache/d/migrate-tasks/cluster-*[0-9a-f]")
    os.utime(cluster, (0, time.time() - 3 * 3600 - 60))
    assert header_of(bare.run(collect)) == ["databases on an embedded server, templates cached 3 hours ago"]
    assert header_of(bare.run(collect, *no_cache)) == ["databases on an embedded server, template not made yet"]
    assert header_of(bare.run(collect, "--postgres-url=postgresql://bob:s3cret@db.internal:5433/shop")) == [
        "databases on the server at db.internal:5433"
    ]
    assert header_of(bare.run(collect, "--postgres-server=container", "--postgres-image=postgres:15")) == [
        "databases in a container of postgres:15"
    ]
