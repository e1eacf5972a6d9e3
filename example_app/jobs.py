"""Background jobs: the queue in the table processing_jobs, and the worker that empties it.

A worker takes a job in two steps. First the row becomes "running" with one attempt more, and that is committed: an
attempt counts before it begins, also one that kills its worker. Then a transaction locks the row, does the job, and
says how it ended. The lock is the proof that somebody is at work: when a worker dies, by kill -9 or with its machine,
the server ends its session and frees the row, and a row that says "running" and that nobody holds is taken up again.
So there is no lease: no heartbeat to miss, no clock to agree with, and no limit to how long a job may take. The price
is an open transaction per job, which keeps VACUUM from what died meanwhile: jobs of minutes are fine, hours are not.

What is promised:

- What a job does through the connection that it is given, happens exactly once: it is one transaction with "done".
- What it does elsewhere happens at least once; each time has an attempt of its own, the first one number 1. A row's
  ``attempts`` counts all that began, so a job that may have been done twice is one whose ``attempts`` is above 1.
- No job is lost: it ends as "done", or as "failed" with its reason, after at most ``max_attempts``.

Workers look for jobs, calmly when there are none, rather than LISTEN: a job that waits for its time and one whose
worker died announce nothing, and behind a pooler nobody would hear. What the jobs are is in job_kinds.py.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.json import Jsonb

from example_app.job_kinds import KINDS
from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.postgres.connection import connect

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from example_app.job_kinds import Handler

LOG = logging.getLogger(__name__)

FIRST_LOOK, LONGEST_LOOK = 0.05, 1.0  # seconds between two looks for a job; doubled while there is none
LONGEST_RECONNECT = 2.0  # seconds between two attempts to connect, with full jitter
NOTICE = 0.1  # seconds until a stop is noticed in the middle of a job
LONGEST_BACKOFF = timedelta(hours=1)
LONGEST_MESSAGE = 2000  # characters
PROBE_LIMIT = 10.0  # seconds

# passing, whatever the job did: the server is away, or for the moment only there to be read
AWAY = (TryAgainLater, psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction)

# a machine that is gone, and says nothing any more, is noticed within half a minute: by the worker, by the server
OF_A_WORKER = {
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
FOR_A_JOB = """
SET LOCAL tcp_keepalives_idle = 10; SET LOCAL tcp_keepalives_interval = 5; SET LOCAL tcp_keepalives_count = 3;
SET LOCAL tcp_user_timeout = 25000; SET LOCAL idle_in_transaction_session_timeout = 0
"""

# between its two steps nobody holds a job, so it counts as abandoned only after a second. Should a worker need longer,
# it finds its job taken (HOLD) and does nothing
TAKE = """
UPDATE processing_jobs SET
  status = CASE WHEN attempts < %(most)s THEN 'running' ELSE 'failed' END,
  attempts = attempts + (attempts < %(most)s)::int,
  error_message = CASE status WHEN 'running' THEN 'its worker ended during attempt ' || attempts ELSE error_message END
