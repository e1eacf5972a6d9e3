"""Locks that others hold: how long a run waits for them, what it tells, and when it gives up."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import MigrationFailed
from migrate_tasks.migrations.events import Event, MigrationProgress, MigrationRetrying
from tests.support import without_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.migrations.ground import Ground

LONG, SHORT = timedelta(seconds=1.6), timedelta(milliseconds=50)
TABLE = "CREATE TABLE t (a int);"


def retries(events: list[Event]) -> list[MigrationRetrying]:
    """Return the events that tell of a retry."""
    return [event for event in events if isinstance(event, MigrationRetrying)]


@contextmanager
def writing(ground: Ground) -> Iterator[psycopg.Connection]:
    """Keep a transaction open that has written to t."""
    with psycopg.connect(ground.url) as session:
        session.execute("INSERT INTO t VALUES (1)")
        yield session
        session.rollback()


def test_it_is_tried_again_until_the_lock_is_free(any_ground: Ground) -> None:
    """A migration that does not get its lock in time is rolled back, tried again, and succeeds after the release."""
    any_ground.write(m001_a=TABLE, m002_b="CREATE TABLE u (a int); ALTER TABLE t ADD b int;")
    run_migrations(any_ground.settings, to="001-a")
    events: list[Event] = []

    with any_ground.locked("t") as session:

        def release(event: Event) -> None:
            events.append(event)
            if len(retries(events)) == 2:
                session.rollback()

        result = run_migrations(any_ground.given(lock_timeout=SHORT), on_event=release)

    first, second = retries(events)[:2]
    assert [(one.name, one.reason, one.retry, one.retries) for one in (first, second)] == [
        ("002-b", "canceling statement due to lock timeout", 1, 10),
        ("002-b", "canceling statement due to lock timeout", 2, 10),
    ]
    assert timedelta(0) <= first.delay <= timedelta(seconds=0.5)
    assert timedelta(0) <= second.delay <= timedelta(seconds=1)
    assert [r.outcome for r in result.results] == ["skipped", "executed"]
    assert any_ground.relations == {"t", "u"}


@pytest.mark.parametrize("number", [0, 1])
def test_who_blocked_is_told_in_the_end(ground: Ground, number: int) -> None:
    """After the last retry the error names the session that had the lock, and the exit code says: try again later."""
    ground.write(m001_a=TABLE, m002_b="SELECT 1;\nALTER TABLE t ADD b int;")
    run_migrations(ground.settings, to="001-a")
    events: list[Event] = []

    with ground.locked("t") as session, pytest.raises(MigrationFailed) as caught:
        run_migrations(ground.given(lock_timeout=LONG, lock_timeout_retries=number), on_event=events.append)
    pid, user = session.info.backend_pid if not session.closed else 0, ground.one("SELECT current_user")
    told = [event for event in events if isinstance(event, MigrationProgress)]

    assert pid == 0
    blocker = told[0].blockers[0]
    assert (blocker.application, blocker.user, blocker.query) == ("shop", user, "LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
    assert (told[0].name, told[0].statement, told[0].statements) == ("002-b", 2, 2)
    assert without_times(ground.shown(caught.value)) == (
        "./migrations/002-b.sql:2:1: canceling statement due to lock timeout (SQLSTATE 55P03)\n"
        f'DETAIL: In "ALTER TABLE t ADD b int". It waited for backend {blocker.pid} ("shop", user "{user}",'
        " in a transaction for #ms): LOCK TABLE t IN ACCESS EXCLUSIVE MODE."
        " 001-a stays completed; 002-b was rolled back.\n"
        "HINT: Run it again; the next run continues with it."
    )
    assert caught.value.exit_code == 75
    assert [one.blockers[0].pid for one in retries(events)] == [blocker.pid] * number


def test_statement_by_statement_is_patient_too(ground: Ground) -> None:
    """Of a file that is not one transaction only the statement that met the lock is tried again."""
    ground.write(m001_a=TABLE, m002_b="CREATE TABLE u (a int);\nVACUUM u;\nALTER TABLE t ADD b int;")
    run_migrations(ground.settings, to="001-a")
    events: list[Event] = []

    with ground.locked("t") as session:

        def release(event: Event) -> None:
            events.append(event)
            if retries(events):
                session.rollback()

        run_migrations(ground.given(lock_timeout=SHORT), on_event=release)

    assert ground.rows() == [("001-a", "completed"), ("002-b", "completed")]
    assert len(retries(events)) >= 1


def test_a_concurrent_index_waits_longer(any_ground: Ground) -> None:
    """CREATE INDEX CONCURRENTLY, which blocks nobody while it waits, does so beyond lock_timeout."""
    any_ground.write(m001_a=TABLE, m002_b="CREATE INDEX CONCURRENTLY i ON t (a);")
    run_migrations(any_ground.settings, to="001-a")
    events: list[Event] = []

    with writing(any_ground) as session:

        def release(event: Event) -> None:
            events.append(event)
            if isinstance(event, MigrationProgress):
                session.rollback()

        run_migrations(any_ground.given(lock_timeout=SHORT), on_event=release)

    assert retries(events) == []
    assert any_ground.rows() == [("001-a", "completed"), ("002-b", "completed")]


def test_a_concurrent_index_with_a_directive(ground: Ground) -> None:
    """With a lock_timeout of its own it is tried again, and each INVALID index that it left is dropped before."""
    ground.write(m001_a=TABLE, m002_b="-- migrate: lock_timeout 50ms\nCREATE INDEX CONCURRENTLY i ON t (a);")
    run_migrations(ground.settings, to="001-a")
    events: list[Event] = []

    with writing(ground) as session:

        def release(event: Event) -> None:
            events.append(event)
            if len(retries(events)) == 2:
                session.rollback()

        run_migrations(ground.settings, on_event=release)

    assert len(retries(events)) >= 2
    assert ground.ask("SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 't'::regclass") == [
        ("i", True)
    ]


@pytest.mark.parametrize(
    "text", ["SET lock_timeout = '50ms';", "SET LOCAL lock_timeout TO 50;", "-- migrate: lock_timeout 50ms"]
)
def test_what_a_file_says_wins(ground: Ground, text: str) -> None:
    """A lock_timeout that the file sets itself, or by a directive, holds instead of the setting: here a shorter one."""
    ground.write(m001_a=TABLE, m002_b=f"{text}\nALTER TABLE t ADD b int;")
    run_migrations(ground.settings, to="001-a")

    with ground.locked("t"):
        told = ground.refusal(
            lambda: run_migrations(ground.given(lock_timeout=timedelta(0), lock_timeout_retries=0)), MigrationFailed
        )

    assert "canceling statement due to lock timeout" in told


@pytest.mark.parametrize(
    "text", ["SET lock_timeout = '20s';", "-- migrate: lock_timeout 20s", "-- migrate: lock_timeout 0"]
)
def test_what_a_file_says_wins_when_it_is_longer(ground: Ground, text: str) -> None:
    """A lock_timeout that the file sets itself, or by a directive, holds instead of the setting: here a longer one."""
    ground.write(m001_a=TABLE, m002_b=f"{text}\nALTER TABLE t ADD b int;")
    run_migrations(ground.settings, to="001-a")
    events: list[Event] = []

    with ground.locked("t") as session:

        def release(event: Event) -> None:
            events.append(event)
            if isinstance(event, MigrationProgress):
                session.rollback()

        run_migrations(ground.given(lock_timeout=SHORT), on_event=release)

    assert retries(events) == []


SLOW = "SELECT pg_sleep(20);"
TOO_SLOW = (
    "./migrations/001-a.sql:{}:1: canceling statement due to statement timeout (SQLSTATE 57014)\n"
    'DETAIL: In "SELECT pg_sleep(20)". 001-a was rolled back.\n'
    "HINT: Mend ./migrations/001-a.sql; the next run continues with it."
)


@pytest.mark.parametrize(
    ("text", "setting", "line"),
    [
        (SLOW, SHORT, 1),
        (f"-- migrate: statement_timeout 50ms\n{SLOW}", None, 2),
        (f"-- migrate: statement_timeout 50ms\n{SLOW}", timedelta(minutes=1), 2),
        (f"-- migrate: no-transaction\n{SLOW}", SHORT, 2),
    ],
)
def test_a_statement_may_take_too_long(ground: Ground, text: str, setting: timedelta | None, line: int) -> None:
    """A statement that takes longer than statement_timeout is cancelled, and not tried again."""
    ground.write(m001_a=text)

    told = ground.refusal(lambda: run_migrations(ground.given(statement_timeout=setting)), MigrationFailed)

    assert told == TOO_SLOW.format(line)


@pytest.mark.parametrize("text", ["SET statement_timeout = '20s';", "-- migrate: statement_timeout 20s"])
def test_a_statement_may_take_as_long_as_its_file_says(ground: Ground, text: str) -> None:
    """A statement_timeout of the file holds instead of a shorter setting."""
    ground.write(m001_a=f"{text}\nSELECT pg_sleep(0.2);")

    run_migrations(ground.given(statement_timeout=SHORT))

    assert ground.rows() == [("001-a", "completed")]


def test_a_deadlock_is_tried_again(ground: Ground) -> None:
    """What a transaction may not meet again, a deadlock or a serialization failure, is tried again."""
    ground.write(
        m001_a="CREATE SEQUENCE tries",
        m002_b="""DO $$ BEGIN
          IF nextval('tries') < 3 THEN RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01'; END IF;
        END $$""",
    )
    events: list[Event] = []

    run_migrations(ground.settings, on_event=events.append)

    assert [one.reason for one in retries(events)] == ["deadlock detected"] * 2
    assert ground.rows() == [("001-a", "completed"), ("002-b", "completed")]
