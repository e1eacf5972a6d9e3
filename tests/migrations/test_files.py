"""The folder of migrations: what is read, what is refused, and what a new file says."""

from __future__ import annotations

import codecs
import hashlib
from pathlib import Path

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.files import read_migrations, read_sql, shown, write_skeleton
from migrate_tasks.migrations.migration import NO_DIRECTIVES, Migration, MigrationName

SKELETON = """\
-- Create invoices
--
-- Why:
--
-- Write statements that can run twice (IF NOT EXISTS, CREATE OR REPLACE), and say with COMMENT ON what a new
-- table is for. The whole file runs in one transaction, together with its row in migration_status.

-- CREATE TABLE IF NOT EXISTS invoices (
--   id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
--   created_at TIMESTAMPTZ NOT NULL DEFAULT now()
-- );
--
-- COMMENT ON TABLE invoices IS '...';
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder "migrations" below the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "migrations").mkdir()
    return tmp_path / "migrations"


def write(folder: Path, *names: str) -> None:
    """Write a small migration into each file."""
    for name in names:
        (folder / name).write_text("SELECT 1;\n")


def names_in(folder: Path) -> list[str]:
    """Return the names of the migrations in ``folder``."""
    return [str(migration.name) for migration in read_migrations(folder)]


def refusal(folder: Path) -> str:
    """Return the whole text with which ``folder`` is refused."""
    with pytest.raises(ConfigurationError) as caught:
        read_migrations(folder)
    return str(caught.value)


def refusal_of(folder: Path, content: bytes) -> str:
    """Return the whole text with which a migration with ``content`` is refused."""
    (folder / "001-a.sql").write_bytes(content)
    return refusal(folder)


def test_a_file_is_read_whole(folder: Path) -> None:
    """A migration has its name, its path as seen from here, its SQL and the checksum of its bytes."""
    content = "CREATE TABLE café (id int);\n".encode()
    (folder / "007-create-cafe.sql").write_bytes(content)
    expected = Migration(
        MigrationName(7, "007-create-cafe"),
        "migrations/007-create-cafe.sql",
        "CREATE TABLE café (id int);\n",
        hashlib.sha256(content).hexdigest(),
    )

    assert (expected,) == read_migrations(folder)


@pytest.mark.parametrize(("here", "shown_as"), [(".", "001-a.sql"), ("..", "migrations/001-a.sql")])
def test_a_path_is_seen_from_here(folder: Path, monkeypatch: pytest.MonkeyPatch, here: str, shown_as: str) -> None:
    """The path of a migration is relative to the current folder, also where that is the migrations' own."""
    write(folder, "001-a.sql")
    monkeypatch.chdir(folder / here)

    assert [shown_as] == [migration.path for migration in read_migrations(folder)]


def test_a_path_from_elsewhere_is_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen from a folder that the migrations do not lie below, a migration's path is the whole one."""
    write(folder, "001-a.sql")
    (folder / "below").mkdir()
    monkeypatch.chdir(folder / "below")

    assert [f"{folder}/001-a.sql"] == [migration.path for migration in read_migrations(folder)]


def test_a_migration_that_is_shown_hides_its_sql(folder: Path) -> None:
    """The repr of a migration does not spill a whole file into a log."""
    write(folder, "001-a.sql")
    checksum = hashlib.sha256(b"SELECT 1;\n").hexdigest()
    expected = (
        f"Migration(name=MigrationName(number=1, name='001-a'), path='migrations/001-a.sql', checksum='{checksum}', "
        f"directives={NO_DIRECTIVES!r}, down=None)"
    )

    assert [expected] == [repr(migration) for migration in read_migrations(folder)]


def test_the_numbers_decide_the_order(folder: Path) -> None:
    """1000 comes after 999, and 0010 after 009, although the text says otherwise."""
    write(folder, "1000-a.sql", "999-a.sql", "0010-a.sql", "009-a.sql", "001-b.sql")

    assert names_in(folder) == ["001-b", "009-a", "0010-a", "999-a", "1000-a"]


def test_a_folder_may_be_empty(folder: Path) -> None:
    """An empty folder has no migrations, and that is no error."""
    assert read_migrations(folder) == ()


