"""A database with the queue of the example application, and ways to fill it, to work on it and to look at it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from example_app.jobs import Worker, enqueue
from migrate_tasks import read_settings, run_migrations
from tests.support import REPOSITORY, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from example_app.job_kinds import Handler

Row = tuple[Any, ...]
ROWS = "SELECT kind, status, attempts, error_message FROM processing_jobs ORDER BY id"


@dataclass(frozen=True)
class Queue:
    """The queue at ``url``."""

    url: str

    def ask(self, query: str, *parameters: Any) -> list[Row]:
        """Return the rows of ``query``, or none where it has none."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def rows(self) -> list[Row]:
        """Return kind, status, attempts and error message of each job."""
        return self.ask(ROWS)

    def put(self, kind: str, **payload: Any) -> int:
        """Put a job into the queue and return its id."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return enqueue(connection, kind, payload)

    def left_running(self, kind: str, attempts: int, seconds: float = 60) -> int:
        """Put a job into the queue as a worker leaves it that died so long ago, and return its id."""
        ((job,),) = self.ask(
            "INSERT INTO processing_jobs (kind, status, attempts, run_after, updated_at)"
            " VALUES (%s, 'running', %s, now() - %s, now() - %s) RETURNING id",
            *(kind, attempts, timedelta(seconds=seconds), timedelta(seconds=seconds)),
        )
        return int(job)

    def drain(self, **kinds: Handler) -> None:
        """Work until all that is due has been done."""
        stop = threading.Event()
        self.put("last")
        Worker(self.url, {**kinds, "last": lambda *_: stop.set()}).run(stop)
        self.ask("DELETE FROM processing_jobs WHERE kind = 'last'")

    def until_settled(self) -> None:
        """Wait until no job is waiting or under way."""
        until(lambda: not {"queued", "running"} & {status for _, status, *_ in self.rows()})


def make_queue(url: str) -> Queue:
    """Give the database the example's migrations."""
    run_migrations(read_settings(REPOSITORY, environ={"DATABASE_URL": url}))
    return Queue(url)


@contextmanager
def working(*workers: Worker) -> Iterator[threading.Event]:
    """Have the workers work meanwhile; yields what stops them. What a worker raises is raised at the end."""
    stop = threading.Event()
    with ThreadPoolExecutor(len(workers)) as pool:
        runs = [pool.submit(worker.run, stop) for worker in workers]
        try:
            yield stop
        finally:
            stop.set()
    for run in runs:
        run.result()
