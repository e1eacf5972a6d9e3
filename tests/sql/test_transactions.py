"""What statements do to transactions is told from their words, and the servers say the same."""

from __future__ import annotations

import psycopg
import pytest

from migrate_tasks.sql.statements import Statement, split_statements
from migrate_tasks.sql.transactions import (
    Control,
    cannot_run_in_transaction,
    chains,
    control_of,
    head,
    may_commit,
)

CONTROLS = {
    "BEGIN": Control.BEGIN,
    "begin /* x */ isolation level serializable": Control.BEGIN,
    "START TRANSACTION": Control.BEGIN,
    "COMMIT": Control.COMMIT,
    "END": Control.COMMIT,
    "end -- x\n work": Control.COMMIT,
    "COMMIT AND CHAIN": Control.COMMIT,
    "ROLLBACK": Control.ROLLBACK,
    "ABORT": Control.ROLLBACK,
    "ROLLBACK WORK AND NO CHAIN": Control.ROLLBACK,
    "PREPARE TRANSACTION 'x'": Control.PREPARE,
    "COMMIT PREPARED 'x'": None,
    "ROLLBACK PREPARED 'x'": None,
    "ROLLBACK TO s": None,
    "ROLLBACK TO SAVEPOINT s": None,
    "ROLLBACK WORK TO s": None,
    "rollback transaction /* x */ to savepoint s": None,
    "SAVEPOINT s": None,
    "RELEASE s": None,
    "PREPARE commit AS SELECT 1": None,
    "SELECT 'COMMIT'": None,
    "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END": None,
    "DO $$ BEGIN COMMIT; END $$": None,
}

SINCE_17 = "CLUSTER (VERBOSE)"
NO_CONNECTION = "08006"  # of a subscription to a server that is not there

