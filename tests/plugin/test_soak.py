"""The differential soak: whatever tests did, a database that is lent again equals a true clone."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from pytest_plugin.databases import Databases
from pytest_plugin.errands import Errand
from pytest_plugin.fixtures import settings_for
from pytest_plugin.grounds import Grounds
from pytest_plugin.harmless import Suspects
from pytest_plugin.options import OPTIONS, Options
from pytest_plugin.recipe import Recipe
from pytest_plugin.verify import differences, read_contents
from tests.plugin.soak import ROLES, SCHEMA, Player

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_plugin.pool import Clone, Pool
    from pytest_plugin.server import PostgresServer

# what a session may keep to itself; that PL/pgSQL has been loaded shows only in the names of its settings
READ_SESSION = (
    "SELECT name, setting FROM pg_settings WHERE name NOT LIKE 'plpgsql.%'",
    "SELECT s, current_setting('soak.' || s, true) FROM unnest(ARRAY['user', 'local', 'deep', 'done', 'flavour']) s",
    "SELECT current_user, session_user, pg_my_temp_schema(), current_schemas(true)",
    "SELECT name FROM pg_prepared_statements",
    "SELECT name FROM pg_cursors",
    "SELECT * FROM pg_listening_channels()",
    "SELECT classid, objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
)


@pytest.fixture
def databases(any_server: PostgresServer, tmp_path: Path) -> Iterator[Databases]:
    """The databases of a process, with a template that has something of everything."""
    options = {option.name: option.default for option in OPTIONS} | {"postgres_url": any_server.url}
    opened = Databases(Options(**options), Grounds(tmp_path / "run", None), print)  # type: ignore[arg-type]
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001-everything.sql").write_text(SCHEMA)
    admin = opened.workshop.admin
    for role in ROLES:
        admin.execute(f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$".encode())
    yield opened
    opened.close()


def read_session(connection: psycopg.Connection[Any]) -> set[str]:
    """Return what tells one session of a database from another."""
    found = {f"{query}: {row}" for query in READ_SESSION for row in connection.execute(query.encode())}
    connection.rollback()
    with pytest.raises(psycopg.Error):
        connection.execute("SELECT lastval()")
    connection.rollback()
    return found | {notify.payload for notify in connection.notifies(timeout=0)}


def seeded_values(connection: psycopg.Connection[Any]) -> set[float]:
    """Return what random() gives after setseed(0.42)."""
    connection.execute("SELECT setseed(0.42)")
    rows = connection.execute("SELECT random() FROM generate_series(1, 100)").fetchall()
    return {value for (value,) in rows}


class Expected:
    """What a true clone of the template is, and a new session in it."""

    def __init__(self, databases: Databases, template: str) -> None:
        name = databases.workshop.clone(template)
        url = databases.server.url_of(name)
        with psycopg.connect(url) as connection:
            self.session = read_session(connection)
            self.random = seeded_values(connection)
        with psycopg.connect(url, autocommit=True) as connection:
            self.contents = read_contents(connection)
        databases.workshop.drop(name)

    def check(self, databases: Databases, pool: Pool, clone: Clone, log: list[str]) -> None:
        """Compare a database, and the session that it is lent with."""
        lent = clone.session.lend()
        assert read_session(lent) ^ self.session == set(), log
        row = lent.execute("SELECT random()").fetchone()
        assert row
        assert row[0] not in self.random, log
        lent.rollback()
        clone.session.take_back(Suspects(None))
        with psycopg.connect(databases.server.url_of(clone.name), autocommit=True) as connection:
            assert differences(read_contents(connection), self.contents) == [], log
        Errand(pool.settle(clone)).result()


def test_a_database_that_is_lent_again_is_as_new(databases: Databases, tmp_path: Path, *, full: bool) -> None:
    """After any sequence of what tests do, a database that is lent again is a true clone, and its session a new one."""
    template = databases.template(Recipe(settings_for(tmp_path)))
    pool, expected = databases.pool(template), Expected(databases, template)
    for number in range(5000 if full else 60):
        play_and_check(databases, pool, expected, number)

    assert min(pool.fates[fate] for fate in ("cloned", "restored", "reused")) > 5


def play_and_check(databases: Databases, pool: Pool, expected: Expected, number: int) -> None:
    """Let one test play, take its database back, and compare it if it is to be lent again."""
    clone = pool.take(f"test {number}")
    url = databases.server.url_of(clone.name)
    player = Player(Random(number), clone.session.lend(), lambda: psycopg.connect(url))
    player.play()
    renewed = pool.give_back(clone, is_reusable=True, is_more_to_come=True).result()
    for other in player.others:
        other.close()
    if renewed:
        expected.check(databases, pool, renewed, [f"test {number} was {renewed.fate}", *player.log])
