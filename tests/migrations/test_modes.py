"""How a file is to be executed, read from its text alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.directives import parse_directives
from migrate_tasks.migrations.modes import Mode, Script, Unit, UnitKind, read_script, units_of
from migrate_tasks.sql.statements import split_statements

if TYPE_CHECKING:
    from tests.migrations.ground import Ground

BLOCK, WRAPPED, ALONE = UnitKind.BLOCK, UnitKind.WRAPPED, UnitKind.ALONE


def read(text: str) -> Script:
    """Return the script in ``text``."""
    return read_script(text, "001-a.sql", parse_directives(text, "001-a.sql"))


def refusal(text: str) -> str:
    """Return the whole text with which ``text`` is refused."""
    with pytest.raises(ConfigurationError) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "mode", "reason"),
    [
        ("CREATE TABLE a (x int); INSERT INTO a VALUES (1)", Mode.TRANSACTION, ""),
        ("", Mode.TRANSACTION, ""),
        ("SAVEPOINT s; ROLLBACK TO s; RELEASE s", Mode.TRANSACTION, ""),
        ("CALL p()", Mode.TRANSACTION, ""),
        ("-- migrate: no-transaction\nSELECT 1", Mode.NO_TRANSACTION, 'directive "no-transaction"'),
        ("-- migrate: no-transaction\nBEGIN; COMMIT", Mode.NO_TRANSACTION, 'directive "no-transaction"'),
        ("BEGIN; SELECT 1; COMMIT", Mode.OWN_TRANSACTIONS, "BEGIN is the file's own"),
        ("SELECT 1; COMMIT; VACUUM", Mode.OWN_TRANSACTIONS, "COMMIT is the file's own"),
        ("SELECT 1; ABORT", Mode.OWN_TRANSACTIONS, "ABORT is the file's own"),
        ("SELECT 1; VACUUM a", Mode.NO_TRANSACTION, "VACUUM cannot run in a transaction"),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY i ON a (x)",
            Mode.NO_TRANSACTION,
            "CREATE UNIQUE INDEX CONCURRENTLY cannot run in a transaction",
        ),
        ("DO $$ BEGIN COMMIT; END $$", Mode.NO_TRANSACTION, "DO commits by itself"),
        (
            "ALTER TYPE mood ADD VALUE 'ok'; SELECT 'ok'::mood",
            Mode.NO_TRANSACTION,
            "an enum value cannot be used in the transaction that adds it",
        ),
        ("ALTER TYPE mood ADD VALUE 'ok'", Mode.TRANSACTION, ""),
    ],
)
def test_the_mode_and_its_reason(text: str, mode: Mode, reason: str) -> None:
    """A file is one transaction unless it says, or needs, otherwise; the reason is told in words."""
    script = read(text)

    assert (script.mode, script.reason) == (mode, reason)
    assert bool(script.units) == (mode is not Mode.TRANSACTION)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("", []),
        ("SELECT 1; SELECT 2", [(WRAPPED, 0, 1), (WRAPPED, 1, 2)]),
        ("SELECT 1; VACUUM; SELECT 2", [(WRAPPED, 0, 1), (ALONE, 1, 2), (WRAPPED, 2, 3)]),
        ("CALL p(); DO $$ BEGIN ROLLBACK; END $$; DO $$ BEGIN END $$", [(ALONE, 0, 1), (ALONE, 1, 2), (WRAPPED, 2, 3)]),
        ("BEGIN; SELECT 1; COMMIT", [(BLOCK, 0, 3)]),
        ("BEGIN; SELECT 1; ROLLBACK; SELECT 2", [(BLOCK, 0, 3), (WRAPPED, 3, 4)]),
        ("SELECT 1; BEGIN; SELECT 2; END; VACUUM", [(WRAPPED, 0, 1), (BLOCK, 1, 4), (ALONE, 4, 5)]),
        ("SELECT 1; COMMIT; VACUUM", [(BLOCK, 0, 2), (ALONE, 2, 3)]),
        ("SELECT 1; ROLLBACK; COMMIT", [(BLOCK, 0, 2), (ALONE, 2, 3)]),
        ("BEGIN; SELECT 1; COMMIT AND CHAIN; SELECT 2; COMMIT", [(BLOCK, 0, 3), (BLOCK, 3, 5)]),
        ("BEGIN; SELECT 1; COMMIT AND CHAIN", [(BLOCK, 0, 3)]),
        ("BEGIN; SELECT 1", [(BLOCK, 0, 2)]),
        ("COMMIT", [(BLOCK, 0, 1)]),
        ("BEGIN; BEGIN; SELECT 1; COMMIT; COMMIT", [(BLOCK, 0, 4), (ALONE, 4, 5)]),
        ("START TRANSACTION; SAVEPOINT s; ROLLBACK TO s; COMMIT", [(BLOCK, 0, 4)]),
    ],
)
def test_units(text: str, units: list[tuple[UnitKind, int, int]]) -> None:
    """A unit is a block of the author's, a statement in a transaction of ours, or one that is in none."""
    assert units_of(split_statements(text)) == tuple(Unit(*unit) for unit in units)