# each as a server refuses it in a transaction block; the first statements are what it needs
REFUSED = {
    "CREATE INDEX CONCURRENTLY i2 ON t (a)": "CREATE INDEX CONCURRENTLY",
    "CREATE INDEX CONCURRENTLY ON t (a)": "CREATE INDEX CONCURRENTLY",
    "create /* x */ unique index -- y\n concurrently if not exists i2 on t (a)": "CREATE UNIQUE INDEX CONCURRENTLY",
    "DROP INDEX CONCURRENTLY i": "DROP INDEX CONCURRENTLY",
    "DROP INDEX CONCURRENTLY IF EXISTS i": "DROP INDEX CONCURRENTLY",
    "REINDEX INDEX CONCURRENTLY i": "REINDEX INDEX CONCURRENTLY",
    "REINDEX TABLE CONCURRENTLY t": "REINDEX TABLE CONCURRENTLY",
    "REINDEX (CONCURRENTLY) TABLE t": "REINDEX TABLE CONCURRENTLY",
    "reindex (concurrently true, verbose) index i": "REINDEX INDEX CONCURRENTLY",
    "REINDEX (CONCURRENTLY 'on') INDEX i": "REINDEX INDEX CONCURRENTLY",
    "REINDEX (CONCURRENTLY false, CONCURRENTLY 1) INDEX i": "REINDEX INDEX CONCURRENTLY",
    "REINDEX SCHEMA public": "REINDEX SCHEMA",
    "REINDEX (VERBOSE) SCHEMA public": "REINDEX SCHEMA",
    'REINDEX DATABASE "{database}"': "REINDEX DATABASE",
    'REINDEX SYSTEM CONCURRENTLY "{database}"': "REINDEX SYSTEM",
    "VACUUM": "VACUUM",
    "VACUUM ANALYZE t": "VACUUM",
    "VACUUM (FULL false) t": "VACUUM",
    "CLUSTER": "CLUSTER",
    "CLUSTER VERBOSE": "CLUSTER",
    SINCE_17: "CLUSTER",
    "ALTER SYSTEM SET work_mem = '8MB'": "ALTER SYSTEM",
    "ALTER SYSTEM RESET ALL": "ALTER SYSTEM",
    "CREATE DATABASE other": "CREATE DATABASE",
    "DROP DATABASE IF EXISTS other": "DROP DATABASE",
    "ALTER DATABASE other SET TABLESPACE pg_default": "ALTER DATABASE SET TABLESPACE",
    "CREATE TABLESPACE s LOCATION '/nowhere'": "CREATE TABLESPACE",
    "DROP TABLESPACE IF EXISTS s": "DROP TABLESPACE",
    "ALTER TABLE IF EXISTS ONLY public.parted DETACH PARTITION public.p1 CONCURRENTLY": (
        "ALTER TABLE DETACH PARTITION CONCURRENTLY"
    ),
    "CREATE SUBSCRIPTION s2 CONNECTION 'host=/nowhere' PUBLICATION p": "CREATE SUBSCRIPTION",
    "CREATE SUBSCRIPTION s2 CONNECTION 'host=/nowhere' PUBLICATION p WITH (create_slot)": "CREATE SUBSCRIPTION",
    "DROP SUBSCRIPTION s": "DROP SUBSCRIPTION",
    "ALTER SUBSCRIPTION s REFRESH PUBLICATION": "ALTER SUBSCRIPTION REFRESH",
    "ALTER SUBSCRIPTION s SET PUBLICATION q": "ALTER SUBSCRIPTION SET PUBLICATION",
    "ALTER SUBSCRIPTION s ADD PUBLICATION q": "ALTER SUBSCRIPTION ADD PUBLICATION",
    "ALTER SUBSCRIPTION s DROP PUBLICATION p WITH (refresh = on)": "ALTER SUBSCRIPTION DROP PUBLICATION",
    "COMMIT PREPARED 'x'": "COMMIT PREPARED",
    "ROLLBACK PREPARED 'x'": "ROLLBACK PREPARED",
    "DISCARD ALL": "DISCARD ALL",
}
ALLOWED = (
    "CREATE INDEX concurrently_made ON t (a)",
    'CREATE INDEX "CONCURRENTLY" ON t (a)',
    "DROP INDEX i",
    "REINDEX TABLE t",
    "REINDEX INDEX i",
    "REINDEX (CONCURRENTLY false) TABLE t",
    "REINDEX (VERBOSE, CONCURRENTLY off) TABLE t",
    "REINDEX (CONCURRENTLY, CONCURRENTLY 0) TABLE t",
    "CLUSTER t USING i",
    "CLUSTER (VERBOSE) t USING i",
    "ANALYZE t",
    "ALTER DATABASE \"{database}\" SET work_mem = '8MB'",
    "ALTER TABLE parted DETACH PARTITION p1",
    "ALTER TABLE t ADD COLUMN vacuum int, ADD COLUMN concurrently_ int",
    "CREATE SUBSCRIPTION s2 CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false)",
    "CREATE SUBSCRIPTION s2 CONNECTION 'host=/nowhere' PUBLICATION p WITH (create_slot = 'off', slot_name = s2)",
    "ALTER SUBSCRIPTION s SET PUBLICATION q WITH (refresh = false)",
    "ALTER SUBSCRIPTION s SET (synchronous_commit = off)",
    "ALTER SUBSCRIPTION s DISABLE",
    "ALTER TYPE mood ADD VALUE 'new'",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY m",
    "DISCARD PLANS",
    "SELECT 'VACUUM', 'CREATE INDEX CONCURRENTLY'",
    "COMMENT ON TABLE t IS $$;VACUUM;$$",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'VACUUM'; COMMIT; END $$",
    "DO $$ BEGIN PERFORM 'CREATE INDEX CONCURRENTLY'; END $$",
)
NEEDED = """
CREATE TABLE t (a int);
CREATE INDEX i ON t (a);
CREATE TABLE parted (a int) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TYPE mood AS ENUM ('old');
CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
CREATE UNIQUE INDEX ON m (a);
CREATE SUBSCRIPTION s CONNECTION 'host=/nowhere' PUBLICATION p, p9 WITH (connect = false);
ALTER SUBSCRIPTION s ENABLE;
"""


def the(text: str) -> Statement:
    """Return the one statement of ``text``."""
    (statement,) = split_statements(text)
    return statement


@pytest.mark.parametrize("text", CONTROLS)
def test_a_statement_controls_its_transaction(text: str) -> None:
    """BEGIN, COMMIT, ROLLBACK and PREPARE TRANSACTION are known in all their spellings, and nothing else is one."""
    assert control_of(the(text)) == CONTROLS[text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COMMIT AND CHAIN", True),
        ("end work and /* x */ chain", True),
        ("ROLLBACK AND CHAIN", True),
        ("COMMIT AND NO CHAIN", False),
        ("COMMIT", False),
        ("SELECT a AND chain", False),
    ],
)
def test_a_transaction_chains(text: str, *, expected: bool) -> None:
    """AND CHAIN begins the next transaction, AND NO CHAIN does not."""
    assert chains(the(text)) is expected


