"""What a run finds of a statement that cannot be in a transaction, whose end nobody has heard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from migrate_tasks import run_migrations
from migrate_tasks.errors import MigrateTasksError, MigrationFailed
from migrate_tasks.migrations.events import MigrationNotice, MigrationResumed, MigrationStarted
from migrate_tasks.migrations.record import mark_migration
from migrate_tasks.migrations.status import Status
from tests.migrations.ground import beside
from tests.support import until

if TYPE_CHECKING:
    from migrate_tasks.migrations.events import Event
    from tests.migrations.ground import Ground

INDEXES = "SELECT indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1"
WAITING = (
    "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'migrate-tasks'"
    " AND wait_event_type = 'Lock'"
)


def end_while_it_waits(ground: Ground, blocker: str) -> str:
    """Run, end the run's session while its statement waits for ``blocker``, and return what was told."""
    told: list[MigrateTasksError] = []

    def run() -> None:
        try:
            run_migrations(ground.settings)
        except MigrateTasksError as error:
            told.append(error)

    with psycopg.connect(ground.url) as session:
        session.execute(blocker)
        with beside(run):
            until(lambda: ground.ask(f"SELECT pg_terminate_backend(pid) {WAITING}"))
        session.rollback()
    return ground.shown(told[0])


def unheard(ground: Ground, name: str, found: dict[str, Any]) -> None:
    """Put into the row of ``name`` what it says when the run died after its only statement, before it could tell."""
    started = json.dumps({"statements_done": 0, "statement_started": 0, "statement_found": found})
    ground.execute(
        "UPDATE migration_status SET status = 'running', completed_at = NULL,"
        f" metadata = metadata - 'backend_pid' - 'statements_checksum' || '{started}' WHERE migration_name = '{name}'"
    )


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", "i"),
        ("CREATE INDEX CONCURRENTLY ON t (a)", "t_a_idx"),
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "i"),
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON public.t (a)", "i"),
        ('CREATE INDEX CONCURRENTLY "I" ON ONLY t (a)', '"I"'),
    ],
)
def test_a_dead_create_index(any_ground: Ground, statement: str, expected: str) -> None:
    """The INVALID index of a CREATE INDEX CONCURRENTLY that died is dropped, and built again: one, and valid."""
    any_ground.write(m001_a="CREATE TABLE t (a int);", m002_b=f"{statement};\nSELECT 1;")

    told = end_while_it_waits_for_rows(any_ground)
    left = any_ground.ask(INDEXES)
    run_migrations(any_ground.settings)

    assert told.splitlines()[0] == (
        "./migrations/002-b.sql:1:1: terminating connection due to administrator command (SQLSTATE 57P01)"
    )
    assert left == [(expected, False)]
    assert any_ground.ask(INDEXES) == [(expected, True)]
    assert any_ground.rows() == [("001-a", "completed"), ("002-b", "completed")]


def end_while_it_waits_for_rows(ground: Ground) -> str:
    """Run 001-a, then end the run of 002-b while it waits for a transaction that has written to t."""
    run_migrations(ground.settings, to="001-a")
    return end_while_it_waits(ground, "INSERT INTO t VALUES (1)")


def test_an_index_of_somebody_else_stays(ground: Ground) -> None:
    """An INVALID index that was there before, or has another name, is not the run's to drop."""
    ground.write(
        m001_a="CREATE TABLE t (a int); CREATE INDEX other ON t (a);",
        m002_b="CREATE INDEX CONCURRENTLY i ON t (a);",
    )
    run_migrations(ground.settings, to="001-a")
    ground.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'other'::regclass")

    end_while_it_waits(ground, "INSERT INTO t VALUES (1)")
    run_migrations(ground.settings)

    assert ground.ask(INDEXES) == [("i", True), ("other", False)]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("CREATE INDEX CONCURRENTLY i ON t (a)", {"indexes": []}),
        ("CREATE INDEX CONCURRENTLY ON t (a)", {"indexes": []}),
        ("DROP INDEX CONCURRENTLY old", {"exists": True}),
        ("ALTER TABLE p DETACH PARTITION c CONCURRENTLY", {"exists": True}),
    ],
)
def test_what_was_done_is_not_done_again(any_ground: Ground, statement: str, found: dict[str, Any]) -> None:
    """A statement that had its whole effect before the run died is not sent again, where it would fail."""
    any_ground.write(
        m001_a=(
            "CREATE TABLE t (a int); CREATE INDEX old ON t (a); CREATE TABLE p (a int) PARTITION BY LIST (a);"
            "CREATE TABLE c PARTITION OF p FOR VALUES IN (1)"
        ),
        m002_b=statement,
    )
    run_migrations(any_ground.settings)
    before = any_ground.ask(INDEXES)

    unheard(any_ground, "002-b", found)
    events: list[Event] = []
    run_migrations(any_ground.settings, on_event=events.append)

    assert any_ground.rows() == [("001-a", "completed"), ("002-b", "completed")]
    assert any_ground.ask(INDEXES) == before
    assert not [event for event in events if isinstance(event, MigrationResumed)]