def test_other_files_are_passed_over(folder: Path) -> None:
    """Hidden files, files that are no SQL, folders, and links to nowhere or to themselves are passed over."""
    write(folder, "001-a.sql", ".002-b.sql", "README.md", "003-c.sql.bak", "004-d.sql~", "sql")
    (folder / "005-e.sql").mkdir()
    write(folder / "005-e.sql", "006-f.sql")
    (folder / "007-g.sql").symlink_to(folder / "nowhere.sql")
    (folder / "008-h.sql").symlink_to(folder / "008-h.sql")

    assert names_in(folder) == ["001-a"]


def test_a_link_to_a_file_is_a_file(folder: Path) -> None:
    """A symbolic link to a file is read like the file."""
    write(folder.parent, "elsewhere.sql")
    (folder / "001-a.sql").symlink_to(folder.parent / "elsewhere.sql")

    assert names_in(folder) == ["001-a"]


def test_without_a_folder_there_is_a_command_that_makes_it(folder: Path) -> None:
    """A folder that is not there is refused with the command that makes it."""
    expected = (
        'there is no folder "db/migrations"\n'
        "HINT: Make it and a first migration: invoke migrate.new create-users --directory db/migrations"
    )

    assert expected == refusal(folder.parent / "db/migrations")


def test_a_folder_with_a_space_is_quoted_in_the_command(folder: Path) -> None:
    """The command that makes a folder can be pasted, whatever the folder is called."""
    expected = (
        'there is no folder "my sql"\n'
        "HINT: Make it and a first migration: invoke migrate.new create-users --directory 'my sql'"
    )

    assert expected == refusal(folder.parent / "my sql")


def test_a_file_is_no_folder(folder: Path) -> None:
    """A file where the folder is expected is refused like none."""
    write(folder, "001-a.sql")
    expected = (
        'there is no folder "migrations/001-a.sql"\n'
        "HINT: Make it and a first migration: invoke migrate.new create-users --directory migrations/001-a.sql"
    )

    assert expected == refusal(folder / "001-a.sql")


def test_a_name_that_does_not_fit_is_refused(folder: Path) -> None:
    """`create users.sql` is refused with the command that gives it the next number."""
    write(folder, "007-a.sql", "008-b.sql", "create users.sql")
    expected = (
        'file name "migrations/create users.sql" does not fit "NNN-description.sql"\n'
        "DETAIL: NNN is a number of three or more digits, the description lower-case words joined by hyphens.\n"
        "HINT: mv 'migrations/create users.sql' migrations/009-create-users.sql"
    )

    assert expected == refusal(folder)


def test_the_command_never_renames_over_another_file(folder: Path) -> None:
    """Where the number of an ill-named file is in use, the command gives it the next one."""
    write(folder, "001-create-users.sql", "1-create-users.sql")
    expected = (
        'file name "migrations/1-create-users.sql" does not fit "NNN-description.sql"\n'
        "DETAIL: NNN is a number of three or more digits, the description lower-case words joined by hyphens.\n"
        "HINT: mv migrations/1-create-users.sql migrations/002-create-users.sql"
    )

    assert expected == refusal(folder)


def test_the_command_keeps_a_number_that_is_free(folder: Path) -> None:
    """An ill-named file keeps its number where no other file has it."""
    write(folder, "001-a.sql", "2-create-users.sql", "003-b.sql")
    expected = (
        'file name "migrations/2-create-users.sql" does not fit "NNN-description.sql"\n'
        "DETAIL: NNN is a number of three or more digits, the description lower-case words joined by hyphens.\n"
        "HINT: mv migrations/2-create-users.sql migrations/002-create-users.sql"
    )

    assert expected == refusal(folder)


def test_a_number_used_twice_is_refused(folder: Path) -> None:
    """Two files with one number are refused, also where one has more zeros."""
    write(folder, "001-a.sql", "002-create-users.sql", "0002-add-status.sql")
    expected = (
        'migrations "0002-add-status" and "002-create-users" in migrations have one number\n'
        "DETAIL: The number decides the order, so each may be used once.\n"
        "HINT: Give the one that was not executed yet the next number, as in: "
        "mv migrations/002-create-users.sql migrations/003-create-users.sql"
    )

    assert expected == refusal(folder)


@pytest.mark.parametrize(
    "content",
    [b"", b" \r\n\t\n", codecs.BOM_UTF8, codecs.BOM_UTF8 + b"\n"],
    ids=["0-bytes", "blank", "bom", "bom-blank"],
)
def test_an_empty_file_is_refused(folder: Path, content: bytes) -> None:
    """A file without anything in it is refused, since it would count as completed for ever."""
    expected = (
        'migration "001-a" is empty\n'
        "DETAIL: Once completed it would never run again, whatever is written into it later.\n"
        "HINT: Write its SQL into migrations/001-a.sql; a comment is enough where nothing is to be done."
    )

    assert expected == refusal_of(folder, content)


