"""Work that the server does while a test runs: no threads, only statements whose answers are fetched later.

An errand is a generator in the manner of psycopg's own: it yields a socket and what it waits for there
(psycopg.waiting.Wait), and is sent what the socket is ready for.
"""

from __future__ import annotations

import select
from collections.abc import Generator
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import psycopg
from psycopg import errors, generators, pq
from psycopg.waiting import Ready

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")
Work = Generator[tuple[int, int], int, T]
Rows = list[tuple[str | None, ...]]

FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE)


class Errand(Generic[T]):
    """A generator under way; :meth:`result` gives what it returned, or raises what it raised."""

    def __init__(self, work: Work[T]) -> None:
        self._work = work
        self._wanted: tuple[int, int] | None = None
        self._result: T | None = None
        self._error: BaseException | None = None
        self.is_done = False
        self._resume(None)

    def advance(self) -> bool:
        """Go as far as the answers that are here allow, and return whether that is the end."""
        while not self.is_done and (ready := wait_for([self], 0)):
            self._resume(ready[0][1])
        return self.is_done

    def result(self) -> T:
        """Wait for the end."""
        while not self.is_done:
            for _, ready in wait_for([self], None):
                self._resume(ready)
        if self._error:
            raise self._error
        return self._result  # type: ignore[return-value]  # it is set where there is no error

    def close(self) -> None:
        """Give it up; the server may still finish what it was told."""
        self._work.close()
        self.is_done = True

    @property
    def wanted(self) -> tuple[int, int] | None:
        """The socket and what is waited for on it; None at the end."""
        return None if self.is_done else self._wanted

    def _resume(self, ready: int | None) -> None:
        try:
            self._wanted = next(self._work) if ready is None else self._work.send(ready)
        except StopIteration as end:
            self._result, self.is_done = end.value, True
        except psycopg.Error as error:
            self._error, self.is_done = error, True


def wait_for(errands: Sequence[Errand[T]], timeout: float | None) -> list[tuple[Errand[T], int]]:
    """Return the errands whose socket is ready, and for what; wait up to ``timeout`` seconds, None: until one is."""
    poll = select.poll()
    by_socket = {}
    for errand in errands:
        if errand.wanted:
            socket, wanted = errand.wanted
            poll.register(socket, (wanted & 1 and select.POLLIN) | (wanted & 2 and select.POLLOUT))
            by_socket[socket] = errand
    found = poll.poll(None if timeout is None else timeout * 1000) if by_socket else []
    return [(by_socket[socket], _ready(seen)) for socket, seen in found]


def _ready(seen: int) -> int:
    can_write = seen & select.POLLOUT and Ready.W
    return can_write | (Ready.R if seen & ~select.POLLOUT else 0)


def is_alive(pgconn: pq.abc.PGconn) -> bool:
    """Return whether a connection that has nothing to do is up, as far as can be known without waiting."""
    try:
        pgconn.consume_input()  # the server's last word
        pgconn.consume_input()  # the end, which comes after it
    except psycopg.OperationalError:
        return False
    return pgconn.status == pq.ConnStatus.OK


def opened(conninfo: str) -> Work[pq.abc.PGconn]:
    """Connect; raises psycopg.OperationalError."""
    return cast("Work[pq.abc.PGconn]", generators.connect(conninfo))  # it yields just what we do


def ask(pgconn: pq.abc.PGconn, text: str) -> Work[list[Rows]]:
    """Send ``text`` in one message, and return the rows of each of its statements; raises psycopg.Error."""
    pgconn.send_query(text.encode())
    results = yield from _on(pgconn, generators.execute(pgconn))
    if results and results[-1].status in FAILED:
        raise errors.error_from_result(results[-1])
    return [_rows(result) for result in results]


def _on(pgconn: pq.abc.PGconn, work: Generator[int, int, list[pq.abc.PGresult]]) -> Work[list[pq.abc.PGresult]]:
    try:
        wanted = next(work)
        while True:
            ready = yield pgconn.socket, wanted
            wanted = work.send(ready)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def _rows(result: pq.abc.PGresult) -> Rows:
    return [
        tuple(
            None if (value := result.get_value(row, column)) is None else value.decode()
            for column in range(result.nfields)
        )
        for row in range(result.ntuples)
    ]
