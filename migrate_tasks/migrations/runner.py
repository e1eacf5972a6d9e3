"""Executing migrations: each file in one transaction with its row, one run at a time per database.

The row says ``running`` (committed on its own, so that others see it) before the SQL is sent, becomes
``completed`` in the SQL's own transaction, or ``failed`` after the rollback.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
from psycopg import pq

from migrate_tasks.errors import TryAgainLater
from migrate_tasks.migrations.events import (
    MigrationCompleted,
    MigrationNotice,
    MigrationStarted,
    OnEvent,
    ignore,
)
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.history import History, read_rows
from migrate_tasks.migrations.lock import check_lock, hold_lock
from migrate_tasks.migrations.script import (
    ScriptFailed,
    cancel_script,
    commit,
    error_of_the_end,
    execute_script,
    read_notice,
    rolled_back_by_itself,
)
from migrate_tasks.migrations.session import forget_settings, open_session, prepare, refuse_read_only
from migrate_tasks.migrations.status import MigrationResult, RunResult, is_changed, is_completed, pending
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.errors import MigrationFailed
    from migrate_tasks.migrations.migration import Migration

# what IF NOT EXISTS says when it has nothing to do: duplicate table, object, column, schema, function
ALREADY_THERE = frozenset({"42P07", "42710", "42701", "42P06", "42723"})


def run_migrations(settings: Settings | None = None, *, on_event: OnEvent = ignore) -> RunResult:
    """Execute all pending migrations and return what was done with each.

    Nothing pending costs one query and no lock. Raises MigrationFailed when a file's SQL fails (those
    before it stay completed), TryAgainLater when there is no connection or another run holds the lock for
    too long, ConfigurationError when a file or a setting must be mended.
    """
    settings = settings or read_settings()
    migrations = read_migrations(settings.directory)
    with open_session(settings, settings.connect_wait, on_event) as connection:
        rows = read_rows(connection)
        for migration in migrations:
            if is_changed(migration, rows):
                on_event(
                    MigrationNotice(str(migration.name), "WARNING", "changed after it was completed; not executed")
                )
        if not pending(migrations, rows):
            return RunResult(len(migrations), tuple(MigrationResult(str(m.name), "skipped") for m in migrations))
        refuse_read_only(connection)
        prepare(connection)
        with hold_lock(connection, settings.lock_wait, on_event):
            return _Run(connection, migrations, on_event).execute()


class _Run:
    """One run, for one that holds the lock."""

    def __init__(self, connection: psycopg.Connection, migrations: tuple[Migration, ...], on_event: OnEvent) -> None:
        self._connection = connection
        self._migrations = migrations
        self._on_event = on_event
        self._history = History(connection)
        self._results: list[MigrationResult] = []
        self._started = time.monotonic()

    def execute(self) -> RunResult:
        rows = read_rows(self._connection)  # again: the run that we waited for may have executed some
        for migration in self._migrations:
            if is_completed(migration, rows):
                self._results.append(MigrationResult(str(migration.name), "skipped"))
            else:
                self._execute(migration)
        return self._result()

    def _result(self) -> RunResult:
        return RunResult(len(self._migrations), tuple(self._results), _since(self._started))

    def _execute(self, migration: Migration) -> None:
        name, started = str(migration.name), time.monotonic()
        self._history.mark_running(migration)
        self._on_event(MigrationStarted(name))
        try:
            with self._notices_told(name):
                self._execute_in_transaction(migration)
        except ScriptFailed as failed:
            raise self._failed(migration, failed, _since(started)) from None
        except psycopg.OperationalError as error:
            if not self._connection.broken:
                raise
            reason = str(error).strip().splitlines()[0]
            raise TryAgainLater(f"{migration.path}: the connection was lost: {reason}", hint="Run it again.") from None
        except KeyboardInterrupt:
            cancel_script(self._connection)
            self._roll_back()
            self._history.mark_failed(migration, "the run was interrupted")
            raise
        prepare(self._connection)
        self._results.append(MigrationResult(name, "executed", _since(started)))
        self._on_event(MigrationCompleted(name, _since(started)))
        check_lock(self._connection, name)

    def _execute_in_transaction(self, migration: Migration) -> None:
        self._connection.execute("BEGIN")
        before = self._transaction()
        tags = execute_script(self._connection, migration.sql)
        if "ROLLBACK" in tags and self._transaction() != before:  # ROLLBACK TO a savepoint has that tag, too
            raise ScriptFailed(rolled_back_by_itself(tags.index("ROLLBACK")))
        try:
            forget_settings(self._connection)
            self._history.mark_completed(migration)
        except psycopg.errors.Error as error:  # the file dropped the history, say, or made the transaction read-only
            if error.sqlstate is None:
                raise
            raise ScriptFailed(error_of_the_end(error)) from None
        if self._connection.info.transaction_status != pq.TransactionStatus.IDLE:  # unless the file committed by itself
            commit(self._connection)

    def _transaction(self) -> int:
        """Return the number of the current transaction."""
        row = self._connection.execute("SELECT txid_current()").fetchone()
        assert row
        return int(row[0])

    def _failed(self, migration: Migration, failed: ScriptFailed, duration: timedelta) -> MigrationFailed:
        from migrate_tasks.migrations.failure import explain

        error = explain(migration, failed.error, [result.name for result in self._results])
        with suppress(psycopg.Error):  # it may be the history itself that is gone; the error is told all the same
            self._roll_back()
            self._history.mark_failed(migration, error.message)
        self._results.append(MigrationResult(str(migration.name), "failed", duration, error.message))
        error.result = self._result()
        return error

    def _roll_back(self) -> None:
        if self._connection.info.transaction_status != pq.TransactionStatus.IDLE:
            self._connection.execute("ROLLBACK")
        prepare(self._connection)

    @contextmanager
    def _notices_told(self, name: str) -> Iterator[None]:
        """Tell what the server says in the block.

        libpq calls the handler from C, where an exception, a KeyboardInterrupt too, would be lost: it is kept, the
        script is cancelled, and the exception goes its way when the block has ended.
        """
        kept: list[BaseException] = []

        def tell(result: pq.abc.PGresult) -> None:
            try:
                notice = read_notice(result)
                if notice.sqlstate not in ALREADY_THERE and not kept:
                    self._on_event(MigrationNotice(name, notice.severity, notice.message))
            except BaseException as error:  # noqa: BLE001 -- see above
                kept.append(error)
                self._connection.cancel()

        before, self._connection.pgconn.notice_handler = self._connection.pgconn.notice_handler, tell
        try:
            yield
        except ScriptFailed:
            if not kept:
                raise
        finally:
            self._connection.pgconn.notice_handler = before
        if kept:
            raise kept[0]


def _since(started: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - started)