def test_a_comment_is_enough(folder: Path) -> None:
    """A file with nothing but a comment is a migration."""
    (folder / "001-a.sql").write_text("-- nothing to be done\n")

    assert names_in(folder) == ["001-a"]


def test_a_bom_is_no_sql(folder: Path) -> None:
    """A BOM is not part of the SQL, but of the checksum, which is that of the bytes."""
    content = codecs.BOM_UTF8 + b"SELECT 1;\n"
    (folder / "001-a.sql").write_bytes(content)

    (migration,) = read_migrations(folder)

    assert migration.sql == "SELECT 1;\n"
    assert migration.checksum == hashlib.sha256(content).hexdigest()


def test_crlf_stays(folder: Path) -> None:
    """Lines that end in CR LF stay as they are, so that places in them are right."""
    (folder / "001-a.sql").write_bytes(b"SELECT 1;\r\nSELECT 2;\r\n")

    (migration,) = read_migrations(folder)

    assert migration.sql == "SELECT 1;\r\nSELECT 2;\r\n"


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\xe9", "1:1"),
        (b"SELECT 'caf\xe9';", "1:12"),
        (b"SELECT 1;\nSELECT 'caf\xe9';\n", "2:12"),
        (b"SELECT 1;\r\nSELECT 'caf\xe9';\r\n", "2:12"),
        ("SELECT 'naïve 😀 ".encode() + b"\xe9';", "1:17"),
        (codecs.BOM_UTF8 + b"SELECT '\xe9';", "1:9"),
        (b"-- ok\n\n\n  \xe9\xe9\xe9", "4:3"),
    ],
    ids=["alone", "one-line", "second-line", "crlf", "after-multibyte", "after-bom", "first-of-three"],
)
def test_latin1_is_refused_with_its_place(folder: Path, content: bytes, place: str) -> None:
    """A byte that is not UTF-8 is refused with line and column, counted in characters."""
    expected = (
        f"migrations/001-a.sql:{place}: byte 0xe9 is not UTF-8\n"
        "HINT: If the file is Latin-1: "
        "iconv -f latin1 -t utf-8 migrations/001-a.sql > new.sql && mv new.sql migrations/001-a.sql"
    )

    assert expected == refusal_of(folder, content)


def test_utf16_is_refused_with_the_way_out(folder: Path) -> None:
    """A file that begins as those of UTF-16 do is not taken for Latin-1."""
    expected = (
        "migrations/001-a.sql:1:1: byte 0xff is not UTF-8\n"
        "HINT: If the file is UTF-16: "
        "iconv -f utf-16 -t utf-8 migrations/001-a.sql > new.sql && mv new.sql migrations/001-a.sql"
    )

    assert expected == refusal_of(folder, "SELECT 1;".encode("utf-16"))


def test_a_path_with_a_space_is_quoted_in_the_command(folder: Path) -> None:
    """The command that converts a file can be pasted, whatever the folder is called."""
    spaced = folder.rename(folder.parent / "my sql")
    expected = (
        "my sql/001-a.sql:1:1: byte 0xe9 is not UTF-8\n"
        "HINT: If the file is Latin-1: "
        "iconv -f latin1 -t utf-8 'my sql/001-a.sql' > new.sql && mv new.sql 'my sql/001-a.sql'"
    )

    assert expected == refusal_of(spaced, b"\xe9")


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\0", "1:1"),
        (b"SELECT 1;\nSELECT '\0';\n", "2:9"),
        ("SELECT 'é\0';\n".encode(), "1:10"),
        (codecs.BOM_UTF8 + b"SELECT '\0';", "1:9"),
        ("SELECT 1;".encode("utf-16-be"), "1:1"),
    ],
    ids=["alone", "second-line", "after-multibyte", "after-bom", "utf16"],
)
def test_a_nul_byte_is_refused_with_its_place(folder: Path, content: bytes, place: str) -> None:
    """A NUL byte is refused with line and column, counted in characters."""
    expected = (
        f"migrations/001-a.sql:{place}: a NUL byte cannot be part of SQL\n"
        "HINT: If the file is UTF-16, save it as UTF-8."
    )

    assert expected == refusal_of(folder, content)