@pytest.mark.parametrize("text", REFUSED)
def test_what_refuses_a_transaction_is_known(text: str) -> None:
    """A statement that cannot run in a transaction block is named."""
    assert cannot_run_in_transaction(the(text)) == REFUSED[text]


@pytest.mark.parametrize("text", ALLOWED)
def test_what_runs_in_a_transaction_is_known(text: str) -> None:
    """A statement that can run in a transaction block is not named, whatever its strings and names say."""
    assert cannot_run_in_transaction(the(text)) is None


def test_the_servers_agree(any_url: str) -> None:
    """A server refuses in a transaction block (SQLSTATE 25001) just what we say that it refuses."""
    database = psycopg.conninfo.conninfo_to_dict(any_url)["dbname"]
    with psycopg.connect(any_url, autocommit=True) as connection:
        for statement in split_statements(NEEDED):
            connection.execute(statement.text.encode())
        try:
            refused = [text for text in REFUSED if text != SINCE_17 or connection.info.server_version >= 170000]
            said = {text: answer_in_transaction(connection, text.format(database=database)) for text in refused}
            fine = {text: answer_in_transaction(connection, text.format(database=database)) for text in ALLOWED}
        finally:
            for last in ("DISABLE", "SET (slot_name = NONE)"):
                connection.execute(f"ALTER SUBSCRIPTION s {last}".encode())
            connection.execute("DROP SUBSCRIPTION s")

    assert {text: answer for text, answer in said.items() if answer != "25001"} == {}
    assert {text: answer for text, answer in fine.items() if answer not in {None, NO_CONNECTION}} == {}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("failover = true", "25001"),
        ("streaming = on, failover = false", "25001"),
        ("two_phase = false", "25001"),
        ("two_phase", None),
        ("streaming = on", None),
    ],
)
def test_some_options_of_a_subscription_refuse_a_transaction(any_url: str, options: str, expected: str | None) -> None:
    """Options that change the slot on the other server, which PostgreSQL 18 has, refuse a transaction block."""
    text = f"ALTER SUBSCRIPTION s SET ({options})"
    with psycopg.connect(any_url, autocommit=True) as connection:
        if connection.info.server_version < 180000:
            pytest.skip("there are no such options")
        connection.execute("CREATE SUBSCRIPTION s CONNECTION 'host=/nowhere' PUBLICATION p WITH (connect = false)")
        try:
            answer = answer_in_transaction(connection, text)
        finally:
            connection.execute("ALTER SUBSCRIPTION s SET (slot_name = NONE)")
            connection.execute("DROP SUBSCRIPTION s")

    assert answer == expected
    assert cannot_run_in_transaction(the(text)) == ("ALTER SUBSCRIPTION SET" if expected else None)


def answer_in_transaction(connection: psycopg.Connection, text: str) -> str | None:
    """Execute a statement in a transaction that is rolled back; return the SQLSTATE, None for success."""
    connection.execute("BEGIN")
    try:
        connection.execute(text.encode())
    except psycopg.Error as error:
        return error.sqlstate
    else:
        return None
    finally:
        connection.execute("ROLLBACK")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CALL p()", True),
        ("DO $$ BEGIN INSERT INTO t VALUES (1); COMMIT; END $$", True),
        ("do language plpgsql $x$ begin rollback; end $x$", True),
        ("DO 'BEGIN COMMIT; END'", True),
        ("DO LANGUAGE plpython3u $$\nplpy.commit() # it's\n$$", True),
        ("DO $$ BEGIN RAISE NOTICE 'COMMIT'; -- commit\nEND $$", False),
        ('DO $$ BEGIN PERFORM "commit" FROM t; END $$', False),
        ("DO $$ BEGIN CALL p(); END $$", False),
        ("CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$", False),
        ("SELECT 'CALL p()'", False),
    ],
)
def test_what_may_commit_is_known(text: str, *, expected: bool) -> None:
    """CALL may commit, and a DO whose code has COMMIT or ROLLBACK as a word."""
    assert may_commit(the(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("create /* x */ index concurrently i on t (a)", "CREATE INDEX CONCURRENTLY"),
        ('DROP TABLE "t"', "DROP TABLE"),
        ("VACUUM", "VACUUM"),
        ("(SELECT 1)", ""),
    ],
)
def test_a_head_is_for_people(text: str, expected: str) -> None:
    """The head of a statement is its leading words, in upper case."""
    assert head(the(text)) == expected
