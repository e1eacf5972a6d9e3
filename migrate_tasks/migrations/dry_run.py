"""A dry run: what is pending is executed in one transaction, which is rolled back.

Nothing stays, not even migration_status; only sequences do not go back (the manual's page of nextval). What cannot be
in a transaction is not tried, and what builds on it may fail for that reason alone.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from migrate_tasks.errors import TryAgainLater
from migrate_tasks.migrations.events import MigrationNotice, OnEvent, ignore
from migrate_tasks.migrations.execution import NOT_IN_TRANSACTION
from migrate_tasks.migrations.failure import explain
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.history import read_rows, read_text
from migrate_tasks.migrations.modes import Mode, Script, read_script
from migrate_tasks.migrations.plan import plan_run
from migrate_tasks.migrations.script import ScriptFailed, cancel_script
from migrate_tasks.migrations.sending import send_statements
from migrate_tasks.migrations.session import Session, open_session, timeouts_of
from migrate_tasks.migrations.status import MigrationResult, RunResult, is_completed
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.errors import MigrationFailed
    from migrate_tasks.migrations.migration import Migration


def try_migrations(settings: Settings | None = None, *, to: str | None = None, on_event: OnEvent = ignore) -> RunResult:
    """Execute all pending migrations, or those up to ``to``, undo them at once, and return what became of each.

    The outcomes are "tried" and "not tried". The locks that they need are taken, and held to the end. Raises what
    :func:`migrate_tasks.run_migrations` raises.
    """
    settings = settings or read_settings()
    migrations = read_migrations(settings.directory)
    with open_session(settings, settings.connect_wait, on_event) as connection:
        rows = read_rows(connection)
        plan = plan_run(migrations, rows, settings, partial(read_text, connection), to)
        skipped = [MigrationResult(str(m.name), "skipped") for m in migrations if is_completed(m, rows)]
        return _Trial(Session(connection), settings, on_event).execute(plan.pending, skipped)


class _Trial:
    """One dry run."""

    def __init__(self, session: Session, settings: Settings, on_event: OnEvent) -> None:
        self._session = session
        self._settings = settings
        self._on_event = on_event
        self._results: list[MigrationResult] = []
        self._started = time.monotonic()

    def execute(self, pending: Sequence[Migration], skipped: Sequence[MigrationResult]) -> RunResult:
        self._results = list(skipped)
        scripts = [read_script(m.sql, m.path, m.directives) for m in pending]
        self._session.send("BEGIN")
        try:
            for migration, script in zip(pending, scripts, strict=True):
                self._try(migration, script)
        except KeyboardInterrupt:
            cancel_script(self._session.connection)
            raise
        finally:
            with suppress(psycopg.Error, ScriptFailed):
                self._session.roll_back()
        return self._result()

    def _try(self, migration: Migration, script: Script) -> None:
        name, started = str(migration.name), time.monotonic()
        if script.mode is not Mode.TRANSACTION:
            self._pass_over(name, script.reason)
            return
        timeouts = timeouts_of(self._settings, migration.directives)
        try:
            self._session.send("SAVEPOINT migration", *self._session.locals(script, timeouts, is_last=False))
            send_statements(self._session, script, 0, len(script.statements))
            self._session.send(*self._session.forget_settings())
        except ScriptFailed as failed:
            if failed.error.sqlstate in NOT_IN_TRANSACTION and not migration.directives.transaction:
                self._session.send("ROLLBACK TO SAVEPOINT migration", *self._session.forget_settings())
                self._pass_over(name, failed.error.message)
                return
            raise self._failed(migration, failed, timedelta(seconds=time.monotonic() - started)) from None
        self._results.append(MigrationResult(name, "tried", timedelta(seconds=time.monotonic() - started)))

    def _pass_over(self, name: str, reason: str) -> None:
        self._on_event(MigrationNotice(name, "NOTICE", f"not tried: {reason}"))
        self._results.append(MigrationResult(name, "not tried"))

    def _failed(self, migration: Migration, failed: ScriptFailed, duration: timedelta) -> MigrationFailed:
        error = explain(migration, failed.error)
        untried = [result.name for result in self._results if result.outcome == "not tried"]
        error.detail = (
            f"{(error.detail or '').rsplit('. ', 1)[0].rstrip('.')}. This was a dry run: all was rolled back."
        )
        if untried:
            error.detail += f" It may build on what was not tried: {', '.join(untried)}."
        error.hint = f"{'Try again later' if error.exit_code == TryAgainLater.exit_code else f'Mend {migration.path}'}."
        self._results.append(MigrationResult(str(migration.name), "failed", duration, error.message))
        error.result = self._result()
        return error

    def _result(self) -> RunResult:
        return RunResult(len(self._results), tuple(self._results), timedelta(seconds=time.monotonic() - self._started))
