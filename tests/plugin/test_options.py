"""Each option, as a flag, as an environment variable and as a key of the ini file."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_plugin.options import OPTIONS, Options, read_options
from tests.plugin.ground import BOTH, Suite

if TYPE_CHECKING:
    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

DEFAULTS = Options(**{option.name: option.default for option in OPTIONS})  # type: ignore[arg-type]
VALUES = {
    "postgres_url": "postgresql:///x",
    "postgres_server": "url",
    "postgres_image": "postgres:15",
    "postgres_directory": "/x",
    "fresh": "clone",
    "migrated_db_env": "DATABASE_URL",
}


def options(pytester: pytest.Pytester, *arguments: str, ini: str = "", **environ: str) -> Options:
    """Return what is read where these are given."""
    pytester.makefile(".ini", pytest=f"[pytest]\n{ini}\n")
    return read_options(pytester.parseconfig(*arguments), environ)


def test_each_option_in_each_form(pytester: pytest.Pytester) -> None:
    """A flag, a variable and a key of the ini file mean the same; a flag wins over a variable, that over the ini."""
    assert options(pytester) == DEFAULTS
    for option in OPTIONS:
        value: Any = VALUES.get(option.name, True)
        expected = replace(DEFAULTS, **{option.name: value})
        flag = option.given_by()[0] + ("" if value is True else f"={value}")
        other = "false" if value is True else next((choice for choice in option.choices if choice != value), "other")
        text = "yes" if value is True else value
        if option.name == "migrations":
            pytester.mkdir("migrations")
        assert options(pytester, flag) == expected, option
        assert options(pytester, **{option.environ: text}) == expected, option
        assert options(pytester, ini=f"{option.name} = {text}") == expected, option
        assert options(pytester, flag, **{option.environ: other}) == expected, option
        assert options(pytester, ini=f"{option.name} = {other}", **{option.environ: text}) == expected, option


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"PYTEST_FRESH": "clon"}, 'PYTEST_FRESH: "clon" is not known; did you mean "clone"?'),
        (
            {"PYTEST_POSTGRES_SERVER": "x"},
            'PYTEST_POSTGRES_SERVER: "x" is not known; it is one of embedded, container, url',
        ),
        ({"PYTEST_FIXED_URL": "maybe"}, 'PYTEST_FIXED_URL: "maybe" is neither true nor false'),
        ({"PYTEST_MIGRATED_DB_ENF": ""}, "unknown environment variable PYTEST_MIGRATED_DB_ENF; "),
        (
            {"PYTEST_POSTGRES_URL": "x"},
            'unknown environment variable PYTEST_POSTGRES_URL; did you mean "TEST_DATABASE_URL"?',
        ),
        ({"PYTEST_MIGRATED_DB_ENV": "1-X"}, 'PYTEST_MIGRATED_DB_ENV: "1-X" cannot be the name of a variable'),
        ({"PYTEST_FRESSH": "clone"}, 'unknown environment variable PYTEST_FRESSH; did you mean "PYTEST_FRESH"?'),
        ({"PYTEST_FRSH": "clone"}, 'unknown environment variable PYTEST_FRSH; did you mean "PYTEST_FRESH"?'),
        (
            {"TEST_DATABASE_URI": ""},
            'unknown environment variable TEST_DATABASE_URI; did you mean "TEST_DATABASE_URL"?',
        ),
    ],
)
def test_what_is_refused(pytester: pytest.Pytester, environ: dict[str, str], message: str) -> None:
    """A value or a variable that is not known is refused with what is known."""
    with pytest.raises(ValueError, match=re.escape(message)):
        options(pytester, **environ)


def test_empty_and_off(pytester: pytest.Pytester) -> None:
    """An empty variable says nothing, nor does one of the application's, and a switch can be turned off."""
    ini = "fresh = clone\nfixed_url = true\npostgres_image ="

    assert options(pytester, ini=ini, PYTEST_FRESH="", PYTEST_FIXED_URL="OFF") == replace(
        DEFAULTS, fresh="clone", postgres_image=""
    )
    assert options(pytester, ini="", TEST_DATABASE_NAME="x", TEST_DATABASE_HOST="x") == DEFAULTS
    assert options(pytester, "--postgres-directory= ", TEST_DATABASE_URL=" \t") == DEFAULTS
    assert options(pytester, TEST_DATABASE_URL=" postgresql:///x\n").postgres_url == "postgresql:///x"
    with pytest.raises(ValueError, match='--migrated-db-env: "1-X" cannot be the name of a variable'):
        options(pytester, "--migrated-db-env=1-X")
    assert "postgres_url" not in repr(DEFAULTS)


