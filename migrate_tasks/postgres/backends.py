"""Ending what a killed process has left in Postgres: a backend runs on to the end of its statement, and may commit.

The backends of an attempt are found by its tag, the application_name that every client with libpq takes from PGAPPNAME,
and by the pids that our own connections have noted, since a run of migrations names its sessions otherwise.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.postgres.connection import APPLICATION_NAME, connect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

HURRIED = {"application_name": APPLICATION_NAME, "connect_timeout": "2"}  # seconds for each address of a host
FIRST_PAUSE, LONGEST_PAUSE = 0.005, 0.1  # seconds between two looks; doubled each time

# a name is cut off by the type "name" as the server does it. A pid alone may be somebody else's, in another server of
# the same phase, or since its backend ended: only one of our own user, and as young as the attempt, counts.
# A parallel worker has the name of its leader, which waits for it when it ends.
# Another user's application_name is for everybody to see; the rest of its row is not
FIND = """
SELECT pid, state, query_start FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND leader_pid IS NULL AND (
  application_name = nullif(%(tag)s::name, '')
  OR pid = ANY(%(pids)s) AND usename = session_user AND backend_start > clock_timestamp() - %(age)s * INTERVAL '1 s')
ORDER BY pid
"""
MARGIN = 1.0  # seconds by which the server's clock may be put back meanwhile

PRINTABLE = range(32, 127)  # the bytes that the server leaves of an application_name
FIRST_TO_ESCAPE = 160000  # the version since which it escapes the others; before, each becomes "?"


@dataclass(frozen=True)
class Left:
    """A backend that could not be ended; without a state where it is another user's, which is not shown to us."""

    pid: int
    state: str | None
    query_start: datetime | None

    def __str__(self) -> str:
        since = f" since {self.query_start:%Y-%m-%d %H:%M:%S%z}" if self.query_start else ""
        return f"pid {self.pid}, {self.state}{since}" if self.state else f"pid {self.pid}, another user's"


@dataclass(frozen=True)
class Ended:
    """What came of it: how many backends are gone, which are still there, and why a database could not be asked.

    ``str()`` gives the sentences for a DETAIL; none where there was nothing to end.
    """

    count: int = 0
    left: tuple[Left, ...] = ()
    unasked: tuple[str, ...] = ()

    def __str__(self) -> str:
        sessions = "1 session" if self.count == 1 else f"{self.count} sessions"
        gone = [f"{sessions} that it had left in the database ended, too."] if self.count else []
        left = [f"It still has a session in the database: {backend}." for backend in self.left]
        unasked = [f"Whether it still has a session in the database is not known: {reason}." for reason in self.unasked]
        return " ".join((*gone, *left, *unasked))


def terminate_backends(urls: Iterable[str], tag: str, pids: Collection[int], *, started: float, limit: float) -> Ended:
    """Terminate the backends of the attempt that ``started`` then (as time.monotonic()), and wait until they are gone.

    Another user's backend needs the URL of somebody who may end it. ``limit`` is the seconds for all ``urls`` together,
    beyond those for connecting. Nothing is raised: what could not be done is in the result.
    """
    deadline = time.monotonic() + limit
    gone: set[int] = set()
    left: dict[int, Left] = {}
    unasked = []
    for url in dict.fromkeys(urls):
        try:
            with closing(connect(url, parameters=HURRIED)) as connection:
                found, there = _Sweep(connection, tag, pids, started).run(deadline)
        except MigrateTasksError as error:
            unasked.append(error.message)
        except psycopg.Error as error:
            unasked.append(str(error).partition("\n")[0])
        else:
            gone |= found
            left = {pid: backend for pid, backend in left.items() if pid not in found} | there
    return Ended(len(gone - left.keys()), tuple(left.values()), tuple(dict.fromkeys(unasked)))


class _Sweep:
    """The backends of one attempt, as one user sees them in one server."""

    def __init__(self, connection: psycopg.Connection, tag: str, pids: Collection[int], started: float) -> None:
        self._connection = connection
        self._tag = shown_name(tag, connection.info.server_version)
        self._pids = list(pids)
        self._started = started

    def run(self, deadline: float) -> tuple[set[int], dict[int, Left]]:
        """Return the pids of all that were found, and those of them that are still there at the end."""
        found: set[int] = set()
        pause = FIRST_PAUSE
        while there := self._find():
            found |= there.keys()
            is_any_ours = [self._terminate(pid) for pid in there]
            if not any(is_any_ours) or time.monotonic() > deadline:
                return found, there
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return found, {}

    def _find(self) -> dict[int, Left]:
        age = time.monotonic() - self._started + MARGIN
        rows = self._connection.execute(FIND, {"tag": self._tag, "pids": self._pids, "age": age}).fetchall()
        return {pid: Left(pid, state, query_start) for pid, state, query_start in rows}

    def _terminate(self, pid: int) -> bool:
        """Return whether we may."""
        try:
            self._connection.execute("SELECT pg_terminate_backend(%s)", [pid])
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True


def shown_name(application_name: str, version: int) -> str:
    """Return what a server of ``version`` makes of an application_name, but for its length."""
    other = "\\x{:02x}" if version >= FIRST_TO_ESCAPE else "?"
    return "".join(chr(byte) if byte in PRINTABLE else other.format(byte) for byte in application_name.encode())
