"""Status, health and reset, read from a real history."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import migration_health, migration_status, reset_migrations, run_migrations
from migrate_tasks.errors import ConfigurationError, MigrationFailed, Refused, TryAgainLater
from migrate_tasks.migrations.lock import hold_lock
from migrate_tasks.migrations.session import Session
from migrate_tasks.migrations.status import Status
from migrate_tasks.settings import Settings, read_settings
from tests.support import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def settings(tmp_path: Path, url: str) -> Settings:
    """A project with two migrations, 001-a and 002-b, none of them executed."""
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "001-a.sql").write_text("CREATE TABLE IF NOT EXISTS a (x int)")
    (tmp_path / "migrations" / "002-b.sql").write_text("CREATE TABLE IF NOT EXISTS b (x int)")
    return read_settings(tmp_path, environ={"DATABASE_URL": url, "APP_ENV": "development"})


def test_an_untouched_database_has_everything_pending(settings: Settings) -> None:
    """Before the first run everything is pending, health is degraded, and nothing was created by asking."""
    health = migration_health(settings)

    assert health.report.named(Status.PENDING) == ["001-a", "002-b"]
    assert (health.status, health.healthy, health.stuck) == ("degraded", True, 0)
    assert health.issues == ("2 pending, from 001-a on. Execute them: invoke migrate.run",)
    with psycopg.connect(settings.url or "") as connection:
        assert connection.execute("SELECT to_regclass('migration_status')").fetchone() == (None,)


def test_completed_is_ok(settings: Settings) -> None:
    """After a run everything is completed, with its times, and health is ok without issues."""
    run_migrations(settings)

    health = migration_health(settings)

    assert (health.status, health.healthy, health.issues) == ("ok", True, ())
    assert all(m.started_at and m.completed_at and m.duration is not None for m in health.report.migrations)


def test_a_failure_makes_health_fail(settings: Settings) -> None:
    """A failed migration is an issue in words, with the way on."""
    (settings.directory / "002-b.sql").write_text("SELECT 1/0")
    with pytest.raises(MigrationFailed):
        run_migrations(settings)

    health = migration_health(settings)

    path = settings.directory / "002-b.sql"
    assert (health.status, health.healthy) == ("failed", False)
    assert health.issues == (
        f"002-b failed: {path}:1:1: division by zero (SQLSTATE 22012). Execute it again: invoke migrate.run",
    )


KILLED = """
import os, signal
from migrate_tasks import run_migrations, read_settings
from migrate_tasks.migrations.events import MigrationStarted
def die(event):
    if event == MigrationStarted("002-b"):
        os.kill(os.getpid(), signal.SIGKILL)
run_migrations(read_settings("."), on_event=die)
"""


def test_a_killed_run_is_stuck_until_the_next(settings: Settings) -> None:
    """A row left running by a killed process counts as stuck, and the next run executes it."""
    code = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n{KILLED}"
    killed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.root,
        env={**os.environ, "DATABASE_URL": settings.url or ""},
        check=False,
    )
    until_nobody_else_is_connected(settings.url or "")

    health = migration_health(settings)
    result = run_migrations(settings)

    died = health.report.migrations[1]
    assert killed.returncode == -signal.SIGKILL
    assert (health.status, health.healthy, health.stuck) == ("stuck", False, 1)
    assert (died.status, died.died) == (Status.FAILED, True)
    assert [(r.name, r.outcome) for r in result.results] == [("001-a", "skipped"), ("002-b", "executed")]
    assert migration_health(settings).status == "ok"


def until_nobody_else_is_connected(url: str) -> None:
    """Wait until the server has noticed that its client is dead."""
    deadline = time.monotonic() + 10
    with psycopg.connect(url, autocommit=True) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        while connection.execute(query).fetchone() != (0,):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_unreachable_is_an_answer(tmp_path: Path) -> None:
    """Health of a database that nobody serves is "unreachable", not an exception."""
    (tmp_path / "migrations").mkdir()
    settings = read_settings(tmp_path, environ={"DATABASE_URL": f"postgresql://bob@/shop?host={tmp_path}"})

    health = migration_health(settings)

    assert (health.status, health.healthy) == ("unreachable", False)
    assert health.issues == (
        f'could not connect to database "shop" on socket "{tmp_path}/.s.PGSQL.5432": no such file or directory',
    )


def test_reset_of_one(settings: Settings) -> None:
    """A reset migration is pending, the others stay, and a run executes it again."""
    run_migrations(settings)

    names = reset_migrations(settings, "001-a.sql")
    status = migration_status(settings)
    result = run_migrations(settings)

    assert names == ("001-a",)
    assert status.named(Status.PENDING) == ["001-a"]
    assert [(r.name, r.outcome) for r in result.results] == [("001-a", "executed"), ("002-b", "skipped")]


def test_reset_of_all(settings: Settings) -> None:
    """Without a name, all that is recorded is reset; a second reset finds nothing."""
    run_migrations(settings)

    assert reset_migrations(settings) == ("001-a", "002-b")
    assert reset_migrations(settings) == ()


@pytest.mark.parametrize("environment", ["production", "prodction", "staging"])
def test_reset_is_for_development(settings: Settings, environment: str) -> None:
    """In production, or where the environment is unknown, a reset is refused."""
    there = read_settings(settings.root, environ={"DATABASE_URL": settings.url or "", "APP_ENV": environment})

    with pytest.raises(Refused) as caught:
        reset_migrations(there)

    assert str(caught.value) == (
        f'migration status cannot be reset in environment "{environment}"\n'
        "DETAIL: A reset makes the next run execute completed migrations again.\n"
        "HINT: In a development database, set APP_ENV=development."
        " To say it of one migration: invoke migrate.mark NAME --pending"
    )


def test_reset_of_an_unknown_name(settings: Settings) -> None:
    """A name that is no migration's is answered with the nearest."""
    with pytest.raises(ConfigurationError) as caught:
        reset_migrations(settings, "001-b")

    assert str(caught.value) == 'there is no migration "001-b"\nHINT: Did you mean "002-b"?'


def test_no_reset_during_a_run(settings: Settings) -> None:
    """While another session holds the lock, a reset does nothing and says who."""
    run_migrations(settings)
    with (
        psycopg.connect(settings.url or "", autocommit=True, application_name="other") as other,
        hold_lock(Session(other), settings.lock_wait, lambda _: None),
        pytest.raises(TryAgainLater) as caught,
    ):
        reset_migrations(settings)
    pid = other.info.backend_pid if not other.closed else 0

    assert caught.value.message == "another run of migrations is still at work after 0ms"
    assert caught.value.detail
    assert caught.value.detail.startswith('The lock is held by "other" on local (backend ')
    assert pid == 0
    assert migration_status(settings).count(Status.COMPLETED) == 2


def test_a_changed_file_and_one_that_is_gone(settings: Settings) -> None:
    """A completed migration whose file was changed or removed is shown, and degrades health."""
    run_migrations(settings)
    (settings.directory / "001-a.sql").write_text("SELECT 1")
    (settings.directory / "002-b.sql").unlink()

    health = migration_health(settings)

    assert [(m.name, m.status, m.changed, m.missing) for m in health.report.migrations] == [
        ("001-a", Status.COMPLETED, True, False),
        ("002-b", Status.COMPLETED, False, True),
    ]
    assert health.status == "degraded"
    assert health.issues == (
        (
            "001-a was changed after it was completed, and the change was not executed."
            " Put it into a new migration: invoke migrate.new"
        ),
        "002-b is completed, but its file is gone. Restore it",
    )
