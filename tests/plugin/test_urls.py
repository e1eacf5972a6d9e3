"""The URLs of a test's database, as each library reads them, with all that may be odd in one."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import conninfo, sql

from pytest_plugin.migrated_database import MigratedDatabase
from pytest_plugin.server import PostgresServer
from tests.support import find_port, server_of_version

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD_USER, ODD_PASSWORD = "od@d:u/r%", "p@:/%?#&= ü'\"\\+"
NEEDS_PASSWORD = "".join(
    f"{place} scram-sha-256\n" for place in ("local all all", "host all all 127.0.0.1/32", "host all all ::1/128")
)
QUESTION = "SELECT current_user::text"


def has_ipv6() -> bool:
    """Return whether there is a loopback address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[MigratedDatabase]]:
    """One database of a server that lets an odd user in with an odd password, by each way to it."""
    rules = tmp_path_factory.mktemp("rules") / "hba.conf"
    rules.write_text(f"local all postgres trust\n{NEEDS_PASSWORD}")
    addresses = ["127.0.0.1", "::1"] if has_ipv6() else ["127.0.0.1"]
    port = find_port()
    options = {"listen_addresses": ",".join(addresses), "port": str(port), "hba_file": str(rules)}
    with server_of_version(18, tmp_path_factory.mktemp("odd @ %:folder"), options) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            role, password = sql.Identifier(ODD_USER), sql.Literal(ODD_PASSWORD)
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, password))
        login = conninfo.make_conninfo(user=ODD_USER, password=ODD_PASSWORD, port=port)
        hosts = [*addresses, str(server.socket_directory)]
        urls = [PostgresServer(conninfo.make_conninfo(login, host=host)).url_of("postgres") for host in hosts]
        yield [MigratedDatabase("postgres", url, "", port, ODD_USER) for url in urls]


def by_psycopg(database: MigratedDatabase) -> Any:
    """Ask by psycopg."""
    with database.connect() as connection:
        return connection.execute(QUESTION).fetchone()


async def by_psycopg_async(database: MigratedDatabase) -> Any:
    """Ask by psycopg's asynchronous connections."""
    async with await database.connect_async() as connection:
        return await (await connection.execute(QUESTION)).fetchone()


ASYNCPG = """
import asyncio, sys
import asyncpg

async def ask(url, question):
    connection = await asyncpg.connect(url)
    print(*await connection.fetchrow(question))
    await connection.close()

asyncio.run(ask(*sys.argv[1:]))
"""
SQLALCHEMY = """
import asyncio, sys
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

async def ask(url, question):
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        print(*(await connection.execute(sqlalchemy.text(question))).one())
    await engine.dispose()

asyncio.run(ask(*sys.argv[1:]))
"""


def by_asyncpg(database: MigratedDatabase) -> Any:
    """Ask by asyncpg, in a process that has no other library for Postgres."""
    pytest.importorskip("asyncpg")
    return answer_of(ASYNCPG, database.url)


def by_sqlalchemy(database: MigratedDatabase) -> Any:
    """Ask by SQLAlchemy."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(database.sqlalchemy_url())
    with engine.connect() as connection:
        row = connection.execute(sqlalchemy.text(QUESTION)).one()
    engine.dispose()
    return tuple(row)


async def by_sqlalchemy_async(database: MigratedDatabase) -> Any:
    """Ask by SQLAlchemy's asynchronous engines."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = pytest.importorskip("sqlalchemy.ext.asyncio").create_async_engine(database.sqlalchemy_url())
    async with engine.connect() as connection:
        row = (await connection.execute(sqlalchemy.text(QUESTION))).one()
    await engine.dispose()
    return tuple(row)


def by_sqlalchemy_and_asyncpg(database: MigratedDatabase) -> Any:
    """Ask by SQLAlchemy on asyncpg, in a process that has no other library for Postgres."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("asyncpg")
    return answer_of(SQLALCHEMY, database.sqlalchemy_url("asyncpg"))


def answer_of(script: str, url: str) -> tuple[str]:
    """Return what a script prints that is given a URL and the question."""
    command = [sys.executable, "-c", script, url, QUESTION]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return (done.stdout.removesuffix("\n"),)


CLIENTS = {
    "psycopg": by_psycopg,
    "psycopg-async": by_psycopg_async,
    "asyncpg": by_asyncpg,
    "sqlalchemy": by_sqlalchemy,
    "sqlalchemy-async": by_sqlalchemy_async,
    "sqlalchemy-asyncpg": by_sqlalchemy_and_asyncpg,
}


@pytest.mark.parametrize("client", CLIENTS)
def test_every_library_reads_the_url(databases: list[MigratedDatabase], client: str) -> None:
    """By IPv4, IPv6 and a folder, with odd characters in user, password and folder, each library comes in."""
    for database in databases:
        answer = CLIENTS[client](database)
        assert (asyncio.run(answer) if asyncio.iscoroutine(answer) else answer) == (ODD_USER,), database


def test_the_password(databases: list[MigratedDatabase]) -> None:
    """It can be had as it is, for libraries that take no URL, and is not in the repr."""
    for database in databases:
        assert database.password == ODD_PASSWORD
        assert ODD_PASSWORD not in repr(database)
    assert MigratedDatabase("x", "postgresql:///x", "", 0, "").password == ""


URLS = {
    "postgresql://ann:a%2Bb@db/x": "postgresql+{}://ann:a%2Bb@db/x",
    "postgresql://db:5433/x?sslmode=require&application_name=a%2Bb": (
        "postgresql+{}://db:5433/x?sslmode=require&application_name=a%2Bb"
    ),
    "postgresql://ann@/x?host=%2Ftmp%2Fa%20b&port=5433": "postgresql+{}://ann@/x?host=%2Ftmp%2Fa%20b&port=5433",
}


@pytest.mark.parametrize("url", URLS)
def test_the_url_for_sqlalchemy(url: str) -> None:
    """It has the driver's name; for asyncpg, sslmode has the name that it knows, and what it does not know is left."""
    database = MigratedDatabase("x", url, "", 0, "")

    assert database.sqlalchemy_url() == URLS[url].format("psycopg")
    for_asyncpg = URLS[url].format("asyncpg").replace("sslmode", "ssl").partition("&application_name")[0]
    assert database.sqlalchemy_url("asyncpg") == for_asyncpg


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("host=::1 port=5433 user=ann", "postgresql://ann@[::1]:5433/x"),
        ("host=fe80::1%eth0", f"postgresql:///x?host={quote('fe80::1%eth0')}"),
        ("host=a,b port=1,2", "postgresql:///x?host=a%2Cb&port=1%2C2"),
        ("", "postgresql:///x"),
    ],
)
def test_the_url_of_a_database(given: str, expected: str) -> None:
    """What a URL cannot say at its head stands in its parameters."""
    assert PostgresServer(given).url_of("x") == expected
