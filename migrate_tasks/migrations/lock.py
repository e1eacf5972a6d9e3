"""One run at a time per database: a session advisory lock, polled.

Never ``pg_advisory_lock``: a session that queues for it holds a snapshot, and CREATE INDEX CONCURRENTLY in
the session that has the lock waits for that snapshot, for ever (golang-migrate #960).
"""

from __future__ import annotations

import random
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import MigrateTasksError, TryAgainLater
from migrate_tasks.migrations.events import Holder, OnEvent, WaitingForLock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

LOCK_KEY = 0x6D69677261746521  # "migrate!"; advisory locks are per database
LONGEST_PAUSE = 0.25  # seconds between two polls, at random up to this

HOLDER = """
SELECT a.pid, a.application_name, coalesce(a.client_hostname, host(a.client_addr), 'local'), a.backend_start
FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = %s
"""


@contextmanager
def hold_lock(connection: psycopg.Connection, budget: timedelta, on_event: OnEvent) -> Iterator[None]:
    """Hold the lock of this database while the block runs.

    Raises TryAgainLater, naming the holder, when it was not to be had within ``budget``.
    """
    deadline = time.monotonic() + budget.total_seconds()
    told: Holder | None = None
    while not _try_lock(connection):
        holder = read_holder(connection)
        if time.monotonic() > deadline:
            raise _not_obtained(holder, budget)
        if holder and holder != told:
            on_event(WaitingForLock(holder))
            told = holder
        time.sleep(random.uniform(0.02, LONGEST_PAUSE))
    try:
        yield
    finally:
        with suppress(psycopg.Error):  # a session that is gone has no lock any more
            connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK_KEY])


def check_lock(connection: psycopg.Connection, name: str) -> None:
    """Raise MigrateTasksError when the session has lost the lock, which the migration ``name`` has given up."""
    holder = read_holder(connection)
    if holder is None or holder.pid != connection.info.backend_pid:
        raise MigrateTasksError(
            f'migration "{name}" gave up the lock of the run',
            detail=f"{name} is completed; those after it were not started.",
            hint="pg_advisory_unlock_all() and DISCARD ALL do that: take them out of the file.",
        )


def read_holder(connection: psycopg.Connection) -> Holder | None:
    """Return the session that has the lock, or None."""
    row = connection.execute(HOLDER, [LOCK_KEY]).fetchone()
    return Holder(*row) if row else None


def _try_lock(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK_KEY]).fetchone()
    return bool(row and row[0])


def _not_obtained(holder: Holder | None, budget: timedelta) -> TryAgainLater:
    return TryAgainLater(
        f"another run of migrations is still at work after {format_duration(budget)}",
        detail=f"The lock is held by {holder or 'another session'}.",
        hint="Wait for it, or end it: SELECT pg_terminate_backend(pid).".replace("pid", str(holder.pid))
        if holder
        else "Try again.",
    )
