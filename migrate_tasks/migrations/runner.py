"""Executing migrations: one run at a time per database, each migration and its row together.

The row says ``running`` (committed on its own, so that others see it) before the SQL is sent, becomes
``completed`` in the SQL's own transaction, or ``failed`` after the rollback.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import psycopg

from migrate_tasks.errors import MigrateTasksError, TryAgainLater
from migrate_tasks.migrations.events import (
    MigrationCompleted,
    MigrationNotice,
    OnEvent,
    ignore,
)
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.history import History, read_checksums, read_rows, read_text
from migrate_tasks.migrations.lock import hold_lock
from migrate_tasks.migrations.script import ScriptFailed, cancel_script, read_notice
from migrate_tasks.migrations.session import Session, open_session, timeouts_of
from migrate_tasks.migrations.status import MigrationResult, RunResult, Status, is_completed
from migrate_tasks.migrations.watch import Stop, Watch
from migrate_tasks.migrations.work import Job, Work
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg import pq

    from migrate_tasks.errors import MigrationFailed
    from migrate_tasks.migrations.events import Event
    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.migrations.modes import Script
    from migrate_tasks.migrations.plan import Plan
    from migrate_tasks.migrations.status import HistoryRow
    from migrate_tasks.migrations.stepwise import Stepwise

# what IF NOT EXISTS says when it has nothing to do: duplicate table, object, column, schema, function
ALREADY_THERE = frozenset({"42P07", "42710", "42701", "42P06", "42723"})


def run_migrations(
    settings: Settings | None = None,
    *,
    to: str | None = None,
    on_event: OnEvent = ignore,
    stop: Stop | None = None,
) -> RunResult:
    """Execute all pending migrations, or those up to and with ``to``, and return what was done with each.

    Nothing pending costs one query and no lock. ``stop`` ends the run in an orderly way: KeyboardInterrupt is raised
    after the current migration, or when its grace period is over. Raises MigrationFailed when a file's SQL fails (those
    before it stay completed), TryAgainLater when there is no connection or another run holds the lock for
    too long, ConfigurationError when a file, its place in the order or a setting must be mended.
    """
    settings = settings or read_settings()
    migrations = read_migrations(settings.directory)
    with open_session(settings, settings.connect_wait, on_event) as connection:
        if to is None and read_checksums(connection) == {str(m.name): m.checksum for m in migrations}:
            return _skipped(migrations)
        plan = _plan(connection, migrations, settings, to)
        for warning in plan.warnings:
            on_event(MigrationNotice(warning.name, "WARNING", warning.message))
        if not plan.pending:
            return _skipped(migrations)
        scripts = {str(m.name): _script(m) for m in plan.pending}
        with working(connection, settings, on_event, stop or Stop()) as work:
            rows = read_rows(connection)  # again: the run that we waited for may have executed some
            plan = _plan(connection, migrations, settings, to)
            return _Run(work, settings, migrations, scripts, rows).execute(plan.pending)


@contextmanager
def working(connection: psycopg.Connection, settings: Settings, on_event: OnEvent, stop: Stop) -> Iterator[Work]:
    """Yield what a run works with, while other runs are kept out."""
    session = Session(connection)
    with (
        hold_lock(session, settings.lock_wait, on_event, stop) as guard,
        Watch(connection, stop, on_event) as watch,
    ):
        session.tick = watch.tick
        history = History(session)
        role = psycopg.sql.Identifier(settings.role).as_string(connection) if settings.role else None
        yield Work(session, history, guard, watch, stop, on_event, settings.lock_timeout_retries, role)


def _plan(
    connection: psycopg.Connection, migrations: Sequence[Migration], settings: Settings, to: str | None
) -> Plan:
    from migrate_tasks.migrations.plan import plan_run

    return plan_run(migrations, read_rows(connection), settings, partial(read_text, connection), to)


def _script(migration: Migration) -> Script:
    from migrate_tasks.migrations.modes import read_script

    return read_script(migration.sql, migration.path, migration.directives)


def _skipped(migrations: Sequence[Migration]) -> RunResult:
    return RunResult(len(migrations), tuple(MigrationResult(str(m.name), "skipped") for m in migrations))


class _Run:
    """One run, for one that keeps the others out."""

    def __init__(
        self,
        work: Work,
        settings: Settings,
        migrations: Sequence[Migration],
        scripts: Mapping[str, Script],
        rows: Mapping[str, HistoryRow],
    ) -> None:
        from migrate_tasks.migrations.transactional import Transactional

        self._work = work
        self._settings = settings
        self._migrations = migrations
        self._scripts = scripts
        self._rows = rows
        self._transactional = Transactional(work)
        self._results: dict[str, MigrationResult] = {}
        self._started = time.monotonic()

    def execute(self, pending: Sequence[Migration]) -> RunResult:
        """Execute the ``pending`` migrations in their order."""
        completed = [str(m.name) for m in self._migrations if is_completed(m, self._rows)]
        self._results = {name: MigrationResult(name, "skipped") for name in completed}
        jobs = [self._job(migration) for migration in pending]
        for job, following in zip(jobs, [*jobs[1:], None], strict=False):
            self._execute(job, following if following and _is_transaction(following) else None)
        return self._result()

    def _job(self, migration: Migration) -> Job:
        history, name = self._work.history, str(migration.name)
        return Job(
            migration,
            self._scripts[name],
            timeouts_of(self._settings, migration.directives),
            partial(history.running, migration),
            partial(history.completed, name),
        )

    def _result(self) -> RunResult:
        names = (str(m.name) for m in self._migrations)
        results = tuple(self._results[name] for name in names if name in self._results)
        return RunResult(len(self._migrations), results, _since(self._started))

    def _execute(self, job: Job, following: Job | None) -> None:
        started = time.monotonic()
        stepwise = None
        try:
            self._work.stop.end_between()
            with notices_told(self._work, job.name):
                if _is_transaction(job):
                    self._transactional.execute(job, following)
                else:
                    stepwise = self._stepwise(job)
                    stepwise.execute()
                    self._work.session.roll_back()  # nothing is open; the session is as new
        except ScriptFailed as failed:
            raise self._failed(job, failed, _since(started), stepwise.done if stepwise else None) from None
        except KeyboardInterrupt:
            self._interrupted(job)
            raise
        except psycopg.OperationalError as error:
            if not self._work.session.is_lost:
                raise
            reason = str(error).strip().splitlines()[0]
            path = job.script.path
            raise TryAgainLater(f"{path}: the connection was lost: {reason}", hint="Run it again.") from None
        self._results[job.name] = MigrationResult(job.name, "executed", _since(started))
        self._on_event(MigrationCompleted(job.name, _since(started)))

    def _stepwise(self, job: Job) -> Stepwise:
        from migrate_tasks.migrations.stepwise import Stepwise

        row = self._rows.get(job.name)
        is_unfinished = row is not None and row.status in (Status.RUNNING, Status.FAILED)
        return Stepwise(self._work, job, row.metadata if row and is_unfinished else {})

    def _on_event(self, event: Event) -> None:
        self._work.on_event(event)

    def _failed(self, job: Job, failed: ScriptFailed, duration: timedelta, done: int | None) -> MigrationFailed:
        from migrate_tasks.migrations.failure import explain

        before = [result.name for result in self._result().results]
        error = explain(job.migration, failed.error, before, self._work.watch.blockers, done)
        with suppress(psycopg.Error, ScriptFailed, MigrateTasksError):  # the history itself may be gone; it is told anyway
            self._work.session.roll_back()
            self._work.record(job, self._work.history.failed(job.name, error.message), is_last=True)
        self._results[job.name] = MigrationResult(job.name, "failed", duration, error.message)
        error.result = self._result()
        return error

    def _interrupted(self, job: Job) -> None:
        """Undo what is open, and say so in the row, if it says running."""
        cancel_script(self._work.session.connection)
        self._work.session.roll_back()
        with suppress(MigrateTasksError):  # the row may not be marked yet
            self._work.record(job, self._work.history.failed(job.name, "the run was interrupted"), is_last=True)


def _is_transaction(job: Job) -> bool:
    return not job.script.units


@contextmanager
def notices_told(work: Work, name: str) -> Iterator[None]:
    """Tell what the server says in the block.

    libpq calls the handler from C, where an exception, a KeyboardInterrupt too, would be lost: it is kept, the
    script is cancelled, and the exception goes its way when the block has ended.
    """
    kept: list[BaseException] = []
    connection = work.session.connection

    def tell(result: pq.abc.PGresult) -> None:
        try:
            notice = read_notice(result)
            if notice.sqlstate not in ALREADY_THERE and not kept:
                work.on_event(MigrationNotice(name, notice.severity, notice.message))
        except BaseException as error:  # noqa: BLE001 -- see above
            kept.append(error)
            connection.cancel()

    before, connection.pgconn.notice_handler = connection.pgconn.notice_handler, tell
    try:
        yield
    except ScriptFailed:
        if not kept:
            raise
    finally:
        connection.pgconn.notice_handler = before
    if kept:
        raise kept[0]


def _since(started: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - started)
