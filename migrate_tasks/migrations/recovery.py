"""What became of a statement that cannot be in a transaction, when the run that sent it did not live to hear.

A CREATE INDEX CONCURRENTLY that ended half-way leaves an INVALID index: it costs as much as a real one, helps no query,
and makes IF NOT EXISTS skip the next attempt. So what was there before is recorded, and what came after is looked at.
Sources: the PostgreSQL manual's pages of CREATE INDEX ("Building Indexes Concurrently"), REINDEX and ALTER TABLE.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, LiteralString

from psycopg import sql

from migrate_tasks.migrations.script import ScriptFailed, ServerError
from migrate_tasks.sql.indexes import IndexTarget, concurrent_target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_tasks.migrations.session import Session
    from migrate_tasks.migrations.watch import Stop
    from migrate_tasks.sql.statements import Statement

POLL = 0.2  # seconds between two looks at an index that somebody is building
OBJECT_NOT_IN_STATE, NOT_ALLOWED = "55000", "42501"

INDEXES_OF = (
    "SELECT indexrelid::bigint, indexrelid::regclass::text, indisvalid FROM pg_index WHERE indrelid = to_regclass(%s)"
)
# left by REINDEX CONCURRENTLY, in TOAST tables, too; an INVALID one may be dropped even there (RangeVarCallbackForDrop-
# Relation in the source)
REINDEXED = r"""
SELECT i.indexrelid::bigint, i.indexrelid::regclass::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)\d*$'
"""
IS_BEING_BUILT = """
SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = %(oid)s AND pid <> pg_backend_pid())
"""
PENDING_DETACH = (
    "SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = to_regclass(%s) AND inhparent = to_regclass(%s)"
)
CATALOGS = {
    "DATABASE": ("pg_database", "datname"),
    "TABLESPACE": ("pg_tablespace", "spcname"),
    "SUBSCRIPTION": ("pg_subscription", "subname"),
}


class Recovery:
    """Looks at what a statement leaves behind, in the session that executes it."""

    def __init__(self, session: Session, stop: Stop) -> None:
        self._session = session
        self._stop = stop

    def look(self, statement: Statement) -> dict[str, Any]:
        """Return what is to be known, before ``statement`` is sent, to find out later what became of it."""
        match concurrent_target(statement):
            case None:
                named = _named_object(statement)
                return {"exists": self._exists(*named[1:])} if named else {}
            case IndexTarget("create") as target:
                return {"indexes": [name for _, name, _ in self._indexes_of(target)]}
            case IndexTarget("drop") as target:
                return {"exists": self._exists_relation(target.name)}
            case IndexTarget("detach") as target:
                return {"exists": self._one(PENDING_DETACH, [target.name, target.table]) is not None}
        return {}

    def is_done(self, statement: Statement, found: Mapping[str, Any]) -> bool:
        """Return whether ``statement``, sent when ``found`` was what was there, has had its whole effect.

        What it left half-way is removed or finished, so that otherwise it can be sent again.
        """
        target = concurrent_target(statement)
        if target is None:
            named = _named_object(statement)
            if named is None:
                return False
            wanted = named[0] == "CREATE"
            return self._exists(*named[1:]) is wanted and found.get("exists") is not wanted
        match target.action:
            case "create":
                return self._is_created(target, found.get("indexes", []))
            case "drop":
                return bool(found.get("exists")) and not self._exists_relation(target.name)
            case "reindex":
                return self._drop_reindexed()
            case "detach":
                return bool(found.get("exists")) and self._is_detached(target)

    def check(self, statement: Statement, number: int) -> None:
        """Raise ScriptFailed where CREATE INDEX CONCURRENTLY IF NOT EXISTS was content with an INVALID index."""
        target = concurrent_target(statement)
        if not (target and target.action == "create" and target.if_exists and target.name):
            return
        own = target.name.rpartition(".")[2]
        for _, name, is_valid in self._indexes_of(target):
            if not is_valid and name.rpartition(".")[2] == own:
                message = (
                    f"index {name} exists, but is INVALID: an earlier CREATE INDEX CONCURRENTLY left it half-built"
                )
                hint = f"Drop it: DROP INDEX CONCURRENTLY {name}."
                raise ScriptFailed(ServerError(OBJECT_NOT_IN_STATE, message, None, hint, None, None, number))

    def _is_created(self, target: IndexTarget, before: list[str]) -> bool:
        """Drop the INVALID indexes that came after ``before``, and return whether a valid one came."""
        came = [index for index in self._indexes_of(target) if index[1] not in before]
        own = target.name and target.name.rpartition(".")[2]
        came = [index for index in came if own in (None, index[1].rpartition(".")[2])]
        for oid, name, is_valid in came:
            if not is_valid:
                self._drop(oid, name)
        return any(is_valid for _, _, is_valid in came)

    def _drop_reindexed(self) -> bool:
        for oid, name in self._session.connection.execute(REINDEXED).fetchall():
            try:
                self._drop(oid, name)
            except ScriptFailed as failed:
                # what is left of a TOAST table's index only a superuser may drop; the server warns of it
                if failed.error.sqlstate != NOT_ALLOWED:
                    raise
        return False

    def _drop(self, oid: int, name: str) -> None:
        """Drop an INVALID index, once nobody is building it any more."""
        while self._one(IS_BEING_BUILT, {"oid": oid}):
            self._stop.end_between()
            time.sleep(POLL)
        self._session.send(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")

    def _is_detached(self, target: IndexTarget) -> bool:
        is_pending = self._one(PENDING_DETACH, [target.name, target.table])
        if is_pending:
            self._session.send(f"ALTER TABLE {target.table} DETACH PARTITION {target.name} FINALIZE")
        return is_pending in (None, True)

    def _indexes_of(self, target: IndexTarget) -> list[tuple[int, str, bool]]:
        return self._session.connection.execute(INDEXES_OF, [target.table]).fetchall()

    def _exists_relation(self, name: str | None) -> bool:
        return bool(self._one("SELECT to_regclass(%s) IS NOT NULL", [name]))

    def _exists(self, kind: str, name: str) -> bool:
        catalog, column = CATALOGS[kind]
        query = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {} = %s)")
        row = self._session.connection.execute(
            query.format(sql.Identifier(catalog), sql.Identifier(column)), [name]
        ).fetchone()
        return bool(row and row[0])

    def _one(self, query: LiteralString, parameters: Any) -> Any:
        row = self._session.connection.execute(query, parameters).fetchone()
        return row[0] if row else None


def _named_object(statement: Statement) -> tuple[str, str, str] | None:
    """Return CREATE or DROP, the kind and the name of a database, tablespace or subscription; None for all else."""
    tokens = statement.tokens
    words = [token.text.upper() for token in tokens[:2]]
    if len(tokens) < 3 or words[0] not in ("CREATE", "DROP") or words[1] not in CATALOGS:  # noqa: PLR2004
        return None
    named = tokens[4 if tokens[2].text.upper() == "IF" and len(tokens) > 4 else 2]  # noqa: PLR2004
    is_quoted = statement.text[named.start - statement.start] == '"'
    return words[0], words[1], named.text if is_quoted else named.text.lower()