WHERE = """
def test_where(postgres_server, migrated_db):
    with migrated_db.connect() as connection:
        (folder,) = connection.execute("SHOW data_directory").fetchone()
    print(f"\\nAT {folder}")
"""


def test_which_server(bare: Suite, suites_server: EmbeddedServer) -> None:
    """The server is that of the URL, unless an embedded one is asked for; its folder is where it is said to be."""
    bare.write(WHERE)
    url, no_cache = suites_server.url("postgres"), ("-p", "no:cacheprovider")
    own = [str(suites_server.directory / "data")]

    def places(*arguments: str, **environ: str) -> list[str]:
        return re.findall(r"^AT (.*)", bare.run(*arguments, environ=environ).raw, re.MULTILINE)

    nowhere = "postgresql://nobody@127.0.0.1:1/nowhere"
    assert places(f"--postgres-url={url}", TEST_DATABASE_URL=nowhere, DATABASE_URL=nowhere) == own
    assert places("--postgres-server=url", TEST_DATABASE_URL=url) == own
    bare.ini(f"postgres_url = {url}")
    assert places() == own
    folder = bare.root / "made" / "data here"
    (place,) = places("--postgres-server=embedded", f"--postgres-directory={folder}", *no_cache, DATABASE_URL=nowhere)
    assert place.startswith(f"{folder}/migrate-tasks-")
    assert not (bare.root / "made").exists()  # what was made for the run goes with it


FATES = """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_read(migrated_connection, number):
    assert migrated_connection.execute("TABLE users").fetchall() == [(1, "alice")]

@pytest.mark.fresh("clone")
@pytest.mark.parametrize("number", range(3))
def test_marked_clone(migrated_connection, number): pass

@pytest.mark.fresh("restore")
@pytest.mark.parametrize("number", range(3))
def test_marked_restore(migrated_connection, number): pass
"""


def fates(told: list[str]) -> dict[str, int]:
    """Return the counts in the section of --postgres-report."""
    return {fate: int(count) for count, fate in re.findall(r"(\d+) (cloned|restored|reused)", "".join(told))}


@BOTH
def test_fresh(suite: Suite, workers: int) -> None:
    """--fresh=clone makes a clone for each test but those that are marked otherwise, and the marker alone does it."""
    suite.write(FATES)

    def run(*arguments: str) -> dict[str, int]:
        told = suite.run("--postgres-report", "-p", "no:randomly", *arguments, workers=workers)
        assert told.not_passed == {}
        return fates(told.section("test databases"))

    at_most_reused = 3 if workers else 2  # the last of the marked ones is followed by none
    cloned = run("--fresh=clone")
    assert cloned["cloned"] >= 10 - at_most_reused
    restored = run()
    assert restored["reused"] >= 3
    assert 3 <= restored["cloned"] <= 3 + 2 * max(workers, 1)


CHANGING = """
import pytest

@pytest.mark.parametrize("number", range(4))
def test_read(migrated_connection, number):
    assert migrated_connection.execute("TABLE users").fetchall() == [(1, "alice")]

@pytest.mark.parametrize("number", range(4))
def test_write(migrated_connection, number):
    migrated_connection.execute("INSERT INTO users (name) VALUES ('eve')")
    migrated_connection.commit()

@pytest.mark.parametrize("number", range(2))
def test_change(migrated_connection, number):
    migrated_connection.execute("DROP TABLE users")
    migrated_connection.commit()
"""


