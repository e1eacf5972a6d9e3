"""The session of a run: what is told when it is not to be had, or ends."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import MigrateTasksError, TryAgainLater
from migrate_tasks.migrations.events import Event, MigrationProgress, MigrationStarted, WaitingForDatabase
from migrate_tasks.migrations.script import ScriptFailed, execute_script
from migrate_tasks.migrations.session import Session, open_session

if TYPE_CHECKING:
    from pathlib import Path

    from tests.migrations.ground import Ground


def test_waiting_for_the_database_is_told_once(ground: Ground, tmp_path: Path) -> None:
    """A database that does not answer is waited for, which is told once for each reason."""
    events: list[Event] = []
    there = ground.given(url=f"postgresql://bob@/shop?host={tmp_path}", connect_wait=timedelta(seconds=1))
    ground.write(m001_a="SELECT 1")

    ground.refusal(lambda: run_migrations(there, on_event=events.append), TryAgainLater)

    assert events == [WaitingForDatabase("no such file or directory")]


def failing(ground: Ground, statement: str) -> str:
    """Return what is told of a statement of our own that fails in an open session."""

    def execute() -> None:
        with open_session(ground.settings, timedelta(0)) as connection:
            connection.execute(statement)

    return ground.refusal(execute, MigrateTasksError)


def test_errors_outside_of_a_file(ground: Ground) -> None:
    """What fails outside of a file is told in the server's words, with its code."""
    assert failing(ground, "SELECT 1/0") == "division by zero (SQLSTATE 22012)"
    assert failing(ground, "DO $$ BEGIN RAISE 'no'; END $$") == (
        "no (SQLSTATE P0001)\nDETAIL: PL/pgSQL function inline_code_block line 1 at RAISE"
    )
    assert failing(ground, "SELECT pg_terminate_backend(pg_backend_pid())") == (
        "the connection to the database was lost: terminating connection due to administrator command\n"
        "HINT: Run it again."
    )


def test_a_mistake_of_ours_has_no_code(ground: Ground) -> None:
    """What psycopg finds wrong before it asks the server is told without a code."""
    assert failing(ground, "SELECT %s").startswith("syntax error")


def test_a_script_of_ours_that_fails(ground: Ground) -> None:
    """A statement of ours that fails in libpq's way is told as one that fails in psycopg's."""

    def send() -> None:
        with open_session(ground.settings, timedelta(0)) as connection:
            Session(connection).send("SELECT 1", "SELECT 1/0")

    assert ground.refusal(send, MigrateTasksError) == "division by zero (SQLSTATE 22012)"


def test_copy_without_data_in_its_file(ground: Ground) -> None:
    """A COPY FROM stdin that nothing follows ends with an error instead of waiting."""
    with psycopg.connect(ground.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a int)")
        with pytest.raises(ScriptFailed) as caught:
            execute_script(connection, "COPY t FROM stdin")

    assert caught.value.error.message == "COPY from stdin failed: no data follows the COPY in its file"


def test_progress_goes_on_without_a_second_connection(ground: Ground) -> None:
    """Where no second connection is to be had, progress is told without the names of those who block."""
    ground.write(m001_a="SELECT pg_sleep(1.6)")
    name = ground.one("SELECT current_database()")
    events: list[Event] = []

    def admit(*, everybody: bool) -> None:
        with psycopg.connect(ground.url, dbname="postgres", autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {everybody}')

    def close_the_door(event: Event) -> None:
        events.append(event)
        if event == MigrationStarted("001-a"):
            admit(everybody=False)

    try:
        run_migrations(ground.settings, on_event=close_the_door)
    finally:
        admit(everybody=True)

    told = [event for event in events if isinstance(event, MigrationProgress)]
    assert told
    assert told[0].blockers == ()
