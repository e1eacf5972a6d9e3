"""``migrate-lint``: what it prints, what it writes, and how it exits."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.tasks.lint_command import main
from tests.support import REPOSITORY, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

BAD = "SELECT 1;\n  DROP TABLE a;\n"
ALLOW = "-- migrate: allow ban-drop-table because it was renamed"
LOOSE = f"{ALLOW}\nSELECT 1;  {ALLOW}\n"
SETTINGS = '[tool.migrate-tasks.lint]\nrules = { ban-drop-table = "error", unused-allow = "warning" }\n'


@dataclass(frozen=True)
class Answer:
    """What a run has printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def places(self) -> list[str]:
        """The place and the rule of each violation."""
        return [":".join(line.split(":")[:4]) for line in self.out.splitlines() if line.count(":") > 3]


class Linter:
    """A way to run migrate-lint in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Answer:
        """Run it."""
        with pytest.raises(SystemExit) as left:
            main(arguments)
        said = self._capsys.readouterr()
        assert isinstance(left.value.code, int)
        return Answer(left.value.code, said.out, said.err)


@pytest.fixture
def lint(capsys: pytest.CaptureFixture[str]) -> Linter:
    """A way to run migrate-lint."""
    return Linter(capsys)


@pytest.fixture
def migrations(folder: Path) -> Path:
    """A folder of two migrations: one that is refused, and one that is warned of."""
    made = folder / "migrations"
    made.mkdir()
    (folder / "pyproject.toml").write_text(SETTINGS)
    (made / "001-a.sql").write_text(LOOSE)
    (made / "002-b.sql").write_text(BAD)
    return made


def select(*arguments: str) -> tuple[str, ...]:
    """Return arguments that select the two rules of these tests."""
    return ("--select", "ban-drop-table,unused-allow", *arguments)


@pytest.mark.usefixtures("migrations")
def test_violations(lint: Linter) -> None:
    """The folder of the settings is linted, each violation has its place, and the exit code is 1."""
    answer = lint(*select())

    assert (answer.code, answer.err) == (1, "")
    assert answer.places == [
        "migrations/001-a.sql:1:19: unused-allow",
        "migrations/001-a.sql:2:30: unused-allow",
        "migrations/002-b.sql:2:3: ban-drop-table",
    ]
    assert answer.out.endswith("1 error, 2 warnings in 2 files; 3 of 3 statements read\n")


@pytest.mark.usefixtures("migrations")
def test_what_fails(lint: Linter) -> None:
    """Warnings alone are told and do not fail, unless it is strict."""
    paths = ("migrations/001-a.sql",)

    assert [lint(*select(*more, *paths)).code for more in ((), ("--strict",))] == [0, 1]
    assert lint("--select", "ban-drop-table", "--ignore", "ban-drop-table").code == 0


@pytest.mark.usefixtures("migrations")
def test_repeated_lists(lint: Linter) -> None:
    """--select and --ignore add up, each time a list; --ignore of nothing ignores nothing."""
    selected = lint("--select", "ban-drop-table", "--select", "unused-allow, syntax-error", "--ignore", "")
    ignored = lint(*select("--ignore", "ban-drop-table", "--ignore", "unused-allow"))

    assert selected == lint(*select())
    assert ignored == Answer(0, "0 errors, 0 warnings in 2 files; 3 of 3 statements read\n", "")


FULL = "error: the system refused: no space left on device\n"
STREAMS = {
    "migrations/002-b.sql >/dev/full": (2, FULL),
    "--list >/dev/full": (2, FULL),
    "migrations/002-b.sql --output /dev/full": (2, FULL),
    "none.sql >/dev/full": (2, 'error: there is no file "none.sql"\n'),
    "none.sql 2>/dev/full": (2, ""),
    "--list >&-": (0, ""),
    "--explain ban-drop-table | true": (0, ""),
}


@pytest.mark.usefixtures("migrations")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("line", STREAMS)
def test_streams_that_are_full_or_closed(folder: Path, line: str, unbuffered: str) -> None:
    """What cannot be written is an error of one line and exit code 2, and a reader that has gone is none."""
    code = "import sys; from migrate_tasks.tasks.lint_command import main; main(sys.argv[1:])"
    environ = clean_environment({"PYTHONUNBUFFERED": unbuffered})

    done = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' -c '{code}' {line}"],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == STREAMS[line]


def test_an_allow(lint: Linter, migrations: Path) -> None:
    """A comment with a reason accepts what follows."""
    (migrations / "002-b.sql").write_text(f"{ALLOW}\nDROP TABLE a;")

    assert lint("--select", "ban-drop-table,unused-allow,allow-without-reason").code == 0


@pytest.mark.usefixtures("migrations")
def test_the_formats(lint: Linter, folder: Path) -> None:
    """A format is written to standard output, or to a file and the summary to standard output."""
    told = json.loads(lint(*select("--format", "json")).out)
    answer = lint(*select("--format", "sarif", "--output", "report.sarif"))

    assert told["summary"] == {"errors": 1, "warnings": 2, "files": 2, "statements": 3, "statements_read": 3}
    assert answer == Answer(1, "1 error, 2 warnings in 2 files; 3 of 3 statements read\n", "")
    assert json.loads((folder / "report.sarif").read_text())["version"] == "2.1.0"


def test_commands_of_psql(lint: Linter, migrations: Path) -> None:
    """A command of psql is told, and the statements around it are judged; those of earlier files are replayed."""
    (migrations / "001-a.sql").write_text("\\set on true\nCREATE TABLE a (id int);\n\\i rows.sql\n")
    (migrations / "002-b.sql").write_text("\\connect shop\nALTER TABLE a ADD UNIQUE (id);\n")
    answer = lint("--select", "syntax-error,disallowed-unique-constraint", "migrations/002-b.sql")

    assert (answer.code, answer.places) == (
        1,
        ["migrations/002-b.sql:1:1: syntax-error", "migrations/002-b.sql:2:15: disallowed-unique-constraint"],
    )
    assert answer.out.endswith("\n2 errors, 0 warnings in 1 file; 1 of 1 statement read\n")


def test_fix(lint: Linter, migrations: Path) -> None:
    """What can be mended is mended, told, and no longer found; other files are not touched."""
    before = (migrations / "002-b.sql").stat().st_mtime_ns
    (migrations / "001-a.sql").write_bytes(b"\xef\xbb\xbf" + LOOSE.encode().replace(b"\n", b"\r\n"))
    (migrations / "001-a.sql").chmod(0o640)

    answer = lint(*select("--fix"))

    assert answer.err == "migrations/001-a.sql: mended unused-allow, 2 times\n"
    assert answer.places == ["migrations/002-b.sql:2:3: ban-drop-table"]
    assert (migrations / "001-a.sql").read_bytes() == b"\xef\xbb\xbfSELECT 1;\r\n"
    assert (migrations / "001-a.sql").stat().st_mode & 0o777 == 0o640
    assert (migrations / "002-b.sql").stat().st_mtime_ns == before
    assert sorted(path.name for path in migrations.iterdir()) == ["001-a.sql", "002-b.sql"]


@pytest.mark.usefixtures("folder")
def test_standard_input(lint: Linter, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed is linted, under the name that it is taken for."""
    for name, shown in ((), "<stdin>"), (("--stdin-filename", "m/1.sql"), "m/1.sql"):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
        assert lint(*select("-", *name)).places == [f"{shown}:2:3: ban-drop-table"]


