"""Connecting, and the words for why it did not work. The servers are real; the locale of none is asked for."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.postgres.connection import Failure, connect
from migrate_tasks.postgres.servers.binaries import find_binaries
from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from migrate_tasks.settings import read_settings
from tests.support import until_stopped

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

StartServer = Callable[..., AbstractContextManager[EmbeddedServer]]
StartTcpServer = Callable[[int], AbstractContextManager[str]]


@pytest.fixture
def tcp_server(start_tcp_server: StartTcpServer) -> Iterator[str]:
    """HOST:PORT of a server for "shop"."""
    with start_tcp_server(18) as address:
        yield address


def error_of(url: str, wait: timedelta = timedelta(0)) -> MigrateTasksError:
    """Return what connecting to ``url`` raises."""
    with pytest.raises(MigrateTasksError) as caught:
        connect(url, wait=wait)
    return caught.value


def test_a_password_by_tcp(tcp_server: str) -> None:
    """The right password gets a connection in autocommit mode, named for pg_stat_activity."""
    with connect(f"postgresql://shop:s3cret@{tcp_server}/shop") as connection:
        row = connection.execute("SELECT current_user, current_setting('application_name')").fetchone()

    assert row == ("shop", "migrate-tasks")
    assert connection.autocommit


def test_a_wrong_password(tcp_server: str) -> None:
    """A wrong password is a matter of configuration, tried once, and never printed."""
    error = error_of(f"postgresql://shop:wrong@{tcp_server}/shop", timedelta(seconds=30))

    assert type(error) is ConfigurationError
    assert str(error) == (
        f'could not connect to database "shop" on "{tcp_server}": password authentication failed for user "shop"\n'
        'DETAIL: 1 connection attempt as user "shop".\n'
        "HINT: Mend the user or the password in the database's URL."
    )


def test_a_missing_database(tcp_server: str) -> None:
    """A database that does not exist is named, with what to do."""
    error = error_of(f"postgresql://shop:s3cret@{tcp_server}/shpo", timedelta(seconds=30))

    assert type(error) is ConfigurationError
    assert str(error) == (
        f'could not connect to database "shpo" on "{tcp_server}": database "shpo" does not exist\n'
        'DETAIL: 1 connection attempt as user "shop".\n'
        "HINT: Create the database, or mend its name in the database's URL."
    )


def test_nobody_listens(free_port: int) -> None:
    """A refused connection may work later, and says where nobody answered."""
    error = error_of(f"postgresql://shop@127.0.0.1:{free_port}/shop")

    assert type(error) is TryAgainLater
    assert str(error) == (
        f'could not connect to database "shop" on "127.0.0.1:{free_port}": connection refused\n'
        'DETAIL: 1 connection attempt as user "shop".\n'
        "HINT: Start the server, or mend the host and the port in the database's URL."
    )


def test_waiting_has_a_limit(free_port: int) -> None:
    """The message says how long was waited, and how often it was tried."""
    failures: list[Failure] = []
    with pytest.raises(TryAgainLater) as caught:
        connect(f"postgresql://shop@127.0.0.1:{free_port}/shop", wait=timedelta(seconds=1), on_failure=failures.append)

    assert caught.value.message == (
        f'could not connect to database "shop" on "127.0.0.1:{free_port}" within 1s: connection refused'
    )
    assert caught.value.detail == f'{len(failures) + 1} connection attempts as user "shop".'
    assert {failure.reason for failure in failures} == {"connection refused"}


def test_a_server_that_comes_up_is_waited_for(tmp_path: Path, start_server: StartServer) -> None:
    """Who waits is connected as soon as the server is up."""
    server = EmbeddedServer(tmp_path / "own")
    waited: list[psycopg.Connection] = []
    waiting = threading.Thread(target=lambda: waited.append(connect(server.url(), wait=timedelta(seconds=30))))
    waiting.start()
    with start_server():
        waiting.join(30)
        for connection in waited:
            connection.close()

    assert len(waited) == 1


def test_a_string_that_is_none() -> None:
    """What libpq cannot read is refused without repeating it, since it may hold a password."""
    assert str(error_of("postgresql//shop:s3cret@db/shop")) == (
        "the database's URL is not one that libpq reads\n"
        'HINT: Write it as "postgresql://user:password@host:5432/database", with "@" in the password as "%40".'
    )


def copy_of(server_directory: Path, target: Path, **signals: str) -> Path:
    """Return a copy of a stopped server, with the signal files and settings given."""
    shutil.copytree(server_directory / "data", target / "data", symlinks=True)
    (target / "data").chmod(0o700)
    for name, text in signals.items():
        with (target / "data" / name.replace("_", ".")).open("a") as file:
            file.write(text)
    return target


def test_a_replica(tmp_path: Path, start_server: StartServer) -> None:
    """A read-only replica is told from a primary before anything is executed, and can be asked for status."""
    with start_server("primary", wal_level="replica"):
        pass
    until_stopped(tmp_path / "primary")
    copy_of(tmp_path / "primary", tmp_path / "replica", standby_signal="")
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001-a.sql").write_text("SELECT 1")
    with start_server("replica") as server:
        settings = read_settings(tmp_path, environ={"DATABASE_URL": server.url()})
        with pytest.raises(ConfigurationError) as caught:
            run_migrations(settings)

    assert str(caught.value) == (
        'database "app" is read-only: this server is a replica\n'
        "HINT: Point the database's URL at the primary; with several hosts, add target_session_attrs=read-write."
    )


def test_a_server_that_is_starting_up(tmp_path: Path, start_server: StartServer) -> None:
    """A server in recovery says so, and the same command may succeed later."""
    with start_server("crashed"):
        pass
    until_stopped(tmp_path / "crashed")
    slow = "restore_command = 'sleep 30; false'\nunix_socket_directories = '{0}'\nlisten_addresses = ''\n"
    own = copy_of(
        tmp_path / "crashed", tmp_path / "starting", recovery_signal="", postgresql_conf=slow.format(tmp_path)
    )
    postgres = find_binaries(18).directory / "postgres"
    as_somebody = ["unshare", "--user", "--map-user=1"] if os.geteuid() == 0 else []  # root it refuses
    with subprocess.Popen([*as_somebody, postgres, "-D", own / "data"], stderr=subprocess.DEVNULL) as process:
        try:
            while not (tmp_path / ".s.PGSQL.5432").exists():
                assert process.poll() is None
            error = error_of(f"postgresql://postgres@/app?host={tmp_path}")
        finally:
            process.send_signal(signal.SIGQUIT)  # which it passes on, to the restore_command too

    assert type(error) is TryAgainLater
    assert str(error) == (
        f'could not connect to database "app" on socket "{tmp_path}/.s.PGSQL.5432":'
        " the database system is starting up\n"
        'DETAIL: 1 connection attempt as user "postgres".\n'
        "HINT: Wait until the server has started."
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "postgresql+asyncpg://shop@db/shop",
            (
                "the database's URL is not one that libpq reads\n"
                'HINT: Write "postgresql://" instead of "postgresql+asyncpg://".'
            ),
        ),
        (
            "postgresql://shop@db/shop?foo=bar",
            'the database\'s URL is not one that libpq reads\nHINT: There is no parameter "foo".',
        ),
        (
            "postgresql://shop:p@ss@db/shop",
            (
                "the database's URL is not one that libpq reads\n"
                'HINT: Write it as "postgresql://user:password@host:5432/database", with "@" in the password as "%40".'
            ),
        ),
        (
            "postgresql://shop@127.0.0.1:99999/shop",
            (
                'could not connect to database "shop" on "127.0.0.1:99999": invalid port number: "99999"\n'
                'DETAIL: 1 connection attempt as user "shop".\nHINT: Mend it in the database\'s URL.'
            ),
        ),
    ],
)
def test_a_url_that_cannot_work(url: str, message: str) -> None:
    """What no waiting can mend is told at once, and without the password."""
    error = error_of(url, timedelta(seconds=30))

    assert type(error) is ConfigurationError
    assert str(error) == message


def test_no_password(tcp_server: str) -> None:
    """A password that the server wants and the URL has not is a matter of configuration."""
    error = error_of(f"postgresql://shop@{tcp_server}/shop", timedelta(seconds=30))

    assert type(error) is ConfigurationError
    assert error.message == f'could not connect to database "shop" on "{tcp_server}": fe_sendauth: no password supplied'
