"""The document service's database: one way to connect, and what the service expects there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from example_app.settings import read_app_settings
from migrate_tasks.errors import ConfigurationError
from migrate_tasks.postgres.connection import connect as connect_to
from migrate_tasks.settings import read_settings

if TYPE_CHECKING:
    from datetime import timedelta

    import psycopg

OLDEST_SERVER = 140000  # CREATE OR REPLACE TRIGGER came with PostgreSQL 14


def connect(*, wait: timedelta | None = None) -> psycopg.Connection:
    """Return a connection to the service's database, waiting for one that is not up yet, as long as a run does."""
    return connect_to(read_app_settings().database_url, wait=read_settings().connect_wait if wait is None else wait)


def check_database(connection: psycopg.Connection) -> str:
    """Return what the database is, in words; raises ConfigurationError where it is not for this service."""
    row = connection.execute(
        "SELECT current_database(), current_setting('server_version'), current_setting('server_encoding')"
    ).fetchone()
    assert row
    name, version, encoding = row
    if connection.info.server_version < OLDEST_SERVER:
        raise ConfigurationError(f"the server is PostgreSQL {version}", hint="Use PostgreSQL 14 or later.")
    if encoding != "UTF8":
        raise ConfigurationError(
            f'database "{name}" has the encoding {encoding}', hint=f'CREATE DATABASE "{name}" ENCODING UTF8'
        )
    return f'PostgreSQL {version.split()[0]}, database "{name}"'
