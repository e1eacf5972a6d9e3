"""The session that a database keeps from test to test, so that a test need not wait for a connection.

libpq writes what passes through it into a pipe; from that it is judged whether a reset makes it as new (harmless.py).
"""

from __future__ import annotations

import fcntl
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import pq

from pytest_plugin.errands import ask, is_alive
from pytest_plugin.harmless import Suspects, leaves_nothing

if TYPE_CHECKING:
    from pytest_plugin.errands import Work

# DISCARD ALL but for the statement itself, which cannot be sent with others
RESET = (
    "RESET SESSION AUTHORIZATION; RESET ALL; CLOSE ALL; UNLISTEN *; DEALLOCATE ALL; DISCARD PLANS;"
    " DISCARD SEQUENCES; DISCARD TEMP; SELECT pg_advisory_unlock_all()"
)
PIPE_SIZE = 256 * 1024  # bytes; a trace that does not fit is not complete
F_SETPIPE_SZ = 1031  # fcntl(2), Linux


class Session:
    """An open connection to one database, lent to one test after the other.

    Where the system has no pipes of that size, it is lent once and then replaced.
    """

    def __init__(self, pgconn: pq.abc.PGconn) -> None:
        self.pgconn = pgconn
        self._lent: psycopg.Connection | None = None
        self._trace = _Trace(pgconn) if sys.platform == "linux" else None

    @property
    def is_open(self) -> bool:
        """Whether the connection is up."""
        return self.pgconn.status == pq.ConnStatus.OK

    def lend(self) -> psycopg.Connection[Any]:
        """Return a new psycopg connection over this session."""
        if self._trace:
            self._trace.drain()
        self._lent = psycopg.Connection(self.pgconn)
        return self._lent

    @property
    def is_alive(self) -> bool:
        """Whether the server has not ended the session meanwhile."""
        return is_alive(self.pgconn)

    def take_back(self, suspects: Suspects) -> bool | None:
        """Part the test from the session, and return whether a reset makes it as new; None where it is closed.

        The test's own connection object is closed by that, wherever it still lies about.
        """
        lent, self._lent = self._lent, None
        if not self.is_open:
            self.close()
            return None
        if lent is None:
            return True
        status = self.pgconn.transaction_status
        is_idle = status != pq.TransactionStatus.ACTIVE and self.pgconn.pipeline_status == pq.PipelineStatus.OFF
        trace = self._trace.drain() if self._trace else None
        lent.pgconn = _closed()
        self.pgconn.notice_handler = self.pgconn.notify_handler = None
        self.pgconn.nonblocking = 1
        return is_idle and trace is not None and leaves_nothing(trace, suspects)

    def reset(self, and_then: str) -> Work[None]:
        """End what the test left open, and make the session as new; ``and_then`` is one more statement."""
        if self.pgconn.transaction_status != pq.TransactionStatus.IDLE:
            yield from ask(self.pgconn, "ROLLBACK")
        yield from ask(self.pgconn, f"{RESET}; {and_then}")
        while self.pgconn.notifies():
            pass  # what was sent to the test's LISTEN

    def close(self) -> None:
        """Close the connection."""
        if self._trace:
            self._trace.drain()  # so that there is room for libpq's last words
        self.pgconn.finish()
        if self._trace:
            self._trace.close()
            self._trace = None


class _Trace:
    """What passes through a connection, as libpq tells it; a pipe, so that it never takes more than its size."""

    def __init__(self, pgconn: pq.abc.PGconn) -> None:
        self._read, self._write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(self._write, F_SETPIPE_SZ, PIPE_SIZE)
        self._is_complete = True
        pgconn.trace(self._write)
        pgconn.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)

    def drain(self) -> bytes | None:
        """Return what came since the last time; None where some of it, ever, did not fit."""
        content = b""
        try:
            while part := os.read(self._read, PIPE_SIZE):
                content += part
        except BlockingIOError:
            pass
        self._is_complete &= len(content) < PIPE_SIZE // 2  # pages of a pipe are not always full
        return content if self._is_complete else None

    def close(self) -> None:
        """Close the pipe, once the connection is closed: until then, libpq writes to it."""
        os.close(self._read)
        os.close(self._write)


@cache
def _closed() -> pq.abc.PGconn:
    """Return a connection that is closed."""
    pgconn = pq.PGconn.connect_start(b"host=/ dbname=closed")
    pgconn.finish()
    return pgconn
