"""Template databases: what they are made from, when they are made again, and what their clones have."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg

from pytest_plugin.names import TEMPLATES, lock_of_template
from pytest_plugin.plugin import _tell
from tests.plugin.ground import BOTH, Suite, Told

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    import pytest

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

FACTORIES = """
import os
from pathlib import Path
from pytest_plugin.fixtures import connection, database, template

def seed(name):
    def fill(db):
        with db.connect() as connection:
            connection.execute("INSERT INTO users (name) VALUES (%s)", [name])
        with Path(__file__).with_name("seeded").open("a") as file:
            print(name, file=file)
    return fill

people_template = template(seed=seed("bob"), key="bob" + os.environ.get("KEY", ""))
more_template = template(parent="people_template", seed=seed("carol"), key="carol")
other_template = template("other")
people_db = database("people_template")
more_db = database("more_template")
more_connection = connection("more_db")
other_db = database("other_template")
other_connection = connection("other_db")
module_db = database("people_template", scope="module")
"""
USES = """
import psycopg, pytest

def names(db):
    with db.connect() as connection:
        return [name for (name,) in connection.execute("SELECT name FROM users ORDER BY id")]

def test_plain(migrated_db): assert names(migrated_db) == ["alice"]
def test_people(people_db): assert names(people_db) == ["alice", "bob"]

def test_more(more_db, more_connection):
    assert names(more_db) == ["alice", "bob", "carol"]
    more_connection.execute("DELETE FROM users")
    more_connection.commit()

def test_more_again(more_db): assert names(more_db) == ["alice", "bob", "carol"]

def test_two_at_once(people_db, migrated_db, other_connection):
    assert names(people_db) != names(migrated_db)
    assert other_connection.execute("TABLE things").fetchall() == []

def test_other(other_db):
    assert other_db.migrate().count("executed") == 0

@pytest.mark.migrations(to="001-users")
def test_the_middle(migrated_db):
    with migrated_db.connect() as connection:
        connection.execute("INSERT INTO users (name) VALUES ('Eve')")
    done = [result.name for result in migrated_db.migrate().results if result.outcome == "executed"]
    assert done == ["002-lower"]
    assert names(migrated_db) == ["alice", "eve"]

@pytest.mark.migrations(to="001-users")
def test_the_middle_of_seeded(people_db): pass

@pytest.mark.migrations(to="007-nothing")
def test_no_such_migration(migrated_db): pass

def test_module(module_db):
    with module_db.connect() as connection:
        connection.execute("INSERT INTO users (name) VALUES ('dave')")