@BOTH
def test_verify_fresh(suite: Suite, workers: int) -> None:
    """--verify-fresh compares each database with a clone after its test, and finds nothing."""
    suite.write(CHANGING)

    told = suite.run("--verify-fresh", "--postgres-report", workers=workers)

    assert told.not_passed == {}
    assert fates(told.section("test databases")).keys() == {"cloned", "restored", "reused"}


APP = "import os\nURL = os.environ['DATABASE_URL']\n"
WITH_APP = """
import os, app, psycopg, pytest

@pytest.mark.parametrize("number", range(4))
def test_app(migrated_db, number):
    assert app.URL == migrated_db.url == os.environ["DATABASE_URL"]
    with psycopg.connect(app.URL) as connection:
        assert connection.execute("TABLE users").fetchall() == [(1, "alice")]
        connection.execute("INSERT INTO users (name) VALUES ('eve')")

def test_change(migrated_connection):
    migrated_connection.execute("DROP TABLE users")
    migrated_connection.commit()

LEFT = []

def test_leave_open(migrated_db):
    LEFT.append(migrated_db.connect())
    LEFT[0].execute("INSERT INTO users (name) VALUES ('eve')")

def test_last(migrated_db, migrated_connection):
    assert migrated_connection.execute("TABLE users").fetchall() == [(1, "alice")]

def test_without():
    assert app.URL == os.environ["DATABASE_URL"]
"""


@BOTH
def test_a_fixed_url(suite: Suite, workers: int) -> None:
    """With --fixed-url an application that reads its URL when it is imported has each test's own database there."""
    suite.write(APP, "app.py")
    suite.write(WITH_APP)
    suite.ini("pythonpath = .", "migrated_db_env = DATABASE_URL", "fixed_url = true")
    before = suite.names()

    told = suite.run(workers=workers, environ={"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere"})

    assert told.not_passed == {}
    assert len(told.outcomes) == 8
    assert told.section("left behind by tests") == ["test_it.py::test_leave_open left 1 connection open"]
    assert suite.names() == before


def test_the_environment(suite: Suite) -> None:
    """The variable of migrated_db_env has the URL of each test's database while the test runs, and is put back."""
    suite.write(
        """
        import os

        def test_with(migrated_db): assert os.environ["SHOP_URL"] == migrated_db.url
        def test_again(migrated_db): assert os.environ["SHOP_URL"] == migrated_db.url
        def test_without(): assert os.environ.get("SHOP_URL") == os.environ.get("EXPECTED")
        """
    )
    arguments = ("--migrated-db-env=SHOP_URL",)

    assert suite.run(*arguments).not_passed == {}
    assert suite.run(*arguments, environ={"SHOP_URL": "before", "EXPECTED": "before"}).not_passed == {}


def test_migrations_by_the_environment(suite: Suite) -> None:
    """PYTEST_MIGRATIONS collects the migrations, too."""
    suite.write("def test_it(migrated_db): pass")

    told = suite.run(environ={"PYTEST_MIGRATIONS": "1"})
    assert told.outcomes == dict.fromkeys(["applies", "lint", "test_it"], "PASSED")


def test_markers_with_wrong_arguments(suite: Suite) -> None:
    """A marker whose arguments make no sense is an error of its test, which shows the marker and how to write it."""
    wrong = (
        "migrations()",
        "migrations('a', 'b')",
        "migrations(upto='001-users')",
        "migrations(to=1)",
        "fresh()",
        "fresh('x')",
    )
    suite.write(
        "import pytest\n"
        + "".join(f"@pytest.mark.{mark}\ndef test_{number}(migrated_db): pass\n" for number, mark in enumerate(wrong))
        + "@pytest.mark.migrations('001-users')\n@pytest.mark.fresh('clone')\ndef test_right(migrated_db): pass\n"
    )

    told = suite.run()

    hints = {
        "m": "@pytest.mark.migrations(to='003-name')",
        "f": "@pytest.mark.fresh('clone') or @pytest.mark.fresh('restore')",
    }
    assert told.failures == {
        f"ERROR at setup of test_{number}": (
            f"@pytest.mark.{mark} has not the arguments that it takes\nHINT: Write it as {hints[mark[0]]}."
        )
        for number, mark in enumerate(wrong)
    }
    assert told.outcomes["test_right"] == "PASSED"
