"""A lease in place of the session's lock, for runs behind a transaction pooler, where no session is theirs.

It is the row "migration-lease" of migration_status, of the type ``lease``. A run has it while the row says ``running``
with its run_id and a heartbeat that is not too old, or while it has the row locked, which every transaction of the run
does first: so nobody can take the lease from a run whose transaction is open, and a run that lost it, since its process
was stopped for too long, cannot commit anything more. Taking it needs the advisory lock for a moment, and a run that
has the advisory lock looks for a lease: the two kinds of runs keep each other out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from migrate_tasks.migrations.events import Holder
from migrate_tasks.migrations.history import find_or_create, must
from migrate_tasks.migrations.recording import who_runs
from migrate_tasks.migrations.script import ScriptFailed

if TYPE_CHECKING:
    from migrate_tasks.migrations.session import Session

NAME = "migration-lease"
PATIENCE = "50ms"  # for the row, which a run has locked while its transaction is open

TAKE = """
INSERT INTO {table} AS m (migration_name, migration_type, status, started_at, metadata)
VALUES ({name}, 'lease', 'running', clock_timestamp(),
  {metadata}::jsonb || jsonb_build_object('heartbeat_at', clock_timestamp()))
ON CONFLICT (migration_name) DO UPDATE SET
  status = 'running', started_at = excluded.started_at, completed_at = NULL, metadata = excluded.metadata
  WHERE m.status <> 'running'
    OR (m.metadata->>'heartbeat_at')::timestamptz < clock_timestamp() - INTERVAL '10 seconds'
RETURNING true
"""
OURS = "WHERE migration_name = {name} AND status = 'running' AND metadata->>'run_id' = {run_id}"
BEAT = "SET metadata = metadata || jsonb_build_object('heartbeat_at', clock_timestamp())"
RENEW = f"UPDATE {{table}} {BEAT} {OURS}"
FINISH = "SET status = 'completed', completed_at = clock_timestamp()"
GIVE_BACK = f"UPDATE {{table}} {FINISH} {OURS}"

HELD = """
SELECT metadata->>'host', started_at FROM migration_status
WHERE migration_name = %s AND migration_type = 'lease' AND status = 'running'
  AND (metadata->>'heartbeat_at')::timestamptz > clock_timestamp() - INTERVAL '10 seconds'
"""


class Lease:
    """The lease of one run; see lock.Guard."""

    before_commit: tuple[str, ...] = ()
    after_begin: tuple[str, ...] = ()
    heartbeats: tuple[str, ...] = ()

    def __init__(self, session: Session, lock_key: int) -> None:
        self._session = session
        self._lock_key = lock_key
        self._give_back = ""

    def try_(self) -> bool:
        """Try to take the lease; not while a run with a session has the advisory lock."""
        try:
            is_taken = self._take()
            self._session.send("COMMIT" if is_taken else "ROLLBACK")
        except ScriptFailed as failed:
            self._session.send("ROLLBACK")
            # the row is locked, or somebody makes the table at this moment
            if failed.error.sqlstate not in ("55P03", "23505", "42P07"):
                raise
            return False
        except (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable, psycopg.errors.LockNotAvailable):
            self._session.send("ROLLBACK")
            return False
        return is_taken

    def _take(self) -> bool:
        results = self._session.send(
            "BEGIN", f"SET LOCAL lock_timeout = '{PATIENCE}'", f"SELECT pg_try_advisory_xact_lock({self._lock_key})"
        )
        if results[-1].get_value(0, 0) != b"t":
            return False
        values = {
            "table": find_or_create(self._session.connection),
            "name": sql.Literal(NAME),
            "run_id": sql.Literal(self._session.run_id),
            "metadata": sql.Literal(json.dumps(who_runs(self._session.run_id))),
        }
        take, renew, self._give_back = (
            sql.SQL(text).format(**values).as_string(self._session.connection) for text in (TAKE, RENEW, GIVE_BACK)
        )
        self.heartbeats = (renew,)
        self.after_begin = (must(renew),)
        return self._session.send(take)[0].ntuples == 1

    def holder(self) -> Holder | None:
        """Return the run that has the lease."""
        return lease_holder(self._session.connection)

    def release(self) -> None:
        """Give the lease back."""
        self._session.send(self._give_back)


def lease_holder(connection: psycopg.Connection) -> Holder | None:
    """Return the run that has the lease, or None."""
    try:
        row = connection.execute(HELD, [NAME]).fetchone()
    except psycopg.errors.UndefinedTable:
        return None
    return Holder(None, "migrate-tasks", row[0], row[1]) if row else None