def test_the_settings_are_those_of_the_project(lint: Linter, migrations: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyproject.toml is looked for upwards from the current folder."""
    (migrations.parent / "pyproject.toml").write_text(
        '[tool.migrate-tasks.lint]\nrules = { ban-drop-table = "warning" }\nstart_after = "001-a"\n'
    )
    monkeypatch.chdir(migrations)

    assert lint(*select()).out.splitlines()[-1] == "0 errors, 1 warning in 1 file; 2 of 2 statements read"


@pytest.mark.parametrize(("place", "path"), [(".", "migrations"), ("migrations", "002-b.sql"), ("a", "../migrations")])
@pytest.mark.usefixtures("migrations")
def test_the_paths_of_the_settings(
    lint: Linter, folder: Path, monkeypatch: pytest.MonkeyPatch, place: str, path: str
) -> None:
    """A glob of the settings is for paths from the project's folder on, wherever the command is run."""
    (folder / "a").mkdir()
    monkeypatch.chdir(folder / place)
    judged = lint(path)
    (folder / "pyproject.toml").write_text(f'{SETTINGS}per-path = {{ "migrations/002*" = ["ban-drop-table"] }}\n')
    passed_over = lint(path)

    assert judged.code == 1
    assert set(judged.places) - set(passed_over.places) == {
        next(found for found in judged.places if found.endswith("002-b.sql:2:3: ban-drop-table"))
    }
    assert passed_over.code == 0


def test_the_list_and_the_pages(lint: Linter) -> None:
    """Each rule is a line that begins with its name; one rule or all are explained."""
    names = [line.split()[0] for line in lint("--list").out.splitlines()]

    assert names == sorted(names)
    assert "ban-drop-table" in names
    assert lint("--explain", "ban-drop-table").out.startswith("### ban-drop-table\n")
    assert lint("--explain", "ban-drop-tabel") == Answer(
        2, "", 'error: there is no rule "ban-drop-tabel"\nHINT: Did you mean "ban-drop-table"?\n'
    )


def git(folder: Path, *arguments: str) -> None:
    """Run git there, as somebody."""
    somebody = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *somebody, *arguments], cwd=folder, check=True, capture_output=True)