def test_a_dead_drop_index(any_ground: Ground) -> None:
    """A DROP INDEX CONCURRENTLY that died has made the index INVALID; it is sent again, and drops it."""
    any_ground.write(m001_a="CREATE TABLE t (a int); CREATE INDEX i ON t (a);", m002_b="DROP INDEX CONCURRENTLY i;")
    run_migrations(any_ground.settings, to="001-a")

    end_while_it_waits(any_ground, "SELECT FROM t")
    left = any_ground.ask(INDEXES)
    run_migrations(any_ground.settings)

    assert left == [("i", False)]
    assert any_ground.ask(INDEXES) == []


@pytest.mark.parametrize("statement", ["REINDEX INDEX CONCURRENTLY i", "REINDEX TABLE CONCURRENTLY t"])
def test_a_dead_reindex(any_ground: Ground, statement: str) -> None:
    """What a REINDEX CONCURRENTLY that died has left, an index with the ending _ccnew, is dropped."""
    any_ground.write(m001_a="CREATE TABLE t (a int); CREATE INDEX i ON t (a);", m002_b=f"{statement};")
    run_migrations(any_ground.settings, to="001-a")

    end_while_it_waits(any_ground, "INSERT INTO t VALUES (1)")
    left = any_ground.ask(INDEXES)
    run_migrations(any_ground.settings)

    assert left == [("i", True), ("i_ccnew", False)]
    assert any_ground.ask(INDEXES) == [("i", True)]


def test_a_dead_detach(any_ground: Ground) -> None:
    """A DETACH PARTITION CONCURRENTLY that died is brought to its end with FINALIZE, and not sent again."""
    any_ground.write(
        m001_a="CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE c PARTITION OF p FOR VALUES IN (1);",
        m002_b="ALTER TABLE p DETACH PARTITION c CONCURRENTLY;\nCREATE TABLE d ();",
    )
    run_migrations(any_ground.settings, to="001-a")

    end_while_it_waits(any_ground, "SELECT FROM p")
    left = any_ground.ask("SELECT inhdetachpending FROM pg_inherits")
    run_migrations(any_ground.settings)

    assert left == [(True,)]
    assert any_ground.ask("SELECT inhdetachpending FROM pg_inherits WHERE inhparent = 'p'::regclass") == []
    assert any_ground.relations == {"p", "c", "d"}


@pytest.mark.parametrize(
    ("kind", "name"), [("CREATE", "{}"), ("CREATE", '"{}"'), ("DROP", "{}"), ("DROP", "IF EXISTS {}")]
)
def test_a_database(ground: Ground, kind: str, name: str) -> None:
    """A CREATE or DROP DATABASE whose end nobody heard counts as done where its effect is there, and was not before."""
    other = f"{ground.one('SELECT current_database()')}_other"
    ground.write(m001_a=f"{kind} DATABASE {name.format(other)};")
    if kind == "DROP":
        ground.execute(f'CREATE DATABASE "{other}"')
    try:
        run_migrations(ground.settings)
        unheard(ground, "001-a", {"exists": kind == "DROP"})
        run_migrations(ground.settings)

        assert ground.rows() == [("001-a", "completed")]
        assert ground.one(f"SELECT count(*) FROM pg_database WHERE datname = '{other}'") == (kind == "CREATE")
    finally:
        ground.execute(f'DROP DATABASE IF EXISTS "{other}"')


def test_a_database_that_was_there_before(ground: Ground) -> None:
    """A CREATE DATABASE of a name that was taken before is sent again, and fails as it would have."""
    name = ground.one("SELECT current_database()")
    ground.write(m001_a="VACUUM;")
    run_migrations(ground.settings)
    ground.write(m001_a=f"CREATE DATABASE {name};")
    unheard(ground, "001-a", {"exists": True})

    assert ground.refusal(lambda: run_migrations(ground.settings), MigrationFailed) == (
        f'./migrations/001-a.sql:1:1: database "{name}" already exists (SQLSTATE 42P04)\n'
        f'DETAIL: In "CREATE DATABASE {name}". 001-a was rolled back.\n'
        "HINT: Mend ./migrations/001-a.sql; the next run continues with it."
    )


