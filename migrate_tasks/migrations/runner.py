"""Executing migrations: one run at a time per database, each migration and its row together.

The row says ``running`` (committed on its own, so that others see it) before the SQL is sent, becomes
``completed`` in the SQL's own transaction, or ``failed`` after the rollback.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from psycopg import sql

from migrate_tasks.migrations.events import MigrationNotice, OnEvent, ignore
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.history import read_checksums, read_rows, read_text
from migrate_tasks.migrations.lock import hold_lock
from migrate_tasks.migrations.recording import History
from migrate_tasks.migrations.session import Session, open_session
from migrate_tasks.migrations.status import MigrationResult, RunResult, is_completed
from migrate_tasks.migrations.watch import Stop, Watch
from migrate_tasks.migrations.work import Job, Work
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import psycopg

    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.migrations.modes import Script
    from migrate_tasks.migrations.plan import Plan
    from migrate_tasks.migrations.status import HistoryRow


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
        scripts = _scripts(plan.pending)
        with working(connection, settings, on_event, stop or Stop()) as work:
            rows = read_rows(connection)  # again: the run that we waited for may have executed some
            plan = _plan(connection, migrations, settings, to)
            # ... or undone, or marked as pending
            scripts |= _scripts([m for m in plan.pending if str(m.name) not in scripts])
            return _execute(work, plan, migrations, scripts, rows)


def _execute(
    work: Work,
    plan: Plan,
    migrations: Sequence[Migration],
    scripts: Mapping[str, Script],
    rows: Mapping[str, HistoryRow],
) -> RunResult:
    from migrate_tasks.migrations.execution import Execution

    names = [str(m.name) for m in migrations]
    skipped = [str(m.name) for m in migrations if is_completed(m, rows)]
    jobs = [_job(work, migration, scripts[str(migration.name)]) for migration in plan.pending]
    return Execution(work, names, skipped, rows).execute(jobs)


def _job(work: Work, migration: Migration, script: Script) -> Job:
    name = str(migration.name)
    return Job(
        migration,
        script,
        work.timeouts_of(migration.directives),
        partial(work.history.running, migration, script.checksum),
        partial(work.history.completed, name),
        partial(work.history.failed, name),
    )


def _scripts(migrations: Sequence[Migration]) -> dict[str, Script]:
    """Return the script of each migration; what cannot be executed is refused before anything is."""
    from migrate_tasks.migrations.modes import read_script

    return {str(m.name): read_script(m.sql, m.path, m.directives) for m in migrations}


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
        role = sql.Identifier(settings.role).as_string(connection) if settings.role else None
        yield Work(session, history, guard, watch, stop, on_event, settings, role)


def _plan(connection: psycopg.Connection, migrations: Sequence[Migration], settings: Settings, to: str | None) -> Plan:
    from migrate_tasks.migrations.plan import plan_run

    return plan_run(migrations, read_rows(connection), settings, partial(read_text, connection), to)


def _skipped(migrations: Sequence[Migration]) -> RunResult:
    return RunResult(len(migrations), tuple(MigrationResult(str(m.name), "skipped") for m in migrations))
