"""The table migration_status and its rows: the seed's columns, exactly; everything else in ``metadata``.

Keys of ``metadata``, as PostgreSQL shows them with ``SELECT metadata - 'sql' FROM migration_status``:

``checksum``, ``normalised_checksum``
    SHA-256, in hex, of the file's bytes, and of its tokens without comments and white space.
``sql``
    The text that ran, so that a later change can be shown: zlib, then base64; absent above TEXT_LIMIT.
``run_id``, ``host``, ``user``, ``tool_version``
    The run that executed it; the user is that of the operating system.
``backend_pid``, ``backend_start``
    The session that runs or ran it, as pg_stat_activity shows it (in UTC). Behind a pooler, where no session is ours,
    ``heartbeat_at`` instead, renewed while it runs.
``duration_ms``
    How long it took.
``statements_total``, ``statements_done``, ``statements_checksum``
    Progress of a file that is not one transaction: what is done stays done, and must not have changed since.
``statement_started``, ``statement_found``
    The statement, by number, that was sent outside of any transaction, and what was there before it; both absent when
    its end is known.
``direction``
    "down" while a companion undoes the migration.
``baseline``, ``marked_by``, ``accepted_by``
    Who said, in place of a run, that it is completed, pending, or rightly changed.

The row of type ``lease`` is no migration, see lease.py.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING

from psycopg import errors, sql

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.migrations.status import HistoryRow, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

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
SHAPE = {
    "id": "uuid",
    "migration_name": "text",
    "migration_type": "text",
    "status": "text",
    "started_at": "timestamp with time zone",
    "completed_at": "timestamp with time zone",
    "error_message": "text",
    "metadata": "jsonb",
}

# what a run with nothing to do needs to know, and no more
READ_CHECKSUMS = """
SELECT migration_name, CASE status WHEN 'completed' THEN coalesce(metadata->>'checksum', '') END
FROM migration_status WHERE migration_type <> 'lease'
"""

# backend_start of another user's session is hidden (NULL) from us; the pid alone has to do then
READ = r"""
SELECT m.migration_name, m.migration_type, m.status, m.started_at, m.completed_at, m.error_message,
  CASE jsonb_typeof(m.metadata) WHEN 'object' THEN m.metadata - 'sql' ELSE '{}' END,
  m.status = 'running' AND (EXISTS (
    SELECT FROM pg_stat_activity AS a
    WHERE a.pid::text = m.metadata->>'backend_pid'
      AND m.metadata->>'backend_start' IS NOT DISTINCT FROM coalesce(
        to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), m.metadata->>'backend_start')
  ) OR CASE WHEN m.metadata->>'heartbeat_at' ~ '^\d{4}-\d\d-\d\d'  -- or anything, where somebody wrote it
    THEN (m.metadata->>'heartbeat_at')::timestamptz > clock_timestamp() - INTERVAL '10 seconds' ELSE false END)
FROM migration_status AS m WHERE m.migration_type <> 'lease'
"""

READ_TEXT = "SELECT metadata->>'sql' FROM migration_status WHERE migration_name = %s"

NOTHING_DONE = "22012"  # division by zero

WHERE_IS_IT = """
SELECT n.nspname, current_schema(), c.relkind IN ('r', 'p'), (
    SELECT json_object_agg(a.attname, format_type(a.atttypid, NULL)) FROM pg_attribute AS a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  ), EXISTS (
    SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'migration_name'
    WHERE i.indrelid = c.oid AND i.indisunique AND i.indkey::text = a.attnum::text AND i.indpred IS NULL
  )
FROM (SELECT to_regclass('migration_status') AS oid) AS found
LEFT JOIN pg_class AS c ON c.oid = found.oid LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
"""


def read_checksums(connection: psycopg.Connection) -> dict[str, str | None]:
    """Return the checksum of each recorded migration, None where it is not completed, in one query."""
    try:
        return dict(connection.execute(READ_CHECKSUMS).fetchall())
    except errors.UndefinedTable:
        return {}
    except (errors.UndefinedColumn, errors.UndefinedFunction, errors.InvalidTextRepresentation):
        raise _other_shape(connection) from None


def read_rows(connection: psycopg.Connection) -> dict[str, HistoryRow]:
    """Return the rows by migration name, in one query; none where the table does not exist yet."""
    try:
        rows = connection.execute(READ).fetchall()
    except errors.UndefinedTable:
        return {}
    except (errors.UndefinedColumn, errors.UndefinedFunction, errors.InvalidTextRepresentation):
        raise _other_shape(connection) from None
    return {row[0]: HistoryRow(row[0], row[1], Status(row[2]), *row[3:]) for row in rows}


def read_text(connection: psycopg.Connection, name: str) -> str | None:
    """Return the SQL that was executed as the migration ``name``, or None where it was too long to be kept."""
    row = connection.execute(READ_TEXT, [name]).fetchone()
    return zlib.decompress(base64.b64decode(row[0])).decode() if row and row[0] else None


def must(statement: str) -> str:
    """Return ``statement``, an INSERT or UPDATE, made to fail (with NOTHING_DONE) where it finds no row.

    So what follows it in the same message, a COMMIT above all, is not executed then.
    """
    return f"WITH done AS ({statement} RETURNING 1) SELECT 1 / count(*) FROM done"  # noqa: S608 -- it is our own


def find_or_create(connection: psycopg.Connection) -> sql.Identifier:
    """Return the table's full name; it is made where it is missing.

    Raises ConfigurationError where a table of that name is something else, or no schema is there to make it in.
    """
    place = connection.execute(WHERE_IS_IT).fetchone()
    assert place
    found, current, is_table, columns, is_unique = place
    if found:
        if not (is_table and is_unique and columns == SHAPE):
            _check_shape(f"{found}.migration_status", columns, is_table=is_table, is_unique=is_unique)
        return sql.Identifier(found, "migration_status")
    if not current:
        raise ConfigurationError(
            "there is no schema to create migration_status in: no schema of search_path exists",
            hint="CREATE SCHEMA, or mend search_path in the database's URL.",
        )
    table = sql.Identifier(current, "migration_status")
    connection.execute(sql.SQL(CREATE).format(table=table))
    return table


def _other_shape(connection: psycopg.Connection) -> MigrateTasksError:
    """Return the error for a table that READ does not fit."""
    try:
        find_or_create(connection)
    except ConfigurationError as error:
        return error
    return MigrateTasksError("the history of migrations in migration_status could not be read")


def _check_shape(table: str, columns: Mapping[str, str], *, is_table: bool, is_unique: bool) -> None:
    """Raise ConfigurationError, saying what is different, where the table is not the seed's; more columns are fine."""
    differences = [
        f'column "{name}" is {"missing" if name not in columns else f"{columns[name]} instead of {wanted}"}'
        for name, wanted in SHAPE.items()
        if columns.get(name) != wanted
    ]
    if not is_table:
        differences.insert(0, "it is not a table")
    if not is_unique and "migration_name" in columns:
        differences.append("migration_name is not unique")
    if differences:
        raise ConfigurationError(
            f"{table} is not a history of migrations",
            detail=f"{'; '.join(differences)}.".capitalize(),
            hint="Rename or move what is there, or have another schema in search_path for the history.",
        )
