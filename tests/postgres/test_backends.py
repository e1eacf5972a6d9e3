"""What a killed process leaves in Postgres, and how it is ended: real processes, killed by SIGKILL."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import conninfo

import migrate_tasks.postgres.connection
from migrate_tasks import run_migrations
from migrate_tasks.postgres.backends import Ended, Left, shown_name, terminate_backends
from migrate_tasks.postgres.connection import connect
from migrate_tasks.postgres.noted import note_backend, read_backends
from migrate_tasks.settings import read_settings
from tests.support import clean_environment, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_plugin.server import PostgresServer

LIMIT = 10.0  # seconds that no test waits for
WORK = "BEGIN; CREATE TABLE half_done (); SELECT pg_sleep(20); COMMIT"
THEIRS = """
import sys, psycopg
psycopg.connect(sys.argv[1], autocommit=True).execute(sys.argv[2])
"""
OURS = """
import sys
from migrate_tasks.postgres.connection import connect
connect(sys.argv[1]).execute(sys.argv[2])
"""
AT_WORK = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = %s AND leader_pid IS NULL"


@pytest.fixture
def tag() -> str:
    """The name of an attempt that no other test has."""
    return f"startup:{uuid.uuid4().hex[:8]}:shop:1"


@pytest.fixture
def direct(any_url: str) -> Iterator[psycopg.Connection]:
    """A session of a bystander."""
    with psycopg.connect(any_url, autocommit=True, application_name="bystander") as connection:
        yield connection


def backends(direct: psycopg.Connection, query: str = WORK) -> set[int]:
    """Return the pids of those that execute ``query``."""
    return {pid for (pid,) in direct.execute(AT_WORK, [query])}


@contextmanager
def at_work(
    direct: psycopg.Connection, code: str, url: str, work: str = WORK, **environ: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Yield a process, and the pid of the backend that is at work for it; neither is there afterwards."""
    command = [sys.executable, "-c", code, url, work]
    with subprocess.Popen(command, env=clean_environment(environ), stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: backends(direct, work))
            (pid,) = backends(direct, work)
            yield process, pid
        finally:
            process.kill()
            direct.execute(f"SELECT pg_terminate_backend(pid) FROM ({AT_WORK}) a", [work])


@contextmanager
def left_behind(direct: psycopg.Connection, code: str, url: str, work: str = WORK, **environ: str) -> Iterator[int]:
    """Yield the pid of a backend that is at work for a process which was killed."""
    with at_work(direct, code, url, work, **environ) as (process, pid):
        process.kill()
        process.wait()
        yield pid


def is_done(direct: psycopg.Connection) -> bool:
    """Return whether what stood in the killed process's message was committed."""
    return direct.execute("SELECT to_regclass('half_done') IS NOT NULL").fetchone() == (True,)


@contextmanager
def role_of(direct: psycopg.Connection, url: str) -> Iterator[str]:
    """Yield the URL of a user without any rights on the database of ``url``."""
    name = f"app_{uuid.uuid4().hex[:8]}"
    direct.execute(f"CREATE ROLE {name} LOGIN")
    direct.execute(f"GRANT CREATE ON SCHEMA public TO {name}")
    try:
        yield conninfo.make_conninfo(url, user=name)
    finally:
        direct.execute(f"DROP OWNED BY {name}")
        direct.execute(f"DROP ROLE {name}")


def test_by_its_name(any_url: str, direct: psycopg.Connection, tag: str) -> None:
    """The backend of a killed client is found by the name in the client's environment; nothing else is ended."""
    started = time.monotonic()
    with left_behind(direct, THEIRS, any_url, PGAPPNAME=tag):
        ended = terminate_backends([any_url], tag, [], started=started, limit=LIMIT)

        assert backends(direct) == set()
    assert ended == Ended(1)
    assert str(ended) == "1 session that it had left in the database ended, too."
    assert not is_done(direct)


def test_a_name_of_any_length_and_script(any_url: str, direct: psycopg.Connection, tag: str) -> None:
    """A name is compared as the server shows it: without what is not ASCII, and cut off."""
    for name in (f"{tag}:caf\u00e9", tag + "x" * 60, f"{tag}{'é' * 30}", f"{tag}{'x' * 30}é"):
        with left_behind(direct, THEIRS, any_url, PGAPPNAME=name):
            assert terminate_backends([any_url], name, [], started=time.monotonic(), limit=LIMIT) == Ended(1)


