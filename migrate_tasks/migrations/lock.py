"""One run at a time per database: a session advisory lock, polled; behind a pooler a lease instead (lease.py).

Never ``pg_advisory_lock``: a session that queues for it holds a snapshot, and CREATE INDEX CONCURRENTLY in
the session that has the lock waits for that snapshot, for ever (golang-migrate #960).
"""

from __future__ import annotations

import random
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

import psycopg

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import AnotherRun
from migrate_tasks.migrations.events import Holder, OnEvent, WaitingForLock
from migrate_tasks.migrations.lease import Lease, lease_holder
from migrate_tasks.migrations.script import ScriptFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from migrate_tasks.migrations.session import Session
    from migrate_tasks.migrations.watch import Stop

LOCK_KEY = 0x6D69677261746521  # "migrate!"; advisory locks are per database
LONGEST_PAUSE = 0.25  # seconds between two polls, at random up to this

HOLDER = """
SELECT a.pid, a.application_name, coalesce(a.client_hostname, host(a.client_addr), 'local'), a.backend_start
FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = %s
"""


class Guard(Protocol):
    """What keeps other runs out.

    ``before_commit`` and ``after_begin`` are sent in each transaction of the run; they fail where it is lost.
    ``heartbeats`` renew it meanwhile.
    """

    before_commit: tuple[str, ...]
    after_begin: tuple[str, ...]
    heartbeats: tuple[str, ...]

    def try_(self) -> bool:
        """Try to take it, at once."""

    def holder(self) -> Holder | None:
        """Return who has it, or None."""

    def release(self) -> None:
        """Give it back."""


class AdvisoryLock:
    """The session's advisory lock; taken again where a file gave it up and nobody else has it."""

    before_commit: tuple[str, ...] = (f"SELECT 1 / pg_try_advisory_lock({LOCK_KEY})::int",)
    after_begin: tuple[str, ...] = ()
    heartbeats: tuple[str, ...] = ()

    def __init__(self, session: Session) -> None:
        self._session = session

    def try_(self) -> bool:
        """Try to take the lock; not while a run behind a pooler has the lease."""
        if self._session.send(f"SELECT pg_try_advisory_lock({LOCK_KEY})")[0].get_value(0, 0) != b"t":
            return False
        if lease_holder(self._session.connection):
            self.release()
            return False
        return True

    def holder(self) -> Holder | None:
        """Return the session that has the lock, or the run that has the lease."""
        return read_holder(self._session.connection) or lease_holder(self._session.connection)

    def release(self) -> None:
        """Give the lock back, however often it was taken."""
        self._session.send("SELECT pg_advisory_unlock_all()")


@contextmanager
def hold_lock(session: Session, budget: timedelta, on_event: OnEvent, stop: Stop | None = None) -> Iterator[Guard]:
    """Keep other runs out of this database while the block runs.

    Raises AnotherRun, naming the holder, when that was not to be had within ``budget``.
    """
    guard: Guard = Lease(session, LOCK_KEY) if session.has_pooler else AdvisoryLock(session)
    deadline = time.monotonic() + budget.total_seconds()
    told: set[tuple[object, ...]] = set()
    while not guard.try_():
        holder = guard.holder()
        if time.monotonic() > deadline:
            raise _not_obtained(holder, budget)
        if holder and (holder.pid, holder.since) not in told:
            on_event(WaitingForLock(holder))
            told.add((holder.pid, holder.since))
        if stop:
            stop.end_between()
        time.sleep(random.uniform(0.02, LONGEST_PAUSE))
    try:
        yield guard
    finally:
        with suppress(psycopg.Error, ScriptFailed):  # a session that is gone has no lock any more
            guard.release()


def read_holder(connection: psycopg.Connection) -> Holder | None:
    """Return the session that has the lock, or None."""
    row = connection.execute(HOLDER, [LOCK_KEY]).fetchone()
    return Holder(*row) if row else None


def _not_obtained(holder: Holder | None, budget: timedelta) -> AnotherRun:
    error = AnotherRun(
        f"another run of migrations is still at work after {format_duration(budget)}",
        detail=f"The lock is held by {holder or 'another session'}.",
        hint=f"Wait for it, or end it: SELECT pg_terminate_backend({holder.pid})."
        if holder and holder.pid
        else "Wait for it.",
    )
    error.holder = holder
    return error
