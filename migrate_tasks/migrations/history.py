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

The row of type ``lease`` is no migration, see lease.py. Statements are made as text, with their values in them, since
several go to the server in one message.
"""

from __future__ import annotations

import base64
import getpass
import json
import os
import socket
import zlib
from contextlib import suppress
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import errors, sql

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.migrations.status import REPEATABLE, HistoryRow, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import psycopg

    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.migrations.session import Session

TEXT_LIMIT = 65536  # characters of the compressed text that are kept

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
READ = """
SELECT m.migration_name, m.migration_type, m.status, m.started_at, m.completed_at, m.error_message,
  CASE jsonb_typeof(m.metadata) WHEN 'object' THEN m.metadata - 'sql' ELSE '{}' END,
  m.status = 'running' AND (EXISTS (
    SELECT FROM pg_stat_activity AS a
    WHERE a.pid::text = m.metadata->>'backend_pid'
      AND m.metadata->>'backend_start' IS NOT DISTINCT FROM coalesce(
        to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), m.metadata->>'backend_start')
  ) OR (m.metadata->>'heartbeat_at')::timestamptz > clock_timestamp() - INTERVAL '10 seconds')
FROM migration_status AS m WHERE m.migration_type <> 'lease'
"""

READ_TEXT = "SELECT metadata->>'sql' FROM migration_status WHERE migration_name = %s"

SESSION = """jsonb_build_object('backend_pid', pg_backend_pid(), 'backend_start', (
    SELECT to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')
    FROM pg_stat_activity WHERE pid = pg_backend_pid()))"""
HEARTBEAT = "jsonb_build_object('heartbeat_at', clock_timestamp())"

# somebody may have written anything into it
RECORDED = "CASE jsonb_typeof(m.metadata) WHEN 'object' THEN m.metadata ELSE '{}' END"

# what belongs to an earlier attempt, or to what somebody said in place of one
FORGOTTEN = (
    "'{duration_ms,heartbeat_at,backend_pid,backend_start,direction,baseline,marked_by,accepted_by,sql}'::text[]"
)
PROGRESS = "'{statements_total,statements_done,statements_checksum,statement_started,statement_found}'::text[]"

MARK_RUNNING = """
INSERT INTO {table} AS m (migration_name, migration_type, status, started_at, metadata)
VALUES ({name}, {type}, 'running', clock_timestamp(), {metadata}::jsonb || {alive})
ON CONFLICT (migration_name) DO UPDATE SET
  migration_type = excluded.migration_type, status = excluded.status, started_at = excluded.started_at,
  completed_at = NULL, error_message = NULL,
  metadata = {recorded} - {forgotten} || excluded.metadata
"""

# only the run that marked it may say what became of it
OURS = "WHERE migration_name = {name} AND status = 'running' AND metadata->>'run_id' = {run_id}"

MARK_COMPLETED = """
UPDATE {table} SET status = 'completed', completed_at = clock_timestamp(), error_message = NULL,
  metadata = metadata - '{{statement_started,statement_found,heartbeat_at}}'::text[] || jsonb_build_object(
    'duration_ms', round(extract(epoch FROM clock_timestamp() - started_at) * 1000, 3)) || {progress}::jsonb
"""

# what was executed stays recorded until it is undone
MARK_UNDOING = """
UPDATE {table} SET status = 'running', error_message = NULL,
  metadata = metadata - '{{heartbeat_at,backend_pid,backend_start}}'::text[] || {metadata}::jsonb || {alive}
WHERE migration_name = {name}
"""

MARK_NOT_UNDONE = """
UPDATE {table} SET status = 'completed', metadata = metadata - '{{direction,heartbeat_at}}'::text[]
"""

MARK_UNDONE = """
UPDATE {table} SET status = 'pending', started_at = NULL, completed_at = NULL, error_message = NULL,
  metadata = metadata - {progress} - {forgotten} || '{{}}'::jsonb
"""

RECORD = "UPDATE {table} SET metadata = metadata - {without}::text[] || {progress}::jsonb "

SHOW_ALIVE = "UPDATE {table} SET metadata = metadata || {alive} "

MARK_FAILED = "UPDATE {table} SET status = 'failed', completed_at = NULL, error_message = {error} "

MARK_PENDING = """
UPDATE {table} AS m SET status = 'pending', started_at = NULL, completed_at = NULL, error_message = NULL,
  metadata = {recorded} - {progress} || {metadata}::jsonb
WHERE migration_name = ANY({names})
"""

# somebody says that it is completed, and no run has done it
MARK_ADOPTED = """
INSERT INTO {table} AS m (migration_name, migration_type, status, completed_at, metadata)
VALUES ({name}, {type}, 'completed', clock_timestamp(), {metadata}::jsonb)
ON CONFLICT (migration_name) DO UPDATE SET
  status = 'completed', completed_at = coalesce(m.completed_at, excluded.completed_at), error_message = NULL,
  metadata = {recorded} - {progress} - 'sql' || excluded.metadata