def test_since(lint: Linter, folder: Path, migrations: Path) -> None:
    """Only what is new or changed since a revision is judged, committed or not."""
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    assert lint(*select("--since", "HEAD")) == Answer(
        0, "0 errors, 0 warnings in 0 files; 0 of 0 statements read\n", ""
    )

    (migrations / "002-b.sql").write_text(f"{BAD}{BAD}")
    (migrations / "003-ü b.sql").write_text(BAD)
    assert lint(*select("--since", "HEAD")).places == [
        "migrations/002-b.sql:2:3: ban-drop-table",
        "migrations/002-b.sql:4:3: ban-drop-table",
        "migrations/003-ü b.sql:2:3: ban-drop-table",
    ]
    git(folder, "add", ".")
    git(folder, "commit", "-m", "second")
    assert len(lint(*select("--since", "HEAD~1")).places) == 3


REFUSED = {
    ("--since", "HEAD"): 'error: folder "migrations" is in no git repository, which --since asks\nDETAIL: git said: ',
    ("--format", "xml"): "usage: migrate-lint ",
    ("--formt", "json"): "usage: migrate-lint ",
    ("--select", "ban-drop-tabel"): 'error: --select: unknown rule "ban-drop-tabel"\nHINT: Did you mean',
    ("--select", ""): "error: --select names no rule\nHINT: Leave it out for all rules that are on.\n",
    ("--select", " , ", "--select", ""): "error: --select names no rule\nHINT: ",
    ("a\x1b[2J.sql",): 'error: there is no file "a\\x1b[2J.sql"\n',
    ("--postgres-version", "13"): "error: setting postgres_version: '13' is not known\nHINT: It is one of 14,",
    ("none.sql",): 'error: there is no file "none.sql"\n',
    ("-", "migrations"): "error: standard input cannot be linted together with files, --fix or --since\n",
    ("--stdin-filename", "a.sql"): "error: --stdin-filename is for what stands on standard input\n",
    ("--output", "no/such/file"): 'error: "no/such/file" could not be used: no such file or directory\n',
    ("--server", "postgresql:///x?host=/nowhere"): "error: could not connect to database",
}


@pytest.mark.usefixtures("migrations")
@pytest.mark.parametrize("arguments", REFUSED)
def test_bad_input(lint: Linter, arguments: tuple[str, ...]) -> None:
    """What cannot be used is an error without a traceback, and exit code 2, or 75 where it may work later."""
    answer = lint(*arguments)

    assert answer.err.startswith(REFUSED[arguments])
    assert (answer.code, answer.out) == (75 if arguments[0] == "--server" else 2, "")


def test_no_such_revision(lint: Linter, folder: Path, migrations: Path) -> None:  # noqa: ARG001 -- it must be there
    """A revision that git does not know is refused."""
    git(folder, "init")

    assert lint("--since", "v1") == Answer(
        2,
        "",
        'error: --since: git knows no revision "v1"\n'
        "HINT: Fetch it, as a shallow clone lacks most of them: git fetch --unshallow\n",
    )


def test_no_git(lint: Linter, migrations: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 -- same
    """Where there is no git, --since is refused."""
    monkeypatch.setenv("PATH", "")

    assert lint("--since", "v1") == Answer(
        2, "", "error: git is not here, which --since asks\nHINT: Install git, or name files.\n"
    )


def test_neither_invoke_nor_psycopg_is_loaded() -> None:
    """The console script loads what it needs, so that a hook is quick."""
    code = (
        "import sys\nfrom migrate_tasks.tasks.lint_command import main\n"
        "try:\n    main(['--list'])\nexcept SystemExit:\n"
        "    print({'invoke', 'psycopg', 'rich', 'yaml', 'jsonschema'} & set(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=clean_environment({}),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stderr == "set()\n"
