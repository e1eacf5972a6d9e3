"""What exceptions of the user's own code amount to: the drivers, the libraries around them and the servers are real."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import psycopg
import pytest
import sqlalchemy
from psycopg import conninfo

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.startup.explain import explain
from migrate_tasks.startup.result import PhaseError
from tests.support import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

    StartServer = Callable[..., AbstractContextManager[EmbeddedServer]]

GRANT = "GRANT the privilege, or name another user in the database's URL."


@pytest.fixture(params=[18, 15], ids=["postgres18", "postgres15"])
def tcp_server(
    request: pytest.FixtureRequest, start_tcp_server: Callable[[int], AbstractContextManager[str]]
) -> Iterator[str]:
    """HOST:PORT of a server for "shop", of each version."""
    with start_tcp_server(request.param) as address:
        yield address


def raised_by(work: Callable[[], object]) -> BaseException:
    """Return what ``work`` raises."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 -- which kind it is, is what the tests are about
        return error
    raise AssertionError("nothing was raised")


def raised_from(error: BaseException, cause: BaseException) -> BaseException:
    """Return ``error`` as ``raise error from cause`` leaves it."""

    def work() -> None:
        raise error from cause

    return raised_by(work)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError(), PhaseError("ValueError")),
        (ValueError("one\ntwo"), PhaseError("ValueError: one")),
        (ValueError("  \n one \ntwo"), PhaseError("ValueError: one ")),
        (KeyError("port"), PhaseError("KeyError: 'port'")),
        (SystemExit(3), PhaseError("SystemExit: 3")),
        (
            ConnectionRefusedError(111, "Connection refused"),
            PhaseError("ConnectionRefusedError: [Errno 111] Connection refused", exit_code=75),
        ),
        (TimeoutError("timed out"), PhaseError("TimeoutError: timed out", exit_code=75)),
        (OSError(28, "No space left on device"), PhaseError("OSError: [Errno 28] No space left on device")),
        (psycopg.OperationalError("gone"), PhaseError("OperationalError: gone", exit_code=75)),
        (psycopg.errors.ConnectionTimeout("slow"), PhaseError("ConnectionTimeout: slow", exit_code=75)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_what_may_pass_is_told_apart(error: BaseException, expected: PhaseError) -> None:
    """An exception is told by its class and first line; one that another attempt may cure has exit code 75."""
    assert expected == explain(error)


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (psycopg.errors.ConnectionFailure("a"), 75),
        (psycopg.errors.SerializationFailure("a"), 75),
        (psycopg.errors.DeadlockDetected("a"), 75),
        (psycopg.errors.TooManyConnections("a"), 75),
        (psycopg.errors.LockNotAvailable("a"), 75),
        (psycopg.errors.AdminShutdown("a"), 75),
        (psycopg.errors.CrashShutdown("a"), 75),
        (psycopg.errors.CannotConnectNow("a"), 75),
        (psycopg.errors.UniqueViolation("a"), 1),
        (psycopg.errors.SyntaxError("a"), 1),
        (psycopg.errors.QueryCanceled("a"), 1),
        (psycopg.errors.InvalidParameterValue("a"), 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_a_code_of_the_database_tells(error: psycopg.Error, exit_code: int) -> None:
    """An exception with an SQLSTATE is told with it, and the code says whether another attempt may cure it."""
    assert PhaseError(f"{type(error).__name__}: a", exit_code=exit_code, sqlstate=error.sqlstate) == explain(error)


def test_a_server_that_refuses_the_connection_may_come_up(free_port: int) -> None:
    """A refused connection, which psycopg reports without an SQLSTATE, is worth another attempt."""
    error = raised_by(lambda: psycopg.connect(f"postgresql://bob@127.0.0.1:{free_port}/shop"))

    assert explain(error) == PhaseError(
        f'could not connect to database "shop" on "127.0.0.1:{free_port}": connection refused',
        'It was tried as user "bob".',
        "Start the server, or mend the host and the port in the database's URL.",
        exit_code=75,
    )


def test_what_leads_nowhere_is_told_as_it_is() -> None:
    """Where libpq could not find out what to connect to, its own words are all there is."""
    error = raised_by(lambda: psycopg.connect("service=no_such_service"))

    message = 'OperationalError: connection is bad: definition of service "no_such_service" not found'
    assert PhaseError(message, exit_code=75) == explain(error)


REFUSED = {
    "password": (
        "postgresql://shop:wrong@{}/shop",
        "28P01",
        'password authentication failed for user "shop"',
        "Mend the user or the password in the database's URL.",
    ),
    "no-password": (
        "postgresql://shop@{}/shop",
        "28P01",
        "fe_sendauth: no password supplied",
        "Mend the user or the password in the database's URL.",
    ),
    "database": (
        "postgresql://shop:s3cret@{}/shpo",
        "3D000",
        'database "shpo" does not exist',
        "Create the database, or mend its name in the database's URL.",
    ),
    "options": (
        "postgresql://shop:s3cret@{}/shop?options=-cwork_mem%3Dmuch",
        "22023",
        'invalid value for parameter "work_mem": "much"',
        "Mend it in the database's URL.",
    ),
}


def refused(case: str, address: str) -> tuple[str, PhaseError]:
    """Return a URL that the server at ``address`` refuses, and what is to be told of that."""
    url, sqlstate, reason, hint = REFUSED[case]
    database = url.rpartition("/")[2].partition("?")[0]
    message = f'could not connect to database "{database}" on "{address}": {reason}'
    return url.format(address), PhaseError(message, 'It was tried as user "shop".', hint, 78, sqlstate)


@pytest.mark.parametrize("case", REFUSED)
def test_a_connection_that_cannot_work(tcp_server: str, case: str) -> None:
    """A connection that the server will refuse each time is a matter of configuration, with what to mend."""
    url, expected = refused(case, tcp_server)

    assert expected == explain(raised_by(lambda: psycopg.connect(url)))


def test_a_connection_that_cannot_work_of_a_coroutine(tcp_server: str) -> None:
    """The same is told of an asynchronous connection."""
    url, expected = refused("database", tcp_server)

    assert expected == explain(raised_by(lambda: asyncio.run(psycopg.AsyncConnection.connect(url))))


def test_a_missing_role(any_url: str) -> None:
    """A role that does not exist is a matter of configuration."""
    told = explain(raised_by(lambda: psycopg.connect(any_url, user="nobody_at_all")))

    given = conninfo.conninfo_to_dict(any_url)
    assert told == PhaseError(
        f'could not connect to database "{given["dbname"]}" on socket "{given["host"]}/.s.PGSQL.{given["port"]}":'
        ' role "nobody_at_all" does not exist',
        'It was tried as user "nobody_at_all".',
        "Mend the user in the database's URL, or let pg_hba.conf of the server admit it.",
        78,
        "28000",
    )


@pytest.mark.parametrize("version", [18, 15])
def test_too_many_connections_may_become_fewer(start_server: StartServer, version: int) -> None:
    """A server without a place for one more connection is worth another attempt."""
    with start_server(version=version, max_connections="4") as server, ExitStack() as opened:

        def fill() -> None:
            for _ in range(10):
                opened.enter_context(closing(psycopg.connect(server.url())))

        told = explain(raised_by(fill))

    assert (told.exit_code, told.sqlstate) == (75, "53300")
    assert told.message.endswith("sorry, too many clients already")
    assert told.hint == "Close other connections, or raise max_connections of the server."


def test_a_missing_privilege(any_url: str) -> None:
    """A privilege that the user lacks is a matter of configuration."""
    with psycopg.connect(any_url) as connection:
        connection.execute("CREATE ROLE explained; CREATE TABLE stock (); SET ROLE explained")
        error = raised_by(lambda: connection.execute("SELECT FROM stock"))
        connection.rollback()

    message = "InsufficientPrivilege: permission denied for table stock"
    assert explain(error) == PhaseError(message, hint=GRANT, exit_code=78, sqlstate="42501")


def test_a_connection_that_was_lost(any_url: str) -> None:
    """A session that somebody ended is worth another attempt, also for who uses it once more."""
    with psycopg.connect(any_url, autocommit=True) as connection:
        first = raised_by(lambda: connection.execute("SELECT pg_terminate_backend(pg_backend_pid())"))
        second = raised_by(lambda: connection.execute("SELECT 1"))

    assert explain(first) == PhaseError(
        "AdminShutdown: terminating connection due to administrator command", exit_code=75, sqlstate="57P01"
    )
    assert explain(second) == PhaseError("OperationalError: the connection is closed", exit_code=75)


def sqlalchemys(url: str, statement: str = "SELECT 1") -> BaseException:
    """Return what SQLAlchemy raises for a statement on the database of ``url``."""
    given = conninfo.conninfo_to_dict(url)
    engine = sqlalchemy.create_engine("postgresql+psycopg://", connect_args=given)

    def execute() -> None:
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(statement))

    error = raised_by(execute)
    engine.dispose()
    return error


def test_what_sqlalchemy_wraps(tcp_server: str) -> None:
    """SQLAlchemy's own exceptions are seen through."""
    url, expected = refused("password", tcp_server)

    assert expected == explain(sqlalchemys(url))
    assert explain(sqlalchemys(url.replace("wrong", "s3cret"), "SELECT 1/0")) == PhaseError(
        "DivisionByZero: division by zero", sqlstate="22012"
    )


def test_what_django_wraps(tcp_server: str) -> None:
    """Django's own exceptions are seen through."""
    _, expected = refused("password", tcp_server)
    code = f"""
import django.conf
django.conf.settings.configure()
from django.db.utils import ConnectionHandler, OperationalError
from migrate_tasks.startup.explain import explain
host, port = {tcp_server!r}.split(":")
shop = dict(ENGINE="django.db.backends.postgresql", NAME="shop", USER="shop", PASSWORD="wrong", HOST=host, PORT=port)
try:
    ConnectionHandler({{"default": shop}})["default"].ensure_connection()
except OperationalError as error:
    print(explain(error))
"""

    assert f"{expected}\n" == output_of(code)


def test_asyncpg(tcp_server: str) -> None:
    """An exception of asyncpg has a code also where the connection was refused, and the code tells."""
    asyncpg = pytest.importorskip("asyncpg")
    error = raised_by(lambda: asyncio.run(asyncpg.connect(f"postgresql://shop:wrong@{tcp_server}/shop")))

    assert explain(error) == PhaseError(
        'InvalidPasswordError: password authentication failed for user "shop"',
        hint="Mend the user or the password in the database's URL.",
        exit_code=78,
        sqlstate="28P01",
    )


def test_the_cause_decides(tcp_server: str) -> None:
    """An exception raised from one of the database is told in its own words, and judged by its cause."""
    url, expected = refused("database", tcp_server)
    cause = raised_by(lambda: psycopg.connect(url))

    assert explain(raised_from(ConnectionError("no stock"), cause)) == PhaseError(
        "ConnectionError: no stock",
        f'The cause is: {expected.message}. It was tried as user "shop".',
        expected.hint,
        78,
        "3D000",
    )


def test_a_wrapped_cause_decides(free_port: int) -> None:
    """A cause that a library has wrapped is judged by what is in it."""
    wrapped = sqlalchemys(f"postgresql://bob@127.0.0.1:{free_port}/shop")

    assert explain(raised_from(RuntimeError("no stock"), wrapped)) == PhaseError(
        "RuntimeError: no stock",
        f'The cause is: could not connect to database "shop" on "127.0.0.1:{free_port}": connection refused.'
        ' It was tried as user "bob".',
        "Start the server, or mend the host and the port in the database's URL.",
        75,
    )


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (
            psycopg.errors.DeadlockDetected("deadlock detected"),
            PhaseError("a", "The cause is: DeadlockDetected: deadlock detected.", None, 75, "40P01"),
        ),
        (
            psycopg.errors.UniqueViolation("duplicate key"),
            PhaseError("a", "The cause is: UniqueViolation: duplicate key.", None, 1, "23505"),
        ),
        (
            psycopg.errors.InsufficientPrivilege("permission denied"),
            PhaseError("a", "The cause is: InsufficientPrivilege: permission denied.", GRANT, 78, "42501"),
        ),
        (
            TryAgainLater("not yet", detail="A fact.", hint="Wait."),
            PhaseError("a", "The cause is: not yet. A fact.", "Wait.", 75),
        ),
        (ConnectionRefusedError("refused"), PhaseError("a", exit_code=75)),
        (ValueError("no"), PhaseError("a")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_each_kind_of_cause(cause: BaseException, expected: PhaseError) -> None:
    """The cause's code, or what it is, says whether another attempt may cure what was raised from it."""
    told = explain(raised_from(LookupError("a"), raised_from(KeyError("b"), cause)))

    assert PhaseError(f"LookupError: {expected.message}", *_but_message(expected)) == told


def _but_message(error: PhaseError) -> tuple[str | None, str | None, int, str | None]:
    return error.detail, error.hint, error.exit_code, error.sqlstate


def test_what_is_only_near_decides_nothing() -> None:
    """What was being handled when an exception was raised, or was raised ``from None``, is not its cause."""

    def work(*, is_hidden: bool) -> None:
        try:
            raise ConnectionRefusedError("refused")
        except OSError:
            if is_hidden:
                raise LookupError("a") from None
            raise LookupError("a")  # noqa: B904 -- that is the case

    for is_hidden in (False, True):
        assert explain(raised_by(lambda: work(is_hidden=is_hidden))) == PhaseError("LookupError: a")  # noqa: B023


def test_a_chain_that_bites_its_tail() -> None:
    """A chain of causes without an end is gone through once."""
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first

    assert explain(first) == PhaseError("ValueError: a")


@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("it is wrong", detail="A fact.", hint="Mend it."),
        MigrateTasksError("it failed", sqlstate="22012"),
    ],
    ids=["ConfigurationError", "MigrateTasksError"],
)
def test_an_error_of_ours_is_told_as_it_is(error: MigrateTasksError) -> None:
    """An error of the product keeps its message, DETAIL, HINT, exit code and SQLSTATE, whatever its cause."""
    told = explain(raised_from(error, ConnectionRefusedError("refused")))

    assert PhaseError(error.message, error.detail, error.hint, error.exit_code, error.sqlstate) == told


def output_of(code: str) -> str:
    """Return what a fresh Python prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=clean_environment({}), check=True, capture_output=True, text=True).stdout


def test_no_driver_is_loaded() -> None:
    """Explaining loads no psycopg, which has raised nothing if nobody has loaded it."""
    code = """
import sys
from migrate_tasks.startup.explain import explain
class OperationalError(Exception):
    sqlstate = "3D000"
print(explain(OperationalError("no such database")).exit_code, explain(ConnectionError("a")).exit_code)
print("psycopg" in sys.modules)
"""

    assert output_of(code) == "78 75\nFalse\n"
