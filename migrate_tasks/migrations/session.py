"""The session that migrations run in: opened for settings, kept as new between migrations, its errors told.

Server-side settings are SET after connecting, never by startup options, which a pooler may refuse.
"""

from __future__ import annotations

import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
from psycopg import pq

from migrate_tasks.errors import TRANSIENT, ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.migrations.events import WaitingForDatabase, ignore
from migrate_tasks.migrations.script import ScriptFailed, execute_script
from migrate_tasks.postgres.connection import NOTICE_DEAD_CLIENT, Failure, connect
from migrate_tasks.postgres.servers import open_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from migrate_tasks.migrations.events import OnEvent
    from migrate_tasks.migrations.migration import Directives
    from migrate_tasks.migrations.modes import Script
    from migrate_tasks.settings import Settings

# a file may set anything; none of it is for what comes after it
FORGET_SETTINGS = ("RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL")

# DISCARD ALL without the advisory locks: a temporary table would hide a real one from the next file
FORGET_OBJECTS = ("CLOSE ALL", "UNLISTEN *", "DEALLOCATE ALL", "DISCARD SEQUENCES", "DISCARD TEMP")

FACTS = """
SELECT pid, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
  pg_is_in_recovery(), current_setting('transaction_read_only')::bool, current_database(),
  current_setting('client_connection_check_interval') <> '0'
FROM pg_stat_get_activity(pg_backend_pid())
"""


@contextmanager
def open_session(
    settings: Settings, wait: timedelta, on_event: OnEvent = ignore, parameters: Mapping[str, str] | None = None
) -> Iterator[psycopg.Connection]:
    """Yield an autocommit connection to the database of ``settings``; every error in the block is ours.

    Waits up to ``wait`` for a database that is not up yet. ``parameters`` are libpq's, beside those of the URL.
    """
    told: set[str] = set()

    def tell(failure: Failure) -> None:
        if failure.reason not in told:  # once, however many attempts follow
            on_event(WaitingForDatabase(failure.reason))
            told.add(failure.reason)

    with (
        open_database(settings) as database,
        closing(connect(database.url, wait=wait, on_failure=tell, role=settings.role, parameters=parameters)) as opened,
        _errors_told(),
    ):
        yield opened


