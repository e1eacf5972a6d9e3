"""What PgBouncer does to a session: the facts that a run behind it relies on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import conninfo

from migrate_tasks.postgres import connection
from tests.support import Pooler, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_plugin.server import PostgresServer

StartPgBouncer = Callable[..., AbstractContextManager[Pooler]]
Start = Callable[..., AbstractContextManager[str]]

MODES = ("transaction", "session", "statement")
CLIENT = """
import sys, time, psycopg
connection = psycopg.connect(sys.argv[1], autocommit=True)
print("connected", flush=True)
for statement in sys.argv[2:]:
    connection.execute(statement)
time.sleep(60)
"""
BACKEND = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%half_done%'
"""


@pytest.fixture
def start(any_server: PostgresServer, any_url: str, start_pgbouncer: StartPgBouncer) -> Start:
    """Start a PgBouncer; yields the URL of the test's database behind it."""

    @contextmanager
    def started(mode: str, **options: str) -> Iterator[str]:
        with start_pgbouncer(any_server.url, pool_mode=mode, **options) as pooler:
            yield pooler.url(str(conninfo.conninfo_to_dict(any_url)["dbname"]))

    return started


def connect(url: str) -> psycopg.Connection:
    """Connect as the engine does."""
    return psycopg.connect(url, autocommit=True, prepare_threshold=None)


def one(connection: psycopg.Connection, query: str) -> object:
    """Return the one value that ``query`` yields, or None."""
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def test_the_pid_of_a_direct_session(any_url: str) -> None:
    """Without a pooler, the pid that libpq was told is that of the backend."""
    with connect(any_url) as connection:
        assert connection.info.backend_pid == one(connection, "SELECT pg_backend_pid()")


@pytest.mark.parametrize("mode", MODES)
def test_the_pid_behind_a_pooler(start: Start, mode: str) -> None:
    """Through PgBouncer in any mode, the pid that libpq was told is not that of the backend; the version is."""
    with start(mode) as url, connect(url) as connection:
        assert connection.info.backend_pid != one(connection, "SELECT pg_backend_pid()")
        assert connection.info.server_version == int(str(one(connection, "SHOW server_version_num")))


@pytest.mark.parametrize(
    ("mode", "seen"), [("transaction", "77MB"), ("session", "4MB"), ("statement", "77MB")], ids=MODES
)
def test_settings_leak(start: Start, mode: str, seen: str) -> None:
    """What one client has SET, the next one finds set, except in session mode."""
    with start(mode) as url, connect(url) as first, connect(url) as second:
        first.execute("SET work_mem = '77MB'")

        assert one(second, "SHOW work_mem") == seen


@pytest.mark.parametrize("mode", MODES)
def test_startup_options(start: Start, mode: str) -> None:
    """Options in the connection string are refused, or without effect where PgBouncer ignores them."""
    with start(mode) as url, pytest.raises(psycopg.OperationalError, match="unsupported startup parameter: options"):
        connect(f"{url}?options=-cwork_mem%3D77MB")
    with (
        start(mode, ignore_startup_parameters="options") as url,
        connect(f"{url}?options=-cwork_mem%3D77MB") as connection,
    ):
        assert one(connection, "SHOW work_mem") == "4MB"


def test_a_block_in_statement_mode(start: Start) -> None:
    """In statement mode a BEGIN of its own is refused, and one message with BEGIN and COMMIT in it is not."""
    with start("statement") as url:
        with connect(url) as connection, pytest.raises(psycopg.errors.ProtocolViolation, match="not allowed"):
            connection.execute("BEGIN")
        with connect(url) as connection:
            connection.execute("BEGIN; CREATE TABLE whole (); COMMIT")
            assert one(connection, "SELECT to_regclass('whole')::text") == "whole"


@pytest.mark.parametrize(("mode", "is_free"), [("transaction", False), ("session", True)])
def test_a_session_lock_outlives_its_client(start: Start, any_url: str, mode: str, *, is_free: bool) -> None:
    """In transaction mode a session's advisory lock stays with the server's connection when its client has gone."""
    with start(mode) as url, connect(any_url) as direct:
        with connect(url) as connection:
            connection.execute("SELECT pg_advisory_lock(1)")
        time.sleep(0.2)

        assert one(direct, "SELECT pg_try_advisory_lock(1)") is is_free


def seconds_until_gone(url: str, direct: psycopg.Connection, *statements: str) -> float:
    """Kill a client, by SIGKILL, after the last of ``statements`` was sent; return how long its backend lives on."""
    command = [sys.executable, "-c", CLIENT, url, *statements]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=clean_environment({})) as client:
        assert client.stdout
        client.stdout.readline()
        while not one(direct, BACKEND):
            time.sleep(0.005)
        time.sleep(0.2)
        client.kill()
        killed = time.monotonic()
        while one(direct, BACKEND):
            time.sleep(0.005)
    return time.monotonic() - killed


@pytest.fixture(params=["direct", "transaction", "session"])
def way(request: pytest.FixtureRequest, any_url: str, start: Start) -> Iterator[str]:
    """The URL of the test's database, each way that leads to it."""
    if request.param == "direct":
        yield any_url
    else:
        with start(request.param) as url:
            yield url


def test_killed_in_an_idle_block(way: str, any_url: str) -> None:
    """A client's death between two statements ends its transaction at once, with a pooler as without."""
    with connect(any_url) as direct:
        assert seconds_until_gone(way, direct, "BEGIN", "CREATE TABLE half_done ()") < 0.5
        assert not one(direct, "SELECT to_regclass('half_done')")


def test_killed_in_a_statement(way: str, any_url: str) -> None:
    """After a client's death its statement runs to the end, with a pooler as without, before all is rolled back."""
    with connect(any_url) as direct:
        message = "BEGIN; CREATE TABLE half_done (); SELECT pg_sleep(1)"
        assert 0.5 < seconds_until_gone(way, direct, message) < 2
        assert not one(direct, "SELECT to_regclass('half_done')")


def test_killed_before_a_commit(way: str, any_url: str) -> None:
    """A COMMIT that stands in the dead client's last message is carried out, with a pooler as without."""
    with connect(any_url) as direct:
        message = "BEGIN; CREATE TABLE half_done (); SELECT pg_sleep(1); COMMIT"
        assert 0.5 < seconds_until_gone(way, direct, message) < 2
        assert one(direct, "SELECT to_regclass('half_done')")


def test_killed_while_watched(way: str, any_url: str) -> None:
    """With client_connection_check_interval the statement of a dead client ends early, with a pooler as without."""
    watch = "SET client_connection_check_interval = '200ms'"
    with connect(any_url) as direct:
        message = f"{watch}; CREATE TABLE half_done (); SELECT pg_sleep(9)"
        assert seconds_until_gone(way, direct, message) < 1.5
        assert not one(direct, "SELECT to_regclass('half_done')")


def test_nothing_is_left_in_a_pooler(start: Start) -> None:
    """Our own connection sets nothing in a server's connection that the next client will have."""
    with start("transaction") as url:
        with connection.connect(url) as ours:
            may_be_direct = 0 < ours.info.backend_pid <= connection.LARGEST_PID  # one number of a thousand looks so
        with connect(url) as others:
            assert one(others, "SHOW client_connection_check_interval") == ("500ms" if may_be_direct else "0")
