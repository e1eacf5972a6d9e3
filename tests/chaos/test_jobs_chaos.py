"""Workers, poolers and servers that end at any moment: no job is lost, and none is done twice without a mark of it."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from tests.example_app.queue import Queue, make_queue
from tests.support import REPOSITORY, Pooler, clean_environment, stop_at_once, until

if TYPE_CHECKING:
    from collections.abc import Iterator

StartServer = Callable[..., AbstractContextManager[EmbeddedServer]]
StartPgBouncer = Callable[..., AbstractContextManager[Pooler]]
Strike = Callable[["Instance"], "Instance"]

# each job writes its attempt through the connection that it is given, and through one that knows nothing of it
INSTANCE = """
import os, random, signal, sys, threading, time
from datetime import timedelta
import psycopg
from example_app.jobs import Worker

url, most = sys.argv[1:]

def work(connection, job):
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("INSERT INTO outside VALUES (%s, %s)", [job.id, job.attempt])
    connection.execute("INSERT INTO inside VALUES (%s, %s)", [job.id, job.attempt])
    time.sleep(random.uniform(0, 0.03))
    os.write(1, b".")

def poison(connection, job):
    os.kill(os.getpid(), signal.SIGKILL)

stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
Worker(url, {"work": work, "poison": poison}, int(most), timedelta(milliseconds=10)).run(stop)
"""
TABLES = "CREATE TABLE inside (job bigint, attempt int); CREATE TABLE outside (job bigint, attempt int)"
FILL = """
INSERT INTO processing_jobs (kind)
SELECT 'work' FROM generate_series(1, 1000 - (SELECT count(*) FROM processing_jobs WHERE status <> 'done'))
"""
HIT = "SELECT id FROM processing_jobs WHERE attempts > 1 LIMIT 1"
LEAVE_THE_REST = "DELETE FROM processing_jobs WHERE status = 'queued' AND attempts = 0"
SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)
WITHOUT_LIMIT = 1_000_000  # attempts
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


@dataclass(frozen=True)
class Instance:
    """A process of the application, with a worker."""

    url: str
    process: subprocess.Popen[bytes]

    @classmethod
    def start(cls, url: str, most: int = WITHOUT_LIMIT) -> Instance:
        """Start one whose worker tries a job ``most`` times."""
        command = [sys.executable, "-c", INSTANCE, url, str(most)]
        environ = clean_environment({})
        return cls(url, subprocess.Popen(command, cwd=REPOSITORY, env=environ, stdout=subprocess.PIPE))

    def until_at_work(self) -> None:
        """Wait until it is about to end a job, and not one of those of before."""
        assert self.process.stdout
        output = self.process.stdout.fileno()
        while select.select([output], [], [], 0)[0]:
            assert os.read(output, 4096)
        assert select.select([output], [], [], 30)[0]

    def end(self, number: signal.Signals) -> int:
        """Send it a signal, wait until it has ended, and return how."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait until it has ended, and return how."""
        self.process.communicate(timeout=30)
        return self.process.returncode


@contextmanager
def two_instances(url: str) -> Iterator[list[Instance]]:
    """Yield two instances; those that are in the list at the end are told to end, and do."""
    instances = [Instance.start(url) for _ in range(2)]
    try:
        yield instances
    except BaseException:
        for instance in instances:
            instance.end(signal.SIGKILL)
        raise
    assert [instance.end(signal.SIGTERM) for instance in instances] == [0, 0]


def strike_for(seconds: float, queue: Queue, instances: list[Instance], strike: Strike) -> None:
    """Strike one of the instances at work again and again, at least until it hits; they never run out of jobs."""
    dice = random.Random(7)
    end = time.monotonic() + seconds
    queue.ask(FILL)
    for instance in instances:
        instance.until_at_work()
    while time.monotonic() < end or not queue.ask(HIT):
        assert time.monotonic() < end + 60, "no job was hit, or none that was is marked"
        queue.ask(FILL)
        time.sleep(dice.uniform(0, 0.2))
        victim = dice.randrange(2)
        instances[victim] = strike(instances[victim])
    queue.ask(LEAVE_THE_REST)
    queue.until_settled()