def test_a_file_of_five_megabytes_is_read(folder: Path) -> None:
    """A file of 5 MB is read whole."""
    content = b"INSERT INTO words VALUES ('abcdefghijkl');\n" * (5 * 1024 * 1024 // 43 + 1)
    (folder / "001-a.sql").write_bytes(content)

    (migration,) = read_migrations(folder)

    assert len(content) > 5 * 1024 * 1024
    assert content == migration.sql.encode()
    assert hashlib.sha256(content).hexdigest() == migration.checksum


def test_a_new_migration_has_the_next_number(folder: Path) -> None:
    """After 008 comes 009-create-invoices.sql, a commented skeleton, which is a migration once it is written."""
    write(folder, "001-a.sql", "008-create-users.sql")

    path = write_skeleton(folder, "create invoices")

    assert folder / "009-create-invoices.sql" == path
    assert path.read_text(encoding="utf-8") == SKELETON
    assert refusal(folder).startswith('migration "009-create-invoices" is still the skeleton\n')
    path.write_text("SELECT 1")
    assert names_in(folder) == ["001-a", "008-create-users", "009-create-invoices"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], "001-create-invoices.sql"),
        (["999-a.sql"], "1000-create-invoices.sql"),
        (["001-a.sql", "005-b.sql"], "006-create-invoices.sql"),
        (["001-a.sql", "notes.txt", ".009-hidden.sql"], "002-create-invoices.sql"),
        (["001-a.sql", "7 ill named.SQL"], "008-create-invoices.sql"),
    ],
)
def test_the_next_number_follows_the_highest(folder: Path, files: list[str], expected: str) -> None:
    """The next number follows the highest in the folder, whatever its gaps."""
    write(folder, *files)

    assert folder / expected == write_skeleton(folder, "create invoices")


def test_a_new_migration_makes_its_folder(folder: Path) -> None:
    """The folder of a first migration is made, with all above it."""
    elsewhere = folder / "db" / "sql"

    assert elsewhere / "001-create-invoices.sql" == write_skeleton(elsewhere, "create-invoices")


def test_a_new_migration_never_overwrites(folder: Path) -> None:
    """The same description again makes another file, and the first one stays as its author left it."""
    first = write_skeleton(folder, "create invoices")
    first.write_text("CREATE TABLE invoices ();\n")

    second = write_skeleton(folder, "create invoices")

    assert [folder / "001-create-invoices.sql", folder / "002-create-invoices.sql"] == [first, second]
    assert first.read_text() == "CREATE TABLE invoices ();\n"


@pytest.mark.parametrize(
    ("description", "expected"),
    [("3-way match", "009-3-way-match.sql"), ("008-create-users", "009-create-users.sql")],
)
def test_a_description_does_not_choose_a_used_number(folder: Path, description: str, expected: str) -> None:
    """A description that begins with a number does not make a file whose number is in use."""
    write(folder, "003-a.sql", "008-create-users.sql")

    path = write_skeleton(folder, description)

    assert folder / expected == path
    path.write_text("SELECT 1")
    assert names_in(folder) == ["003-a", "008-create-users", expected.removesuffix(".sql")]


def test_a_path_is_shown_as_people_type_it(folder: Path) -> None:
    """A path below the current folder is shown relative to it, any other one whole."""
    outside = folder.parent.parent / "elsewhere" / "001-a.sql"

    assert shown(folder / "001-a.sql") == "migrations/001-a.sql"
    assert shown(Path("migrations")) == "migrations"
    assert shown(outside) == str(outside)


def test_a_companion_that_is_gone_meanwhile(folder: Path) -> None:
    """A file that was removed since the folder was read is told by its name."""
    with pytest.raises(ConfigurationError) as caught:
        read_sql(f"{folder}/001-a.down.sql")

    assert str(caught.value) == f'there is no file "{folder}/001-a.down.sql"'


@pytest.mark.parametrize("description", ["", " ", "--"])
def test_a_description_must_say_something(folder: Path, description: str) -> None:
    """A migration without a word of description is not written."""
    with pytest.raises(ConfigurationError) as caught:
        write_skeleton(folder, description)

    assert str(caught.value) == (
        'the description of the migration is empty\nHINT: Say what it does: invoke migrate.new "create invoices"'
    )
    assert list(folder.iterdir()) == []
