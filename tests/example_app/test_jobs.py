"""Background jobs: what becomes of each, however it and its worker end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from example_app.jobs import FOR_A_JOB, TAKE, Worker, enqueue, prove
from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from tests.conftest import VERSIONS
from tests.example_app.queue import Queue, make_queue, working
from tests.support import REPOSITORY, Project, Said, until, until_stopped

if TYPE_CHECKING:
    from example_app.jobs import Job

StartServer = Callable[..., AbstractContextManager[EmbeddedServer]]

SHORT = timedelta(milliseconds=10)


def nothing(*_: object) -> None:
    """Do a job that wants nothing."""


def raise_it(error: BaseException) -> None:
    """Raise an error."""
    raise error


def test_the_oldest_job_is_done_first(queue: Queue) -> None:
    """Jobs are done in the order in which they came, each once and with its payload."""
    for number in range(3):
        queue.put("note", number=number)
    done: list[Job] = []

    queue.drain(note=lambda _, job: done.append(job))

    assert [(job.kind, job.payload, job.attempt) for job in done] == [("note", {"number": n}, 1) for n in range(3)]
    assert queue.rows() == [("note", "done", 1, None)] * 3


def test_a_job_is_there_when_its_transaction_commits(queue: Queue) -> None:
    """A job that is enqueued in a transaction which is rolled back, was never there."""
    with psycopg.connect(queue.url) as connection:
        enqueue(connection, "note", {})
        connection.rollback()
        enqueue(connection, "other", {})

    assert queue.rows() == [("other", "queued", 0, None)]


def test_a_job_waits_for_its_time(queue: Queue) -> None:
    """A job is not taken before its run_after, and is taken then."""
    with psycopg.connect(queue.url, autocommit=True) as connection:
        soon, late = (datetime.now(UTC) + timedelta(seconds=seconds) for seconds in (0.3, 3600))
        enqueue(connection, "soon", {}, soon)
        enqueue(connection, "late", {}, late)
    done: list[datetime] = []

    with working(Worker(queue.url, {"soon": lambda *_: done.append(datetime.now(UTC)), "late": nothing})):
        until(lambda: done)

    assert done[0] >= soon
    assert queue.rows() == [("soon", "done", 1, None), ("late", "queued", 0, None)]


def test_a_kind_that_a_worker_does_not_know_is_left(queue: Queue) -> None:
    """A job of another kind stays as it is, for a worker that knows it."""
    queue.put("newer")
    queue.put("note")

    queue.drain(note=nothing)

    assert queue.rows() == [("newer", "queued", 0, None), ("note", "done", 1, None)]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("no such file"), "ValueError: no such file"),
        (SystemExit(3), "SystemExit: 3"),
        (ValueError("a\0b \ud800"), "ValueError: a\\0b \\ud800"),
        (ValueError("x" * 5000), f"ValueError: {'x' * 1988}"),
    ],
    ids=["error", "exit", "no text", "long"],
)
def test_a_job_that_fails_says_why(queue: Queue, error: BaseException, message: str) -> None:
    """Whatever a job raises is its error message; what it had written is not there, and the next job is done."""
    queue.ask("CREATE TABLE effects (x int)")
    queue.put("bad")
    queue.put("note")

    def bad(connection: psycopg.Connection, _: Job) -> None:
        connection.execute("INSERT INTO effects VALUES (1)")
        raise error

    queue.drain(bad=bad, note=nothing)

    assert queue.rows() == [("bad", "queued", 1, message), ("note", "done", 1, None)]
    assert queue.ask("SELECT * FROM effects") == []


def test_what_would_fail_at_the_commit_is_a_failure_of_the_job(queue: Queue) -> None:
    """A violation of a deferred constraint is the job's error message, too."""
    queue.ask("CREATE TABLE a (id int PRIMARY KEY, x int REFERENCES a DEFERRABLE INITIALLY DEFERRED)")
    queue.put("bad")

    queue.drain(bad=lambda connection, _: connection.execute("INSERT INTO a VALUES (1, 2)"))

    ((_, status, attempts, message),) = queue.rows()
    assert (status, attempts) == ("queued", 1)
    assert message.startswith('ForeignKeyViolation: insert or update on table "a" violates foreign key constraint')


