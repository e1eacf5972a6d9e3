"""Where a database comes from: the URL the user gave, or the embedded server in ``.postgres``."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.settings import Settings


FOLDER = ".postgres"  # of the embedded server, in the project's root
PLAIN_URL = re.compile(
    r"postgres(?:ql)?://(?:[^@/?#\[\]]*@)?(?P<host>[\w.-]+):(?P<port>\d{1,5})/(?P<database>[\w-]+)", re.ASCII
)


@dataclass(frozen=True)
class Database:
    """A database to work on: its URL (never printed) and a description for people."""

    url: str = field(repr=False)
    description: str


def find_database(settings: Settings) -> str:
    """Return the database that ``settings`` name, in words, without going there.

    Raises ConfigurationError where they name none that may be used, or none that can be started.
    """
    if settings.url:
        return _describe(settings.url)
    if settings.app_env and not settings.is_development:
        raise ConfigurationError(
            f'no database: DATABASE_URL is not set, and APP_ENV is "{settings.app_env}"',
            detail="The embedded server is for development and tests.",
            hint="Set DATABASE_URL, or APP_ENV=development.",
        )
    return "embedded PostgreSQL in .postgres"


def is_embedded(settings: Settings) -> bool:
    """Return whether ``settings`` name the project's embedded server, as those do that a start-up hands over."""
    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

    return settings.url is None or settings.url == EmbeddedServer(settings.root / FOLDER).url()


def _describe(url: str) -> str:
    """Return the database that ``url`` names, in words; psycopg, which takes long to load, reads but unusual ones."""
    plain = PLAIN_URL.fullmatch(url)
    if plain:
        return f'database "{plain["database"]}" on "{plain["host"]}:{plain["port"]}"'
    from migrate_tasks.postgres.connection import describe

    return describe(url)


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Yield the database that ``settings`` name, with the embedded server up until the block ends."""
    where = find_database(settings)
    if settings.url:
        yield Database(settings.url, where)
        return
    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

    with EmbeddedServer(settings.root / FOLDER) as server:
        yield Database(server.url(), f"embedded PostgreSQL {server.major_version} in .postgres")
