"""Files that are not one transaction: executed as their authors meant, and continued where a run ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import ConfigurationError, MigrationFailed
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

    from migrate_tasks.migrations.events import Event


@pytest.fixture
def settings(tmp_path: Path, any_url: str) -> Settings:
    """The settings of an empty project on an empty database."""
    (tmp_path / "migrations").mkdir()
    return read_settings(tmp_path, environ={"DATABASE_URL": any_url})


def write(settings: Settings, name: str, text: str) -> None:
    """Write the migration ``name``."""
    (settings.directory / f"{name}.sql").write_text(text, encoding="utf-8")


def ask(settings: Settings, query: str) -> list[tuple[object, ...]]:
    """Return the rows of ``query``."""
    with psycopg.connect(settings.url or "") as connection:
        return connection.execute(query).fetchall()


def row(settings: Settings, columns: str = "status") -> tuple[object, ...]:
    """Return what the last row of the history says."""
    return ask(settings, f"SELECT {columns} FROM migration_status ORDER BY migration_name DESC LIMIT 1")[0]


SHAPES = {
    "concurrently": "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);",
    "the author's commit": (
        "CREATE TABLE t (a int);\nCOMMIT;\nSET lock_timeout = '5s';\nCREATE INDEX CONCURRENTLY i ON t (a);"
    ),
    "a block": "BEGIN;\nCREATE TABLE t (a int);\nCREATE INDEX i ON t (a);\nCOMMIT;",
    "two blocks": "BEGIN; CREATE TABLE t (a int); COMMIT; START TRANSACTION; CREATE INDEX i ON t (a); END",
    "chained": "BEGIN; CREATE TABLE t (a int); COMMIT AND CHAIN; CREATE INDEX i ON t (a); COMMIT",
    "left open": "CREATE TABLE t (a int); COMMIT; CREATE INDEX CONCURRENTLY i ON t (a); BEGIN;",
    "rolled back": "BEGIN; CREATE TABLE no (a int); ROLLBACK; CREATE TABLE t (a int); CREATE INDEX i ON t (a);",
    "directive": "-- migrate: no-transaction\nCREATE TABLE t (a int);\nCREATE INDEX i ON t (a);",
    "vacuum": "CREATE TABLE t (a int);\nVACUUM t;\nCREATE INDEX i ON t (a);",
    "role": (
        "-- migrate: no-transaction\nCREATE TABLE t (a int); SET ROLE pg_monitor; SELECT 1; RESET ROLE;"
        " CREATE INDEX i ON t (a)"
    ),
    "procedure": (
        "-- migrate: no-transaction\nCREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE t (a int); COMMIT;"
        " CREATE INDEX i ON t (a); END $$; CALL p(); DROP PROCEDURE p;"
    ),
    "do that commits": "DO $$ BEGIN CREATE TABLE t (a int); COMMIT; CREATE INDEX i ON t (a); END $$",
    "enum": "ALTER TYPE mood ADD VALUE 'ok'; CREATE TABLE t (a mood DEFAULT 'ok'); CREATE INDEX i ON t (a);",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_shapes(settings: Settings, text: str) -> None:
    """A file that cannot be one transaction, or has its own, is executed as its author meant."""
    write(settings, "001-mood", "CREATE TYPE mood AS ENUM ('sad')")
    write(settings, "002-shape", text)

    run_migrations(settings)

    assert row(settings) == ("completed",)
    assert ask(settings, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass") == [(True,)]
    assert ask(settings, "SELECT to_regclass('no')") == [(None,)]


def test_lock_timeout_after_and_chain(settings: Settings) -> None:
    """The transaction that COMMIT AND CHAIN begins has the lock_timeout that each has."""
    now = "SELECT current_setting('lock_timeout')"
    chained = f"BEGIN; CREATE TABLE t AS {now}; COMMIT AND CHAIN; INSERT INTO t {now}; COMMIT;"
    write(settings, "001-chained", chained)

    run_migrations(replace(settings, lock_timeout=timedelta(seconds=4)))

    assert ask(settings, "SELECT * FROM t") == [("4s",), ("4s",)]


def test_continues_with_the_statement_that_failed(settings: Settings) -> None:
    """What a file without a transaction has done stays done; the mended file continues behind it."""
    write(settings, "001-a", "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1);\nVACUUM t;\nINSERT INTO u VALUES (1);")
    with pytest.raises(MigrationFailed) as caught:
        run_migrations(settings)
    failed = row(settings, "status, (metadata->>'statements_done')::int, (metadata->>'statements_total')::int")

    write(
        settings,
        "001-a",
        "CREATE TABLE t (a int); -- x\nINSERT INTO t VALUES (1);\nVACUUM t;\nINSERT INTO t VALUES (2);",
    )
    events: list[Event] = []
    run_migrations(settings, on_event=events.append)

    assert str(caught.value).replace(str(settings.root), ".") == (
        './migrations/001-a.sql:4:13: relation "u" does not exist (SQLSTATE 42P01)\n'
        'DETAIL: In "INSERT INTO u VALUES (1)". The first 3 of the 4 statements of 001-a stay done.\n'
        "HINT: Mend ./migrations/001-a.sql; the next run continues with statement 4."
    )
    assert failed == ("failed", 3, 4)
    assert ask(settings, "SELECT a FROM t ORDER BY a") == [(1,), (2,)]
    assert row(settings) == ("completed",)


def test_a_failed_index_is_built_again(settings: Settings) -> None:
    """A CREATE INDEX CONCURRENTLY that failed leaves no INVALID index, and is built by the next run."""
    write(settings, "001-t", "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1);")
    write(
        settings,
        "002-i",
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);\nCREATE INDEX CONCURRENTLY ON t (a);",
    )
    with pytest.raises(MigrationFailed):
        run_migrations(settings)
    before = ask(settings, "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 't'::regclass")

    with psycopg.connect(settings.url or "") as connection:
        connection.execute("DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)")
    run_migrations(settings)

    assert before == []
    assert ask(
        settings,
        "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1",
    ) == [("i", True), ("t_a_idx", True)]


def test_copy_data_and_pg_dump(settings: Settings) -> None:
    """The output of pg_dump is a migration: COPY data, restrict marks, and a search_path that harms no later file."""
    write(
        settings,
        "001-dump",
        "\\restrict abc\nSELECT pg_catalog.set_config('search_path', '', false);\n"
        "CREATE TABLE public.t (a int, b text);\n"
        "COPY public.t (a, b) FROM stdin;\n1\tit's; $$\n2\t\\N\n\\.\n\n"
        "INSERT INTO public.t VALUES (3, 'x');\n\\unrestrict abc\n",
    )
    write(settings, "002-b", "INSERT INTO t VALUES (4, 'y')")

    run_migrations(settings)

    assert ask(settings, "SELECT a, b FROM t ORDER BY a") == [(1, "it's; $$"), (2, None), (3, "x"), (4, "y")]


def test_transaction_directive(settings: Settings) -> None:
    """A file that asks for one transaction is refused, with the place, where it commits by itself."""
    write(settings, "001-a", "-- migrate: transaction\nCREATE TABLE t (a int);\n  COMMIT;")

    with pytest.raises(ConfigurationError) as caught:
        run_migrations(settings)

    assert caught.value.message.endswith(
        "migrations/001-a.sql:3:3: COMMIT is the file's own, but the file is to be one transaction"
    )
    assert ask(settings, "SELECT to_regclass('t'), to_regclass('migration_status')") == [(None, None)]