def test_module_again(module_db): assert names(module_db) == ["alice", "bob", "dave"]
"""


@BOTH
def test_factories(suite: Suite, workers: int) -> None:
    """Seeds are layered, a second folder of migrations has its own databases, and a test can begin in the middle."""
    suite.migrate(m002_lower="UPDATE users SET name = lower(name);")
    (suite.root / "other").mkdir()
    (suite.root / "other" / "001-things.sql").write_text("CREATE TABLE things (id int);")
    suite.write(FACTORIES, "conftest.py")
    suite.write(USES)

    told = suite.run("--verify-fresh", *(["--dist=loadfile"] if workers else []), workers=workers)

    assert told.not_passed == {"test_the_middle_of_seeded": "ERROR", "test_no_such_migration": "ERROR"}
    assert told.failures["ERROR at setup of test_the_middle_of_seeded"] == (
        "@pytest.mark.migrations(to='001-users') is for a database that is made from migrations alone\n"
        "HINT: Use it with migrated_db, or give template() a directory and no seed."
    )
    assert 'there is no migration "007-nothing"' in told.failures["ERROR at setup of test_no_such_migration"]


def test_when_seeds_run(suite: Suite) -> None:
    """A template is kept from run to run; a change of its seed, key or parent makes another, and so does an option."""
    suite.write(f"{FACTORIES}\n# once", "conftest.py")
    suite.write("def test_it(more_db): pass")

    def seeded(*arguments: str, **environ: str) -> list[str]:
        (suite.root / "seeded").write_text("")
        assert suite.run(*arguments, environ=environ).not_passed == {}
        return (suite.root / "seeded").read_text().split()

    assert seeded() == ["bob", "carol"]
    assert seeded() == []
    assert seeded(KEY="2") == ["bob", "carol"]
    assert seeded() == []
    assert seeded("--rebuild-template") == ["bob", "carol"]
    suite.write(f"{FACTORIES}\n# changed", "conftest.py")
    assert seeded() == ["bob", "carol"]


def test_rebuilding_what_another_run_uses(suite: Suite) -> None:
    """A run that cannot make a template anew makes its own; one that was made since the run began need not be."""
    suite.migrate(m002_own="CREATE TABLE made AS SELECT clock_timestamp()::text AS at, 'by rebuilding' AS tag;")
    suite.write(
        """
        def test_it(migrated_connection):
            print("\\nAT", *migrated_connection.execute("SELECT at FROM made").fetchone())
        """
    )

    def at(told: Told) -> str:
        return "".join(re.findall(r"^AT (.*)", told.raw, re.MULTILINE))

    tags = "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname LIKE '%template_%'"
    with psycopg.connect(suite.url, autocommit=True) as other:
        before = {found for (found, _) in other.execute(tags)}
        first = at(suite.run())
        ((name, tag),) = {(name, tag) for name, tag in other.execute(tags) if name not in before and tag}
        other.execute("SELECT pg_advisory_lock_shared(%s, %s)", (TEMPLATES, lock_of_template(name)))
        told = suite.run("--rebuild-template", workers=2)
        own = at(told)
        made = json.dumps({**json.loads(tag), "made": (datetime.now(UTC) + timedelta(hours=1)).isoformat()})
        other.execute(f"COMMENT ON DATABASE \"{name}\" IS '{made}'".encode())
        used = at(suite.run("--rebuild-template"))

    assert used == first < own
    line = "another run uses the template of migrations: this one makes its own, later ones find the older"
    assert line in told.text.splitlines()


def test_waiting_is_told_on_a_line_of_its_own(pytester: pytest.Pytester, capfd: pytest.CaptureFixture[str]) -> None:
    """A worker of pytest-xdist, which does not know where the line of progress stands, begins another one."""
    config = pytester.parseconfig()
    config.workerinput = {}  # type: ignore[attr-defined]

    _tell(config, "waiting")

    assert capfd.readouterr().err == "\nwaiting\n"


def test_appended_migrations(suite: Suite) -> None:
    """Where files were only appended the rest is executed on the template that is there; else all are, in a new one."""
    made = "CREATE TABLE made AS SELECT clock_timestamp()::text AS at, '{}' AS tag;"
    suite.write(
        """
        def test_it(migrated_connection):
            print("\\nAT", *migrated_connection.execute("SELECT at FROM made").fetchone())
        """
    )

    def at() -> str:
        return "".join(re.findall(r"^AT (.*)", suite.run().raw, re.MULTILINE))

    suite.migrate(m002_made=made.format("own"))
    first = at()
    suite.migrate(m003_more="CREATE TABLE more ();")
    assert at() == first
    suite.migrate(m003_more="CREATE TABLE more (id int);")
    assert at() == first  # the one without 003 is still there
    suite.migrate(m001_users="CREATE TABLE users (id serial, name text, age int);")
    second = at()
    assert second != first
    suite.migrate(m004_again="-- migrate: repeatable\nCREATE OR REPLACE VIEW again AS SELECT 1 AS x;")
    at()
    suite.migrate(m005_last="CREATE TABLE last ();")
    assert at() not in (first, second)


SETTINGS = """
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET app.flavour = %L', current_database(), 'it''s vanilla, {}');
  EXECUTE format('ALTER DATABASE %I SET search_path TO "$user", shop, public', current_database());
  EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET work_mem = %L', current_database(), '5MB');
  EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 77', current_database());
  EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), 'it''s a "shop"');
  EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CREATE ON DATABASE %I TO pg_monitor WITH GRANT OPTION', current_database());
END $$;
"""
SEES_SETTINGS = """
import pytest

SHOW = '''
SELECT current_setting('app.flavour'), current_setting('search_path'), current_setting('work_mem'), datconnlimit,
  shobj_description(oid, 'pg_database'), datacl::text, datistemplate, datallowconn
FROM pg_database WHERE datname = current_database()
'''

@pytest.mark.parametrize("number", range(3))
def test_it(migrated_connection, number):
    assert migrated_connection.execute(SHOW).fetchone() == (
        "it's vanilla, {}", '"$user", shop, public', "5MB", 77, 'it\\'s a "shop"',
        "{postgres=CTc/postgres,=T/postgres,pg_monitor=C*/postgres}", False, True,
    )
    if number == 0:
        migrated_connection.execute(f"COMMENT ON DATABASE {migrated_connection.info.dbname} IS 'mine'")
        migrated_connection.commit()
"""


def test_settings_of_the_database(suite: Suite) -> None:
    """What CREATE DATABASE does not copy is put into each clone: settings, privileges, the limit and the comment."""
    suite.migrate(m002_settings=SETTINGS)
    suite.write(SEES_SETTINGS)

    told = suite.run("--verify-fresh")

    assert told.failures == {}
    assert set(told.outcomes.values()) == {"PASSED"}


def test_unused_templates(bare: Suite, start_server: Callable[[], AbstractContextManager[EmbeddedServer]]) -> None:
    """Of the templates that nobody uses the last eight stay on a server."""
    bare.write(
        """
        import pytest
        from pytest_plugin.fixtures import database, template

        def seed(db): pass

        for number in range(10):
            globals()[f"template{number}"] = template(seed=seed, key=str(number))
            globals()[f"db{number}"] = database(f"template{number}")

        @pytest.mark.parametrize("number", range(10))
        def test_it(request, number): request.getfixturevalue(f"db{number}")

        def test_plain(migrated_db): pass
        """
    )
    with start_server() as server, psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        suite = Suite(bare.pytester, server.url("postgres"))
        templates = "SELECT count(*) FROM pg_database WHERE datname LIKE 'migrate_tasks_template_%'"
        assert suite.run().not_passed == {}
        assert connection.execute(templates).fetchone() == (11,)
        assert suite.run("-k", "plain").not_passed == {}
        (count,) = connection.execute(templates).fetchone() or (0,)
    assert count in (8, 9)  # with that of the migrations, which may be among those that went and is made again
