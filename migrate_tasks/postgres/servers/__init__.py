"""Where a database comes from: the URL the user gave, or the embedded server in ``.postgres``."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.settings import Settings


@dataclass(frozen=True)
class Database:
    """A database to work on: its URL (never printed) and a description for people."""

    url: str = field(repr=False)
    description: str


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Yield the database that ``settings`` name, with the embedded server up until the block ends."""
    if settings.url:
        from migrate_tasks.postgres.connection import describe  # loads psycopg

        yield Database(settings.url, describe(settings.url))
        return
    if settings.app_env and not settings.is_development:
        raise ConfigurationError(
            f'no database: DATABASE_URL is not set, and APP_ENV is "{settings.app_env}"',
            detail="The embedded server is for development and tests.",
            hint="Set DATABASE_URL, or APP_ENV=development.",
        )
    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

    with EmbeddedServer(settings.root / ".postgres") as server:
        yield Database(server.url("app"), f"embedded PostgreSQL {server.major_version} in .postgres")
