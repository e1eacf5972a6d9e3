"""Writing the history: the statements that say what becomes of a migration.

They are made as text, with their values in them, since several go to the server in one message. What the keys of
``metadata`` mean is told in history.py.
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

from psycopg import sql

from migrate_tasks.migrations.changes import normalised_checksum
from migrate_tasks.migrations.history import find_or_create
from migrate_tasks.migrations.status import REPEATABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.migrations.session import Session

TEXT_LIMIT = 65536  # characters of the compressed text that are kept

HEARTBEAT = "jsonb_build_object('heartbeat_at', clock_timestamp())"

# somebody may have written anything into it
RECORDED = "CASE jsonb_typeof(m.metadata) WHEN 'object' THEN m.metadata ELSE '{}' END"

# what belongs to an earlier attempt, or to what somebody said in place of one
FORGOTTEN = (
    "'{duration_ms,heartbeat_at,backend_pid,backend_start,direction,baseline,marked_by,accepted_by,sql}'::text[]"
)
OF_THE_SESSION = "'{heartbeat_at,backend_pid,backend_start}'::text[]"
PROGRESS = "'{statements_total,statements_done,statements_checksum,statement_started,statement_found}'::text[]"

MARK_RUNNING = """
INSERT INTO {table} AS m (migration_name, migration_type, status, started_at, metadata)
VALUES ({name}, {type}, 'running', clock_timestamp(), {metadata}::jsonb || {alive}::jsonb)
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
  metadata = metadata - {forgotten} || {metadata}::jsonb || {alive}::jsonb
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

MARK_NOT_STARTED = "UPDATE {table} SET status = 'pending', started_at = NULL "

MARK_FAILED = "UPDATE {table} SET status = 'failed', completed_at = NULL, error_message = {error} "

MARK_PENDING = """
UPDATE {table} AS m SET status = 'pending', started_at = NULL, completed_at = NULL, error_message = NULL,
  metadata = {recorded} - {progress} - 'direction' || {metadata}::jsonb
WHERE migration_name = ANY({names})
"""

# somebody says that it is completed, and no run has done it
MARK_ADOPTED = """
INSERT INTO {table} AS m (migration_name, migration_type, status, completed_at, metadata)
VALUES ({name}, {type}, 'completed', clock_timestamp(), {metadata}::jsonb)
ON CONFLICT (migration_name) DO UPDATE SET
  status = 'completed', completed_at = coalesce(m.completed_at, excluded.completed_at), error_message = NULL,
  metadata = {recorded} - {progress} - '{{sql,direction}}'::text[] || excluded.metadata
"""


class History:
    """The table, for one that writes to it, which it creates where it is missing.

    The table is named with its schema from here on, so that a migration that changes search_path cannot hide it.
    """

    def __init__(self, session: Session) -> None:
        self._connection = session.connection
        self.table = find_or_create(session.connection)
        self.run_id = session.run_id
        self._who = who_runs(session.run_id)
        # no need to ask the server for it each time
        session_of_ours = {"backend_pid": session.pid, "backend_start": session.started}
        self._alive = sql.SQL(HEARTBEAT) if session.has_pooler else sql.Literal(json.dumps(session_of_ours))

    def running(self, migration: Migration, normalised: str, **progress: Any) -> str:
        """Return the statement that records that this session is about to execute ``migration``.

        ``normalised`` is its normalised checksum.
        """
        return self._text(
            MARK_RUNNING,
            name=str(migration.name),
            type=type_of(migration),
            metadata=json.dumps({**self._who, **facts_of(migration, normalised), **progress}),
            alive=self._alive,
            # a file that is one transaction has no progress, and must not leave that of another attempt
            forgotten=sql.SQL(FORGOTTEN if progress else f"{FORGOTTEN} - {PROGRESS}"),
        )

    def completed(self, name: str, **progress: Any) -> str:
        """Return the statement that records, in the transaction of the migration, that it is done."""
        return self._text(MARK_COMPLETED + OURS, name=name, run_id=self.run_id, progress=json.dumps(progress))

    def undoing(self, name: str, **progress: Any) -> str:
        """Return the statement that records that this session is about to undo the migration."""
        metadata = json.dumps({**self._who, "direction": "down", **progress})
        forgotten = sql.SQL(OF_THE_SESSION if progress else f"{OF_THE_SESSION} - {PROGRESS}")
        return self._text(MARK_UNDOING, name=name, metadata=metadata, alive=self._alive, forgotten=forgotten)

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

    def not_started(self, name: str) -> str:
        """Return the statement that records that the migration is pending: it was marked, and nothing of it sent."""
        return self._text(MARK_NOT_STARTED + OURS, name=name, run_id=self.run_id)

    def pending(self, names: Iterable[str], **metadata: Any) -> str:
        """Return the statement that records that the migrations ``names`` are pending again."""
        return self._text(MARK_PENDING, names=list(names), metadata=json.dumps(metadata), progress=sql.SQL(PROGRESS))

    def adopted(self, migration: Migration, **metadata: Any) -> str:
        """Return the statement that records ``migration`` as completed, although no run has executed it."""
        return self._text(
            MARK_ADOPTED,
            name=str(migration.name),
            type=type_of(migration),
            metadata=json.dumps({**self._who, **facts_of(migration, normalised_checksum(migration.sql)), **metadata}),
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


def facts_of(migration: Migration, normalised: str) -> dict[str, str]:
    """Return the keys of metadata that tell what the file said."""
    text = base64.b64encode(zlib.compress(migration.sql.encode())).decode()
    facts = {"checksum": migration.checksum, "normalised_checksum": normalised}
    return {**facts, "sql": text} if len(text) <= TEXT_LIMIT else facts


def _ascii(text: str) -> str:
    """Return ``text`` as every encoding of a database can hold it."""
    return text.encode("ascii", "backslashreplace").decode()


def _user() -> str:
    with suppress(KeyError, OSError):  # a user id without a name, as in many containers
        return getpass.getuser()
    return str(os.geteuid())
