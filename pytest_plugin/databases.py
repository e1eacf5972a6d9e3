"""The databases behind the fixtures: a server, a template database made once, a clone per test."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
from psycopg import conninfo, sql

from migrate_tasks.migrations.runner import run_migrations
from migrate_tasks.postgres.connection import connect
from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from migrate_tasks.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREFIX = "migrate_tasks_test"
# a crash of the machine may lose a test's data
FAST_AND_LOOSE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


@dataclass(frozen=True)
class PostgresServer:
    """A server; ``url`` is that of its administrative database."""

    url: str = field(repr=False)

    def url_of(self, name: str) -> str:
        """Return the URL of the database ``name``."""
        given = conninfo.conninfo_to_dict(self.url)
        parts = {key: quote(str(value), safe="") for key, value in given.items() if value is not None}
        login = ":".join(parts.pop(key) for key in ("user", "password") if key in parts)
        parts.pop("dbname", None)
        rest = "&".join(f"{key}={value}" for key, value in parts.items())
        return f"postgresql://{login}@/{quote(name)}?{rest}"

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """Make a database as a copy of ``template``, yield its name, and drop it."""
        name = f"{PREFIX}_{uuid.uuid4().hex[:16]}"
        with connect(self.url) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
            )
            try:
                yield name
            finally:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@dataclass(frozen=True)
class MigratedDatabase:
    """A test's own database."""

    name: str
    url: str

    def connect(self, **options: Any) -> psycopg.Connection:
        """Return a psycopg connection to it."""
        return psycopg.connect(self.url, **options)


@dataclass(frozen=True)
class Template:
    """A database with all migrations completed."""

    server: PostgresServer
    name: str

    @contextmanager
    def clone(self) -> Iterator[MigratedDatabase]:
        """Make a copy, yield it, and drop it."""
        with self.server.database(self.name) as name:
            yield MigratedDatabase(name, self.server.url_of(name))


@contextmanager
def open_server(url: str | None, directory: Path) -> Iterator[PostgresServer]:
    """Yield the server of ``url``, or an embedded one in ``directory`` that all who name it share."""
    if url:
        yield PostgresServer(url)
        return
    with EmbeddedServer(directory, FAST_AND_LOOSE) as embedded:
        yield PostgresServer(embedded.url("postgres"))


@contextmanager
def open_template(server: PostgresServer, root: Path) -> Iterator[Template]:
    """Make a database with the migrations of the project in ``root``, yield it, and drop it."""
    with server.database() as name:
        run_migrations(read_settings(root, url=server.url_of(name)))
        yield Template(server, name)