@pytest.mark.parametrize(
    ("text", "lock", "statement"),
    [
        ("SELECT 1", False, False),
        ("SET lock_timeout = '1s'; SELECT 1", True, False),
        ("SET LOCAL statement_timeout TO 0; SELECT 1", False, True),
        ("SELECT set_config('lock_timeout', '1s', true)", True, False),
        ("RESET ALL", True, True),
    ],
)
def test_a_file_may_see_to_its_timeouts(text: str, *, lock: bool, statement: bool) -> None:
    """Where a file sets a timeout itself, that is known."""
    script = read(text)

    assert (script.sets_lock_timeout, script.sets_statement_timeout) == (lock, statement)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "-- migrate: transaction\nCREATE TABLE t (a int);\n  COMMIT;",
            "001-a.sql:3:3: COMMIT is the file's own, but the file is to be one transaction",
        ),
        (
            "-- migrate: transaction\nSELECT 1; VACUUM;",
            "001-a.sql:2:11: VACUUM cannot run in a transaction, but the file is to be one transaction",
        ),
        (
            "-- migrate: transaction\nALTER TYPE mood ADD VALUE 'ok';\nSELECT 'ok'::mood;",
            (
                "001-a.sql:3:1: an enum value cannot be used in the transaction that adds it,"
                " but the file is to be one transaction"
            ),
        ),
    ],
)
def test_what_cannot_be_one_transaction_is_refused(text: str, message: str) -> None:
    """A file with the directive "transaction" is refused at the place of what cannot be in one."""
    assert refusal(text) == (
        f'{message}\nHINT: Take out the directive "transaction", or put the statement into a file of its own.'
    )


UNREADABLE = {
    "quote": ("SELECT 1;\nSELECT 'it's';", ":2:13: unterminated quoted string"),
    "name": ('SELECT 1;\n\nSELECT "a FROM b;\n', ":3:8: unterminated quoted identifier"),
    "dollar quote": ("DO $a$ BEGIN END $b$;\n", ":1:4: unterminated dollar-quoted string"),
    "comment": ("SELECT 1; /* /* */\n", ":1:11: unterminated comment"),
    "psql": ("SELECT 1;\n\\i other.sql\n", ':2:1: psql command "\\i" is not SQL'),
    "gset": ("SELECT 1 AS x \\gset\n", ':1:15: psql command "\\gset" is not SQL'),
    "after data": ("COPY a FROM stdin; SELECT\n1\n\\.\n2;", ":1:20: a statement goes on after the data of COPY"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_read_is_refused(ground: Ground, case: str) -> None:
    """A statement that never ends, or a command of psql, is refused with its place; nothing is executed."""
    text, place = UNREADABLE[case]
    ground.write(m001_a="CREATE TABLE a (x int)", m002_b=text)

    assert ground.refused_run() == (
        f"./migrations/002-b.sql{place}\nHINT: Mend ./migrations/002-b.sql; nothing was executed."
    )


def test_prepare_transaction_is_refused(ground: Ground) -> None:
    """A transaction that would stay open without a session is refused with its place; nothing is executed."""
    ground.write(m001_a="CREATE TABLE a (x int);", m002_b="BEGIN;\nSELECT 1;\nPREPARE TRANSACTION 'x';")

    assert ground.refused_run() == (
        "./migrations/002-b.sql:3:1: PREPARE TRANSACTION cannot be part of a migration\n"
        "DETAIL: The transaction would stay open, with its locks, until somebody ends it.\n"
        "HINT: Write COMMIT."
    )
