"""Executing migrations: transactions, rows, failures, sessions."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import ConfigurationError, MigrateTasksError, MigrationFailed
from migrate_tasks.migrations.events import Event, MigrationCompleted, MigrationNotice, MigrationStarted
from migrate_tasks.migrations.lock import LOCK_KEY
from migrate_tasks.migrations.status import RunResult
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

Run = Callable[..., RunResult]


@pytest.fixture
def settings(tmp_path: Path, any_url: str) -> Settings:
    """The settings of an empty project on an empty database."""
    (tmp_path / "migrations").mkdir()
    return read_settings(tmp_path, environ={"DATABASE_URL": any_url})


def write(settings: Settings, **files: str) -> None:
    """Write migrations; the keyword m001_a is the file 001-a.sql."""
    for name, text in files.items():
        path = settings.directory / f"{name[1:].replace('_', '-')}.sql"
        path.write_text(text, encoding="utf-8")


def rows(settings: Settings, columns: str = "migration_name, status") -> list[tuple[object, ...]]:
    """Return the history, in the order of the names."""
    with psycopg.connect(settings.url or "") as connection:
        return connection.execute(f"SELECT {columns} FROM migration_status ORDER BY migration_name").fetchall()


def one(settings: Settings, query: str) -> object:
    """Return the first column of the first row of ``query``."""
    with psycopg.connect(settings.url or "") as connection:
        row = connection.execute(query).fetchone()
    assert row
    return row[0]


def test_executes_then_skips(settings: Settings) -> None:
    """A first run executes everything in order, a second one skips everything."""
    write(settings, m001_a="CREATE TABLE a (x int)", m002_b="INSERT INTO a VALUES (1)")

    first = run_migrations(settings)
    second = run_migrations(settings)

    assert [(r.name, r.outcome) for r in first.results] == [("001-a", "executed"), ("002-b", "executed")]
    assert [(r.name, r.outcome) for r in second.results] == [("001-a", "skipped"), ("002-b", "skipped")]
    assert rows(settings) == [("001-a", "completed"), ("002-b", "completed")]


def test_numbers_are_compared_as_numbers(settings: Settings) -> None:
    """1000 runs after 999, although its name sorts before."""
    write(settings, m1000_b="INSERT INTO a VALUES (1)", m999_a="CREATE TABLE a (x int)")

    result = run_migrations(settings)

    assert [r.name for r in result.results] == ["999-a", "1000-b"]


def test_the_table_is_the_seeds(settings: Settings) -> None:
    """migration_status has exactly the seed's columns, types, defaults and check."""
    run_migrations_once(settings)

    with psycopg.connect(settings.url or "") as connection:
        columns = connection.execute(
            "SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns"
            " WHERE table_name = 'migration_status' ORDER BY ordinal_position"
        ).fetchall()
        checks = connection.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = 'migration_status'::regclass AND contype <> 'n' ORDER BY conname"
        ).fetchall()

    assert columns == [
        ("id", "uuid", "NO", "gen_random_uuid()"),
        ("migration_name", "text", "NO", None),
        ("migration_type", "text", "NO", None),
        ("status", "text", "NO", "'pending'::text"),
        ("started_at", "timestamp with time zone", "YES", None),
        ("completed_at", "timestamp with time zone", "YES", None),
        ("error_message", "text", "YES", None),
        ("metadata", "jsonb", "YES", "'{}'::jsonb"),
    ]
    assert checks == [
        (
            "migration_status_check",
            "CHECK ((status = ANY (ARRAY['pending'::text, 'running'::text, 'completed'::text, 'failed'::text])))",
        ),
        ("migration_status_migration_name_key", "UNIQUE (migration_name)"),
        ("migration_status_pkey", "PRIMARY KEY (id)"),
    ]


def run_migrations_once(settings: Settings) -> None:
    """Run one migration."""
    write(settings, m001_a="CREATE TABLE a (x int)")
    run_migrations(settings)


def test_metadata_has_the_documented_keys(settings: Settings) -> None:
    """Metadata tells the file's checksums and text, the duration, the session and who ran it with what."""
    run_migrations_once(settings)

    keys = one(settings, "SELECT array_agg(k ORDER BY k) FROM migration_status, jsonb_object_keys(metadata) AS k")

    of_the_file = {"checksum", "normalised_checksum", "sql"}
    of_the_run = {"backend_pid", "backend_start", "duration_ms", "host", "run_id", "tool_version", "user"}
    assert keys == sorted(of_the_file | of_the_run)


