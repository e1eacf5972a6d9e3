"""Servers, databases and projects for the tests; nothing here is a stand-in for the real thing."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import settings

from pytest_plugin.server import PostgresServer
from tests.support import TASKS, Pooler, Project, copy_example, find_port, pgbouncer, server_of_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

pytest_plugins = ["pytester"]

VERSIONS = (18, 15)
IN_MEMORY = "/dev/shm"
ROOM = 4 * 1024**3  # bytes


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --full, which runs the long proofs at their full length."""
    parser.addoption("--full", action="store_true", help="run the long proofs at their full length")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Have two workers more than processors: each waits for a server or a command half of its time."""
    return len(os.sched_getaffinity(0)) + 2


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Have workers that are done take over what others still have: some tests take a second, most a millisecond."""
    if getattr(config.option, "numprocesses", None) and config.option.dist == "no":
        config.option.dist = "worksteal"


def pytest_configure(config: pytest.Config) -> None:
    """Have servers and projects in memory where there is room, and what our many runs of pytest compile kept.

    Without --full, hypothesis tries the same each time.
    """
    settings.register_profile("same", derandomize=True)
    settings.load_profile("default" if config.getoption("--full") else "same")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with suppress(OSError):
        found = os.statvfs(IN_MEMORY)
        if found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", IN_MEMORY)


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the long proofs run at their full length."""
    return bool(request.config.getoption("--full"))


@pytest.fixture(scope="session", params=VERSIONS, ids=lambda version: f"postgres{version}")
def any_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Each server that the tests know, one after the other; shared by all workers."""
    shared = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        shared = shared.parent
    with server_of_version(request.param, shared / f"server{request.param}") as server:
        yield PostgresServer(server.url("postgres"))


@pytest.fixture
def any_url(any_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty database, on each server."""
    with any_server.database() as name:
        yield any_server.url_of(name)


@pytest.fixture
def url(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty database on the server of the run."""
    with postgres_server.database() as name:
        yield postgres_server.url_of(name)


@pytest.fixture
def project(tmp_path: Path, url: str) -> Project:
    """An empty project on an empty database."""
    made = Project(tmp_path, {"DATABASE_URL": url, "APP_ENV": "development"})
    made.write("tasks.py", TASKS)
    return made


@pytest.fixture
def example(tmp_path: Path) -> Project:
    """A copy of this repository's example application, on its own embedded server."""
    return copy_example(tmp_path)


@pytest.fixture
def start_server(tmp_path: Path) -> Callable[..., AbstractContextManager[EmbeddedServer]]:
    """Start a server of this test's own."""
    return lambda name="own", version=18, **options: server_of_version(version, tmp_path / name, options)


@pytest.fixture
def free_port() -> int:
    """A TCP port that nobody listens on."""
    return find_port()


@pytest.fixture
def start_pgbouncer(tmp_path: Path) -> Callable[..., AbstractContextManager[Pooler]]:
    """Start a PgBouncer in front of the server of a URL, with options of pgbouncer.ini."""
    return lambda server_url, **options: pgbouncer(server_url, tmp_path, options)


@pytest.fixture
def start_tcp_server(tmp_path: Path, free_port: int) -> Callable[[int], AbstractContextManager[str]]:
    """Start a server that lets "shop" in by TCP with the password "s3cret" to its database "shop"; yields HOST:PORT."""

    @contextmanager
    def start(version: int) -> Iterator[str]:
        rules = tmp_path / "hba.conf"
        rules.write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        options = {"listen_addresses": "127.0.0.1", "port": str(free_port), "hba_file": str(rules)}
        with server_of_version(version, tmp_path / "tcp", options) as server:
            with psycopg.connect(server.url(), autocommit=True) as connection:
                connection.execute("CREATE ROLE shop LOGIN PASSWORD 's3cret'")
                connection.execute("CREATE DATABASE shop OWNER shop")
            yield f"127.0.0.1:{free_port}"

    return start
