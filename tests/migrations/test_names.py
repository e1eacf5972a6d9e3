"""File names of migrations, their order, and the names that are offered."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.migration import MigrationName
from migrate_tasks.migrations.names import (
    check_unique,
    file_name_for,
    number_in,
    parse_file_name,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

LAW = settings(deadline=None, database=None)
DETAIL = "DETAIL: NNN is a number of three or more digits, the description lower-case words joined by hyphens."


def refusal(file_name: str, folder: str = "migrations", files: Sequence[str] = ("008-x.sql",)) -> str:
    """Return the whole text with which ``file_name`` is refused."""
    with pytest.raises(ConfigurationError) as caught:
        parse_file_name(file_name, folder, [*files, file_name])
    return str(caught.value)


@pytest.mark.parametrize(
    ("file_name", "number", "name"),
    [
        ("001-create-users.sql", 1, "001-create-users"),
        ("007-create-analytics-table.sql", 7, "007-create-analytics-table"),
        ("000-extensions.sql", 0, "000-extensions"),
        ("999-x.sql", 999, "999-x"),
        ("1000-x.sql", 1000, "1000-x"),
        ("0012-utf8-2nd-try.sql", 12, "0012-utf8-2nd-try"),
        ("20260302-add-status.sql", 20260302, "20260302-add-status"),
    ],
)
def test_a_name_is_the_file_name_without_sql(file_name: str, number: int, name: str) -> None:
    """A migration is named like its file, without ".sql", and ordered by the number in front."""
    parsed = parse_file_name(file_name, "migrations", [])

    assert MigrationName(number, name) == parsed
    assert name == str(parsed)


@pytest.mark.parametrize(
    ("file_name", "suggested"),
    [
        ("users.sql", "009-users.sql"),
        ("create_users.sql", "009-create-users.sql"),
        ("CreateUsers.sql", "009-createusers.sql"),
        ("10-create-users.sql", "010-create-users.sql"),
        ("010_create_users.sql", "010-create-users.sql"),
        ("010-Create-Users.sql", "010-create-users.sql"),
        ("010-create-users.SQL", "010-create-users.sql"),
        ("010--create-users.sql", "010-create-users.sql"),
        ("010-create-users-.sql", "010-create-users.sql"),
        ("010-create.users.sql", "010-create-users.sql"),
        ("V12__create_users.sql", "009-v12-create-users.sql"),
        ("010.sql", "010-migration.sql"),
        ("-.sql", "009-migration.sql"),
        (".sql", "009-migration.sql"),
    ],
)
def test_a_name_that_does_not_fit_is_refused(file_name: str, suggested: str) -> None:
    """A name that does not fit is refused with the command that renames the file."""
    expected = (
        f'file name "migrations/{file_name}" does not fit "NNN-description.sql"\n{DETAIL}\n'
        f"HINT: mv migrations/{file_name} migrations/{suggested}"
    )

    assert expected == refusal(file_name)


def test_a_file_name_with_a_space_is_quoted_in_the_command() -> None:
    """`create users.sql` is quoted for the shell, and given the next number."""
    expected = (
        f'file name "migrations/create users.sql" does not fit "NNN-description.sql"\n{DETAIL}\n'
        "HINT: mv 'migrations/create users.sql' migrations/009-create-users.sql"
    )

    assert expected == refusal("create users.sql")


def test_a_folder_with_a_space_is_quoted_in_the_command() -> None:
    """A folder with a space in its name is quoted in both arguments of the command."""
    expected = (
        f'file name "my sql/users.sql" does not fit "NNN-description.sql"\n{DETAIL}\n'
        "HINT: mv 'my sql/users.sql' 'my sql/009-users.sql'"
    )

    assert expected == refusal("users.sql", "my sql")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("create invoices", "009-create-invoices.sql"),
        ("create-invoices", "009-create-invoices.sql"),
        ("Create  Invoices!", "009-create-invoices.sql"),
        ("create_invoices.sql", "009-create-invoices.sql"),
        ("add 2nd index", "009-add-2nd-index.sql"),
        ("", "009-migration.sql"),
        ("  !?  ", "009-migration.sql"),
        ("3-way match", "009-3-way-match.sql"),
        ("2026", "009-2026.sql"),
    ],
)
def test_a_description_becomes_a_file_name(text: str, expected: str) -> None:
    """However somebody describes it, the words become a file name behind the number."""
    assert expected == file_name_for(text, 9)


@LAW
@given(st.text(), st.integers(0, 10**6))
def test_every_file_name_we_make_fits(text: str, number: int) -> None:
    """Whatever the description, the file name is one that is accepted."""
    suggested = file_name_for(text, number)

    assert parse_file_name(suggested, "migrations", []).name == suggested.removesuffix(".sql")


@pytest.mark.parametrize(
    ("file_name", "expected"),
    [("008-create-x.sql", 8), ("1000-x.sql", 1000), ("12 users.sql", 12), ("users.sql", 0), ("", 0), ("v12.sql", 0)],
)
def test_the_number_of_any_file(file_name: str, expected: int) -> None:
    """The number of a file is what its name begins with, and 0 where it begins with something else."""
    assert expected == number_in(file_name)


def test_names_are_ordered_by_number() -> None:
    """1000 comes after 999, and 0010 after 009, whatever the text would say."""
    files = ["001-z.sql", "002-a.sql", "009-x.sql", "0010-x.sql", "099-x.sql", "999-a.sql", "1000-a.sql"]
    names = [parse_file_name(file, "migrations", files) for file in files]
    shuffled = random.Random(7).sample(names, len(names))

    assert names == sorted(shuffled)


def test_numbers_that_differ_are_unique() -> None:
    """Names whose numbers differ are accepted, gaps and all."""
    check_unique([MigrationName(1, "001-a"), MigrationName(2, "002-a"), MigrationName(40, "040-a")], "migrations")
    check_unique([], "migrations")


@pytest.mark.parametrize(
    ("first", "second", "better"),
    [
        ("002-create-users", "002-drop-users", "004-drop-users"),
        ("0002-create-users", "002-drop-users", "004-drop-users"),
        ("002-a", "002-b", "004-b"),
    ],
)
def test_a_number_used_twice_is_refused(first: str, second: str, better: str) -> None:
    """Two migrations with one number are refused, with the command that makes a place for the second."""
    names = [MigrationName(1, "001-x"), MigrationName(2, first), MigrationName(2, second), MigrationName(3, "003-x")]
    expected = (
        f'migrations "{first}" and "{second}" in migrations have one number\n'
        "DETAIL: The number decides the order, so each may be used once.\n"
        "HINT: Give the one that was not executed yet the next number, as in: "
        f"mv migrations/{second}.sql migrations/{better}.sql"
    )

    with pytest.raises(ConfigurationError) as caught:
        check_unique(names, "migrations")

    assert expected == str(caught.value)


def test_a_name_that_is_too_long_is_refused() -> None:
    """A name longer than an identifier is refused, with a command that cuts it between two words where it can."""
    words, letters = "002-" + "long-" * 12 + "name", "002-" + "a" * 60

    with pytest.raises(ConfigurationError) as between_words:
        parse_file_name(f"{words}.sql", "migrations", [])
    with pytest.raises(ConfigurationError) as in_one_word:
        parse_file_name(f"{letters}.sql", "migrations", [])

    assert str(between_words.value) == (
        f'the name of migration "{words}" is too long\n'
        "DETAIL: It has 68 characters; an identifier of PostgreSQL has at most 63.\n"
        f"HINT: mv migrations/{words}.sql migrations/002-{'long-' * 10}long.sql"
    )
    assert str(in_one_word.value) == (
        f'the name of migration "{letters}" is too long\n'
        "DETAIL: It has 64 characters; an identifier of PostgreSQL has at most 63.\n"
        f"HINT: mv migrations/{letters}.sql migrations/{letters[:63]}.sql"
    )
