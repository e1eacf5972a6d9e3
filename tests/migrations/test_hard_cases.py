"""What an attack on the runner has found: nothing skipped, nothing executed twice, nothing told that is not so."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import conninfo

from migrate_tasks import run_migrations
from migrate_tasks.errors import MigrationFailed
from migrate_tasks.migrations.down import undo_migrations
from migrate_tasks.migrations.lock import LOCK_KEY
from migrate_tasks.migrations.record import mark_migration
from migrate_tasks.migrations.status import RunResult, Status
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

PARTITIONED = "CREATE TABLE pt (a int) PARTITION BY RANGE (a); CREATE INDEX ON pt (a); CREATE TABLE x (a int);"


@pytest.fixture
def settings(tmp_path: Path, any_url: str) -> Settings:
    """The settings of an empty project on an empty database."""
    (tmp_path / "migrations").mkdir()
    return read_settings(tmp_path, environ={"DATABASE_URL": any_url, "APP_ENV": "development"})


def write(settings: Settings, name: str, text: str) -> None:
    """Write the migration ``name``."""
    (settings.directory / f"{name}.sql").write_text(text, encoding="utf-8")


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of ``query``."""
    with psycopg.connect(settings.url or "", autocommit=True) as connection:
        return connection.execute(query).fetchall()


def fail_and_mend(settings: Settings, before: str, after: str) -> None:
    """Execute a file that fails, then the mended one."""
    write(settings, "002-b", before)
    with pytest.raises(MigrationFailed):
        run_migrations(settings)
    write(settings, "002-b", after)
    assert run_migrations(settings).results[-1].outcome == "executed"


def test_what_is_done_of_a_file_that_became_one_transaction_is_not_executed_again(settings: Settings) -> None:
    """What is done of a file that became one transaction is not executed again."""
    write(settings, "001-a", "CREATE TABLE t (a int);")
    insert = "INSERT INTO t VALUES (1);\n"
    fail_and_mend(settings, insert + "CREATE INDEX CONCURRENTLY i ON t (no);", insert + "CREATE INDEX i ON t (a);")
    assert ask(settings, "SELECT count(*) FROM t") == [(1,)]


def test_what_only_the_server_knows_to_be_no_transaction_is_continued(settings: Settings) -> None:
    """A file that only the server knows to be unfit for a transaction is continued where it failed."""
    write(settings, "001-a", PARTITIONED)
    file = "CREATE TABLE y (a int);\nREINDEX TABLE pt;\nSELECT 1 / {};"
    fail_and_mend(settings, file.format(0), file.format(1))


def test_a_companion_that_only_the_server_knows_to_be_no_transaction_is_half_undone(settings: Settings) -> None:
    """A companion that only the server knows to be unfit for a transaction is continued where it failed."""
    write(settings, "001-a", PARTITIONED)
    run_migrations(settings)
    file = "DROP TABLE x;\nREINDEX TABLE pt;\nSELECT 1 / {};"
    write(settings, "001-a.down", file.format(0))
    with pytest.raises(MigrationFailed):
        undo_migrations(settings, steps=1)
    assert ask(settings, "SELECT status FROM migration_status") == [("failed",)]
    write(settings, "001-a.down", file.format(1))
    undo_migrations(settings, steps=1)
    assert ask(settings, "SELECT status FROM migration_status") == [("pending",)]


def test_an_index_that_was_there_is_not_the_one_of_a_mended_statement(settings: Settings) -> None:
    """An index that was there is not the one of a mended statement."""
    write(settings, "001-a", "CREATE TABLE t (a int PRIMARY KEY, b int);")
    fail_and_mend(settings, "CREATE INDEX CONCURRENTLY ON tt (b);", "CREATE INDEX CONCURRENTLY ON t (b);")
    assert ask(settings, "SELECT to_regclass('t_b_idx') IS NOT NULL") == [(True,)]


def test_what_the_file_rolled_back_is_not_set_again(settings: Settings) -> None:
    """What the file rolled back is not set again."""
    write(settings, "001-a", "CREATE SCHEMA other;")
    file = "BEGIN;\nSET search_path = other;\nROLLBACK;\nSELECT 1 / {};\nCREATE TABLE y (a int);"
    fail_and_mend(settings, file.format(0), file.format(1))
    assert ask(settings, "SELECT to_regclass('public.y') IS NOT NULL") == [(True,)]