def test_how_a_name_is_shown() -> None:
    """What is not ASCII is escaped since PostgreSQL 16, and was a question mark before."""
    assert shown_name("caf\u00e9\n", 160000) == r"caf\xc3\xa9\x0a"
    assert shown_name("caf\u00e9\n", 159999) == "caf???"


def test_by_its_pid(any_url: str, direct: psycopg.Connection, tmp_path: Path, tag: str) -> None:
    """A connection of ours, however it calls itself, is found by the pid that it has noted."""
    noted, work = tmp_path / "backends", f"SET application_name = 'shop'; {WORK}"
    started = time.monotonic()
    with at_work(direct, OURS, any_url, work, PGAPPNAME=tag, STARTUP_BACKENDS=str(noted)) as (_, pid):
        assert read_backends(noted) == {pid}

        assert terminate_backends([any_url], tag, read_backends(noted), started=started, limit=LIMIT) == Ended(1)
        assert backends(direct, work) == set()
    assert not is_done(direct)


def test_a_pid_that_was_another_ones(any_url: str, direct: psycopg.Connection, tag: str) -> None:
    """A backend that is older than the attempt, or another user's, has the same pid by chance, and is let be."""
    pid = direct.info.backend_pid
    time.sleep(1.1)
    with role_of(direct, any_url) as theirs, psycopg.connect(theirs) as other:
        pids = [pid, other.info.backend_pid]

        assert terminate_backends([any_url], tag, pids, started=time.monotonic(), limit=LIMIT) == Ended()
        other.execute("SELECT 1")


@pytest.mark.parametrize("name", ["", "nobody at all"])
def test_nothing_is_there(any_url: str, name: str) -> None:
    """Where nothing was left nothing is ended, nor told; a name that is empty, as of the server's own, is nobody's."""
    ended = terminate_backends([any_url, any_url], name, [], started=time.monotonic(), limit=LIMIT)

    assert ended == Ended()
    assert str(ended) == ""


def test_parallel_workers(any_url: str, direct: psycopg.Connection, tag: str) -> None:
    """A query with parallel workers is ended with all of them."""
    direct.execute("CREATE TABLE big AS SELECT g FROM generate_series(1, 100000) g; ANALYZE big")
    work = (
        "SET parallel_setup_cost = 0; SET min_parallel_table_scan_size = 0; SET jit = off;"
        "SELECT count(*) FROM big a JOIN big b ON a.g <> b.g + 1"
    )
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
    started = time.monotonic()
    with left_behind(direct, THEIRS, any_url, work, PGAPPNAME=tag):
        until(lambda: direct.execute(count, [tag]).fetchone() != (1,))

        ended = terminate_backends([any_url], tag, [], started=started, limit=LIMIT)

        assert direct.execute(count, [tag]).fetchone() == (0,)
    assert ended == Ended(1)


def test_a_user_without_rights(any_url: str, direct: psycopg.Connection, tag: str) -> None:
    """Every user may end its own backends, and those of another one are told of at once."""
    started = time.monotonic()
    with role_of(direct, any_url) as own, left_behind(direct, THEIRS, any_url, PGAPPNAME=tag) as pid:
        other = WORK.replace("half", "quarter")
        with left_behind(direct, THEIRS, own, other, PGAPPNAME=tag):
            ended = terminate_backends([own], tag, [], started=started, limit=LIMIT)

            assert (backends(direct, WORK), backends(direct, other)) == ({pid}, set())
        assert ended == Ended(1, (Left(pid, None, None),))
        assert str(ended) == (
            "1 session that it had left in the database ended, too."
            f" It still has a session in the database: pid {pid}, another user's."
        )
        # who may do it is asked last, and has the last word
        assert terminate_backends([own, any_url], tag, [], started=started, limit=LIMIT) == Ended(1)
    assert time.monotonic() - started < LIMIT


def test_one_that_does_not_end(any_url: str, direct: psycopg.Connection, tag: str) -> None:
    """A backend that does not end within the limit is told of, with what it does and since when."""
    started = time.monotonic()
    with left_behind(direct, THEIRS, any_url, PGAPPNAME=tag) as pid:
        os.kill(pid, signal.SIGSTOP)
        try:
            ended = terminate_backends([any_url], tag, [], started=started, limit=0.3)
        finally:
            os.kill(pid, signal.SIGCONT)
        until(lambda: not backends(direct))

    (left,) = ended.left
    assert ended == Ended(0, (Left(pid, "active", left.query_start),))
    assert left.query_start is not None
    assert str(ended) == (
        f"It still has a session in the database: pid {pid}, active since {left.query_start:%Y-%m-%d %H:%M:%S%z}."
    )


