"""Reading how things stand, and what people say of it: what is asked of the history between runs."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import TryAgainLater
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.history import read_rows
from migrate_tasks.migrations.session import open_session
from migrate_tasks.migrations.status import Health, Status, StatusReport, assess, report_of
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable


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
        if report != last and report.migrations and on_wait:
            on_wait(report)
        last = report
        time.sleep(POLL)
