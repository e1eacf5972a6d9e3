"""What tests are made with: commands run as a user runs them, and servers of a given version."""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg import conninfo

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.postgres.servers.binaries import find_binaries
from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from migrate_tasks.postgres.servers.keeper import drop_root, end_with_parent
from pytest_plugin.server import FAST_AND_LOOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).parent.parent
INVOKE = Path(sysconfig.get_path("scripts"), "invoke")
TASKS = """\
from invoke import Collection
from migrate_tasks.tasks import migrate, serve, startup
namespace = Collection(migrate, serve, startup)
"""


@contextmanager
def server_of_version(version: int, directory: Path, options: dict[str, str] | None = None) -> Iterator[EmbeddedServer]:
    """Yield a server of that major version; the test is skipped where there are no such programs."""
    try:
        binaries = find_binaries(version)
    except ConfigurationError as error:
        pytest.skip(f"PostgreSQL {version} is not here: {error.message}")
    with EmbeddedServer(directory, {**FAST_AND_LOOSE, **(options or {})}, binaries=binaries) as server:
        yield server


def find_port() -> int:
    """Return a TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Pooler:
    """A PgBouncer on 127.0.0.1, in front of all databases of one server."""

    port: int
    user: str

    def url(self, database: str) -> str:
        """Return the URL of ``database`` behind it."""
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{database}"


@contextmanager
def pgbouncer(server_url: str, directory: Path, options: dict[str, str]) -> Iterator[Pooler]:
    """Yield a PgBouncer before the server of ``server_url``, with ``options`` of pgbouncer.ini.

    The test is skipped where there is no such program.
    """
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not here: it is neither on PATH nor in /usr/sbin")
    pooler = Pooler(find_port(), str(conninfo.conninfo_to_dict(server_url)["user"]))
    directory = directory / f"pgbouncer{pooler.port}"
    directory.mkdir()
    _configure(pooler, server_url, directory, options)
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, directory / "pgbouncer.ini"],
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=_become_nobody,  # noqa: PLW1509 -- pytest's process has no threads while it starts one
        )
    try:
        _wait_until_it_listens(process, pooler.port, directory / "log")
        yield pooler
    finally:
        process.kill()  # it has nothing to save; what SIGTERM means differs between its versions
        process.wait()


def _configure(pooler: Pooler, server_url: str, directory: Path, options: dict[str, str]) -> None:
    """Write pgbouncer.ini and its list of users; clients need no password, and nobody is an administrator."""
    given = conninfo.conninfo_to_dict(server_url)
    server = " ".join(f"{key}={given[key]}" for key in ("host", "port", "user", "password") if given.get(key))
    settings = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(pooler.port),
        "unix_socket_dir": "",
        "auth_type": "trust",
        "auth_file": str(directory / "users"),
        **options,
    }
    lines = ["[databases]", f"* = {server}", "[pgbouncer]", *(f"{name} = {value}" for name, value in settings.items())]
    (directory / "pgbouncer.ini").write_text("\n".join([*lines, ""]))
    (directory / "users").write_text(f'"{pooler.user}" ""\n')


def _become_nobody() -> None:
    """Leave root, as which PgBouncer refuses to run, but keep the right to reach the server's socket; end with us."""
    if os.geteuid() == 0:
        somebody = next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)
        drop_root(somebody.pw_uid, somebody.pw_gid)
    end_with_parent(signal.SIGKILL)


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.01)
        else:
            return


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


def copy_example(root: Path) -> Project:
    """Return a copy of this repository's example application in ``root``, on its own embedded server."""
    for name in ("tasks.py", "startup.yaml"):
        shutil.copy(REPOSITORY / name, root / name)
    for name in ("migrations", "example_app"):
        shutil.copytree(REPOSITORY / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    return Project(root)


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
        "GITHUB_ACTIONS",
        "GITLAB_CI",
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(steering)}
    return {**kept, "PYTHONPATH": str(REPOSITORY), **extra}


def until_stopped(directory: Path) -> None:
    """Wait until the embedded server in ``directory`` has no keeper any more."""
    with (directory / "keeper.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)


def stop_at_once(server: EmbeddedServer) -> None:
    """Stop the server as pg_ctl does with "-m immediate": nothing is written out, the next start has to recover."""
    pid = int((server.directory / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGQUIT)
    until_stopped(server.directory)


def until(is_so: Callable[[], object], seconds: float = 30) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def parent_of(pid: int) -> int:
    """Return the pid of a process's parent."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def processes_of(directory: Path) -> list[str]:
    """Return the command lines of all processes that work in ``directory`` or below."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(directory):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def without_times(text: str) -> str:
    """Return ``text`` with every duration as "#ms", and the columns that hold them of one width."""
    return re.sub(r" *\b\d+(?:\.\d+)?(?:ms|s)\b", " #ms", text)