def test_running_is_visible_to_others(settings: Settings) -> None:
    """While a migration works, another session sees it running, and nothing of what it did."""
    seen: list[object] = []
    write(settings, m001_a="CREATE TABLE a (x int)")

    def look(event: Event) -> None:
        if isinstance(event, MigrationStarted):
            seen.append(rows(settings))
            seen.append(one(settings, "SELECT to_regclass('a')"))

    run_migrations(settings, on_event=look)

    assert seen == [[("001-a", "running")], None]


def test_a_failure_stops_the_run(settings: Settings) -> None:
    """A failed migration is rolled back whole; those before it stay, those after it are not started."""
    write(
        settings,
        m001_a="CREATE TABLE a (x int);",
        m002_b="CREATE TABLE b (x int);\nINSERT INTO b VALUES (1);\n  CREATE TABEL c (x int);\n",
        m003_c="CREATE TABLE d (x int);",
    )

    with pytest.raises(MigrationFailed) as caught:
        run_migrations(settings)

    path = settings.directory / "002-b.sql"
    message = f'{path}:3:10: syntax error at or near "TABEL" (SQLSTATE 42601)'
    assert str(caught.value) == (
        f"{message}\n"
        'DETAIL: In "CREATE TABEL c (x int)". 001-a stays completed; 002-b was rolled back.\n'
        f"HINT: Mend {path}; the next run continues with it."
    )
    assert rows(settings, "migration_name, status, error_message") == [
        ("001-a", "completed", None),
        ("002-b", "failed", message),
    ]
    assert one(settings, "SELECT to_regclass('b')") is None
    assert caught.value.result
    assert [(r.name, r.outcome) for r in caught.value.result.results] == [("001-a", "executed"), ("002-b", "failed")]


def test_a_mended_migration_is_executed(settings: Settings) -> None:
    """After its file was mended, a failed migration is executed, and its error is gone."""
    write(settings, m001_a="SELECT 1/0")
    with pytest.raises(MigrationFailed):
        run_migrations(settings)

    write(settings, m001_a="SELECT 1")
    run_migrations(settings)

    assert rows(settings, "migration_name, status, error_message") == [("001-a", "completed", None)]


@pytest.mark.parametrize(
    ("script", "place", "message", "detail"),
    [
        ("SELECT 1;\n\nSELECT 1/0;", ":3:1", "division by zero (SQLSTATE 22012)", 'In "SELECT 1/0".'),
        ("SELECT 'ä', nope", ":1:13", 'column "nope" does not exist (SQLSTATE 42703)', "In \"SELECT 'ä', nope\"."),
        (
            "CREATE TABLE a (x int UNIQUE);\r\nINSERT INTO a\r\nVALUES (1), (1);\r\n",
            ":2:1",
            'duplicate key value violates unique constraint "a_x_key" (SQLSTATE 23505)',
            'In "INSERT INTO a VALUES (1), (1)". Key (x)=(1) already exists.',
        ),
        (
            "CREATE TABLE a (x int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1), (1)",
            "",
            'duplicate key value violates unique constraint "a_pkey" (SQLSTATE 23505)',
            "After its last statement, when it was to be committed. Key (x)=(1) already exists.",
        ),
        (
            "\n\nDO $$ BEGIN\n  PERFORM 1;\n  RAISE EXCEPTION 'no';\nEND $$",
            ":3:1",
            "no (SQLSTATE P0001)",
            (
                "In \"DO $$ BEGIN PERFORM 1; RAISE EXCEPTION 'no'; END $$\"."
                " PL/pgSQL function inline_code_block line 3 at RAISE."
            ),
        ),
    ],
    ids=["runtime", "characters", "crlf", "at-commit", "in-a-block"],
)
def test_an_error_has_its_place(settings: Settings, script: str, place: str, message: str, detail: str) -> None:
    """Line and column are those of the character the server names, or of the statement that failed."""
    (settings.directory / "001-a.sql").write_bytes(script.encode())

    with pytest.raises(MigrationFailed) as caught:
        run_migrations(settings)

    assert caught.value.message == f"{settings.directory / '001-a.sql'}{place}: {message}"
    assert caught.value.detail == f"{detail} 001-a was rolled back."


