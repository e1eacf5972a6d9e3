"""Tests that leave connections of other libraries open: they are told, and the next test does not suffer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_plugin.server import PostgresServer

SUITE = """
import asyncpg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import create_async_engine

INSERT = "INSERT INTO users VALUES ('eve')"
OPEN = []

@pytest.fixture(autouse=True)
def database(migrated_db):
    with migrated_db.connect() as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)
    return migrated_db

def test_engine(database):
    engine = create_engine(database.sqlalchemy_url())
    OPEN.append(engine)
    with engine.begin() as connection:
        connection.execute(text(INSERT))

@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
async def test_async_engine(database, driver):
    engine = create_async_engine(database.sqlalchemy_url(driver))
    OPEN.append(engine)
    async with engine.begin() as connection:
        await connection.execute(text(INSERT))

async def test_connection(database):
    OPEN.append(await database.connect_async())
    await OPEN[-1].execute(INSERT)  # its transaction stays open

async def test_asyncpg(database):
    OPEN.extend([await asyncpg.connect(database.url) for _ in range(2)])
    await OPEN[-1].execute(INSERT)

def test_last():
    pass
"""


@pytest.mark.parametrize("workers", ["0", "2"], ids=["plain", "xdist"])
def test_connections_left_open(
    pytester: pytest.Pytester, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    """Engines that nobody disposed of and connections that outlive their test are told, each with the test's name."""
    for name in ("sqlalchemy", "greenlet", "asyncpg", "pytest_asyncio"):
        pytest.importorskip(name)
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:anyio")
    monkeypatch.setenv("TEST_DATABASE_URL", postgres_server.url)
    pytester.mkdir("migrations").joinpath("001-users.sql").write_text("CREATE TABLE users (name text)")
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(test_it=SUITE)

    result = pytester.runpytest_subprocess("-n", workers)

    result.assert_outcomes(passed=6)
    assert sorted(line for line in result.outlines if " left " in line and "::" in line) == [
        "test_it.py::test_async_engine[asyncpg] left 1 connection open",
        "test_it.py::test_async_engine[psycopg] left 1 connection open",
        "test_it.py::test_asyncpg left 2 connections open",
        "test_it.py::test_connection left 1 connection open",
        "test_it.py::test_engine left 1 connection open",
    ]