def test_nobody_answers(free_port: int) -> None:
    """That a server cannot be reached, or a URL not be read, is told, without a secret and without an exception."""
    url = f"postgresql://shop:s3cret@127.0.0.1:{free_port}/shop"

    ended = terminate_backends([url, url, "postgresql//shop:s3cret@db"], "a", [], started=0.0, limit=LIMIT)

    assert ended == Ended(
        unasked=(
            f'could not connect to database "shop" on "127.0.0.1:{free_port}": connection refused',
            "the database's URL is not one that libpq reads",
        )
    )
    assert str(ended) == (
        "Whether it still has a session in the database is not known:"
        f' could not connect to database "shop" on "127.0.0.1:{free_port}": connection refused.'
        " Whether it still has a session in the database is not known: the database's URL is not one that libpq reads."
    )


def test_a_server_that_says_nothing() -> None:
    """A server that accepts connections and does not answer is given up soon."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://shop@127.0.0.1:{silent.getsockname()[1]}/shop?connect_timeout=60"
        started = time.monotonic()

        ended = terminate_backends([url], "a", [], started=started, limit=LIMIT)

    assert time.monotonic() - started < 5
    assert len(ended.unasked) == 1


def test_another_database_of_the_server(
    any_server: PostgresServer, any_url: str, direct: psycopg.Connection, tag: str
) -> None:
    """A URL says which server is asked; a backend is found in whatever database it is."""
    started = time.monotonic()
    with left_behind(direct, THEIRS, any_url, PGAPPNAME=tag):
        assert terminate_backends([any_server.url], tag, [], started=started, limit=LIMIT) == Ended(1)


def test_noting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pids are noted a line each; what is no whole line is passed over, and a file that cannot be is no error."""
    noted = tmp_path / "backends"
    monkeypatch.setenv("STARTUP_BACKENDS", str(noted))
    note_backend(12)
    note_backend(345)
    with noted.open("a") as file:
        file.write("x\n67")

    assert read_backends(noted) == {12, 345}
    monkeypatch.setenv("STARTUP_BACKENDS", str(tmp_path / "missing" / "backends"))
    note_backend(1)
    assert read_backends(tmp_path / "missing" / "backends") == set()


def test_who_is_killed_leaves_nothing(any_url: str, direct: psycopg.Connection) -> None:
    """The server itself ends, soon, what a killed process of ours was doing, and commits nothing of it."""
    with left_behind(direct, OURS, any_url):
        killed = time.monotonic()
        until(lambda: not backends(direct))

        assert time.monotonic() - killed < 1.5
    assert not is_done(direct)


def test_who_is_killed_between_migrations_leaves_nothing(any_url: str, tmp_path: Path) -> None:
    """What makes the session as new after each file does not take that from it, whatever the file has reset."""
    seen = "INSERT INTO seen SELECT current_setting('client_connection_check_interval')"
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "001-a.sql").write_text(f"CREATE TABLE seen (value text); {seen}; RESET ALL")
    (folder / "002-b.sql").write_text(f"{seen}; SET client_connection_check_interval = 0")
    (folder / "003-c.sql").write_text(f"-- migrate: no-transaction\n{seen}; RESET ALL")
    (folder / "004-d.sql").write_text(f"-- migrate: no-transaction\n{seen}; DISCARD ALL")
    (folder / "005-e.sql").write_text(seen)

    run_migrations(read_settings(tmp_path, environ={"DATABASE_URL": any_url}))

    with connect(any_url) as connection:
        assert connection.execute("SELECT value FROM seen").fetchall() == [("500ms",)] * 5


def test_a_server_that_cannot_tell(any_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that refuses to look for its client, as some systems' do, is connected to and migrated all the same."""
    refused = "SET {}client_connection_check_interval = '-1ms'"
    monkeypatch.setattr(migrate_tasks.postgres.connection, "NOTICE_DEAD_CLIENT", refused)
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001-a.sql").write_text("CREATE TABLE a ()")

    run_migrations(read_settings(tmp_path, environ={"DATABASE_URL": any_url}))

    with connect(any_url) as connection:
        row = connection.execute("SELECT to_regclass('a')::text, current_setting('client_connection_check_interval')")
        assert row.fetchone() == ("a", "0")
