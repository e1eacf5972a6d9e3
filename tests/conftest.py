"""Servers, databases and projects for the tests; nothing here is a stand-in for the real thing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.postgres.servers.binaries import find_binaries
from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from pytest_plugin.databases import FAST_AND_LOOSE, PostgresServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest_plugins = ["pytester"]

REPOSITORY = Path(__file__).parent.parent
INVOKE = Path(sysconfig.get_path("scripts"), "invoke")
VERSIONS = (18, 15)
TASKS = """\
from invoke import Collection
from migrate_tasks.tasks import migrate, startup
namespace = Collection(migrate, startup)
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --full, which runs the long proofs at their full length."""
    parser.addoption("--full", action="store_true", help="run the long proofs at their full length")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether the long proofs run at their full length."""
    return bool(request.config.getoption("--full"))


@contextmanager
def server_of_version(version: int, directory: Path, options: dict[str, str] | None = None) -> Iterator[EmbeddedServer]:
    """Yield a server of that major version; the test is skipped where there are no such programs."""
    try:
        binaries = find_binaries(version)
    except ConfigurationError as error:
        pytest.skip(f"PostgreSQL {version} is not here: {error.message}")
    with EmbeddedServer(directory, {**FAST_AND_LOOSE, **(options or {})}, binaries=binaries) as server:
        yield server


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


@dataclass(frozen=True)
class Said:
    """What a command answered; paths of the project are shown as "."."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Project:
    """A folder with a tasks.py, and a way to run invoke in it as a user does."""

    root: Path
    environ: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start invoke, without waiting for it."""
        return subprocess.Popen(
            [sys.executable, str(INVOKE), *arguments],
            cwd=self.root,
            env=clean_environment({**self.environ, **environ}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def invoke(self, *arguments: str, **environ: str) -> Said:
        """Run invoke and return what it answered."""
        process = self.start(*arguments, **environ)
        out, err = process.communicate(timeout=120)
        return Said(process.returncode, self.without_root(out), self.without_root(err))

    def without_root(self, text: str) -> str:
        """Return ``text`` with the project's own path shown as "."."""
        return text.replace(str(self.root), ".")


def clean_environment(extra: dict[str, str]) -> dict[str, str]:
    """Return the environment without what would steer us, plus ``extra``."""
    steering = (
        "PG",
        "DATABASE_URL",
        "MIGRATION_DATABASE_URL",
        "MIGRATE_TASKS_",
        "APP_ENV",
        "TEST_DATABASE_URL",
        "CI",
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    return {**kept, "PYTHONPATH": str(REPOSITORY), **extra}


@pytest.fixture
def project(tmp_path: Path, url: str) -> Project:
    """An empty project on an empty database."""
    made = Project(tmp_path, {"DATABASE_URL": url, "APP_ENV": "development"})
    made.write("tasks.py", TASKS)
    return made


@pytest.fixture
def example(tmp_path: Path) -> Project:
    """A copy of this repository's example application, on its own embedded server."""
    for name in ("tasks.py", "startup.yaml"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    for name in ("migrations", "example_app"):
        shutil.copytree(REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Project(tmp_path)


@pytest.fixture
def start_server(tmp_path: Path) -> Callable[..., AbstractContextManager[EmbeddedServer]]:
    """Start a server of this test's own."""
    return lambda name="own", version=18, **options: server_of_version(version, tmp_path / name, options)


def without_times(text: str) -> str:
    """Return ``text`` with every duration as "#ms", and the columns that hold them of one width."""
    return re.sub(r" *\b\d+(?:\.\d+)?(?:ms|s)\b", " #ms", text)
