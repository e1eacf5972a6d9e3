"""The one place that connects, and that says why it could not.

psycopg gives no SQLSTATE for a connection that failed (psycopg #1188), and the server's text is in the
server's language. After a failure the attempt is therefore made once more through libpq, with a trace of
the protocol kept in memory; the server's ErrorResponse in it has the code (PQtrace in the libpq manual).

Whoever is killed leaves a backend behind, which runs on to the end of its statement. So each connection has its
server look every now and then whether we are still there, and is noted for the start-up that we are a part of.
"""

from __future__ import annotations

import os
import random
import re
import select
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
from psycopg import conninfo, pq

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import TRANSIENT, ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.postgres.hints import HINTS
from migrate_tasks.postgres.noted import note_backend

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONNECT_TIMEOUT = 5  # seconds for one attempt, where the URL says nothing else
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between attempts; doubled each time, with full jitter
BESIDE_TIMEOUT = 2  # seconds, for a second connection
APPLICATION_NAME = "migrate-tasks"
OLDEST_SERVER = 140000

# a server that notices a dead client ends its statement; not every system can tell (PostgreSQL 14 and later)
NOTICE_DEAD_CLIENT = "SET {}client_connection_check_interval = '500ms'"
LARGEST_PID = 2**22  # of Linux (proc(5), pid_max); a pooler makes up numbers of 32 bits

NO_PASSWORD, BAD_VALUE = "28P01", "22023"  # the codes nearest to what libpq itself finds wrong
OF_THE_ROLE = ("22023", "42501")  # it does not exist; the user may not SET it
NOBODY_ANSWERED = "Start the server, or mend the host and the port in the database's URL."


@dataclass(frozen=True)
class Failure:
    """Why a connection failed: the server's code and reason, or the system's reason and no code."""

    sqlstate: str | None
    reason: str
    database: str
    server: str
    user: str

    @property
    def is_transient(self) -> bool:
        """Return whether another attempt may succeed with nothing changed."""
        return self.sqlstate is None or bool(TRANSIENT.fullmatch(self.sqlstate))

    def to_error(self, waited: timedelta, attempts: int) -> MigrateTasksError:
        """Return the exception to raise after ``attempts`` within ``waited`` (zero: one attempt, no waiting)."""
        within = f" within {format_duration(waited)}" if waited and self.is_transient else ""
        times = f"{attempts} connection attempts" if attempts > 1 else "1 connection attempt"
        kind = TryAgainLater if self.is_transient else ConfigurationError
        return kind(
            f'could not connect to database "{self.database}" on {self.server}{within}: {self.reason}',
            detail=f'{times} as user "{self.user}".',
            hint=NOBODY_ANSWERED if self.sqlstate is None else HINTS.get(self.sqlstate),
            sqlstate=self.sqlstate,
        )