def test_any_other_statement_is_sent_again(ground: Ground) -> None:
    """VACUUM, whose end nobody heard, is simply sent again."""
    ground.write(m001_a="VACUUM;")
    run_migrations(ground.settings)
    unheard(ground, "001-a", {})

    run_migrations(ground.settings)

    assert ground.rows() == [("001-a", "completed")]


def test_an_index_that_is_still_being_built(ground: Ground) -> None:
    """Where the backend of the dead run is still building, the next run waits for its end, and then drops the index."""
    ground.write(m001_a="CREATE TABLE t (a int);", m002_b="CREATE INDEX CONCURRENTLY i ON t (a);")
    run_migrations(ground.settings)
    ground.execute("DROP INDEX i")
    unheard(ground, "002-b", {"indexes": []})
    building = "FROM pg_stat_progress_create_index WHERE datname = current_database()"

    def build() -> None:
        with pytest.raises(psycopg.errors.QueryCanceled):
            ground.execute("CREATE INDEX CONCURRENTLY i ON t (a)")

    with psycopg.connect(ground.url) as session:
        session.execute("INSERT INTO t VALUES (1)")
        with beside(build):
            until(lambda: ground.ask(INDEXES))
            with beside(lambda: run_migrations(ground.settings)) as run:
                run.join(1)
                assert run.is_alive()
                assert ground.ask(INDEXES) == [("i", False)]
                ground.ask(f"SELECT pg_cancel_backend(pid) {building}")
                session.rollback()

    assert ground.ask(INDEXES) == [("i", True)]


def test_if_not_exists_is_not_content_with_an_invalid_index(ground: Ground) -> None:
    """An INVALID index that was there before makes IF NOT EXISTS fail, with the command that drops it."""
    ground.write(
        m001_a="CREATE TABLE t (a int); CREATE INDEX i ON t (a);",
        m002_b="SELECT 1;\nCREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);",
    )
    run_migrations(ground.settings, to="001-a")
    ground.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i'::regclass")

    assert ground.refusal(lambda: run_migrations(ground.settings), MigrationFailed) == (
        "./migrations/002-b.sql:2:1: index i exists, but is INVALID: an earlier CREATE INDEX CONCURRENTLY left it"
        " half-built (SQLSTATE 55000)\n"
        'DETAIL: In "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)". 001-a stays completed; the first of the 2'
        " statements of 002-b stays done.\n"
        "HINT: Drop it: DROP INDEX CONCURRENTLY i. Mend ./migrations/002-b.sql; the next run continues with"
        " statement 2."
    )


def test_settings_are_made_again_in_the_new_session(ground: Ground) -> None:
    """What the statements that are done had set for their session is set again, and told as a continuation."""
    ground.write(
        m001_a="CREATE SCHEMA s;",
        m002_b="-- migrate: no-transaction\nSET search_path = s;\nCREATE TABLE t (a int);\nSELECT 1/0;",
    )
    ground.refusal(lambda: run_migrations(ground.settings), MigrationFailed)
    ground.write(
        m002_b="-- migrate: no-transaction\nSET search_path = s;\nCREATE TABLE t (a int);\nCREATE TABLE u (a int);"
    )

    events: list[Event] = []
    run_migrations(ground.settings, on_event=events.append)

    assert MigrationResumed("002-b", 3, 3) in events
    assert ground.ask("SELECT to_regclass('s.t') IS NOT NULL, to_regclass('s.u') IS NOT NULL") == [(True, True)]


def test_a_temporary_table_died_with_its_session(ground: Ground) -> None:
    """A file that counts on a temporary table of its own first statements is not continued, but refused."""
    text = "-- migrate: no-transaction\nSELECT 1;\n  CREATE TEMP TABLE x (a int);\nSELECT 1/0;"
    ground.write(m001_a=text)
    ground.refusal(lambda: run_migrations(ground.settings), MigrationFailed)

    assert ground.refusal(lambda: run_migrations(ground.settings)) == (
        'migration "001-a" cannot continue with statement 3: the temporary table of ./migrations/001-a.sql:3:3'
        " died with its session\n"
        "HINT: Write it so that it can be executed from the beginning, then: invoke migrate.mark 001-a --pending"
    )


@pytest.mark.parametrize("text", ["SELECT 2;\nVACUUM;\nSELECT 1/0;", "SELECT 1;"], ids=["changed", "shorter"])
def test_what_was_executed_must_not_have_changed(ground: Ground, text: str) -> None:
    """A file whose first statements were changed after they were executed is refused, and nothing is executed."""
    ground.write(m001_a="SELECT 1;\nVACUUM;\nSELECT 1/0;")
    ground.refusal(lambda: run_migrations(ground.settings), MigrationFailed)
    before = ground.rows("status, error_message")
    ground.write(m001_a=f"-- migrate: no-transaction\n{text}")

    assert ground.refusal(lambda: run_migrations(ground.settings)) == (
        'the first 2 statements of migration "001-a" were changed after they were executed\n'
        "DETAIL: They are not executed again, so what is in the file now would never be.\n"
        "HINT: Put them back; or say that they are to be executed: invoke migrate.mark 001-a --pending"
    )
    assert ground.rows("status, error_message") == before