WHERE id = (
  SELECT id FROM processing_jobs
  WHERE status IN ('queued', 'running') AND run_after <= now() AND kind = ANY(%(kinds)s)
    AND (status = 'queued' OR updated_at < now() - INTERVAL '1 s')
  ORDER BY run_after, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, kind, payload, attempts, status = 'running', error_message
"""
HOLD = "SELECT FROM processing_jobs WHERE id = %s AND attempts = %s AND status = 'running' FOR UPDATE"
DONE = "UPDATE processing_jobs SET status = 'done', error_message = NULL WHERE id = %s"
FAILED = """
UPDATE processing_jobs SET
  status = CASE WHEN attempts < %(most)s THEN 'queued' ELSE 'failed' END,
  run_after = clock_timestamp() + %(backoff)s,
  error_message = %(problem)s
WHERE id = %(id)s
"""
DROP_OLD_PROBES = """
DELETE FROM processing_jobs
WHERE status IN ('queued', 'running') AND kind LIKE 'probe %' AND created_at < now() - INTERVAL '1 min'
"""


@dataclass(frozen=True)
class Job:
    """One attempt at a job; the first one has number 1."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempt: int


def enqueue(
    connection: psycopg.Connection, kind: str, payload: Mapping[str, Any], run_after: datetime | None = None
) -> int:
    """Put a job into the queue, to be done from ``run_after`` on, and return its id.

    In a transaction of the caller's, the job is there when that commits, or not at all.
    """
    row = connection.execute(
        "INSERT INTO processing_jobs (kind, payload, run_after)"
        " VALUES (%s, %s, coalesce(%s::timestamptz, now())) RETURNING id",
        [kind, Jsonb(dict(payload)), run_after],
    ).fetchone()
    assert row
    return int(row[0])


@dataclass(frozen=True)
class Worker:
    """Does jobs of its ``kinds``, one after the other; others stay where they are, for workers that know them.

    After attempt n failed, a job waits for ``backoff`` times 2 ** (n - 1). ``grace`` is how many seconds the job at
    hand may still take once the worker is to stop.
    """

    url: str = field(repr=False)
    kinds: Mapping[str, Handler] = field(default_factory=KINDS.copy)
    max_attempts: int = 5
    backoff: timedelta = timedelta(seconds=1)
    grace: float = 10.0

    def run(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set, through any outage of the server.

        A job that does not end within ``grace`` is given back; Python may still be busy with it in a daemon thread,
        which reaches the database no more. Raises ConfigurationError or psycopg.Error for what time does not mend.
        """
        while not stop.is_set():
            try:
                with closing(connect(self.url, parameters=OF_A_WORKER)) as connection:
                    self._serve(connection, stop)
            except AWAY as error:
                LOG.warning("the worker has no database: %s", str(error).partition("\n")[0])
                stop.wait(random.uniform(0, LONGEST_RECONNECT))

    def _serve(self, connection: psycopg.Connection, stop: threading.Event) -> None:
        pause = FIRST_LOOK
        while not stop.is_set():
            if job := self._take(connection):
                self._see_through(connection, job, stop)
                pause = FIRST_LOOK
            else:
                stop.wait(random.uniform(pause / 2, pause))
                pause = min(pause * 2, LONGEST_LOOK)

    def _take(self, connection: psycopg.Connection) -> Job | None:
        """Return the next job, with the attempt counted; a job without an attempt left becomes "failed" on the way."""
        wanted = {"most": self.max_attempts, "kinds": list(self.kinds)}
        while row := connection.execute(TAKE, wanted).fetchone():
            *job, is_running, problem = row
            if is_running:
                return Job(*job)
            LOG.error("job %d has failed: %s", row[0], problem)
        return None

    def _see_through(self, connection: psycopg.Connection, job: Job, stop: threading.Event) -> None:
        """Do the job in a thread of its own, so that one that does not end cannot keep the worker from ending."""
        thread = threading.Thread(target=self._attempt, args=(connection, job), name=f"job {job.id}", daemon=True)
        thread.start()
        while thread.is_alive() and not stop.is_set():
            thread.join(NOTICE)
        thread.join(self.grace)
        if thread.is_alive():
            LOG.warning("job %d does not end: it is given back", job.id)
            _end_session(connection)
            thread.join(NOTICE)

    def _attempt(self, connection: psycopg.Connection, job: Job) -> None:
        try:
            with connection.transaction():
                connection.execute(FOR_A_JOB)
                if connection.execute(HOLD, [job.id, job.attempt]).fetchone() is not None:
                    self._record(connection, job, self._do(connection, job))
        except psycopg.Error as error:  # the job is as if its worker had died: it will be taken up again
            LOG.warning("attempt %d of job %d is lost: %s", job.attempt, job.id, error)

    def _do(self, connection: psycopg.Connection, job: Job) -> str | None:
        """Do the job and return its problem, if there is one; then nothing remains of what it did."""
        try:
            with connection.transaction():
                self.kinds[job.kind](connection, job)
                connection.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what would fail at COMMIT is to fail here
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- whatever a job raises, ends the job and nothing else
            return _describe(error)
        return None

    def _record(self, connection: psycopg.Connection, job: Job, problem: str | None) -> None:
        if problem is None:
            connection.execute(DONE, [job.id])
            return
        backoff = min(self.backoff * 2 ** min(job.attempt - 1, 32), LONGEST_BACKOFF)
        outcome = {"most": self.max_attempts, "backoff": backoff, "problem": problem, "id": job.id}
        connection.execute(FAILED, outcome)
        LOG.warning("attempt %d of job %d failed: %s", job.attempt, job.id, problem)


def _end_session(connection: psycopg.Connection) -> None:
    """End a session that another thread is using, as the death of this process would."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def _describe(error: BaseException) -> str:
    """Return the error in words that Postgres can store: no NUL, no half of a surrogate pair."""
    text = f"{type(error).__name__}: {error}"[:LONGEST_MESSAGE]
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")


def _prepare(connection: psycopg.Connection) -> None:
    """See that there is a queue, without the probes of those that were killed on the way."""
    try:
        connection.execute(DROP_OLD_PROBES)
    except psycopg.errors.UndefinedTable as error:
        raise ConfigurationError(
            "there is no queue of jobs",
            detail=f"{error.diag.message_primary}.",
            hint="Run the migrations first: invoke migrate.run",
            sqlstate=error.sqlstate,
        ) from None


def prove(url: str, limit: float = PROBE_LIMIT) -> str:
    """Run a worker until it has done a job, take the job back, and return what there is to do, in words.

    The job is of a kind of its own, so that no other worker does it. Raises ConfigurationError where there is no queue,
    and MigrateTasksError where the job is not done within ``limit`` seconds.
    """
    stop = threading.Event()
    kind = f"probe {uuid.uuid4()}"
    with closing(connect(url)) as connection:
        _prepare(connection)
        probe = enqueue(connection, kind, {})
        timer = threading.Timer(limit, stop.set)
        timer.start()
        try:
            Worker(url, kinds={kind: lambda *_: stop.set()}).run(stop)
        finally:
            timer.cancel()
            row = connection.execute(
                "DELETE FROM processing_jobs WHERE id = %s RETURNING status, error_message", [probe]
            ).fetchone()
        if row != ("done", None):
            raise MigrateTasksError(
                f"the worker has not done a probe job within {limit:g} s",
                detail=f'The job was "{row[0]}": {row[1] or "nobody had taken it"}.' if row else "The job was gone.",
            )
        waiting = connection.execute(
            "SELECT count(*) FROM processing_jobs WHERE status IN ('queued', 'running')"
        ).fetchone()
        assert waiting
        return f"{len(KINDS)} kinds of jobs, {waiting[0]} waiting"
