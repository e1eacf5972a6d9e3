"""The session that migrations run in: opened for settings, kept as new between migrations, its errors told.

Server-side settings are SET after connecting, never by startup options, which a pooler may refuse.
"""

from __future__ import annotations

from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg

from migrate_tasks.errors import TRANSIENT, ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.migrations.events import WaitingForDatabase, ignore
from migrate_tasks.postgres.connection import Failure, connect
from migrate_tasks.postgres.servers import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from migrate_tasks.migrations.events import OnEvent
    from migrate_tasks.settings import Settings

# a server that notices a dead client ends its statement, so that the next run need not wait for it
# (PostgreSQL 14 and later, and only where its system can tell)
NOTICE_DEAD_CLIENT = "SET client_connection_check_interval = '500ms'"

# DISCARD ALL without the advisory locks: a temporary table would hide a real one from the next file
FORGET_OBJECTS = "CLOSE ALL; UNLISTEN *; DEALLOCATE ALL; DISCARD SEQUENCES; DISCARD TEMP"


@contextmanager
def open_session(settings: Settings, wait: timedelta, on_event: OnEvent = ignore) -> Iterator[psycopg.Connection]:
    """Yield an autocommit connection to the database of ``settings``; every error in the block is ours.

    Waits up to ``wait`` for a database that is not up yet.
    """
    told: set[str] = set()

    def tell(failure: Failure) -> None:
        if failure.reason not in told:  # once, however many attempts follow
            on_event(WaitingForDatabase(failure.reason))
            told.add(failure.reason)

    with (
        open_database(settings) as database,
        closing(connect(database.url, wait=wait, on_failure=tell)) as opened,
        _errors_told(),
    ):
        yield opened


def prepare(connection: psycopg.Connection) -> None:
    """Set what every migration is to find set; called again after each, since a file may set anything."""
    forget_settings(connection)
    connection.execute(FORGET_OBJECTS)
    with suppress(psycopg.errors.UndefinedObject, psycopg.errors.InvalidParameterValue):
        connection.execute(NOTICE_DEAD_CLIENT)


def forget_settings(connection: psycopg.Connection) -> None:
    """Undo what a file has SET, so that its search_path or role is not that of what comes after it."""
    connection.execute("RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL")


def refuse_read_only(connection: psycopg.Connection) -> None:
    """Raise ConfigurationError where nothing can be written, as on a replica."""
    row = connection.execute(
        "SELECT current_setting('transaction_read_only')::bool, pg_is_in_recovery(), current_database()"
    ).fetchone()
    assert row
    read_only, is_replica, name = row
    if is_replica:
        raise ConfigurationError(
            f'database "{name}" is read-only: this server is a replica',
            hint="Point the database's URL at the primary; with several hosts, add target_session_attrs=read-write.",
        )
    if read_only:
        raise ConfigurationError(
            f'database "{name}" is read-only: default_transaction_read_only is on',
            hint=f'Let its user write: ALTER DATABASE "{name}" RESET default_transaction_read_only',
        )


@contextmanager
def _errors_told() -> Iterator[None]:
    """Turn what the server or the connection raises, outside a migration's own SQL, into our errors."""
    try:
        yield
    except psycopg.Error as error:
        raise _told(error) from None


def _told(error: psycopg.Error) -> MigrateTasksError:
    if error.sqlstate == "42501":
        return ConfigurationError(
            f"{error.diag.message_primary} (SQLSTATE 42501)",
            detail="Migrations need a user who may create tables and write migration_status.",
            hint="GRANT it, or name another user in MIGRATION_DATABASE_URL.",
        )
    is_lost = error.sqlstate is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    if is_lost or TRANSIENT.fullmatch(error.sqlstate or ""):
        reason = error.diag.message_primary or str(error).strip().splitlines()[0]
        return TryAgainLater(f"the connection to the database was lost: {reason}", hint="Run it again.")
    if error.sqlstate is None:
        return MigrateTasksError(str(error))
    return MigrateTasksError(f"{error.diag.message_primary} (SQLSTATE {error.sqlstate})", detail=error.diag.context)