def test_a_file_that_became_one_transaction(ground: Ground) -> None:
    """A file that failed half-way, and whose rest is gone, is completed without anything more being sent."""
    ground.write(m001_a="CREATE TABLE t (a int);\nVACUUM t;\nSELECT 1/0;")
    ground.refusal(lambda: run_migrations(ground.settings), MigrationFailed)
    ground.write(m001_a="CREATE TABLE t (a int);\nVACUUM t;\n")

    run_migrations(ground.settings)

    assert ground.rows() == [("001-a", "completed")]


def test_nothing_is_done_twice_in_what_became_a_transaction(ground: Ground) -> None:
    """A file that failed half-way is continued also where what is left of it could be one transaction."""
    ground.write(
        m001_a="CREATE TABLE t (a int)", m002_b="INSERT INTO t VALUES (1);\nVACUUM t;\nSELECT 1/0;", m003_c="SELECT 1"
    )
    ground.refusal(lambda: run_migrations(ground.settings), MigrationFailed)
    ground.write(m002_b="INSERT INTO t VALUES (1);\nSELECT 1;")

    assert ground.refusal(lambda: run_migrations(ground.settings)).splitlines()[0] == (
        'the first 2 statements of migration "002-b" were changed after they were executed'
    )
    ground.write(m002_b="-- migrate: no-transaction\nINSERT INTO t VALUES (1);\nSELECT 1/0;", m004_d="SELECT 1")
    mark_migration(ground.settings, "002-b", Status.PENDING)
    ground.refusal(lambda: run_migrations(ground.settings), MigrationFailed)
    ground.write(m002_b="INSERT INTO t VALUES (1);\nSELECT 1;")
    run_migrations(ground.settings)

    assert ground.ask("SELECT count(*) FROM t") == [(2,)]  # one each: before the mark, and after it
    assert {status for _, status in ground.rows()} == {"completed"}


def test_a_procedure_that_commits(ground: Ground) -> None:
    """What turns out to commit by itself is executed statement by statement instead, and that is told."""
    ground.write(
        m001_a="CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$",
        m002_b="CREATE TABLE t (a int); CALL p()",
        m003_c="-- migrate: transaction\nSELECT 1;\nCALL p();",
    )
    events: list[Event] = []

    told = ground.refusal(lambda: run_migrations(ground.settings, on_event=events.append), MigrationFailed)

    reason = "statement by statement, since it cannot be one transaction: invalid transaction termination"
    assert MigrationNotice("002-b", "NOTICE", reason) in events
    assert ground.rows() == [("001-a", "completed"), ("002-b", "completed"), ("003-c", "failed")]
    assert told == (
        "./migrations/003-c.sql:3:1: invalid transaction termination (SQLSTATE 2D000)\n"
        'DETAIL: In "CALL p()". PL/pgSQL function p() line 1 at COMMIT. 001-a to 002-b stay completed; 003-c was'
        " rolled back.\n"
        "HINT: The procedure commits: begin the file with: -- migrate: no-transaction. Mend ./migrations/003-c.sql; the"
        " next run continues with it."
    )


def test_reindex_of_a_partitioned_table(ground: Ground) -> None:
    """What only the server knows to need no transaction is sent again outside of one."""
    ground.write(
        m001_a="CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE INDEX i ON p (a);",
        m002_b="-- migrate: no-transaction\nSELECT 1;\nREINDEX TABLE p;",
        m003_c="REINDEX TABLE p;",
    )

    run_migrations(ground.settings)

    assert {status for _, status in ground.rows()} == {"completed"}


def test_a_row_that_somebody_else_has_changed(ground: Ground) -> None:
    """A run whose row was changed by somebody else meanwhile commits nothing."""
    ground.write(m001_a="CREATE TABLE a (x int)", m002_b="CREATE TABLE b (x int); SELECT pg_sleep(0.5)")

    def change(event: Event) -> None:
        if event == MigrationStarted("002-b"):
            ground.execute("UPDATE migration_status SET status = 'pending' WHERE migration_name = '002-b'")

    told = ground.refusal(lambda: run_migrations(ground.settings, on_event=change), MigrateTasksError)

    assert told.splitlines()[0] == ('the row of migration "002-b" in migration_status was changed by somebody else')
    assert ground.relations == {"a"}
    assert ground.rows() == [("001-a", "completed"), ("002-b", "pending")]
