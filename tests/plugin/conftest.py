"""A user's test suite, a server that only such suites use, and what all projects of pytester have here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugin.ground import USERS, Suite
from tests.support import server_of_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer


@pytest.fixture(autouse=True)
def without_other_plugins(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the plugins that are installed for our own tests and for the guide: each costs a run its imports."""
    if "pytester" in request.fixturenames:
        request.getfixturevalue("pytester")  # which would take the variable away
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:asyncio -p no:anyio")


@pytest.fixture(scope="session")
def suites_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A server that this process's runs of suites have for themselves, one after the other."""
    with server_of_version(18, tmp_path_factory.mktemp("suites")) as server:
        yield server


@pytest.fixture
def bare(pytester: pytest.Pytester) -> Suite:
    """A project with a migration, and no server."""
    suite = Suite(pytester)
    suite.migrate(m001_users=USERS)
    return suite


@pytest.fixture
def suite(bare: Suite, suites_server: EmbeddedServer) -> Suite:
    """A project with a migration, whose databases are on a server by its URL."""
    return Suite(bare.pytester, suites_server.url("postgres"))
