"""What rules claim of locks and rewrites, held against servers: each bad example is executed, and looked at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.knowledge.lock_levels import is_at_least
from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.settings import LintSettings
from migrate_tasks.sql.statements import split_statements
from migrate_tasks.sql.transactions import cannot_run_in_transaction
from tests.lint.examples import VERSION, examples_of, sources_of, target_of
from tests.lint.test_lock_levels import spelled
from tests.support import until

if TYPE_CHECKING:
    from pathlib import Path

    from migrate_tasks.lint.violation import Violation
    from migrate_tasks.sql.statements import Statement

WITH_LOCK = [name for name, rule in all_rules().items() if rule.lock]
# of the relations that were there before: the locks on them, and their files
READ_FILES = """
SELECT c.oid, pg_relation_filenode(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
"""
READ_SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'"
READ_LOCKS = """
SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation = ANY(%s)
"""


@dataclass(frozen=True)
class Seen:
    """What a statement did on a server: the locks that it took on what was there, and whether a table was rewritten."""

    modes: set[str]
    is_rewritten: bool


def files_of(connection: psycopg.Connection) -> dict[int, int]:
    """Return the number of the file of each relation."""
    return dict(connection.execute(READ_FILES))


def watch(connection: psycopg.Connection, statement: str) -> Seen:
    """Execute a statement in a transaction, look, and undo it."""
    before = files_of(connection)
    with connection.transaction(force_rollback=True):
        connection.execute(statement.encode())
        modes = {spelled(mode) for (mode,) in connection.execute(READ_LOCKS, (list(before),))}
        after = files_of(connection)
    return Seen(modes, any(after.get(oid, node) != node for oid, node in before.items()))


def watch_alone(connection: psycopg.Connection, statement: str) -> Seen:
    """Execute a statement that refuses a transaction, and look at the lock that it waits for while tables are read."""
    before = files_of(connection)
    tables = connection.execute(
        "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relkind = 'r' AND oid >= 16384"
    ).fetchone()
    assert tables
    with psycopg.connect(connection.info.dsn) as reader, ThreadPoolExecutor(1) as pool:
        reader.execute(f"LOCK TABLE {tables[0]} IN ACCESS SHARE MODE".encode())
        work = pool.submit(connection.execute, statement.encode())
        waiting = "SELECT mode FROM pg_locks WHERE pid = %s AND NOT granted"
        until(lambda: reader.execute(waiting, (connection.info.backend_pid,)).fetchone())
        modes = {spelled(mode) for (mode,) in reader.execute(waiting, (connection.info.backend_pid,))}
        reader.rollback()
        work.result()
    after = files_of(connection)
    return Seen(modes, any(after.get(oid, node) != node for oid, node in before.items()))


def empty(connection: psycopg.Connection) -> None:
    """Drop everything; with the time zone of many a server, in which timestamps are rewritten as timestamptz."""
    for (schema,) in connection.execute(READ_SCHEMAS).fetchall():
        connection.execute(f'DROP SCHEMA "{schema}" CASCADE'.encode())
    connection.execute("CREATE SCHEMA public; SET timezone = 'Europe/Berlin'")


def major(connection: psycopg.Connection) -> int:
    """Return the server's major version."""
    return connection.info.server_version // 10000


def violations_by_statement(rule: str, example: Path) -> list[tuple[Statement, list[Violation]]]:
    """Return each statement of the example's last file, with what the rule says of it."""
    sources = sources_of(example)
    report = lint(sources, LintSettings(select=frozenset({rule}), target=target_of(example)))
    return [
        (statement, [v for v in report.violations if statement.start <= v.finding.start < statement.end])
        for statement in split_statements(sources[-1].text)
    ]


@pytest.mark.parametrize("rule", WITH_LOCK)
def test_locks_and_rewrites(any_url: str, rule: str) -> None:
    """A statement that a rule finds takes the lock that the rule tells of, and rewrites a table if it says so."""
    for example in filter(lambda path: path.is_dir(), examples_of(rule, "bad")):
        with psycopg.connect(any_url, autocommit=True) as connection:
            if VERSION.search(sources_of(example)[-1].text) and major(connection) < target_of(example).postgres_version:
                continue  # it is not valid there
            empty(connection)
            for source in sources_of(example)[:-1]:
                connection.execute(source.text.encode())
            for statement, violations in violations_by_statement(rule, example):
                if violations:
                    look = watch_alone if cannot_run_in_transaction(statement) else watch
                    expect_truth(rule, violations, look(connection, statement.text), statement.text)
                with suppress(psycopg.Error):
                    connection.execute(statement.text.encode())


def expect_truth(rule: str, violations: list[Violation], seen: Seen, statement: str) -> None:
    """See that what a rule says of a statement is what was seen; another action of it may take a stronger lock."""
    lock = all_rules()[rule].lock
    assert lock
    assert any(is_at_least(mode, lock) for mode in seen.modes), statement
    for violation in violations:
        if "rewrites" in violation.message:
            assert seen.is_rewritten, statement


def test_each_lock_rule_has_examples_that_can_be_executed() -> None:
    """Each rule that tells of a lock has a bad example that is a folder."""
    assert [rule for rule in WITH_LOCK if not any(path.is_dir() for path in examples_of(rule, "bad"))] == []
