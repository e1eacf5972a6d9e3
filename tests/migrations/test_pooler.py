"""Runs through PgBouncer in transaction mode, where no session is theirs: a lease instead of the session's lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import conninfo

from migrate_tasks import run_migrations
from migrate_tasks.errors import MigrateTasksError, TryAgainLater
from migrate_tasks.migrations.report import migration_status
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.support import Pooler

StartPgbouncer = Callable[..., "AbstractContextManager[Pooler]"]

MIXED = {
    "001-a": "CREATE TABLE t (a int); CREATE TABLE audit (name text); INSERT INTO audit VALUES ('001');",
    "002-b": "CREATE INDEX CONCURRENTLY i ON t (a);\nVACUUM t;\nINSERT INTO audit VALUES ('002');",
    "003-c": "BEGIN; INSERT INTO audit VALUES ('003'); COMMIT; CREATE INDEX CONCURRENTLY ON t (a);",
    "004-d": "SELECT set_config('search_path', '', false); INSERT INTO public.audit VALUES ('004');",
    "005-e": "INSERT INTO audit VALUES ('005');",
}


@pytest.fixture
def direct(tmp_path: Path, any_url: str) -> Settings:
    """The settings of a project with MIXED, for a run with a session of its own."""
    (tmp_path / "migrations").mkdir()
    for name, text in MIXED.items():
        (tmp_path / "migrations" / f"{name}.sql").write_text(text, encoding="utf-8")
    return read_settings(tmp_path, environ={"DATABASE_URL": any_url, "MIGRATE_TASKS_LOCK_WAIT": "60s"})


@pytest.fixture
def pooled(direct: Settings, any_url: str, start_pgbouncer: StartPgbouncer) -> Iterator[Settings]:
    """The same for a run through PgBouncer."""
    with start_pgbouncer(any_url, pool_mode="transaction", default_pool_size="20") as pooler:
        yield replace(direct, url=pooler.url(str(conninfo.conninfo_to_dict(any_url)["dbname"])))


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    """Return the rows of ``query``."""
    with psycopg.connect(settings.url or "", autocommit=True) as connection:
        return connection.execute(query).fetchall() if query.lstrip().startswith("SELECT") else []


def execute(settings: Settings, statement: str) -> None:
    """Execute ``statement``."""
    with psycopg.connect(settings.url or "", autocommit=True) as connection:
        connection.execute(statement)


def test_executes_everything(pooled: Settings, direct: Settings) -> None:
    """Through a pooler all kinds of files are executed, the lease is given back, nothing is left in its sessions."""
    result = run_migrations(pooled)
    again = run_migrations(pooled)

    assert (result.count("executed"), again.count("skipped")) == (5, 5)
    assert ask(direct, "SELECT name FROM audit ORDER BY name") == [(n,) for n in ("001", "002", "003", "004", "005")]
    assert ask(direct, "SELECT status FROM migration_status WHERE migration_type = 'lease'") == [("completed",)]
    assert [m.name for m in migration_status(direct).migrations] == list(MIXED)
    assert ask(pooled, "SELECT current_setting('search_path')") == [('"$user", public',)]


def test_runs_keep_each_other_out(pooled: Settings, direct: Settings) -> None:
    """Of many runs at once, with and without a pooler between, each migration is executed by one."""
    done: list[int] = []

    def run(settings: Settings) -> None:
        done.append(run_migrations(settings).count("executed"))

    threads = [threading.Thread(target=run, args=[settings]) for settings in (pooled, direct) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(done) == [0, 0, 0, 0, 0, 5]
    assert ask(direct, "SELECT count(*) FROM audit") == [(5,)]


@pytest.mark.parametrize("second", ["pooled", "direct"])
def test_who_waits_sees_the_lease(pooled: Settings, direct: Settings, second: str) -> None:
    """A run that must wait for one behind a pooler names it, and gives up when its time is over."""
    slow = pooled.directory / "006-f.sql"
    slow.write_text("SELECT pg_sleep(2)")
    run = threading.Thread(target=run_migrations, args=[pooled])
    run.start()
    time.sleep(0.8)

    with pytest.raises(TryAgainLater) as caught:
        run_migrations(replace(pooled if second == "pooled" else direct, lock_wait=timedelta(0)))
    states = {m.name: (m.status, m.died) for m in migration_status(direct).migrations}
    run.join(30)

    assert caught.value.message == "another run of migrations is still at work after 0ms"
    assert "(behind a pooler)" in (caught.value.detail or "")
    assert states["006-f"] == ("running", False)


def test_a_lost_lease_commits_nothing(pooled: Settings, direct: Settings) -> None:
    """A run whose lease was taken by another, as after a long sleep of its machine, commits nothing more."""
    for name in list(MIXED)[1:]:
        (pooled.directory / f"{name}.sql").unlink()
    (pooled.directory / "002-b.sql").write_text("CREATE TABLE b (a int);\nVACUUM t;\nINSERT INTO b VALUES (1);\n")
    steal = "UPDATE migration_status SET metadata = metadata || '{\"run_id\": \"x\"}' WHERE migration_type = 'lease'"

    def on_event(event: object) -> None:
        if type(event).__name__ == "MigrationStarted" and getattr(event, "name", "") == "002-b":
            execute(direct, steal)

    with pytest.raises(MigrateTasksError) as caught:
        run_migrations(pooled, on_event=on_event)

    assert caught.value.message == 'migration "002-b" lost the lock of the run to another run'
    assert ask(direct, "SELECT to_regclass('b')") == [(None,)]


def test_a_dead_run_loses_the_lease(pooled: Settings, direct: Settings) -> None:
    """The lease of a run that died is free again after ten seconds without a heartbeat."""
    run_migrations(pooled)
    execute(
        direct,
        "UPDATE migration_status SET status = 'running',"
        " metadata = metadata || jsonb_build_object('heartbeat_at', clock_timestamp() - INTERVAL '9 seconds')"
        " WHERE migration_type = 'lease'",
    )
    (pooled.directory / "006-f.sql").write_text("INSERT INTO audit VALUES ('006')")

    with pytest.raises(TryAgainLater):
        run_migrations(replace(pooled, lock_wait=timedelta(0)))
    result = run_migrations(replace(pooled, lock_wait=timedelta(seconds=30)))

    assert result.count("executed") == 1


def test_a_long_migration_shows_that_it_lives(pooled: Settings, direct: Settings) -> None:
    """While one statement takes long, both the row's heartbeat and the lease's are renewed."""
    run_migrations(pooled)
    (pooled.directory / "006-f.sql").write_text("SELECT pg_sleep(4)")
    beats = "SELECT metadata->>'heartbeat_at' FROM migration_status WHERE status = 'running' ORDER BY migration_name"
    run = threading.Thread(target=run_migrations, args=[pooled])
    run.start()
    time.sleep(1)
    before = ask(direct, beats)
    time.sleep(2.3)
    after = ask(direct, beats)
    run.join(30)

    assert len(before) == len(after) == 2
    assert before[0] < after[0]
