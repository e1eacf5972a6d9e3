"""One look at the files and the database, from outside of any run: what is recorded, and how far a run is."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.api.excerpt import failure_of
from migrate_tasks.api.observation import Failure, Progress
from migrate_tasks.migrations.events import Blocker, Holder
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.history import read_rows
from migrate_tasks.migrations.lease import lease_holder
from migrate_tasks.migrations.lock import read_holder
from migrate_tasks.migrations.report import AT_ONCE
from migrate_tasks.migrations.session import open_session
from migrate_tasks.migrations.status import HistoryRow, Status, StatusReport, report_of
from migrate_tasks.migrations.watch import BLOCKERS, NAME_SEEN, REACHED
from migrate_tasks.postgres.connection import APPLICATION_NAME, limit_statements

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import psycopg

    from migrate_tasks.settings import Settings

LIMIT = timedelta(seconds=1)  # of a statement
# seconds to connect; milliseconds, and probes, until a network that swallows everything is given up (tcp(7))
PATIENCE = {
    "connect_timeout": "2",
    "tcp_user_timeout": "3000",
    "keepalives_idle": "1",
    "keepalives_interval": "1",
    "keepalives_count": "3",
}
MARK = re.compile(r"migrate-tasks (\d+)/(\d+) (.*)")  # see sending.py


@dataclass(frozen=True)
class Look:
    """What one look has found; ``server_time`` is the database's clock."""

    report: StatusReport
    holder: Holder | None
    progress: Progress | None
    failure: Failure | None
    server_time: datetime


def look(settings: Settings) -> Look:
    """Look once, over a connection of its own that is closed again.

    Raises ConfigurationError for files or a table that must be mended, another MigrateTasksError where the database
    gives no answer in time.
    """
    migrations = read_migrations(settings.directory)
    with open_session(settings, AT_ONCE, parameters=PATIENCE) as connection:
        limit_statements(connection, LIMIT)
        rows = read_rows(connection)
        now = _now(connection)
        with connection.transaction():  # in which pg_stat_activity stays as it is: the mark of both is the same
            holder = read_holder(connection)
            progress = _progress(connection, holder, rows, now) if holder else None
        if holder is None and (holder := lease_holder(connection)):
            progress = _progress(connection, holder, rows, now)
    report = report_of(migrations, rows)
    return Look(report, _unmarked(holder), progress, failure_of(report, rows, migrations), now)


def _unmarked(holder: Holder | None) -> Holder | None:
    """Return the holder by its name alone: its mark is what the progress tells."""
    return replace(holder, application=APPLICATION_NAME) if holder and MARK.match(holder.application) else holder


def _now(connection: psycopg.Connection) -> datetime:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row
    now: datetime = row[0]
    return now


def _progress(
    connection: psycopg.Connection, holder: Holder, rows: Mapping[str, HistoryRow], now: datetime
) -> Progress:
    """Return how far the run is: its row says on which file, its mark in pg_stat_activity on which statement."""
    row = next((row for row in rows.values() if row.status is Status.RUNNING and row.is_alive), None)
    began = (row and row.started_at) or holder.since
    elapsed = max(now - began, timedelta(0)) if began else timedelta(0)
    if row is None:
        return Progress(elapsed=elapsed)
    pids, mark = [holder.pid], holder.application
    for pid, application in connection.execute(REACHED, [holder.pid, f"migrate-tasks %/% {row.name[:NAME_SEEN]}%"]):
        pids, mark = [pid], application
    blockers = tuple(str(Blocker(*found)) for found in connection.execute(BLOCKERS, pids)) if pids != [None] else ()
    statement, statements = _reached(row, mark)
    return Progress(name=row.name, statement=statement, statements=statements, elapsed=elapsed, blockers=blockers)


def _reached(row: HistoryRow, mark: str) -> tuple[int | None, int | None]:
    """Return the statement, from 1, and of how many; outside of a transaction there is no mark, but a record."""
    found = MARK.match(mark)
    if found and row.name.startswith(found[3]):  # a long name is cut off
        return int(found[1]), int(found[2])
    total, done = row.metadata.get("statements_total"), row.metadata.get("statements_done")
    if isinstance(total, int) and isinstance(done, int):
        return min(done + 1, total), total
    return None, None
