"""One run at a time per database."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import TryAgainLater
from migrate_tasks.migrations.events import Event, WaitingForLock
from migrate_tasks.migrations.lock import hold_lock
from migrate_tasks.migrations.session import Session
from migrate_tasks.settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

NOT_AT_ALL = timedelta(0)


def ignore(_: Event) -> None:
    """Show nothing."""


def test_the_lock_excludes_and_is_given_back(any_url: str) -> None:
    """A second session gets the lock only after the first one gave it back."""
    with psycopg.connect(any_url, autocommit=True) as first, psycopg.connect(any_url, autocommit=True) as second:
        with hold_lock(Session(first), NOT_AT_ALL, ignore):
            with pytest.raises(TryAgainLater) as caught, hold_lock(Session(second), NOT_AT_ALL, ignore):
                pass
            pid = first.info.backend_pid
        with hold_lock(Session(second), NOT_AT_ALL, ignore):
            pass

    assert caught.value.message == "another run of migrations is still at work after 0ms"
    assert caught.value.hint == f"Wait for it, or end it: SELECT pg_terminate_backend({pid})."
    assert caught.value.exit_code == 75


def test_who_waits_sees_the_holder(any_url: str) -> None:
    """The one who waits is told once who has the lock, and then gets it."""
    told: list[Event] = []
    with (
        psycopg.connect(any_url, autocommit=True, application_name="holder") as first,
        psycopg.connect(any_url, autocommit=True) as second,
    ):
        pid = first.info.backend_pid
        first.execute("SELECT 1")
        with hold_lock(Session(first), NOT_AT_ALL, ignore):
            waiting = threading.Thread(target=lambda: wait_for_lock(second, told))
            waiting.start()
            while not told:
                pass
        waiting.join(10)

    assert len(told) == 1
    assert isinstance(told[0], WaitingForLock)
    assert told[0].holder
    assert (told[0].holder.pid, told[0].holder.application, told[0].holder.host) == (pid, "holder", "local")


def wait_for_lock(connection: psycopg.Connection, told: list[Event]) -> None:
    """Take the lock when it is free."""
    with hold_lock(Session(connection), timedelta(seconds=10), told.append):
        pass


def test_many_runs_at_once(tmp_path: Path, any_url: str, *, full: bool) -> None:
    """However many runs start at once, each migration is executed exactly once, in order."""
    (tmp_path / "migrations").mkdir()
    names = [f"{number:03d}-m" for number in range(1, 6)]
    for name in names:
        text = "CREATE TABLE IF NOT EXISTS log (id serial, name text); SELECT pg_sleep(0.02);"
        (tmp_path / "migrations" / f"{name}.sql").write_text(f"{text} INSERT INTO log (name) VALUES ('{name}')")
    settings = read_settings(tmp_path, environ={"DATABASE_URL": any_url})
    executed: list[str] = []

    def run() -> None:
        executed.extend(r.name for r in run_migrations(settings).results if r.outcome == "executed")

    threads = [threading.Thread(target=run) for _ in range(40 if full else 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with psycopg.connect(any_url) as connection:
        logged = [name for (name,) in connection.execute("SELECT name FROM log ORDER BY id")]
    assert logged == names
    assert sorted(executed) == names
