"""Dry runs: executed, and rolled back."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import MigrationFailed
from migrate_tasks.migrations.dry_run import try_migrations
from migrate_tasks.migrations.events import Event, MigrationNotice

if TYPE_CHECKING:
    from migrate_tasks.migrations.status import RunResult
    from tests.migrations.ground import Ground


def outcomes(result: RunResult) -> list[tuple[str, str]]:
    """Return what became of each migration."""
    return [(one.name, one.outcome) for one in result.results]


def test_nothing_stays(any_ground: Ground) -> None:
    """Each migration is executed on top of those before it, and nothing is left, not even the history."""
    any_ground.write(
        m001_a="CREATE TABLE a (x int); SET search_path = nowhere;",
        m002_b="INSERT INTO a VALUES (1);\nCOPY a FROM stdin;\n2\n\\.\n",
    )

    result = try_migrations(any_ground.settings)

    assert outcomes(result) == [("001-a", "tried"), ("002-b", "tried")]
    assert any_ground.ask("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []


def test_what_is_completed_is_skipped(ground: Ground) -> None:
    """Only what is pending is tried, up to the end that is named; the history stays as it was."""
    ground.write(m001_a="CREATE TABLE a (x int)", m002_b="CREATE TABLE b (x int)", m003_c="SELECT 1/0")
    run_migrations(ground.settings, to="001-a")
    before = ground.rows("migration_name, status, metadata")

    assert outcomes(try_migrations(ground.settings, to="002-b")) == [("001-a", "skipped"), ("002-b", "tried")]
    assert ground.rows("migration_name, status, metadata") == before
    assert ground.relations == {"a"}


def test_what_cannot_be_tried(ground: Ground) -> None:
    """What is not one transaction is not tried, and the reason is told."""
    ground.write(m001_a="CREATE TABLE a (x int)", m002_b="CREATE INDEX CONCURRENTLY i ON a (x)", m003_c="SELECT 1")
    told: list[Event] = []

    result = try_migrations(ground.settings, on_event=told.append)

    assert outcomes(result) == [("001-a", "tried"), ("002-b", "not tried"), ("003-c", "tried")]
    assert told == [
        MigrationNotice("002-b", "NOTICE", "not tried: CREATE INDEX CONCURRENTLY cannot run in a transaction")
    ]


def test_a_failure(ground: Ground) -> None:
    """A failure is told with its place, and that all was rolled back; nothing is left."""
    ground.write(m001_a="CREATE TABLE a (x int)", m002_b="SELECT 1;\nSELECT nope;", m003_c="SELECT 1")

    with pytest.raises(MigrationFailed) as caught:
        try_migrations(ground.settings)

    assert ground.shown(caught.value) == (
        './migrations/002-b.sql:2:8: column "nope" does not exist (SQLSTATE 42703)\n'
        'DETAIL: In "SELECT nope". This was a dry run: all was rolled back.\n'
        "HINT: Mend ./migrations/002-b.sql."
    )
    assert caught.value.result
    assert outcomes(caught.value.result) == [("001-a", "tried"), ("002-b", "failed")]
    assert ground.one("SELECT to_regclass('migration_status')") is None


def test_a_failure_that_may_come_from_what_was_not_tried(ground: Ground) -> None:
    """Where something was not tried before, the failure says that it may be the reason."""
    ground.write(m001_a="CREATE TABLE a (x int); VACUUM a;", m002_b="INSERT INTO a VALUES (1)")

    assert ground.refusal(lambda: try_migrations(ground.settings), MigrationFailed) == (
        './migrations/002-b.sql:1:13: relation "a" does not exist (SQLSTATE 42P01)\n'
        'DETAIL: In "INSERT INTO a VALUES (1)". This was a dry run: all was rolled back.'
        " It may build on what was not tried: 001-a.\n"
        "HINT: Mend ./migrations/002-b.sql."
    )


def test_what_turns_out_to_be_no_transaction(ground: Ground) -> None:
    """What only the server can know to be no transaction, as a procedure that commits, is not tried either."""
    ground.write(
        m001_a="CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$",
        m002_b="CREATE TABLE b (x int); CALL p()",
        m003_c="CALL p()",
    )
    told: list[Event] = []

    result = try_migrations(ground.settings, on_event=told.append)
    executed = run_migrations(ground.settings)

    reason = "not tried: invalid transaction termination"
    assert outcomes(result) == [("001-a", "tried"), ("002-b", "not tried"), ("003-c", "not tried")]
    assert told == [MigrationNotice("002-b", "NOTICE", reason), MigrationNotice("003-c", "NOTICE", reason)]
    assert executed.count("executed") == 3


def test_a_new_enum_value_of_an_earlier_file(ground: Ground) -> None:
    """A file that uses an enum value which an earlier one has added is not tried, and can be executed."""
    ground.write(m001_a="CREATE TYPE mood AS ENUM ('sad')")
    run_migrations(ground.settings)
    ground.write(m002_b="ALTER TYPE mood ADD VALUE 'ok'", m003_c="SELECT 'ok'::mood")

    assert outcomes(try_migrations(ground.settings))[1:] == [("002-b", "tried"), ("003-c", "not tried")]
    assert run_migrations(ground.settings).count("executed") == 2


def test_an_interrupt(ground: Ground) -> None:
    """An interrupt cancels what is being tried, and leaves nothing."""
    ground.write(m001_a="CREATE TABLE a (x int); SELECT pg_sleep(60)")
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"

    def interrupt() -> None:
        while not ground.one(sleeping):
            time.sleep(0.02)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        try_migrations(ground.settings)
    thread.join(10)

    assert ground.one(sleeping) == 0
    assert ground.relations == set()
