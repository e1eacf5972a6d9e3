"""Which timeouts the linter takes for set, where the runner sets some."""

from __future__ import annotations

from datetime import timedelta

import pytest

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.report import Source
from migrate_tasks.lint.settings import LintSettings
from migrate_tasks.lint.step import Target

RUNNER = Target(lock_timeout=timedelta(seconds=3), statement_timeout=timedelta(minutes=10))
LOCK, STATEMENT = "require-lock-timeout", "require-statement-timeout"
DDL = "ALTER TABLE orders ADD COLUMN note text;\n"


def lines_found(sql: str, rule: str, target: Target = RUNNER) -> list[int]:
    """Return the lines of what a rule finds in a file."""
    settings = LintSettings(select=frozenset({rule}), target=target)
    return [violation.line for violation in lint([Source("1.sql", "1", sql)], settings).violations]


@pytest.mark.parametrize(
    "sql",
    [
        DDL,
        f"BEGIN;\n{DDL}COMMIT;\n",
        f"-- migrate: no-transaction\n{DDL}",
        f"SET lock_timeout = '1s';\nSET statement_timeout = '1s';\n{DDL}",
        f"-- migrate: lock_timeout 1s\n{DDL}",
        f"SET search_path = app;\nRESET search_path;\n{DDL}",
    ],
)
def test_of_the_runner(sql: str) -> None:
    """What the runner sets is enough, and so is what the file sets instead."""
    assert (lines_found(sql, LOCK), lines_found(sql, STATEMENT)) == ([], [])


@pytest.mark.parametrize("how", ["SET {} = 0", "SET LOCAL {} = '0ms'", "SET {} TO DEFAULT", "RESET {}", "RESET ALL"])
def test_taken_away(how: str) -> None:
    """What the file sets to nothing, the runner does not set."""
    for rule, parameter in ((LOCK, "lock_timeout"), (STATEMENT, "statement_timeout")):
        assert lines_found(f"{how.format(parameter)};\n{DDL}", rule) == [2]


def test_set_config() -> None:
    """A call of set_config counts as SET does."""
    assert lines_found(f"SELECT set_config('lock_timeout', '0', true);\n{DDL}", LOCK) == [2]
    assert lines_found(f"SELECT set_config('lock_timeout', '5s', true);\n{DDL}", LOCK, Target()) == []


def test_set_too_late() -> None:
    """Where the file sets a timeout, the runner sets none, before that line either."""
    assert lines_found(f"{DDL}SET LOCAL lock_timeout = '5s';\n{DDL}", LOCK) == [1]


def test_directive_of_zero() -> None:
    """A directive can take away what the settings say."""
    assert lines_found(f"-- migrate: lock_timeout 0s\n{DDL}", LOCK) == [2]


def test_outside_of_transactions() -> None:
    """There the runner sets no lock_timeout without a directive; what is CONCURRENTLY there needs none."""
    assert lines_found("VACUUM FULL orders;\n", LOCK) == [1]
    assert lines_found("-- migrate: lock_timeout 3s\nVACUUM FULL orders;\n", LOCK) == []
    assert lines_found("CREATE INDEX CONCURRENTLY ON orders (id);\nVACUUM orders;\n", LOCK) == []


EVENTS = "CREATE TABLE events (at date) PARTITION BY RANGE (at); CREATE INDEX by_at ON events (at);"
OUTSIDE = {
    "VACUUM FULL": "",
    "CLUSTER": "",
    "REINDEX DATABASE shop": "",
    "REINDEX TABLE events": EVENTS,
    "REINDEX INDEX by_at": EVENTS,
    "CLUSTER events USING by_at": EVENTS,
    "DO $$BEGIN DROP TABLE orders; COMMIT; END$$": "",
    "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$BEGIN DROP TABLE orders; COMMIT; END$$; CALL p()": "",
}


@pytest.mark.parametrize("sql", OUTSIDE)
def test_what_is_sent_outside_of_transactions(sql: str) -> None:
    """There the runner sends, in the end, also what a server refuses in one for reasons that only it knows."""
    sources = [Source("1.sql", "1", OUTSIDE[sql], is_judged=False)]
    for head, found in (("", [2]), ("-- migrate: lock_timeout 3s", [])):
        judged = Source("2.sql", "2", f"{head}\n{sql};\n")
        report = lint([*sources, judged], LintSettings(select=frozenset({LOCK}), target=RUNNER))
        assert [violation.line for violation in report.violations] == found


def test_after_and_chain() -> None:
    """The runner sets its own anew in the transaction that has begun so; what the file has SET LOCAL is gone."""
    chained = f"{DDL}COMMIT AND CHAIN;\n{DDL}COMMIT;\n"
    assert lines_found(f"BEGIN;\n{chained}", LOCK) == []
    assert lines_found(f"BEGIN;\nSET LOCAL lock_timeout = '3s';\n{chained}", LOCK) == [5]


def test_help_where_each_statement_is_a_transaction() -> None:
    """SET LOCAL is told only where a transaction goes on after it."""
    settings = LintSettings(select=frozenset({LOCK}))
    for head, setting in (("", "SET LOCAL"), ("-- migrate: no-transaction\n", "SET")):
        (violation,) = lint([Source("1.sql", "1", head + DDL)], settings).violations
        assert violation.help == f"{setting} lock_timeout = '3s';"