def connect(
    url: str,
    *,
    wait: timedelta = timedelta(0),
    on_failure: Callable[[Failure], None] | None = None,
    role: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> psycopg.Connection:
    """Return an autocommit connection to ``url``, trying again for ``wait`` while the failure is transient.

    ``on_failure`` is told of each failed attempt that will be followed by another. ``role`` is what the session
    runs as, also after RESET ROLE; ``parameters`` are libpq's, and win over those of ``url``. Raises
    ConfigurationError or TryAgainLater, never with a password in the text.
    """
    dsn = _complete(url, role, parameters or {})
    deadline = time.monotonic() + wait.total_seconds()
    attempts, pause = 0, FIRST_PAUSE
    while True:
        attempts += 1
        try:
            connection = _open(dsn)
        except psycopg.OperationalError as error:
            failure = diagnose(dsn, str(error))
        except psycopg.ProgrammingError as error:
            raise _unreadable(url, str(error)) from None
        else:
            check_version(connection.info.server_version)
            return connection
        if not failure.is_transient or time.monotonic() + pause > deadline:
            told = failure.to_error(wait, attempts)
            if role and failure.sqlstate in OF_THE_ROLE:
                told.hint = f'Mend the setting role, or let user "{failure.user}" be "{role}": GRANT.'
            raise told from None
        if on_failure:
            on_failure(failure)
        time.sleep(random.uniform(0, pause))
        pause = min(pause * 2, LONGEST_PAUSE)


def check_version(version: int) -> None:
    """Raise ConfigurationError for a server of a version, as 130011, that is too old."""
    if version < OLDEST_SERVER:
        raise ConfigurationError(
            f"the server is PostgreSQL {version // 10000}.{version % 10000}, which is too old",
            detail=f"PostgreSQL {OLDEST_SERVER // 10000} is the oldest that works.",
            hint="Upgrade the server; PostgreSQL itself no longer mends anything older.",
        )


def connect_beside(connection: psycopg.Connection) -> psycopg.Connection:
    """Return a second autocommit connection to where ``connection`` leads; raises psycopg.Error."""
    dsn = conninfo.make_conninfo(
        connection.info.dsn, password=connection.info.password or None, connect_timeout=BESIDE_TIMEOUT
    )
    return _open(dsn)


def limit_statements(connection: psycopg.Connection, limit: timedelta) -> None:
    """Have the server end each statement of the session after ``limit``; behind a pooler nothing is done."""
    if not has_pooler(connection):
        connection.execute("SELECT set_config('statement_timeout', %s, false)", [f"{limit.total_seconds() * 1000:.0f}"])


def has_pooler(connection: psycopg.Connection) -> bool:
    """Return whether a pooler is seen to stand between: its next client would have what we SET."""
    return not 0 < connection.info.backend_pid <= LARGEST_PID


def _open(dsn: str) -> psycopg.Connection:
    # no prepared statements: a file may DEALLOCATE ALL, and a pooler may not have them
    connection = psycopg.connect(dsn, autocommit=True, prepare_threshold=None)
    if not has_pooler(connection):
        note_backend(connection.info.backend_pid)
        with suppress(psycopg.Error):
            connection.execute(NOTICE_DEAD_CLIENT.format(""))
    return connection


def describe(url: str) -> str:
    """Return the database that ``url`` names, in words; raises ConfigurationError where it names none."""
    given = _parse(url)
    host = given.get("host") or given.get("hostaddr") or os.environ.get("PGHOST", "localhost")
    port = given.get("port") or os.environ.get("PGPORT", "5432")
    return f'database "{given.get("dbname") or os.environ.get("PGDATABASE", "")}" on {_server(host, port)}'


def for_program(url: str) -> tuple[dict[str, str], str]:
    """Return ``url`` for a program of PostgreSQL: environment variables, and a connection string with the rest.

    Everybody who may list processes sees the string, so ConfigurationError is raised where a secret would be in it.
    """
    given = _parse(url)
    options = {option.keyword.decode(): option for option in pq.Conninfo.get_defaults()}
    rest = {key: value for key, value in given.items() if not options[key].envvar}
    for key in rest:
        if options[key].dispchar:  # libpq's mark for what is not to be shown
            raise ConfigurationError(
                f'"{key}" of the database\'s URL cannot be handed to a program unseen',
                detail="libpq has no environment variable for it.",
                hint="Use a URL without it, as for a key file that needs no passphrase.",
            )
    environ = {(options[key].envvar or b"").decode(): value for key, value in given.items() if key not in rest}
    return environ, conninfo.make_conninfo("", **rest)


def _complete(url: str, role: str | None, parameters: Mapping[str, str]) -> str:
    """Return ``url`` as a connection string that also says what we expect of every connection."""
    defaults = {"connect_timeout": str(CONNECT_TIMEOUT), "fallback_application_name": APPLICATION_NAME}
    given = _parse(url)
    if role:
        escaped = re.sub(r"([\\ ])", r"\\\1", role)
        given["options"] = f"{given.get('options', '')} -c role={escaped}".strip()
    return conninfo.make_conninfo("", **{**defaults, **given, **parameters, "client_encoding": "UTF8"})


def _parse(url: str) -> dict[str, str]:
    try:
        given = conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise _unreadable(url, str(error)) from None
    if "@" in str(given.get("host", "")):
        raise _unreadable(url, "")
    return {key: str(value) for key, value in given.items() if value is not None}


def _unreadable(url: str, text: str) -> ConfigurationError:
    """Return the error for a URL that is none; libpq's ``text`` may repeat the password, so most of it is not shown."""
    parameter = re.search(r'(?:invalid URI query parameter|invalid connection option):? "(\w+)"', text)
    scheme = url.split("://", 1)[0] if re.match(r"[a-z0-9+.-]+://", url) else ""
    if parameter:
        hint = f'There is no parameter "{parameter[1]}".'
    elif scheme and scheme not in ("postgresql", "postgres"):
        hint = f'Write "postgresql://" instead of "{scheme}://".'
    else:
        hint = 'Write it as "postgresql://user:password@host:5432/database", with "@" in the password as "%40".'
    return ConfigurationError("the database's URL is not one that libpq reads", hint=hint)


def failure_of(error: psycopg.OperationalError) -> Failure | None:
    """Return why the connection failed that ``error`` tells of, or None where it tells of something else."""
    if error.sqlstate or not error.pgconn or not error.pgconn.db:  # no database: libpq has not even read where to
        return None
    given = {option.keyword.decode(): _text(option.val) for option in error.pgconn.info if option.val}
    return diagnose(conninfo.make_conninfo("", **given), str(error))


def diagnose(dsn: str, text: str) -> Failure:
    """Connect to ``dsn`` once more and return why that fails.

    ``text`` is what psycopg said, used where this attempt ends without a word, or with a connection.
    """
    limit = float(conninfo.conninfo_to_dict(dsn).get("connect_timeout") or CONNECT_TIMEOUT)
    attempt = pq.PGconn.connect_start(dsn.encode())
    try:
        trace = _poll_with_trace(attempt, limit) if attempt.status != pq.ConnStatus.BAD else ""
        said = re.search(r'\tErrorResponse\t.*? C "(\w{5})" M "(.*?)" (?:[A-Z] "|\\x00)', trace)
        message = attempt.error_message.decode(errors="replace") or text
        return Failure(
            sqlstate=said[1] if said else _sqlstate_of_libpq(attempt, message),
            reason=said[2] if said else _reason(message),
            database=_text(attempt.db),
            server=_server(_text(attempt.host), _text(attempt.port)),
            user=_text(attempt.user),
        )
    finally:
        attempt.finish()


def _sqlstate_of_libpq(attempt: pq.abc.PGconn, message: str) -> str | None:
    """Return a code for what libpq refuses before it asks the server, which trying again will not mend."""
    if attempt.needs_password:
        return NO_PASSWORD
    return BAD_VALUE if re.match(r"(?:connection failed: )?invalid ", message) else None


def _poll_with_trace(attempt: pq.abc.PGconn, limit: float) -> str:
    """Drive the attempt to its end and return the protocol's trace; empty where the system has none."""
    if sys.platform != "linux":
        _poll(attempt, limit)
        return ""
    with os.fdopen(os.memfd_create("trace"), "rb") as trace:
        attempt.trace(trace.fileno())
        _poll(attempt, limit)
        attempt.untrace()
        trace.seek(0)
        return trace.read().decode(errors="replace")


def _poll(attempt: pq.abc.PGconn, limit: float) -> None:
    deadline = time.monotonic() + min(limit, CONNECT_TIMEOUT)
    while time.monotonic() < deadline:
        state = attempt.connect_poll()
        if state in (pq.PollingStatus.OK, pq.PollingStatus.FAILED):
            return
        poll = select.poll()
        poll.register(attempt.socket, select.POLLIN if state == pq.PollingStatus.READING else select.POLLOUT)
        poll.poll(max(0.0, deadline - time.monotonic()) * 1000)


def _reason(message: str) -> str:
    """Return libpq's reason without the address, which our own message has already."""
    line = message.strip().splitlines()[0] if message.strip() else "no answer"
    reason = re.sub(r"^.*?(?:failed: |error: )", "", line).removeprefix("FATAL:").strip()
    return reason[:1].lower() + reason[1:]


def _server(host: str, port: str) -> str:
    return f'socket "{host}/.s.PGSQL.{port}"' if host.startswith("/") else f'"{host}:{port}"'


def _text(value: bytes | None) -> str:
    return value.decode(errors="replace") if value else ""
