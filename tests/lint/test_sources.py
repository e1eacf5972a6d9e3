"""The files that are linted: which are judged, which only replayed, in which order, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.lint.report import Source
from migrate_tasks.lint.sources import Home, Typed, read_sources, read_typed

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("002-b.sql", "1000-d.sql", "010-c.sql", "001-a.sql", "001-a.down.sql", ".hidden.sql", "notes.txt")
ORDER = ["001-a", "002-b", "010-c", "1000-d"]


@pytest.fixture
def migrations(folder: Path) -> Path:
    """A folder of migrations, and a file beside it."""
    made = folder / "migrations"
    made.mkdir()
    for name in FILES:
        (made / name).write_text(f"SELECT '{name}';")
    return made


def read(*paths: str, home: Home | None = None, changed: set[str] | None = None) -> list[list[tuple[str, bool]]]:
    """Return the name of each source, and whether it is judged."""
    groups = read_sources(paths, home, None if changed is None else lambda _: changed)
    return [[(source.name, source.is_judged) for source in group] for group in groups]


@pytest.mark.usefixtures("migrations")
def test_a_folder_is_read_in_the_order_of_execution() -> None:
    """All files of a folder are judged, in the order of their numbers; each way back is by itself."""
    assert read("migrations") == [[("001-a.down", True)], [(name, True) for name in ORDER]]


@pytest.mark.usefixtures("migrations")
def test_a_file_is_judged_among_the_others() -> None:
    """The files before it are read and not judged; those after it are not needed."""
    assert read("migrations/010-c.sql") == [[("001-a", False), ("002-b", False), ("010-c", True)]]


def test_what_comes_later_need_not_be_readable(migrations: Path) -> None:
    """A file that cannot be read stops the judging of those after it, and of no other."""
    (migrations / "005-latin1.sql").write_bytes(b"SELECT '\xe9';")

    assert read("migrations/002-b.sql") == [[("001-a", False), ("002-b", True)]]
    with pytest.raises(ConfigurationError, match=r"migrations/005-latin1\.sql:1:9: byte 0xe9 is not UTF-8"):
        read("migrations/010-c.sql")


@pytest.mark.usefixtures("migrations")
def test_a_way_back_is_by_itself() -> None:
    """A file that undoes a migration is read alone."""
    assert read("./migrations/001-a.down.sql") == [[("001-a.down", True)]]


def test_what_is_repeatable_comes_last(migrations: Path) -> None:
    """A repeatable migration is read after the numbered ones, as it is executed."""
    (migrations / "001-a.sql").write_text("-- migrate: repeatable\nSELECT 1;")

    assert [name for name, _ in read("migrations")[1]] == ["002-b", "010-c", "1000-d", "001-a"]


def test_two_folders_are_apart(migrations: Path) -> None:
    """The files of two folders know nothing of each other, and a file named twice is read once."""
    (migrations.parent / "own.txt").write_text("SELECT 1;")

    assert read("own.txt", "migrations/001-a.sql", "migrations/../own.txt") == [
        [("own.txt", True)],
        [("001-a", True)],
    ]


def test_a_source(migrations: Path) -> None:
    """A source has the path as it was typed, and the text without a BOM and with its own line ends."""
    (migrations / "001-a.sql").write_bytes(b"\xef\xbb\xbfSELECT 1;\r\n")

    assert read_sources(["migrations"])[1][0] == Source("migrations/001-a.sql", "001-a", "SELECT 1;\r\n")


def test_nothing_is_judged_up_to_start_after(migrations: Path) -> None:
    """Files up to the one that the settings name are replayed, also where they are named."""
    home = Home(migrations, "002-b")

    assert read("migrations/001-a.sql", "migrations/010-c.sql", home=home) == [
        [("001-a", False), ("002-b", False), ("010-c", True)]
    ]


@pytest.mark.usefixtures("migrations")
def test_only_what_has_changed() -> None:
    """Of the files named only those that have changed are judged."""
    assert read("migrations", changed={"migrations/010-c.sql"}) == [
        [("001-a", False), ("002-b", False), ("010-c", True)]
    ]
    assert read("migrations", changed=set()) == []


@pytest.mark.usefixtures("migrations")
def test_standard_input() -> None:
    """What is typed is alone, or stands for the file that it is taken for."""
    assert read_typed(Typed("SELECT 1")) == [[Source("<stdin>", "stdin", "SELECT 1")]]
    (sources,) = read_typed(Typed("SELECT 1", "migrations/002-b.sql"))
    assert [(source.name, source.is_judged) for source in sources] == [("001-a", False), ("002-b", True)]
    assert sources[1].text == "SELECT 1"
    assert read_typed(Typed("SELECT 1", "no/such.sql")) == [[Source("no/such.sql", "such", "SELECT 1")]]


REFUSED = {
    "none.sql": 'there is no file "none.sql"',
    "empty/x.sql": 'there is no file "empty/x.sql"',
    "empty": 'folder "empty" has no SQL files\nHINT: Name the folder of the migrations, or files.',
    ".": (
        'folder "." has no SQL files\n'
        "HINT: Sub-folders are not looked into; name the one that is meant: migrate-lint migrations"
    ),
    "old/latin.sql": (
        "old/latin.sql:1:7: byte 0xe9 is not UTF-8\n"
        "HINT: If the file is Latin-1: iconv -f latin1 -t utf-8 old/latin.sql > new.sql && mv new.sql old/latin.sql"
    ),
}


@pytest.mark.usefixtures("migrations")
@pytest.mark.parametrize("path", REFUSED)
def test_what_cannot_be_read_is_refused(folder: Path, path: str) -> None:
    """A file that is not there or is no UTF-8, and a folder without SQL, are refused with what to do."""
    (folder / "empty").mkdir()
    (folder / "old").mkdir()
    (folder / "old" / "latin.sql").write_bytes(b"-- caf\xe9")

    with pytest.raises(ConfigurationError) as caught:
        read(path)

    assert str(caught.value) == REFUSED[path]


LOST = (
    'link "migrations/005-e.sql" leads to no file, so the runner passes it over\n'
    "DETAIL: It is a link to {}.\nHINT: Mend the link, or take it away."
)
FOLDER = (
    '"migrations/005-e.sql" is a folder with the name of a migration, which the runner passes over\nHINT: Rename it.'
)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nowhere.sql", LOST.format("nowhere.sql")),
        ("005-e.sql", LOST.format("005-e.sql")),
        (None, FOLDER),
    ],
)
def test_what_is_named_like_a_migration(migrations: Path, target: str | None, message: str) -> None:
    """A link to nowhere or to itself, or a folder, is refused, and stops the judging of no file before it."""
    if target is None:
        (migrations / "005-e.sql").mkdir()
    else:
        (migrations / "005-e.sql").symlink_to(target)

    for path in ("migrations", "migrations/010-c.sql"):
        with pytest.raises(ConfigurationError) as caught:
            read(path)
        assert str(caught.value) == message
    assert read("migrations/002-b.sql") == [[("001-a", False), ("002-b", True)]]


def test_a_link_to_a_file_is_judged(migrations: Path) -> None:
    """A link to a file is read like the file."""
    (migrations / "005-e.sql").symlink_to(migrations / "001-a.sql")

    assert read("migrations/005-e.sql") == [[("001-a", False), ("002-b", False), ("005-e", True)]]


def test_a_last_unjudged_migration_must_be_there(migrations: Path) -> None:
    """A start_after that names no migration of the folder is refused."""
    with pytest.raises(ConfigurationError) as caught:
        read("migrations", home=Home(migrations, "002-x"))

    assert str(caught.value) == 'setting start_after: there is no migration "002-x"\nHINT: Did you mean "002-b"?'