@pytest.mark.parametrize(("attempts", "seconds"), [(0, 1), (1, 2), (2, 4), (3, 8)])
def test_each_attempt_waits_twice_as_long(queue: Queue, attempts: int, seconds: int) -> None:
    """After the first failure a job waits a second, after each further one twice as long, from its end on."""
    queue.ask("INSERT INTO processing_jobs (kind, attempts) VALUES ('bad', %s)", attempts)

    def bad(*_: object) -> None:
        time.sleep(0.3)
        raise ValueError

    queue.drain(bad=bad)

    ((waits,),) = queue.ask("SELECT run_after - updated_at FROM processing_jobs")  # updated_at: when it began
    assert timedelta(seconds=seconds + 0.3) < waits < timedelta(seconds=seconds + 0.9)


def test_a_job_fails_after_the_last_attempt(queue: Queue) -> None:
    """A job that fails each time is tried max_attempts times, and is failed then; one that recovers is done."""
    queue.put("bad")
    queue.put("better")
    tried: list[int] = []

    def better(_: psycopg.Connection, job: Job) -> None:
        if job.attempt < 3:
            raise ValueError

    def bad(_: psycopg.Connection, job: Job) -> None:
        tried.append(job.attempt)
        raise ValueError(job.attempt)

    with working(Worker(queue.url, {"bad": bad, "better": better}, max_attempts=3, backoff=SHORT)):
        queue.until_settled()

    assert tried == [1, 2, 3]
    assert queue.rows() == [("bad", "failed", 3, "ValueError: 3"), ("better", "done", 3, None)]


def test_a_job_of_a_dead_worker_is_taken_up_again(queue: Queue) -> None:
    """A job that says running and that nobody holds is done, as another attempt."""
    queue.left_running("note", 1)
    seen = []

    queue.drain(note=lambda connection, job: seen.append((job.attempt, connection.info.transaction_status.name)))

    assert seen == [(2, "INTRANS")]
    assert queue.rows() == [("note", "done", 2, None)]


def test_a_job_that_ended_all_its_workers_fails(queue: Queue) -> None:
    """A job whose last attempt ended its worker is failed, and is not tried any more; the next one is done."""
    queue.left_running("poison", 5)
    queue.put("note")

    queue.drain(poison=lambda *_: raise_it(AssertionError()), note=nothing)

    assert queue.rows() == [("poison", "failed", 5, "its worker ended during attempt 5"), ("note", "done", 1, None)]


def test_a_job_just_taken_is_not_taken_for_abandoned(queue: Queue) -> None:
    """Between a worker's two steps nobody holds its job, so for a second nobody takes it for abandoned."""
    queue.left_running("note", 1, 0)

    queue.drain(note=nothing)

    assert queue.rows() == [("note", "running", 1, None)]


def test_a_long_job_stays_with_its_worker(queue: Queue) -> None:
    """However long a job takes, no other worker takes it up while its own one lives; others do what comes next."""
    job = queue.put("long")
    begun, end = threading.Event(), threading.Event()

    def long(*_: object) -> None:
        begun.set()
        end.wait()

    with working(Worker(queue.url, {"long": long})):
        assert begun.wait(10)
        time.sleep(1.1)  # what is left "running" for longer than a second may be taken up
        queue.put("note")
        queue.drain(long=nothing, note=nothing)
        under_way = queue.rows()
        end.set()
        until(lambda: queue.ask("SELECT status FROM processing_jobs WHERE id = %s", job) == [("done",)])

    assert under_way == [("long", "running", 1, None), ("note", "done", 1, None)]
    assert queue.rows() == [("long", "done", 1, None), ("note", "done", 1, None)]


