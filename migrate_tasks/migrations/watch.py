"""What happens beside a statement while the server is at work on it: progress, who blocks it, whether to stop.

All in one thread: the session's wait for its answer calls :meth:`Watch.tick` now and then. Questions go over a second
connection, opened when there is something to ask; what it cannot do is left undone.
"""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg

from migrate_tasks.migrations.events import Blocker, MigrationProgress, MigrationStarted
from migrate_tasks.postgres.connection import connect_beside

if TYPE_CHECKING:
    from typing import Self

    from migrate_tasks.migrations.events import OnEvent

FIRST_WORD, WORDS_APART = 1.0, 1.0  # seconds into a statement until its progress is told, and between two times
HEARTBEATS_APART = 2.0  # seconds
NAME_SEEN = 40  # characters of a name that are surely left in pg_stat_activity, which shows 63 in all
DEAF_FOR = 10.0  # seconds without another try after the second connection failed

# the second is the mark of sending.py: behind a pooler it tells which backend is at work for us
# another database of the server may have a run of a migration with the same name
REACHED = """
SELECT pid, application_name FROM pg_stat_activity
WHERE pid = %s OR application_name LIKE %s AND datname = current_database()
"""
BLOCKERS = """
SELECT pid, application_name, coalesce(usename, '?'), clock_timestamp() - coalesce(xact_start, backend_start), query
FROM pg_stat_activity WHERE pid = ANY(pg_blocking_pids(%s)) ORDER BY xact_start
"""


class Stop:
    """A wish to end, which a signal's handler states and a run respects."""

    def __init__(self) -> None:
        self._number: int | None = None
        self._deadline = 0.0

    def request(self, number: int, grace_period: timedelta) -> None:
        """Ask for an end because of the signal ``number``: after the current migration, or when the period is over."""
        self._number = number
        self._deadline = time.monotonic() + grace_period.total_seconds()

    @property
    def is_requested(self) -> bool:
        """Return whether nothing new is to be started."""
        return self._number is not None

    def end_between(self) -> None:
        """Raise KeyboardInterrupt, with the signal's number, where an end was asked for."""
        if self._number is not None:
            raise KeyboardInterrupt(self._number)

    def end_within(self) -> None:
        """Raise KeyboardInterrupt, with the signal's number, where the grace period is over."""
        if self._number is not None and time.monotonic() > self._deadline:
            raise KeyboardInterrupt(self._number)


class Watch:
    """Looks after one session; a context manager, for the sake of its second connection.

    ``heartbeats`` are the statements that show others that the run lives, where no session of it does.
    """

    def __init__(self, connection: psycopg.Connection, stop: Stop, on_event: OnEvent) -> None:
        self._connection = connection
        self._stop = stop
        self._on_event = on_event
        self._beside: psycopg.Connection | None = None
        self._deaf_until = 0.0
        self._started = self._told = self._beaten = time.monotonic()
        self._name, self._statement, self._statements = "", 0, 0
        self.blockers: tuple[Blocker, ...] = ()
        self._pid = connection.info.backend_pid  # behind a pooler, that of nobody
        self._heartbeats: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._beside:
            self._beside.close()

    def begin(self, name: str, statements: int, heartbeats: tuple[str, ...]) -> None:
        """Note, and tell, that the migration ``name`` begins, whose row says so already.

        ``heartbeats`` are the statements that show others that the run lives, where no session of it does.
        """
        if name != self._name:
            self._on_event(MigrationStarted(name))
        self._name, self._statement, self._statements, self._heartbeats = name, 0, statements, heartbeats
        self._started = self._told = time.monotonic()
        self.blockers = ()

    def reach(self, statement: int) -> None:
        """Note that the statement of that number, from 0, is sent; do what is due: quick ones are never silent."""
        self._statement = statement
        self.tick()

    def tick(self) -> None:
        """Do what is due."""
        self._stop.end_within()
        now = time.monotonic()
        if self._heartbeats and now - self._beaten > HEARTBEATS_APART:
            self._beaten = now
            for statement in self._heartbeats:
                self._ask("SET lock_timeout = '100ms'")
                self._ask(statement)
        if now - self._started > FIRST_WORD and now - self._told > WORDS_APART:
            self._told = now
            self._tell(timedelta(seconds=now - self._started))

    def _tell(self, elapsed: timedelta) -> None:
        pids, reached = [self._pid], self._statement + 1
        for pid, application in self._ask(REACHED, [self._pid, f"migrate-tasks %/% {self._name[:NAME_SEEN]}%"]):
            pids = [pid]
            mark = re.match(r"migrate-tasks (\d+)/", application)
            reached = max(reached, int(mark[1]) if mark else 0)
        self.blockers = tuple(Blocker(*row) for row in self._ask(BLOCKERS, pids))
        self._on_event(MigrationProgress(self._name, reached, self._statements, elapsed, self.blockers))

    def _ask(self, query: LiteralString, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Return the rows of ``query``, or none where they are not to be had."""
        if time.monotonic() < self._deaf_until:
            return []
        try:
            self._beside = self._beside or connect_beside(self._connection)
            cursor = self._beside.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []
        except psycopg.Error:
            if self._beside and not self._beside.broken:
                return []
            self._beside, self._deaf_until = None, time.monotonic() + DEAF_FOR
            return []