def kill(instance: Instance) -> Instance:
    """Kill an instance, and return another one that is at work."""
    assert instance.end(signal.SIGKILL) == -signal.SIGKILL
    other = Instance.start(instance.url)
    other.until_at_work()
    return other


def expect_what_is_promised(queue: Queue) -> None:
    """See that each job is done, once inside and in attempts of its own outside, and that nothing is left."""
    jobs = queue.ask(
        "SELECT id, attempts FROM processing_jobs WHERE status = 'done' AND error_message IS NULL ORDER BY 1"
    )
    outside = queue.ask("SELECT job, attempt FROM outside ORDER BY 1, 2")
    attempts: dict[int, int] = dict(jobs)

    assert queue.ask("SELECT count(*) FROM processing_jobs") == [(len(jobs),)]  # none is lost
    assert queue.ask("SELECT job, attempt FROM inside ORDER BY 1, 2") == jobs  # once, in the last attempt
    assert len(set(outside)) == len(outside)  # each attempt at most once
    assert set(jobs) <= set(outside)  # and the last one for certain
    assert all(1 <= attempt <= attempts[job] for job, attempt in outside)  # so who was done twice, has a mark of it
    until(lambda: queue.ask(SESSIONS) == [(0,)])
    assert queue.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]


@pytest.mark.parametrize("version", [18, 15])
def test_instances_killed(start_server: StartServer, version: int, *, full: bool) -> None:
    """Whenever instances are killed, each job is done: once in its transaction, elsewhere once an attempt."""
    with start_server(version=version) as server:
        queue = make_queue(server.url())
        queue.ask(TABLES)
        with two_instances(queue.url) as instances:
            strike_for(60 if full else 3, queue, instances, kill)
        expect_what_is_promised(queue)


def test_instances_killed_behind_a_pooler(
    start_server: StartServer, start_pgbouncer: StartPgBouncer, *, full: bool
) -> None:
    """Through PgBouncer in transaction mode it is just the same."""
    with start_server() as server:
        queue = make_queue(server.url())
        queue.ask(TABLES)
        with (
            start_pgbouncer(server.url(), pool_mode="transaction") as pooler,
            two_instances(pooler.url("app")) as instances,
        ):
            strike_for(30 if full else 2, queue, instances, kill)
        expect_what_is_promised(queue)


def test_server_stopped(start_server: StartServer, *, full: bool) -> None:
    """Whenever the server stops without warning, the instances go on when it is back, and it is just the same."""
    with ExitStack() as servers:
        server = servers.enter_context(start_server(**DURABLE))
        queue = make_queue(server.url())
        queue.ask(TABLES)

        def restart(instance: Instance) -> Instance:
            stop_at_once(server)
            servers.enter_context(EmbeddedServer(server.directory, server.options))
            instance.until_at_work()
            return instance

        with two_instances(queue.url) as instances:
            strike_for(60 if full else 3, queue, instances, restart)
        expect_what_is_promised(queue)


def test_a_job_that_kills_its_worker(url: str) -> None:
    """A job that kills each worker that tries it, kills as many as it has attempts; the next one does the others."""
    queue = make_queue(url)
    queue.ask(TABLES)
    queue.put("poison")
    queue.put("work")
    ends = [Instance.start(url, most=3).wait() for _ in range(3)]
    last = Instance.start(url, most=3)
    queue.until_settled()

    assert ends == [-signal.SIGKILL] * 3
    assert last.end(signal.SIGTERM) == 0
    assert queue.rows() == [
        ("poison", "failed", 3, "its worker ended during attempt 3"),
        ("work", "done", 1, None),
    ]