def test_a_worker_that_was_too_slow_does_nothing(queue: Queue) -> None:
    """A worker whose job was taken up by another one, before it could hold it, does not do it."""
    queue.put("note")
    done: list[int] = []
    worker = Worker(queue.url, {"note": lambda _, job: done.append(job.attempt)})
    with psycopg.connect(queue.url, autocommit=True) as connection:
        slow = worker._take(connection)  # noqa: SLF001 -- the moment between its two steps
        assert slow
        queue.ask("UPDATE processing_jobs SET attempts = attempts + 1")
        worker._see_through(connection, slow, threading.Event())  # noqa: SLF001 -- the second step

    assert done == []
    assert queue.rows() == [("note", "running", 2, None)]


def test_workers_side_by_side_do_each_job_once(queue: Queue) -> None:
    """Four workers do two hundred jobs, each of them once and none of them as a second attempt."""
    queue.ask("CREATE TABLE effects (job bigint)")
    queue.ask("INSERT INTO processing_jobs (kind) SELECT 'note' FROM generate_series(1, 200)")

    def note(connection: psycopg.Connection, job: Job) -> None:
        connection.execute("INSERT INTO effects VALUES (%s)", [job.id])

    with working(*[Worker(queue.url, {"note": note})] * 4):
        queue.until_settled()

    assert queue.rows() == [("note", "done", 1, None)] * 200
    assert queue.ask("SELECT count(*), count(DISTINCT job) FROM effects") == [(200, 200)]


def test_a_stop_lets_the_job_at_hand_end(queue: Queue) -> None:
    """A worker that is to stop finishes its job, and takes no other."""
    queue.put("long")
    queue.put("note")
    begun, stop = threading.Event(), threading.Event()

    def long(*_: object) -> None:
        begun.set()
        stop.wait()
        time.sleep(0.3)

    with working(Worker(queue.url, {"long": long, "note": nothing})) as stop_workers:
        assert begun.wait(10)
        stop_workers.set()
        stop.set()

    assert queue.rows() == [("long", "done", 1, None), ("note", "queued", 0, None)]


@pytest.mark.parametrize("where", ["in Python", "in the database"])
def test_a_stop_gives_back_a_job_that_does_not_end(queue: Queue, where: str) -> None:
    """After the grace the worker ends without its job, nothing of which remains, and another worker does it."""
    queue.ask("CREATE TABLE effects (attempt int)")
    queue.put("long")
    begun, end, ended = threading.Event(), threading.Event(), threading.Event()

    def long(connection: psycopg.Connection, job: Job) -> None:
        try:
            connection.execute("INSERT INTO effects VALUES (%s)", [job.attempt])
            begun.set()
            if where == "in Python":
                end.wait()
            connection.execute("SELECT pg_sleep(60)")
        finally:
            ended.set()

    with working(Worker(queue.url, {"long": long}, grace=0.2)) as stop:
        assert begun.wait(10)
        stop.set()
        started = time.monotonic()
    took = time.monotonic() - started
    end.set()

    assert 0.2 < took < 1
    with working(
        Worker(queue.url, {"long": lambda c, job: c.execute("INSERT INTO effects VALUES (%s)", [job.attempt])})
    ):
        queue.until_settled()
    assert ended.wait(10)
    assert queue.rows() == [("long", "done", 2, None)]
    assert queue.ask("SELECT attempt FROM effects") == [(2,)]


