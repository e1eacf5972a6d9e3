"""Hooks and fixtures. Imports only pytest and the standard library, so that a run without databases pays nothing.

``DATABASE_URL`` is never looked at: no test run may create databases on a server that nobody pointed it at.
"""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_plugin.databases import MigratedDatabase, PostgresServer, Template

T = TypeVar("T")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options; each has a form for pytest.ini."""
    group = parser.getgroup("migrate-tasks", "fresh migrated Postgres databases")
    group.addoption(
        "--postgres-url",
        metavar="URL",
        help="server to make test databases on (default: TEST_DATABASE_URL, or an embedded server)",
    )
    parser.addini("postgres_url", "server to make test databases on")
    _add_migrations(parser, group)


# --- migrations as test items ---


def _add_migrations(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    # pytest-django has an option --migrations, and two of one name end pytest before it begins
    names = ("--test-migrations",) if find_spec("pytest_django") else ("--migrations", "--test-migrations")
    text = "test the migrations, too: that each applies, runs twice and goes down and up where it says so"
    group.addoption(*names, dest="test_migrations", action="store_true", help=text)
    parser.addini("migrations", text, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Collect the migrations where that is asked for."""
    if config.getoption("test_migrations") or config.getini("migrations"):
        from pytest_plugin import items

        config.pluginmanager.register(items, "migrate_tasks_items")


# ---


@pytest.fixture(scope="session")
def postgres_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgresServer]:
    """A server to make databases on; one for all workers of pytest-xdist. ``url`` is its administrative database's."""
    from pytest_plugin.databases import open_server

    config = request.config
    url = config.getoption("postgres_url") or os.environ.get("TEST_DATABASE_URL") or config.getini("postgres_url")
    shared = tmp_path_factory.getbasetemp()
    if hasattr(config, "workerinput"):  # a worker of pytest-xdist; the folder above is that of the whole run
        shared = shared.parent
    with _told(lambda: open_server(url or None, shared / "postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[Template]:
    """The database with all migrations completed, which ``migrated_db`` copies."""
    from pytest_plugin.databases import open_template

    with _told(lambda: open_template(postgres_server, request.config.rootpath)) as template:
        yield template


@pytest.fixture
def migrated_db(migrated_template: Template) -> Iterator[MigratedDatabase]:
    """A database of this test's own, with all migrations completed."""
    with migrated_template.clone() as database:
        yield database


@contextmanager
def _told(opening: Callable[[], AbstractContextManager[T]]) -> Iterator[T]:
    """Open something; where that fails, tell the error alone: a traceback would show URLs with passwords."""
    from migrate_tasks.errors import MigrateTasksError

    with ExitStack() as stack:
        failure = None
        try:
            opened = stack.enter_context(opening())
        except MigrateTasksError as error:
            failure = str(error)
        if failure:
            pytest.fail(failure, pytrace=False)
        yield opened
