"""The exact check: a server parses each statement, which is never executed (the protocol's Parse message)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg import pq

from migrate_tasks.errors import TryAgainLater
from migrate_tasks.lint.violation import Finding
from migrate_tasks.migrations.script import read_error
from migrate_tasks.postgres.connection import connect
from migrate_tasks.sql.statements import UnreadableSql, split_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import psycopg

    from migrate_tasks.lint.report import Source
    from migrate_tasks.sql.statements import Statement

SYNTAX_ERROR = "42601"  # the other codes of its class tell of objects, which the server need not have
# nothing of the user's is seen, so that an error cannot depend on it: "INSERT has more expressions than target columns"
NOTHING_SEEN = "SET search_path = pg_catalog"


@contextmanager
def open_check(root: Path, url: str | None) -> Iterator[Callable[[Source], list[Finding]]]:
    """Yield what returns the syntax errors of a file, as the server at ``url`` finds them; None: the embedded one.

    Raises ConfigurationError or TryAgainLater where there is no server.
    """
    with _server(root, url) as address, connect(address) as connection:
        connection.execute(NOTHING_SEEN)
        yield lambda source: list(_syntax_errors(connection, source))


@contextmanager
def _server(root: Path, url: str | None) -> Iterator[str]:
    if url:
        yield url
        return
    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

    with EmbeddedServer(root / ".postgres") as server:
        yield server.url("postgres")


def _syntax_errors(connection: psycopg.Connection, source: Source) -> Iterator[Finding]:
    try:
        statements = split_statements(source.text, [])
    except UnreadableSql:  # told already
        return
    for statement in statements:
        finding = _parse(connection, statement)
        if finding:
            yield finding


def _parse(connection: psycopg.Connection, statement: Statement) -> Finding | None:
    """Return what the server's parser finds wrong with a statement."""
    result = connection.pgconn.prepare(b"", statement.text.encode())
    if result.status == pq.ExecStatus.COMMAND_OK:
        return None
    error = read_error(result, 0)
    if connection.pgconn.status != pq.ConnStatus.OK:
        raise TryAgainLater(f"the server that parses has gone: {error.message}", hint="Run it again.")
    if error.sqlstate != SYNTAX_ERROR:
        return None
    start = statement.start + min(error.position or 0, len(statement.text))
    version = connection.info.server_version // 10000
    return Finding(start, statement.end, f"{error.message}, says PostgreSQL {version}", error.hint or "")