def test_a_lost_session_is_another_attempt(queue: Queue) -> None:
    """A job whose session is ended in the middle is rolled back, and done by the same worker on a new session."""
    queue.ask("CREATE TABLE effects (attempt int)")
    queue.put("note")

    def note(connection: psycopg.Connection, job: Job) -> None:
        connection.execute("INSERT INTO effects VALUES (%s)", [job.attempt])
        if job.attempt == 1:
            queue.ask("SELECT pg_terminate_backend(%s)", connection.info.backend_pid)

    with working(Worker(queue.url, {"note": note})):
        queue.until_settled()

    assert queue.rows() == [("note", "done", 2, None)]
    assert queue.ask("SELECT attempt FROM effects") == [(2,)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_restart_of_the_server_ends_no_worker(start_server: StartServer, version: int) -> None:
    """A worker waits while the server is away, and goes on when it is back; the job under way is done again."""
    begun, away, tried = threading.Event(), threading.Event(), list[int]()
    stop = threading.Event()

    def long(_: psycopg.Connection, job: Job) -> None:
        tried.append(job.attempt)
        begun.set()
        assert away.wait(30)

    with start_server(version=version) as server:
        queue = make_queue(server.url())
        queue.put("long")
        queue.put("note")
        worker = threading.Thread(target=Worker(queue.url, {"long": long, "note": nothing}).run, args=[stop])
        worker.start()
        assert begun.wait(10)
    until_stopped(server.directory)
    away.set()
    with start_server(version=version):
        queue.until_settled()
        rows = queue.rows()
        stop.set()
        worker.join()

    assert tried == [1, 2]
    assert rows == [("long", "done", 2, None), ("note", "done", 1, None)]


def test_a_server_that_may_only_be_read_is_waited_for(queue: Queue) -> None:
    """A server that takes no changes, as after a switch to a standby, is no reason to end."""
    ((name,),) = queue.ask("SELECT current_database()")
    queue.ask(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    writable = replace(queue, url=f"{queue.url}&options=-c%20default_transaction_read_only%3Doff")
    with working(Worker(queue.url, {"note": nothing})):
        writable.put("note")
        time.sleep(0.3)
        assert queue.rows() == [("note", "queued", 0, None)]
        writable.ask(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        queue.until_settled()

    assert queue.rows() == [("note", "done", 1, None)]


def test_what_time_does_not_mend_ends_the_worker(queue: Queue) -> None:
    """A database that does not exist, or has no queue, is raised."""
    with pytest.raises(ConfigurationError, match='database "nowhere" does not exist'):
        Worker(f"{queue.url}&dbname=nowhere").run(threading.Event())
    queue.ask("DROP TABLE processing_jobs")
    with pytest.raises(psycopg.errors.UndefinedTable):
        Worker(queue.url).run(threading.Event())


def test_looking_for_a_job_reads_few_rows(queue: Queue) -> None:
    """A worker finds its job through the index of open jobs, however many are done."""
    queue.ask("INSERT INTO processing_jobs (kind, status) SELECT 'note', 'done' FROM generate_series(1, 5000)")
    queue.ask("INSERT INTO processing_jobs (kind) SELECT 'note' FROM generate_series(1, 2000)")
    queue.ask("ANALYZE processing_jobs")
    with psycopg.connect(queue.url) as connection:
        plan = connection.execute(f"EXPLAIN {TAKE}", {"most": 5, "kinds": ["note"]}).fetchall()

    text = "\n".join(line for (line,) in plan)
    assert "Index Scan using idx_processing_jobs_open" in text
    assert "Seq Scan" not in text
    assert "Sort" not in text


@pytest.mark.parametrize("version", VERSIONS)
def test_a_machine_that_is_gone_is_noticed(
    start_tcp_server: Callable[[int], AbstractContextManager[str]], version: int
) -> None:
    """While a job is under way, the server looks whether its worker is there, and no limit of idleness ends it."""
    names = [setting.split()[2] for setting in FOR_A_JOB.split(";")]
    seen: list[str] = []
    with start_tcp_server(version) as address:
        queue = make_queue(f"postgresql://shop:s3cret@{address}/shop")
        queue.put("look")
        queue.ask("ALTER ROLE shop SET idle_in_transaction_session_timeout = '100ms'")

        def look(connection: psycopg.Connection, _: Job) -> None:
            time.sleep(0.3)
            for name in names:
                row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
                assert row
                seen.append(row[0])

        queue.drain(look=look)
        assert queue.rows() == [("look", "done", 1, None)]
    assert seen == ["10", "5", "3", "25000", "0"]


def test_a_document_is_embedded(queue: Queue) -> None:
    """The job embed_document makes a document's passages as its body has them now, also when done twice at once."""
    queue.ask("INSERT INTO documents (path, body) VALUES ('bread.md', E'Flour and water.\\n\\nBake it hot.')")
    for _ in range(4):
        queue.put("embed_document", path="bread.md")
    queue.put("embed_document", path="no.md")
    with working(*[Worker(queue.url, max_attempts=1)] * 2):
        queue.until_settled()

    assert queue.ask("SELECT position, passage FROM document_passages ORDER BY 1") == [
        (0, "Flour and water."),
        (1, "Bake it hot."),
    ]
    assert queue.rows() == [
        *[("embed_document", "done", 1, None)] * 4,
        ("embed_document", "failed", 1, 'MigrateTasksError: there is no document "no.md"'),
    ]


def test_a_thread_is_summarized(queue: Queue) -> None:
    """The job summarize_thread makes the sentence that says most of a thread its title."""
    ((thread,),) = queue.ask("INSERT INTO memory_threads (title) VALUES ('conversation 7') RETURNING id")
    ((silent,),) = queue.ask("INSERT INTO memory_threads (title) VALUES ('silent') RETURNING id")
    for content in (
        "Hello! Does a lock in Postgres end with its session?",
        "A lock in Postgres ends with its session.",
    ):
        queue.ask("INSERT INTO memory_messages (thread_id, author, content) VALUES (%s, 'x', %s)", thread, content)
    for each in (thread, silent):
        queue.put("summarize_thread", thread=str(each))
    with working(Worker(queue.url)):
        queue.until_settled()

    assert queue.rows() == [("summarize_thread", "done", 1, None)] * 2
    assert queue.ask("SELECT title FROM memory_threads ORDER BY 1") == [
        ("Does a lock in Postgres end with its session?",),
        ("silent",),
    ]


def test_the_proof_leaves_nothing(queue: Queue) -> None:
    """The proof does a job of its own, also beside other workers, touches no other, and removes what one left."""
    queue.ask("INSERT INTO processing_jobs (kind, created_at) VALUES ('probe killed', now() - INTERVAL '1 h')")
    queue.put("waits")
    with working(Worker(queue.url)):
        assert prove(queue.url) == "2 kinds of jobs, 1 waiting"

    assert queue.rows() == [("waits", "queued", 0, None)]


def test_the_proof_fails_where_no_job_is_done(queue: Queue) -> None:
    """Where the worker cannot take a job, the proof says so, and leaves nothing."""
    queue.ask(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER refuse BEFORE UPDATE ON processing_jobs FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    with pytest.raises(MigrateTasksError) as caught:
        prove(queue.url, limit=0.3)

    assert str(caught.value) == (
        'the worker has not done a probe job within 0.3 s\nDETAIL: The job was "queued": nobody had taken it.'
    )
    assert queue.rows() == []


def test_the_phase(url: str) -> None:
    """The phase says what there is to do; without the migrations, what to do first."""
    project = Project(REPOSITORY, {"DATABASE_URL": url, "APP_ENV": "test"})
    with pytest.raises(ConfigurationError) as caught:
        prove(url)
    make_queue(url)

    assert project.invoke("background-services") == Said(0, "2 kinds of jobs, 0 waiting\n", "")
    assert str(caught.value) == (
        "there is no queue of jobs\n"
        'DETAIL: relation "processing_jobs" does not exist.\n'
        "HINT: Run the migrations first: invoke migrate.run"
    )
