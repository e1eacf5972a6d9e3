"""What has changed in a file since it was executed."""

from __future__ import annotations

import hashlib

import pytest

from migrate_tasks.migrations.changes import Change, change_of, diff_of, normalised_checksum
from migrate_tasks.migrations.migration import Migration, MigrationName
from migrate_tasks.migrations.status import HistoryRow, Status

SQL = "CREATE TABLE a (\n  x int -- the number\n);\nINSERT INTO a VALUES (1), ('b');\n"


def changed(before: str, after: str) -> Change:
    """Return how ``after`` differs from ``before``, which was executed."""
    metadata = {
        "checksum": hashlib.sha256(before.encode()).hexdigest(),
        "normalised_checksum": normalised_checksum(before),
    }
    row = HistoryRow("001-a", "sql", Status.COMPLETED, None, None, None, metadata, is_alive=False)
    checksum = hashlib.sha256(after.encode()).hexdigest()
    return change_of(Migration(MigrationName(1, "001-a"), "001-a.sql", after, checksum), row)


@pytest.mark.parametrize(
    "after",
    [
        "-- new\n" + SQL,
        SQL.replace("\n", "\r\n"),
        SQL.replace("CREATE TABLE", "create table"),
        SQL.replace("-- the number", "/* another */"),
        SQL.rstrip("\n").removesuffix(";"),
    ],
    ids=["comment", "crlf", "case", "other comment", "last semicolon"],
)
def test_looks(after: str) -> None:
    """Comments, white space and the case of keywords are looks."""
    assert changed(SQL, after) is Change.COSMETIC


@pytest.mark.parametrize(
    "after",
    [SQL.replace("int", "bigint"), SQL.replace("'b'", "'B'"), SQL.replace("'b'", "'b '"), SQL + "SELECT 1;"],
    ids=["type", "case of a string", "space in a string", "one more"],
)
def test_meaning(after: str) -> None:
    """What a file does, strings to the letter, is no matter of looks."""
    assert changed(SQL, after) is Change.REAL


def test_nothing() -> None:
    """A file that is the same byte for byte has not changed."""
    assert changed(SQL, SQL) is Change.NONE


def test_a_file_that_cannot_be_read_is_compared_as_it_is() -> None:
    """A text that is no readable SQL has a checksum, too: that of all its characters."""
    assert normalised_checksum("SELECT 'open") == hashlib.sha256(b"SELECT 'open").hexdigest()
    assert changed(SQL, SQL + "'") is Change.REAL


def test_a_diff_has_its_first_line() -> None:
    """The first line that differs is counted from 1; the diff has a line of context."""
    assert diff_of("a\nb\nc\nd\n", "a\nb\nx\nd\n") == (
        3,
        "  --- as it was executed\n  +++ as it is now\n  @@ -2,3 +2,3 @@\n   b\n  -c\n  +x\n   d",
    )


@pytest.mark.parametrize(("before", "after", "line"), [("a\n", "a\nb\n", 2), ("a\nb\n", "a\n", 2), ("", "a", 1)])
def test_a_diff_at_the_end(before: str, after: str, line: int) -> None:
    """Where one text only goes on, the first difference is the line after the other's end."""
    assert diff_of(before, after)[0] == line


def test_a_long_diff_is_cut() -> None:
    """A diff has forty lines at most, and says how many are left out."""
    _, diff = diff_of("\n".join(map(str, range(100))), "")

    lines = diff.splitlines()
    assert (len(lines), lines[-1]) == (41, "  ... and 63 more lines")