@pytest.mark.parametrize("change", ["ROLE", "SESSION AUTHORIZATION"])
def test_progress_is_written_whatever_role_the_file_sets(settings: Settings, change: str) -> None:
    """Progress is written whatever role the file sets."""
    lines = ["-- migrate: no-transaction", f"SET {change} pg_monitor;", "SELECT 1;", "VACUUM;", f"RESET {change};"]
    write(settings, "001-a", "\n".join(lines))
    run_migrations(settings)
    assert ask(settings, "SELECT status FROM migration_status") == [("completed",)]


def test_the_lock_is_kept_after_discard_all(settings: Settings) -> None:
    """A DISCARD ALL in a file does not cost the run its lock."""
    with psycopg.connect(settings.url or "", autocommit=True) as other:
        other.execute("CREATE TABLE seen (taken bool)")
        look = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        write(settings, "001-a", f"DISCARD ALL;\nINSERT INTO seen SELECT ({look}) > 0;")
        run_migrations(settings)
        assert other.execute("TABLE seen").fetchall() == [(True,)]


def test_a_do_that_committed_is_not_retried(settings: Settings) -> None:
    """A DO that has committed a part of itself is not tried again."""
    write(settings, "001-a", "CREATE TABLE t (a int);")
    body = "BEGIN INSERT INTO t VALUES (1); COMMIT; RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END"
    write(settings, "002-b", f"DO $$ {body} $$;")
    with pytest.raises(MigrationFailed):
        run_migrations(settings)
    assert ask(settings, "SELECT count(*) FROM t") == [(1,)]


def test_a_deferred_trigger_that_divides_by_zero_is_told_as_that(settings: Settings) -> None:
    """A deferred trigger that divides by zero is told as that."""
    write(
        settings,
        "001-a",
        "CREATE TABLE t (a int);"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / 0; RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION f();",
    )
    write(settings, "002-b", "INSERT INTO t VALUES (1);")
    with pytest.raises(MigrationFailed, match="division by zero"):
        run_migrations(settings)


@pytest.mark.parametrize("letters", [10, 1700, 4000])
def test_positions_of_a_server_without_characters(settings: Settings, tmp_path: Path, letters: int) -> None:
    """Where the server counts bytes, as in SQL_ASCII, the place is right all the same."""
    provider = "LOCALE_PROVIDER libc" if ask(settings, "SHOW server_version_num")[0][0] >= "150000" else ""
    with psycopg.connect(settings.url or "", autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE ascii{letters} ENCODING 'SQL_ASCII' TEMPLATE template0 {provider} LOCALE 'C'"
        )
    ascii_url = conninfo.make_conninfo(settings.url or "", dbname=f"ascii{letters}")
    given = read_settings(tmp_path, environ={"DATABASE_URL": ascii_url})
    write(given, "001-a", f"SELECT '{'é' * letters}';\nSELECT no;")
    write(given, "002-b", "SELECT 1;")
    with pytest.raises(MigrationFailed, match=r"001-a\.sql:2:8: "):
        run_migrations(given)


def test_what_becomes_pending_while_the_run_waits_is_executed(settings: Settings) -> None:
    """What becomes pending while the run waits for the lock is executed, too."""
    for name in ("001-a", "002-b"):
        write(settings, name, "SELECT 1;")
    run_migrations(settings)
    write(settings, "003-c", "SELECT 1;")
    results: list[RunResult] = []
    with psycopg.connect(settings.url or "", autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        run = threading.Thread(target=lambda: results.append(run_migrations(settings)))
        run.start()
        time.sleep(1)
        other.execute("UPDATE migration_status SET status = 'pending' WHERE migration_name = '002-b'")
    run.join()
    assert [result.outcome for result in results[0].results] == ["skipped", "executed", "executed"]


def test_what_is_half_undone_can_be_marked_as_pending(settings: Settings) -> None:
    """What is half undone can be marked as pending."""
    write(settings, "001-a", "CREATE TABLE IF NOT EXISTS t (a int);")
    run_migrations(settings)
    write(settings, "001-a.down", "-- migrate: no-transaction\nDROP TABLE t;\nSELECT 1 / 0;")
    with pytest.raises(MigrationFailed):
        undo_migrations(settings, steps=1)
    mark_migration(settings, "001-a", Status.PENDING)
    assert run_migrations(settings).results[0].outcome == "executed"


def test_set_transaction_that_comes_too_late_does_not_cost_the_transaction(settings: Settings) -> None:
    """A SET TRANSACTION that comes too late fails, and the file is rolled back as the one transaction that it is."""
    late = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;"
    write(settings, "001-a", f"CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\n{late}\nSELECT 1 / 0;")
    with pytest.raises(MigrationFailed, match=r"001-a\.sql:3:1: SET TRANSACTION"):
        run_migrations(settings)
    assert ask(settings, "SELECT to_regclass('t') IS NULL") == [(True,)]
