"""Reading how things stand, and what people say of it: what is asked of the history between runs."""

from __future__ import annotations

import getpass
import time
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import ConfigurationError, Refused, TryAgainLater
from migrate_tasks.migrations.changes import Change, change_of
from migrate_tasks.migrations.events import ignore
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.history import History, read_rows, read_text
from migrate_tasks.migrations.lock import hold_lock
from migrate_tasks.migrations.plan import Plan, find, plan_run, up_to
from migrate_tasks.migrations.session import Session, open_session
from migrate_tasks.migrations.status import Health, Status, StatusReport, assess, is_completed, report_of
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import psycopg

    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.migrations.status import HistoryRow

AT_ONCE = timedelta(0)
POLL = 0.5  # seconds between two looks of wait_for_migrations


def migration_status(settings: Settings | None = None) -> StatusReport:
    """Return how things stand with every migration in the folder; one connection attempt, one query.

    Raises ConfigurationError or TryAgainLater.
    """
    settings = settings or read_settings()
    migrations = read_migrations(settings.directory)
    with open_session(settings, AT_ONCE) as connection:
        rows = read_rows(connection)
    return report_of(migrations, rows)


def migration_health(settings: Settings | None = None) -> Health:
    """Return the one-word answer and its reasons; a database that cannot be reached is an answer too.

    Raises ConfigurationError.
    """
    try:
        return assess(migration_status(settings))
    except TryAgainLater as error:
        return Health("unreachable", StatusReport(()), (error.message,))


def plan_migrations(settings: Settings | None = None, *, to: str | None = None) -> Plan:
    """Return what a run would do now; nothing is executed and nothing locked.

    Raises what :func:`migrate_tasks.run_migrations` would raise before it executes anything.
    """
    settings = settings or read_settings()
    migrations = read_migrations(settings.directory)
    with open_session(settings, AT_ONCE) as connection:
        return plan_run(migrations, read_rows(connection), settings, partial(read_text, connection), to)


def wait_for_migrations(
    settings: Settings | None = None, *, timeout: timedelta, on_wait: Callable[[StatusReport], None] | None = None
) -> StatusReport:
    """Return how things stand as soon as all migrations of the folder are completed.

    ``on_wait`` is told whenever something has changed. Raises TryAgainLater after ``timeout``.
    """
    settings = settings or read_settings()
    deadline = time.monotonic() + timeout.total_seconds()
    last: StatusReport | None = None
    while True:
        try:
            report = migration_status(settings)
        except TryAgainLater as error:
            report, reason = StatusReport(()), error.message
        else:
            missing = [m.name for m in report.migrations if m.status is not Status.COMPLETED]
            if not missing:
                return report
            reason = f"{missing[0]} is not completed" + (f", nor are {len(missing) - 1} others" if missing[1:] else "")
        if time.monotonic() > deadline:
            raise TryAgainLater(
                f"the migrations were not completed within {format_duration(timeout)}: {reason}",
                hint="Look at what is at work: invoke migrate.status",
            )
        if report != last and on_wait:
            on_wait(report)
        last = report
        time.sleep(POLL)


def reset_migrations(settings: Settings | None = None, name: str | None = None) -> tuple[str, ...]:
    """Set the record of the migration ``name``, or of all, back to pending, and return the names.

    Nothing that a migration made is dropped: the next run executes it again. Raises Refused outside
    development, TryAgainLater while a run is at work.
    """
    settings = settings or read_settings()
    if not settings.is_development:
        raise Refused(
            f'migration status cannot be reset in environment "{settings.environment}"',
            detail="A reset makes the next run execute completed migrations again."
            + ("" if settings.app_env else " APP_ENV is not set, which counts as production on a database of yours."),
            hint="In a development database, set APP_ENV=development. To say it of one migration:"
            " invoke migrate.mark NAME --pending",
        )
    migrations = read_migrations(settings.directory)
    names = [str(m.name) for m in ([find(migrations, name)] if name else migrations)]
    with open_session(settings, AT_ONCE) as connection:
        session = Session(connection)
        with hold_lock(session, AT_ONCE, ignore):
            recorded = [
                n for n, row in read_rows(connection).items() if n in names and row.status is not Status.PENDING
            ]
            if recorded:  # where nothing is recorded, the table need not be made for it
                session.send(History(session).pending(recorded))
    return tuple(sorted(recorded))


def mark_migration(settings: Settings | None, name: str, status: Status) -> None:
    """Record the migration ``name`` as completed or pending; the SQL of neither its file nor its companion is executed.

    Who said so is recorded in its row. Raises ConfigurationError where it is so already, or there is no such migration.
    """
    settings = settings or read_settings()
    migration = find(read_migrations(settings.directory), name)
    with _at_the_record(settings) as (session, history, rows):
        row = rows.get(str(migration.name))
        if (row.status if row else Status.PENDING) is status and not (row and row.is_undoing):
            raise ConfigurationError(f'migration "{migration.name}" is {status} already')
        said = {"marked_by": getpass.getuser()}
        if status is Status.COMPLETED:
            session.send(history.adopted(migration, **said))
        else:
            session.send(history.pending([str(migration.name)], **said))


def baseline_migrations(settings: Settings | None, to: str) -> tuple[str, ...]:
    """Record all migrations up to and with ``to`` as completed, without executing them, and return their names.

    For a database that had its schema before it had a history. Those that are completed already stay as they are.
    """
    settings = settings or read_settings()
    wanted = up_to(read_migrations(settings.directory), to)
    with _at_the_record(settings) as (session, history, rows):
        new = [m for m in wanted if not is_completed(m, rows)]
        if new:
            session.send("BEGIN", *(history.adopted(m, baseline=True) for m in new), "COMMIT")
    return tuple(str(m.name) for m in new)


def accept_migration(settings: Settings | None, name: str) -> None:
    """Record that the file of the completed migration ``name`` is right as it is now.

    Raises ConfigurationError where it was not changed.
    """
    settings = settings or read_settings()
    migration = find(read_migrations(settings.directory), name)
    with _at_the_record(settings) as (session, history, rows):
        row = rows.get(str(migration.name))
        if row is None or row.status is not Status.COMPLETED or change_of(migration, row) is Change.NONE:
            raise ConfigurationError(
                f'migration "{migration.name}" was not changed since it was completed'
                if row and row.status is Status.COMPLETED
                else f'migration "{migration.name}" is not completed'
            )
        session.send(history.adopted(migration, accepted_by=getpass.getuser()))


@contextmanager
def _at_the_record(settings: Settings) -> Iterator[tuple[Session, History, Mapping[str, HistoryRow]]]:
    """Yield what is needed to write the history while no run is at work; waits for one."""
    with open_session(settings, AT_ONCE) as connection:
        session = Session(connection)
        with hold_lock(session, AT_ONCE, ignore):
            yield session, History(session), read_rows(connection)
