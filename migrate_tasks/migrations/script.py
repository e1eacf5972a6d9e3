"""Sending a whole script in one message, and telling which of its statements failed, and where.

The simple query protocol answers with one result per statement, so the number of results before the error
is the number of the statement that failed; psycopg's cursors do not show it, libpq does.
"""

from __future__ import annotations

import select
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from psycopg import generators, pq
from psycopg.waiting import Ready

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import psycopg

T = TypeVar("T")

FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE)
COPIES = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH)
CONNECTION_LOST = "08006"
CANCEL_LIMIT = 5.0  # seconds
TICK = 0.25  # seconds of silence between two ticks
CHUNK = 65536  # bytes of COPY data in one message


def _nothing() -> None:
    """Do nothing while the server is at work."""


@dataclass(frozen=True)
class ServerError:
    """What the server said of a script: its fields, and where.

    ``position`` is the offset of the character it points at, from 0, or None where it points at none;
    ``statement`` is the number, from 0, of the statement that failed, or None where all did their work, and
    writing the migration's row or the commit failed.
    """

    sqlstate: str
    message: str
    detail: str | None
    hint: str | None
    context: str | None
    position: int | None
    statement: int | None


class ScriptFailed(Exception):
    """A statement of the script failed; ``ours`` is its number among those of our own at the end, if it is one."""

    def __init__(self, error: ServerError, ours: int | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.ours = ours


def execute_script(
    connection: psycopg.Connection,
    script: str,
    data: str | None = None,
    tick: Callable[[], None] = _nothing,
    meanwhile: Callable[[], object] = _nothing,
) -> list[pq.abc.PGresult]:
    """Execute every statement of ``script``, sent as one message, and return their results.

    ``data`` is what a COPY ... FROM stdin, the only statement then, gets. ``tick`` is called now and then while the
    server is at work, ``meanwhile`` once when it has begun. Raises ScriptFailed.
    """
    pgconn = connection.pgconn
    pgconn.send_query(script.encode())
    meanwhile()
    results: list[pq.abc.PGresult] = _wait(connection, generators.execute(pgconn), tick)
    while results and results[-1].status in COPIES:
        if results[-1].status == pq.ExecStatus.COPY_OUT:
            while pgconn.get_copy_data(0)[0] > 0:
                pass  # nobody is there to read it
        else:
            _send_data(connection, data, tick)
        results = results[:-1] + _wait(connection, generators.execute(pgconn), tick)
    if results and results[-1].status in FAILED:
        error = read_error(results[-1], len(results) - 1)
        if error.position is not None and connection.info.parameter_status("server_encoding") == "SQL_ASCII":
            # such a server knows no characters, and counts bytes
            error = replace(error, position=len(script.encode()[: error.position].decode(errors="replace")))
        raise ScriptFailed(error)
    return results


def _send_data(connection: psycopg.Connection, data: str | None, tick: Callable[[], None]) -> None:
    pgconn = connection.pgconn
    if data is None:
        pgconn.put_copy_end(b"no data follows the COPY in its file")
        return
    content = data.encode()
    for start in range(0, len(content), CHUNK):
        _wait(connection, generators.copy_to(pgconn, content[start : start + CHUNK]), tick)
    pgconn.put_copy_end()


def _wait(connection: psycopg.Connection, work: Generator[int, int, T], tick: Callable[[], None]) -> T:
    """Return what ``work``, a generator of psycopg, ends with; ``tick`` is called while its socket is silent."""
    poll = select.poll()
    try:
        wanted = next(work)
        while True:
            poll.register(connection.fileno(), (wanted & 1 and select.POLLIN) | (wanted & 2 and select.POLLOUT))
            ready = poll.poll(TICK * 1000)
            if not ready:
                tick()
                continue
            seen = ready[0][1]
            can_write = seen & select.POLLOUT and Ready.W
            wanted = work.send(can_write | (Ready.R if seen & ~select.POLLOUT else 0))
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]


def cancel_script(connection: psycopg.Connection) -> None:
    """Cancel what the server is doing for us, if anything, and take its answers.

    An interrupt may come between any two steps of :func:`execute_script`; psycopg cancels only where it waits.
    """
    if connection.info.transaction_status == pq.TransactionStatus.ACTIVE:
        connection.cancel_safe(timeout=CANCEL_LIMIT)
        connection.wait(generators.execute(connection.pgconn), timeout=CANCEL_LIMIT)


@dataclass(frozen=True)
class Notice:
    """What the server says beside its results."""

    severity: str
    sqlstate: str
    message: str


def read_notice(result: pq.abc.PGresult) -> Notice:
    """Return the notice in ``result``."""
    fields = (pq.DiagnosticField.SEVERITY_NONLOCALIZED, pq.DiagnosticField.SQLSTATE, pq.DiagnosticField.MESSAGE_PRIMARY)
    return Notice(*(_text(result, field) or "" for field in fields))


def read_error(result: pq.abc.PGresult, statement: int) -> ServerError:
    """Return the error in ``result``, which the statement of that number, from 0, met."""
    position = _text(result, pq.DiagnosticField.STATEMENT_POSITION)
    said = _text(result, pq.DiagnosticField.MESSAGE_PRIMARY)
    return ServerError(
        sqlstate=_text(result, pq.DiagnosticField.SQLSTATE) or CONNECTION_LOST,
        message=result.error_message.decode(errors="replace").strip() if said is None else said,
        detail=_text(result, pq.DiagnosticField.MESSAGE_DETAIL),
        hint=_text(result, pq.DiagnosticField.MESSAGE_HINT),
        context=_text(result, pq.DiagnosticField.CONTEXT),
        position=int(position) - 1 if position else None,
        statement=statement,
    )


def _text(result: pq.abc.PGresult, field: pq.DiagnosticField) -> str | None:
    value = result.error_field(field)
    return None if value is None else value.decode(errors="replace")
