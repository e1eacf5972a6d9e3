"""The table migration_status and its rows: the seed's columns, exactly; everything else in ``metadata``.

Keys of ``metadata``: ``checksum`` (SHA-256 of the file's bytes, hex), ``duration_ms``, ``backend_pid`` and
``backend_start`` (the session that runs or ran it, as pg_stat_activity shows it; in UTC), ``run_id``, ``host``,
``user`` (of the operating system), ``tool_version``.
"""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import errors, sql
from psycopg.types.json import Jsonb

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.status import HistoryRow, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    import psycopg

    from migrate_tasks.migrations.migration import Migration

# exactly the seed's
CREATE = """
CREATE TABLE {table} (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  migration_name TEXT NOT NULL UNIQUE,
  migration_type TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending',
  started_at TIMESTAMPTZ,
  completed_at TIMESTAMPTZ,
  error_message TEXT,
  metadata JSONB DEFAULT '{{}}'::jsonb,
  CONSTRAINT migration_status_check CHECK (status IN ('pending', 'running', 'completed', 'failed'))
)
"""

# backend_start of another user's session is hidden (NULL) from us; the pid alone has to do then
READ = """
SELECT m.migration_name, m.status, m.started_at, m.completed_at, m.error_message,
  CASE jsonb_typeof(m.metadata) WHEN 'object' THEN m.metadata ELSE '{}' END,
  m.status = 'running' AND EXISTS (
    SELECT FROM pg_stat_activity AS a
    WHERE a.pid::text = m.metadata->>'backend_pid'
      AND m.metadata->>'backend_start' IS NOT DISTINCT FROM coalesce(
        to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), m.metadata->>'backend_start')
  )
FROM migration_status AS m
"""

MARK_RUNNING = """
INSERT INTO {table} AS m (migration_name, migration_type, status, started_at, metadata)
VALUES (%(name)s, 'sql', 'running', clock_timestamp(), %(metadata)s || jsonb_build_object(
  'backend_pid', pg_backend_pid(),
  'backend_start', (SELECT to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
                    FROM pg_stat_activity WHERE pid = pg_backend_pid())))
ON CONFLICT (migration_name) DO UPDATE SET
  migration_type = excluded.migration_type, status = excluded.status, started_at = excluded.started_at,
  completed_at = NULL, error_message = NULL, metadata = coalesce(m.metadata, '{{}}') || excluded.metadata
"""

MARK_COMPLETED = """
UPDATE {table} SET status = 'completed', completed_at = clock_timestamp(), error_message = NULL,
  metadata = metadata || jsonb_build_object(
    'duration_ms', round(extract(epoch FROM clock_timestamp() - started_at) * 1000, 3))
WHERE migration_name = %(name)s
"""

MARK_FAILED = """
UPDATE {table} SET status = 'failed', completed_at = NULL, error_message = %(error)s
WHERE migration_name = %(name)s AND status = 'running'
"""

RESET = """
UPDATE {table} SET status = 'pending', started_at = NULL, completed_at = NULL, error_message = NULL
WHERE migration_name = ANY(%(names)s)
"""

WHERE_IS_IT = """
SELECT (SELECT n.nspname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.oid = to_regclass('migration_status')), current_schema()
"""


def read_rows(connection: psycopg.Connection) -> dict[str, HistoryRow]:
    """Return the rows by migration name, in one query; none where the table does not exist yet."""
    try:
        rows = connection.execute(READ).fetchall()
    except errors.UndefinedTable:
        return {}
    return {row[0]: HistoryRow(row[0], Status(row[1]), *row[2:]) for row in rows}


class History:
    """The table, for one that writes to it, which it creates where it is missing.

    The table is named with its schema from here on, so that a migration that changes search_path cannot
    hide it.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._table = self._find_or_create()
        self._run: dict[str, Any] = {
            "run_id": str(uuid.uuid4()),
            "host": _ascii(socket.gethostname()),
            "user": _ascii(_user()),
            "tool_version": version("migrate-tasks"),
        }

    def mark_running(self, migration: Migration) -> None:
        """Record that this session is about to execute ``migration``."""
        metadata = Jsonb({**self._run, "checksum": migration.checksum})
        self._execute(MARK_RUNNING, {"name": str(migration.name), "metadata": metadata})

    def mark_completed(self, migration: Migration) -> None:
        """Record, in the transaction of ``migration``, that it is done."""
        self._execute(MARK_COMPLETED, {"name": str(migration.name)})

    def mark_failed(self, migration: Migration, error: str) -> None:
        """Record why ``migration`` failed."""
        self._execute(MARK_FAILED, {"name": str(migration.name), "error": error})

    def reset(self, names: Iterable[str]) -> None:
        """Record that the migrations ``names`` are pending again."""
        self._execute(RESET, {"names": list(names)})

    def _execute(self, statement: LiteralString, parameters: dict[str, Any]) -> None:
        self._connection.execute(sql.SQL(statement).format(table=self._table), parameters)

    def _find_or_create(self) -> sql.Identifier:
        place = self._connection.execute(WHERE_IS_IT).fetchone()
        assert place
        found, current = place
        if not (found or current):
            raise ConfigurationError(
                "there is no schema to create migration_status in: no schema of search_path exists",
                hint="CREATE SCHEMA, or mend search_path in the database's URL.",
            )
        table = sql.Identifier(found or current, "migration_status")
        if not found:
            self._connection.execute(sql.SQL(CREATE).format(table=table))
        return table


def _ascii(text: str) -> str:
    """Return ``text`` as every encoding of a database can hold it."""
    return text.encode("ascii", "backslashreplace").decode()


def _user() -> str:
    with suppress(KeyError, OSError):  # a user id without a name, as in many containers
        return getpass.getuser()
    return str(os.geteuid())