class Session:
    """A connection that migrations run on: what is sent on it, and how each transaction of ours begins.

    ``pid`` is the backend that answered first, and ``started`` when it was, in UTC; ``has_pooler`` whether a pooler
    stands between: then nothing may be left in the session, since the next transaction may have another one. Raises
    ConfigurationError where nothing can be written.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.run_id = str(uuid.uuid4())
        facts = connection.execute(FACTS).fetchone()
        assert facts
        self.pid, self.started, is_replica, is_read_only, database, notices_dead_client = facts
        _refuse_read_only(database, is_replica=is_replica, is_read_only=is_read_only)
        # a pooler gives out numbers of its own
        self.has_pooler = self.pid != connection.info.backend_pid
        # so that the next run need not wait for a statement of this one, should it be killed
        self._notice_dead_client: tuple[str, ...] = ()
        if self.has_pooler and self._can_notice_dead_client():
            self._notice_dead_client = (NOTICE_DEAD_CLIENT.format("LOCAL "),)
        elif notices_dead_client:
            self._notice_dead_client = (NOTICE_DEAD_CLIENT.format(""),)
        self.tick: Callable[[], None] = _nothing  # called now and then while the server is at work on a file
        self.meanwhile: Callable[[], object] = _nothing  # called once, when it has begun with the next message of one

    def send(self, *statements: str) -> list[pq.abc.PGresult]:
        """Send statements of our own, in one message, and return the result of each; raises ScriptFailed."""
        return execute_script(self.connection, "; ".join(statements))

    def send_file(self, text: str, data: str | None = None) -> list[pq.abc.PGresult]:
        """Send a part of a file, and return the results; raises ScriptFailed."""
        meanwhile, self.meanwhile = self.meanwhile, _nothing
        return execute_script(self.connection, text, data, self.tick, meanwhile)

    def locals(self, script: Script, timeouts: Timeouts, *, is_last: bool) -> tuple[str, ...]:
        """Return what is set for one transaction of ``script``; a timeout that the file sets is its own affair.

        Its commit need not wait for the disk unless it ``is_last``: the row and the SQL are one, so after a crash of
        the server both are there or neither is.
        """
        settings = (
            setting
            for setting, is_wanted in (
                ("SET LOCAL synchronous_commit = off", not is_last),
                (f"SET LOCAL lock_timeout = {_milliseconds(timeouts.lock)}", not script.sets_lock_timeout),
                (
                    f"SET LOCAL statement_timeout = {_milliseconds(timeouts.statement)}",
                    timeouts.statement is not None and not script.sets_statement_timeout,
                ),
            )
            if is_wanted
        )
        return (*settings, *(self._notice_dead_client if self.has_pooler else ()))

    def outside(self, script: Script, timeouts: Timeouts, directives: Directives) -> tuple[str, ...]:
        """Return what is set for statements outside of any transaction.

        CREATE INDEX CONCURRENTLY waits for every transaction that is older, and harms nobody while it does: a short
        lock_timeout could never let it finish.
        """
        if self.has_pooler:
            return ()
        lock = timeouts.lock if directives.lock_timeout is not None else timedelta(0)
        statement = timeouts.statement or timedelta(0)
        return tuple(
            setting
            for setting, is_wanted in (
                (f"SET lock_timeout = {_milliseconds(lock)}", not script.sets_lock_timeout),
                (f"SET statement_timeout = {_milliseconds(statement)}", not script.sets_statement_timeout),
            )
            if is_wanted
        )

    def forget_settings(self) -> tuple[str, ...]:
        """Return what gives each setting the value that it has in a new session of ours."""
        return (*FORGET_SETTINGS, *self._notice_dead_client)

    def forget(self) -> tuple[str, ...]:
        """Return what makes the session as new, to be sent outside of a transaction."""
        return () if self.has_pooler else (*self.forget_settings(), *FORGET_OBJECTS)

    @property
    def is_in_transaction(self) -> bool:
        """Return whether a transaction is open, failed or not."""
        return self.connection.info.transaction_status != pq.TransactionStatus.IDLE

    @property
    def is_lost(self) -> bool:
        """Return whether the connection is gone."""
        return self.connection.info.status == pq.ConnStatus.BAD

    def roll_back(self) -> None:
        """End what is open, and make the session as new."""
        if self.is_in_transaction:
            self.send("ROLLBACK")
        if not self.has_pooler:
            self.send(*self.forget())

    def _can_notice_dead_client(self) -> bool:
        try:
            self.send("BEGIN", NOTICE_DEAD_CLIENT.format("LOCAL "), "ROLLBACK")
        except ScriptFailed:
            self.send("ROLLBACK")
            return False
        return True


@dataclass(frozen=True)
class Timeouts:
    """How long a statement of one migration may wait for a lock, and run; None leaves that to the server."""

    lock: timedelta
    statement: timedelta | None


def timeouts_of(settings: Settings, directives: Directives) -> Timeouts:
    """Return the timeouts of a migration: what its file asks for, or else what the settings say."""
    return Timeouts(
        settings.lock_timeout if directives.lock_timeout is None else directives.lock_timeout,
        settings.statement_timeout if directives.statement_timeout is None else directives.statement_timeout,
    )


def _milliseconds(duration: timedelta | None) -> int:
    return round((duration or timedelta(0)).total_seconds() * 1000)


def _nothing() -> None:
    """Do nothing while the server is at work."""


def _refuse_read_only(name: str, *, is_replica: bool, is_read_only: bool) -> None:
    if is_replica:
        raise ConfigurationError(
            f'database "{name}" is read-only: this server is a replica',
            hint="Point the database's URL at the primary; with several hosts, add target_session_attrs=read-write.",
        )
    if is_read_only:
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
        primary = error.diag.message_primary or str(error).strip().partition("\n")[0]
        raise _told(error.sqlstate, primary, error.diag.context, is_lost=_is_lost(error)) from None
    except ScriptFailed as failed:
        said = failed.error
        raise _told(said.sqlstate, said.message, said.context, is_lost=False) from None


def _is_lost(error: psycopg.Error) -> bool:
    return error.sqlstate is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def _told(sqlstate: str | None, message: str, context: str | None, *, is_lost: bool) -> MigrateTasksError:
    if sqlstate == "42501":
        return ConfigurationError(
            f"{message} (SQLSTATE 42501)",
            detail="Migrations need a user who may create tables and write migration_status.",
            hint="GRANT it, or name another user in MIGRATION_DATABASE_URL.",
            sqlstate=sqlstate,
        )
    if is_lost or TRANSIENT.fullmatch(sqlstate or ""):
        told = f"the connection to the database was lost: {message}"
        return TryAgainLater(told, hint="Run it again.", sqlstate=sqlstate)
    if sqlstate is None:
        return MigrateTasksError(message)
    return MigrateTasksError(f"{message} (SQLSTATE {sqlstate})", detail=context, sqlstate=sqlstate)