def test_a_statement_that_needs_no_transaction(settings: Settings) -> None:
    """CREATE INDEX CONCURRENTLY is recognised, and executed outside of a transaction."""
    write(settings, m001_a="CREATE TABLE a (x int)", m002_b="CREATE INDEX CONCURRENTLY i ON a (x)")

    run_migrations(settings)

    assert rows(settings) == [("001-a", "completed"), ("002-b", "completed")]
    assert one(settings, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") is True


def test_copy_from_stdin_takes_what_follows(settings: Settings) -> None:
    """COPY ... FROM stdin gets the lines below it, and none where the file ends there."""
    write(
        settings,
        m001_a="CREATE TABLE a (x int);\nCOPY a FROM stdin;\n1\n2\n\\.\nINSERT INTO a VALUES (3);\nCOPY a FROM stdin;",
    )

    run_migrations(settings)

    assert one(settings, "SELECT array_agg(x ORDER BY x) FROM a") == [1, 2, 3]


def test_copy_data_that_does_not_fit(settings: Settings) -> None:
    """An error in the data of COPY is told at the statement, with the server's word on the line."""
    write(settings, m001_a="CREATE TABLE a (x int);\nCOPY a FROM stdin;\n1\ntwo\n\\.\n")

    with pytest.raises(MigrationFailed) as caught:
        run_migrations(settings)

    path = settings.directory / "001-a.sql"
    assert str(caught.value) == (
        f'{path}:2:1: invalid input syntax for type integer: "two" (SQLSTATE 22P02)\n'
        'DETAIL: In "COPY a FROM stdin". COPY a, line 2, column x: "two". 001-a was rolled back.\n'
        f"HINT: Mend {path}; the next run continues with it."
    )


def test_a_file_that_commits_by_itself(settings: Settings) -> None:
    """A file with its own COMMIT is honoured, and an error after it says how much of it stays."""
    write(settings, m001_a="CREATE TABLE a (x int); COMMIT; CREATE TABLE b (x int)", m002_b="COMMIT; SELECT 1/0")

    with pytest.raises(MigrationFailed) as caught:
        run_migrations(settings)

    assert rows(settings) == [("001-a", "completed"), ("002-b", "failed")]
    assert caught.value.detail == (
        'In "SELECT 1/0". 001-a stays completed; the first of the 2 statements of 002-b stays done.'
    )


@pytest.mark.parametrize(
    "leak",
    [
        "SELECT set_config('search_path', '', false)",
        "CREATE ROLE {role}; SET ROLE {role}",
        "SET default_transaction_read_only = on",
        "SET client_encoding = 'LATIN1'",
        "SET standard_conforming_strings = off",
    ],
)
def test_settings_of_a_file_end_with_it(settings: Settings, leak: str) -> None:
    """What a file SETs harms neither its own row nor the next file."""
    role = "leak_" + settings.root.name[-20:].replace("-", "_")
    write(settings, m001_a=leak.format(role=role), m002_b="CREATE TABLE b AS SELECT 'ü\\' AS x")

    run_migrations(settings)

    assert rows(settings) == [("001-a", "completed"), ("002-b", "completed")]
    assert one(settings, "SELECT x FROM public.b") == "ü\\"
    with psycopg.connect(settings.url or "", autocommit=True) as connection:
        connection.execute(f'DROP ROLE IF EXISTS "{role}"')


def test_notices_are_passed_on(settings: Settings) -> None:
    """RAISE NOTICE is told with its migration's name; "already exists, skipping" is not."""
    told: list[Event] = []
    write(
        settings,
        m001_a="CREATE TABLE a (x int); CREATE TABLE IF NOT EXISTS a (x int); DO $$ BEGIN RAISE NOTICE 'hi'; END $$",
    )

    run_migrations(settings, on_event=told.append)

    assert [e for e in told if not isinstance(e, MigrationCompleted)] == [
        MigrationStarted("001-a"),
        MigrationNotice("001-a", "NOTICE", "hi"),
    ]


def test_a_large_file(settings: Settings) -> None:
    """A file of 5 MB is executed whole."""
    line = "INSERT INTO a VALUES ('" + "x" * 1000 + "');\n"
    write(settings, m001_a="CREATE TABLE a (x text);\n" + line * 5000)

    run_migrations(settings)

    assert one(settings, "SELECT count(*) FROM a") == 5000


def test_comments_alone_are_a_migration(settings: Settings) -> None:
    """A file of comments does nothing and is completed."""
    write(settings, m001_a="-- replaced by 002\n")

    run_migrations(settings)

    assert rows(settings) == [("001-a", "completed")]


def test_nothing_pending_is_one_query(settings: Settings) -> None:
    """With nothing pending a run sends one query, takes no lock and may be on a read-only session."""
    run_migrations_once(settings)
    read_only = f"{settings.url}&options=-c%20default_transaction_read_only%3Don"

    result = run_migrations(read_settings(settings.root, environ={"DATABASE_URL": read_only}))

    assert result.count("skipped") == 1
    assert result.duration == timedelta(0)


def test_read_only_is_told(settings: Settings) -> None:
    """A database that cannot be written is refused before anything is tried."""
    write(settings, m001_a="SELECT 1")
    read_only = f"{settings.url}&options=-c%20default_transaction_read_only%3Don"
    name = one(settings, "SELECT current_database()")

    with pytest.raises(ConfigurationError) as caught:
        run_migrations(read_settings(settings.root, environ={"DATABASE_URL": read_only}))

    assert str(caught.value) == (
        f'database "{name}" is read-only: default_transaction_read_only is on\n'
        f'HINT: Let its user write: ALTER DATABASE "{name}" RESET default_transaction_read_only'
    )


def test_a_user_without_rights_is_told(settings: Settings) -> None:
    """A user who may not create the history table is told what is missing."""
    write(settings, m001_a="SELECT 1")
    role = "poor_" + settings.root.name[-20:].replace("-", "_")
    with psycopg.connect(settings.url or "", autocommit=True) as connection:
        connection.execute(f'CREATE ROLE "{role}" LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC')

    with pytest.raises(ConfigurationError) as caught:
        run_migrations(
            read_settings(
                settings.root, environ={"DATABASE_URL": (settings.url or "").replace("postgres@", f"{role}@")}
            )
        )

    with psycopg.connect(settings.url or "", autocommit=True) as connection:
        connection.execute(f'DROP ROLE "{role}"')
    assert str(caught.value) == (
        "permission denied for schema public (SQLSTATE 42501)\n"
        "DETAIL: Migrations need a user who may create tables and write migration_status.\n"
        "HINT: GRANT it, or name another user in MIGRATION_DATABASE_URL."
    )


def test_the_history_is_found_in_its_schema(settings: Settings) -> None:
    """The history stays in the schema that it was made in, when search_path has a nearer one later."""
    run_migrations_once(settings)
    write(settings, m002_b="CREATE SCHEMA near")
    run_migrations(settings)
    write(settings, m003_c="CREATE TABLE c (x int)")

    nearer = f"{settings.url}&options=-c%20search_path%3Dnear,public"
    run_migrations(read_settings(settings.root, environ={"DATABASE_URL": nearer}))

    assert [status for _, status in rows(settings)] == ["completed"] * 3
    assert one(settings, "SELECT to_regclass('near.migration_status')") is None


def test_a_rollback_of_its_own_is_honoured(settings: Settings) -> None:
    """What a file's own ROLLBACK undoes is undone, and the file is completed; a savepoint is no such thing."""
    write(
        settings,
        m001_a="CREATE TABLE a (x int); SAVEPOINT s; CREATE TABLE no (x int); ROLLBACK TO s;",
        m002_b="CREATE TABLE b (x int);\nROLLBACK;\nCREATE TABLE c (x int);",
    )

    run_migrations(settings)

    assert rows(settings) == [("001-a", "completed"), ("002-b", "completed")]
    tables = "SELECT array_agg(relname::text ORDER BY relname) FROM pg_class WHERE relname IN ('a', 'b', 'c', 'no')"
    assert one(settings, tables) == ["a", "c"]


def test_copy_to_stdout_is_read_by_nobody(settings: Settings) -> None:
    """COPY ... TO stdout is executed, what it says is dropped, and what follows is executed too."""
    write(settings, m001_a="COPY (SELECT generate_series(1, 100000)) TO stdout; CREATE TABLE a (x int)")

    run_migrations(settings)

    assert one(settings, "SELECT to_regclass('a') IS NOT NULL") is True


@pytest.mark.parametrize(
    ("script", "refused"),
    [
        ("SELECT 1;\n  \\d users\n", ':2:3: psql command "\\d" is not SQL'),
        ("\\copy a FROM 'a.csv'\n", ':1:1: psql command "\\copy" is not SQL'),
    ],
)
def test_what_a_migration_cannot_hold_is_named(settings: Settings, script: str, refused: str) -> None:
    """What psql would take and a server does not is refused, with its place, before anything is executed."""
    write(settings, m001_a="CREATE TABLE a (x int)", m002_b=script)

    with pytest.raises(ConfigurationError) as caught:
        run_migrations(settings)

    path = settings.directory / "002-b.sql"
    assert str(caught.value) == f"{path}{refused}\nHINT: Mend {path}; nothing was executed."
    assert one(settings, "SELECT to_regclass('a')") is None


def test_vacuum_is_executed(settings: Settings) -> None:
    """VACUUM, which cannot be in a transaction, is executed outside of one."""
    write(settings, m001_a="CREATE TABLE a (x int); VACUUM a;")

    run_migrations(settings)

    assert rows(settings) == [("001-a", "completed")]


def test_a_change_after_completion_stops_the_run(settings: Settings) -> None:
    """A completed file that does something else now stops the run before anything is executed, with a diff."""
    run_migrations_once(settings)
    recorded = one(settings, "SELECT left(metadata->>'checksum', 8) FROM migration_status")
    today = one(settings, "SELECT completed_at::date::text FROM migration_status")
    write(settings, m001_a="CREATE TABLE a (x int, y int)", m002_b="CREATE TABLE b (x int)")

    with pytest.raises(ConfigurationError) as caught:
        run_migrations(settings)

    path = settings.directory / "001-a.sql"
    now = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    assert str(caught.value) == (
        'migration "001-a" was changed after it was completed\n'
        f"DETAIL: Checksum {recorded} was recorded on {today}; {path} now has {now} (first difference: line 1).\n"
        "  --- as it was executed\n"
        "  +++ as it is now\n"
        "  @@ -1 +1 @@\n"
        "  -CREATE TABLE a (x int)\n"
        "  +CREATE TABLE a (x int, y int)\n"
        "HINT: Put the file back and the change into a new migration: invoke migrate.new 'a 2';"
        " or, where the database is as the file says: invoke migrate.accept 001-a"
    )
    assert rows(settings) == [("001-a", "completed")]
    assert one(settings, "SELECT to_regclass('b')") is None


def test_temporary_tables_end_with_their_file(settings: Settings) -> None:
    """A temporary table, a prepared statement or an open cursor of one file is not there for the next."""
    write(
        settings,
        m001_a="CREATE TABLE users (id int)",
        m002_b="CREATE TEMP TABLE users (j text); PREPARE q AS SELECT 1",
        m003_c="ALTER TABLE users ADD COLUMN email text; PREPARE q AS SELECT 2; DEALLOCATE ALL",
        m004_d="SELECT 1",
    )

    run_migrations(settings)

    columns = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'users'"
    assert one(settings, columns) == 2


@pytest.mark.parametrize("script", ["SELECT pg_advisory_unlock_all()", "DISCARD ALL"])
def test_a_lock_that_a_file_gave_up_is_taken_again(settings: Settings, script: str) -> None:
    """After a file that unlocked the run, the next commit takes the lock again where nobody has it; the run goes on."""
    held: list[object] = []
    write(settings, m001_a=script, m002_b="SELECT 1", m003_c="SELECT 1")
    holders = (
        "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database"
        " WHERE locktype = 'advisory' AND datname = current_database()"
    )

    def look(event: Event) -> None:
        if event == MigrationStarted("003-c"):
            held.append(one(settings, holders))

    run_migrations(settings, on_event=look)

    assert [status for _, status in rows(settings)] == ["completed"] * 3
    assert held == [1]


def test_a_lock_that_another_run_has_taken_ends_the_run(settings: Settings) -> None:
    """A file that unlocked the run, and met another one, is rolled back, and nothing more is started."""
    write(
        settings,
        m001_a="SELECT 1",
        m002_b="CREATE TABLE b (x int); SELECT pg_advisory_unlock_all(); SELECT pg_sleep(0.5);",
        m003_c="SELECT 1",
    )

    def steal(event: Event) -> None:
        if event == MigrationStarted("002-b"):
            thief.start()

    with psycopg.connect(settings.url or "", autocommit=True) as other:
        thief = threading.Thread(target=lambda: other.execute(f"SELECT pg_advisory_lock({LOCK_KEY})"))
        with pytest.raises(MigrateTasksError) as caught:
            run_migrations(settings, on_event=steal)
        thief.join(10)

    assert str(caught.value) == (
        'migration "002-b" lost the lock of the run to another run\n'
        "DETAIL: 002-b was rolled back; those after it were not started.\n"
        "HINT: pg_advisory_unlock_all() and DISCARD ALL give the lock up: take them out of the file."
    )
    assert one(settings, "SELECT to_regclass('b')") is None
    assert rows(settings)[0] == ("001-a", "completed")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("DROP TABLE migration_status", 'relation "public.migration_status" does not exist (SQLSTATE 42P01)'),
        ("SET TRANSACTION READ ONLY", "cannot execute SELECT in a read-only transaction (SQLSTATE 25006)"),
    ],
)
def test_an_error_after_the_last_statement_names_the_file(settings: Settings, script: str, message: str) -> None:
    """Where the file's own row cannot be written, the file is named and rolled back."""
    write(settings, m001_a="SELECT 1", m002_b=script)

    with pytest.raises(MigrationFailed) as caught:
        run_migrations(settings)

    assert caught.value.message == f"{settings.directory / '002-b.sql'}: {message}"
    assert (
        caught.value.detail
        == "After its last statement, when it was to be committed. 001-a stays completed; 002-b was rolled back."
    )
    assert rows(settings) == [("001-a", "completed"), ("002-b", "failed")]


