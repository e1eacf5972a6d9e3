"""Directives: what the ``-- migrate:`` comments at the head of a file ask for, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.directives import parse_directives
from migrate_tasks.migrations.migration import NO_DIRECTIVES, Directives

if TYPE_CHECKING:
    from tests.migrations.ground import Ground


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1;", NO_DIRECTIVES),
        ("-- migrate: no-transaction\nVACUUM;", Directives(transaction=False)),
        ("-- migrate: transaction\nSELECT 1;", Directives(transaction=True)),
        ("-- migrate: repeatable", Directives(repeatable=True)),
        ("-- migrate: idempotent\nSELECT 1;", Directives(idempotent=True)),
        ("--migrate:repeatable\r\nSELECT 1;\r\n", Directives(repeatable=True)),
        ("\t --  migrate:  lock_timeout 10s  \n", Directives(lock_timeout=timedelta(seconds=10))),
        ("-- migrate: lock_timeout 0\n", Directives(lock_timeout=timedelta(0))),
        (
            "-- Why: it is slow.\n\n/* a\ncomment */\n-- migrate: statement_timeout 1m30s\n--migrate:no-transaction\nX",
            Directives(transaction=False, statement_timeout=timedelta(seconds=90)),
        ),
        ("-- migrate: repeatable\n-- migrate: repeatable\n", Directives(repeatable=True)),
        ("-- migrate: allow x because y\n-- migrate: repeatable\nSELECT 1;", Directives(repeatable=True)),
        ("SELECT 1;\n-- migrate: allow-file x because y\n  --migrate:allow\tx\nSELECT 2;", NO_DIRECTIVES),
    ],
)
def test_the_head_of_a_file_is_read(sql: str, expected: Directives) -> None:
    """Directives stand in comments before the first statement, in any order, beside other comments."""
    assert parse_directives(sql, "001-a.sql") == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT '\n-- migrate: no-transaction\n';",
        "DO $$\n-- migrate: no-transaction\nBEGIN END $$;",
        "COPY a FROM stdin;\n1\n-- migrate: no-transaction\n\\.\n",
        "SELECT 'open\n-- migrate: no-transaction\n",
        "-- It says migrate: no-transaction somewhere.\nSELECT 1",
    ],
    ids=["string", "body", "data", "left open", "in the middle"],
)
def test_what_is_quoted_is_no_directive(sql: str) -> None:
    """A line that looks like a directive, but lies in a string, a body or the data of COPY, is none."""
    assert parse_directives(sql, "001-a.sql") == NO_DIRECTIVES


REFUSED = {
    "a typo": (
        "-- migrate: no-transacton\nVACUUM;",
        './migrations/001-a.sql:1:1: unknown directive "no-transacton"\nHINT: Did you mean "no-transaction"?',
    ),
    "a typo in a timeout": (
        "-- a\n  -- migrate: lock_timout 3s\n",
        './migrations/001-a.sql:2:1: unknown directive "lock_timout 3s"\nHINT: Did you mean "lock_timeout"?',
    ),
    "nothing like it": (
        "-- migrate: xyz\n",
        (
            './migrations/001-a.sql:1:1: unknown directive "xyz"\n'
            "HINT: The directives are no-transaction, transaction, repeatable, idempotent,"
            " lock_timeout, statement_timeout."
        ),
    ),
    "nothing at all": (
        "-- migrate:\nSELECT 1",
        (
            './migrations/001-a.sql:1:1: unknown directive ""\n'
            "HINT: The directives are no-transaction, transaction, repeatable, idempotent,"
            " lock_timeout, statement_timeout."
        ),
    ),
    "dbmate": (
        "-- migrate:up\nCREATE TABLE a (x int);\n-- migrate:down\nDROP TABLE a;",
        (
            './migrations/001-a.sql:1:1: unknown directive "up"\n'
            "HINT: Those are dbmate's marks. Here a file holds the way up; the way down is a companion named"
            " NNN-name.down.sql."
        ),
    ),
    "below": (
        "CREATE TABLE a (x int);\n\n-- migrate: no-transaction\nVACUUM;",
        (
            './migrations/001-a.sql:3:1: directive "no-transaction" stands below the first statement\n'
            "HINT: Move it to the head of the file: it steers how the whole file is executed."
        ),
    ),
    "contradiction": (
        "-- migrate: transaction\n-- migrate: no-transaction\nSELECT 1",
        './migrations/001-a.sql:2:1: directive "no-transaction" contradicts an earlier one',
    ),
    "two timeouts": (
        "-- migrate: lock_timeout 3s\n-- migrate: lock_timeout 4s\nSELECT 1",
        './migrations/001-a.sql:2:1: directive "lock_timeout 4s" contradicts an earlier one',
    ),
    "no duration": (
        "-- migrate: statement_timeout soon\n",
        (
            './migrations/001-a.sql:1:1: directive "statement_timeout": "soon" is not a duration:'
            ' write it as "90s", "2m" or "1m30s"'
        ),
    ),
    "a typo in a claim": (
        "-- migrate: idempotant\nSELECT 1",
        './migrations/001-a.sql:1:1: unknown directive "idempotant"\nHINT: Did you mean "idempotent"?',
    ),
    "a typo in what is the linter's": (
        "-- migrate: alow x because y\nSELECT 1",
        './migrations/001-a.sql:1:1: unknown directive "alow x because y"\nHINT: Did you mean "allow"?',
    ),
    "a duration for none": (
        "-- migrate: repeatable 3s\n",
        './migrations/001-a.sql:1:1: unknown directive "repeatable 3s"\nHINT: Did you mean "repeatable"?',
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_directive_is_refused(ground: Ground, case: str) -> None:
    """A directive that is not understood stops the run before anything is executed."""
    sql, message = REFUSED[case]
    ground.write(m001_a=sql)

    assert ground.refused_run() == message


@pytest.mark.parametrize(
    ("directives", "expected"),
    [(NO_DIRECTIVES, False), (Directives(idempotent=True), True), (Directives(repeatable=True), True)],
    ids=["neither", "idempotent", "repeatable"],
)
def test_who_may_run_twice(directives: Directives, *, expected: bool) -> None:
    """A file says that it can run twice by either of two directives."""
    assert directives.may_run_twice is expected


def test_the_way_down_has_directives_too(ground: Ground) -> None:
    """The refusal names the path that it was given."""
    assert ground.refusal(lambda: parse_directives("-- migrate: up", "a.down.sql"), ConfigurationError).startswith(
        'a.down.sql:1:1: unknown directive "up"'
    )
