"""A wish to end: what a signal's handler states, and a run respects."""

from __future__ import annotations

import signal
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import run_migrations
from migrate_tasks.migrations.events import (
    Event,
    MigrationCompleted,
    MigrationRetrying,
    MigrationStarted,
    WaitingForLock,
)
from migrate_tasks.migrations.lock import LOCK_KEY
from migrate_tasks.migrations.watch import Stop
from tests.support import without_times

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.migrations.ground import Ground
    from tests.support import Project

SLEEPING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND wait_event = 'PgSleep' AND state = 'active'"
)


def interrupted(
    ground: Ground, when: Callable[[Event], bool], grace: timedelta
) -> tuple[list[Event], tuple[object, ...]]:
    """Run, ask for an end when an event is told that ``when`` fits, and return the events and what was raised."""
    stop, events = Stop(), list[Event]()

    def tell(event: Event) -> None:
        events.append(event)
        if when(event):
            stop.request(signal.SIGTERM, grace)

    with pytest.raises(KeyboardInterrupt) as caught:
        run_migrations(ground.settings, on_event=tell, stop=stop)
    return events, caught.value.args


def test_nothing_new_is_started(any_ground: Ground) -> None:
    """Within the grace period the current migration comes to its end, and the next is not started."""
    any_ground.write(m001_a="SELECT pg_sleep(0.3); CREATE TABLE a (x int)", m002_b="CREATE TABLE b (x int)")

    events, raised = interrupted(any_ground, lambda e: e == MigrationStarted("001-a"), timedelta(minutes=1))

    assert raised == (signal.SIGTERM,)
    assert any_ground.rows() == [("001-a", "completed")]
    assert any_ground.relations == {"a"}
    assert isinstance(events[-1], MigrationCompleted)


def test_after_the_grace_period_it_is_cancelled(any_ground: Ground) -> None:
    """What takes longer than the grace period is cancelled and rolled back, and its row says so."""
    any_ground.write(m001_a="CREATE TABLE a (x int); SELECT pg_sleep(60)")
    started = time.monotonic()

    _, raised = interrupted(any_ground, lambda e: e == MigrationStarted("001-a"), timedelta(milliseconds=200))

    assert time.monotonic() - started < 20
    assert raised == (signal.SIGTERM,)
    assert any_ground.rows("status, error_message") == [("failed", "the run was interrupted")]
    assert any_ground.relations == set()
    assert any_ground.one(SLEEPING) == 0


@pytest.mark.parametrize("directive", ["", "-- migrate: no-transaction\n"])
def test_many_quick_statements_are_ended_too(ground: Ground, directive: str) -> None:
    """The grace period ends a migration of many statements, none of which takes long."""
    ground.write(m001_a=directive + "SELECT pg_sleep(0.1);\n" * 300)
    started = time.monotonic()

    interrupted(ground, lambda e: e == MigrationStarted("001-a"), timedelta(milliseconds=200))

    assert time.monotonic() - started < 20
    assert ground.rows("status, error_message") == [("failed", "the run was interrupted")]


def test_while_waiting_for_another_run(ground: Ground) -> None:
    """A run that waits for another one ends at once, and has done nothing."""
    ground.write(m001_a="SELECT 1")

    with psycopg.connect(ground.url) as other:
        other.execute(f"SELECT pg_advisory_lock({LOCK_KEY})")
        interrupted(ground, lambda e: isinstance(e, WaitingForLock), timedelta(minutes=1))

    assert ground.one("SELECT to_regclass('migration_status')") is None


def test_while_waiting_for_a_retry(ground: Ground) -> None:
    """A run that waits before a retry ends at once; the migration was rolled back already."""
    ground.write(
        m001_a="CREATE TABLE t (a int)",
        m002_b="-- migrate: lock_timeout 50ms\nALTER TABLE t ADD b int",
    )
    run_migrations(ground.settings, to="001-a")

    with ground.locked("t"):
        interrupted(ground, lambda e: isinstance(e, MigrationRetrying), timedelta(minutes=1))

    assert ground.rows("status, error_message")[1] == ("failed", "the run was interrupted")


def test_before_the_first(ground: Ground) -> None:
    """An end that was asked for before anything was started leaves no row."""
    ground.write(m001_a="SELECT 1")
    stop = Stop()
    stop.request(signal.SIGTERM, timedelta(minutes=1))

    with pytest.raises(KeyboardInterrupt):
        run_migrations(ground.settings, stop=stop)

    assert ground.rows() == []


def until_it_sleeps(project: Project, process: subprocess.Popen[str]) -> None:
    """Wait until the run's statement is asleep."""
    with psycopg.connect(project.environ["DATABASE_URL"], autocommit=True) as connection:
        while connection.execute(SLEEPING).fetchone() == (0,):
            assert process.poll() is None
            time.sleep(0.02)


def rows(project: Project) -> list[tuple[object, ...]]:
    """Return the history."""
    with psycopg.connect(project.environ["DATABASE_URL"]) as connection:
        return connection.execute("SELECT migration_name, status FROM migration_status ORDER BY 1").fetchall()


def test_sigterm_lets_the_migration_end(project: Project) -> None:
    """SIGTERM ends the process after the current migration, with exit code 143; the next one stays pending."""
    project.write("migrations/001-a.sql", "SELECT pg_sleep(0.7)")
    project.write("migrations/002-b.sql", "SELECT 1")
    process = project.start("migrate.run", MIGRATE_TASKS_GRACE_PERIOD="1m")
    until_it_sleeps(project, process)

    process.terminate()
    out, err = process.communicate(timeout=30)

    assert (process.returncode, without_times(out)) == (143, "001-a completed in #ms\n")
    assert err == "error: interrupted by SIGTERM\nHINT: Run it again: what is completed stays completed.\n"
    assert rows(project) == [("001-a", "completed"), ("002-b", "pending")]


def test_a_second_sigterm_is_at_once(project: Project) -> None:
    """A second SIGTERM does not wait for the grace period."""
    project.write("migrations/001-a.sql", "SELECT pg_sleep(60)")
    process = project.start("migrate.run", MIGRATE_TASKS_GRACE_PERIOD="1m")
    until_it_sleeps(project, process)

    process.terminate()
    time.sleep(0.5)
    assert process.poll() is None
    process.terminate()
    _, err = process.communicate(timeout=10)

    assert process.returncode == 143
    assert err == "error: interrupted by SIGTERM\nHINT: Run it again: what is completed stays completed.\n"
    assert rows(project) == [("001-a", "failed")]