def test_a_lost_connection_names_the_file(settings: Settings) -> None:
    """A backend that is ended in the middle is told with the file and may be tried again; the next run executes it."""
    write(settings, m001_a="SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(MigrationFailed) as caught:
        run_migrations(settings)
    write(settings, m001_a="SELECT 1")
    run_migrations(settings)

    path = settings.directory / "001-a.sql"
    assert caught.value.exit_code == 75
    assert caught.value.message == f"{path}:1:1: terminating connection due to administrator command (SQLSTATE 57P01)"
    assert rows(settings) == [("001-a", "completed")]


def test_a_lock_timeout_may_pass(settings: Settings) -> None:
    """A failure that another attempt may not meet has the exit code for that."""
    write(settings, m001_a="CREATE TABLE a (x int)", m002_b="SET lock_timeout = '50ms'; ALTER TABLE a ADD y int")

    def lock(event: Event) -> None:
        if event == MigrationStarted("002-b"):
            other.execute("LOCK TABLE a")

    with psycopg.connect(settings.url or "") as other, pytest.raises(MigrationFailed) as caught:
        run_migrations(replace(settings, lock_timeout_retries=1), on_event=lock)

    assert caught.value.exit_code == 75


def test_an_exception_while_a_notice_is_shown_ends_the_run(settings: Settings) -> None:
    """What on_event raises while the server talks, a Ctrl-C too, is not lost: the script is cancelled."""
    write(settings, m001_a="DO $$ BEGIN FOR i IN 1..100000000 LOOP RAISE NOTICE 'n %', i; END LOOP; END $$")

    def interrupt(event: Event) -> None:
        if isinstance(event, MigrationNotice):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_migrations(settings, on_event=interrupt)

    assert rows(settings, "status, error_message") == [("failed", "the run was interrupted")]


@pytest.mark.parametrize("metadata", ["null", "[1]", '{"backend_pid": "abc", "backend_start": "never"}'])
def test_odd_metadata_harms_nobody(settings: Settings, metadata: str) -> None:
    """A row that somebody else has edited does not keep a run from working."""
    run_migrations_once(settings)
    with psycopg.connect(settings.url or "", autocommit=True) as connection:
        connection.execute("UPDATE migration_status SET metadata = %s, status = 'running'", [metadata])
    write(settings, m001_a="SELECT 1")

    run_migrations(settings)

    assert rows(settings) == [("001-a", "completed")]