"""

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


class History:
    """The table, for one that writes to it, which it creates where it is missing.

    The table is named with its schema from here on, so that a migration that changes search_path cannot hide it.
    """

    def __init__(self, session: Session) -> None:
        self._connection = session.connection
        self.table = find_or_create(session.connection)
        self.run_id = session.run_id
        self._alive = sql.SQL(HEARTBEAT if session.has_pooler else SESSION)
        self.who = who_runs(session.run_id)

    def running(self, migration: Migration, **progress: Any) -> str:
        """Return the statement that records that this session is about to execute ``migration``."""
        return self._text(
            MARK_RUNNING,
            name=str(migration.name),
            type=type_of(migration),
            metadata=json.dumps({**self.who, **facts_of(migration), **progress}),
            alive=self._alive,
            forgotten=sql.SQL(FORGOTTEN),
        )

    def completed(self, name: str, **progress: Any) -> str:
        """Return the statement that records, in the transaction of the migration, that it is done."""
        return self._text(MARK_COMPLETED + OURS, name=name, run_id=self.run_id, progress=json.dumps(progress))

    def undoing(self, name: str, **progress: Any) -> str:
        """Return the statement that records that this session is about to undo the migration."""
        metadata = json.dumps({**self.who, "direction": "down", **progress})
        return self._text(MARK_UNDOING, name=name, metadata=metadata, alive=self._alive)

    def not_undone(self, name: str) -> str:
        """Return the statement that records that the migration is as it was: undoing it failed, and left nothing."""
        return self._text(MARK_NOT_UNDONE + OURS, name=name, run_id=self.run_id)

    def undone(self, name: str, **_: Any) -> str:
        """Return the statement that records that a companion has undone the migration."""
        return self._text(
            MARK_UNDONE + OURS,
            name=name,
            run_id=self.run_id,
            progress=sql.SQL(PROGRESS),
            forgotten=sql.SQL(FORGOTTEN),
        )

    def progress(self, name: str, *without: str, **progress: Any) -> str:
        """Return the statement that sets the keys ``progress`` and removes those in ``without``."""
        values = {"without": list(without), "progress": json.dumps(progress)}
        return self._text(RECORD + OURS, name=name, run_id=self.run_id, **values)

    def failed(self, name: str, error: str) -> str:
        """Return the statement that records why the migration failed."""
        return self._text(MARK_FAILED + OURS, name=name, run_id=self.run_id, error=error)

    def pending(self, names: Iterable[str], **metadata: Any) -> str:
        """Return the statement that records that the migrations ``names`` are pending again."""
        return self._text(MARK_PENDING, names=list(names), metadata=json.dumps(metadata), progress=sql.SQL(PROGRESS))

    def adopted(self, migration: Migration, **metadata: Any) -> str:
        """Return the statement that records ``migration`` as completed, although no run has executed it."""
        return self._text(
            MARK_ADOPTED,
            name=str(migration.name),
            type=type_of(migration),
            metadata=json.dumps({**self.who, **facts_of(migration), **metadata}),
            progress=sql.SQL(PROGRESS),
        )

    def heartbeat(self, name: str) -> str:
        """Return the statement that says, behind a pooler, that the migration is still running."""
        return self._text(SHOW_ALIVE + OURS, name=name, run_id=self.run_id, alive=sql.SQL(HEARTBEAT))

    def _text(self, statement: LiteralString, **values: Any) -> str:
        parts = {
            key: value if isinstance(value, sql.Composable) else sql.Literal(value) for key, value in values.items()
        }
        return (
            sql.SQL(statement).format(table=self.table, recorded=sql.SQL(RECORDED), **parts).as_string(self._connection)
        )


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


def who_runs(run_id: str) -> dict[str, str]:
    """Return the keys of metadata that tell which run it is."""
    return {
        "run_id": run_id,
        "host": _ascii(socket.gethostname()),
        "user": _ascii(_user()),
        "tool_version": version("migrate-tasks"),
    }


def type_of(migration: Migration) -> str:
    """Return the migration_type of ``migration``."""
    return REPEATABLE if migration.directives.repeatable else "sql"


def facts_of(migration: Migration) -> dict[str, str]:
    """Return the keys of metadata that tell what the file said."""
    from migrate_tasks.migrations.changes import normalised_checksum

    text = base64.b64encode(zlib.compress(migration.sql.encode())).decode()
    facts = {"checksum": migration.checksum, "normalised_checksum": normalised_checksum(migration.sql)}
    return {**facts, "sql": text} if len(text) <= TEXT_LIMIT else facts


def _ascii(text: str) -> str:
    """Return ``text`` as every encoding of a database can hold it."""
    return text.encode("ascii", "backslashreplace").decode()


def _user() -> str:
    with suppress(KeyError, OSError):  # a user id without a name, as in many containers
        return getpass.getuser()
    return str(os.geteuid())
