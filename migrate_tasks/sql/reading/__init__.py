"""What a statement does, read from its tokens: from a Statement to the operations that rules look at.

Readers never guess: what they do not know, they refuse with :class:`NotRead`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.reading import bodies, commands, functions, objects, privileges, references, rows, session
from migrate_tasks.sql.reading.alter import alter
from migrate_tasks.sql.reading.alter_table import alter_index, alter_table
from migrate_tasks.sql.reading.cursor import Cursor, NotRead
from migrate_tasks.sql.reading.indexes import create_index
from migrate_tasks.sql.reading.places import CHANGES, QUERIES
from migrate_tasks.sql.reading.tables import create_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.sql.operations import Operation
    from migrate_tasks.sql.statements import Statement

__all__ = ["NotRead", "body_of", "operations_of"]

BEFORE_TABLE = frozenset({"LOCAL", "GLOBAL", "TEMP", "TEMPORARY", "UNLOGGED", "FOREIGN"})


def operations_of(statement: Statement) -> tuple[Operation, ...]:
    """Return what the statement does, in its order; raise NotRead for what is not understood."""
    try:
        return _operations(statement)
    except RecursionError:  # hundreds of statements, one within the other
        raise NotRead(statement.start) from None


def body_of(statement: Statement) -> tuple[Operation, ...]:
    """Return what the body of a CREATE FUNCTION or PROCEDURE in sql or plpgsql would do; nothing for all else."""
    cursor = Cursor(statement)
    if not cursor.takes("CREATE") or not functions.begins_function(cursor):
        return ()
    try:
        return bodies.operations_in(statement, functions.read_function(cursor)[1], _operations)
    except RecursionError:
        raise NotRead(statement.start) from None


def _operations(statement: Statement) -> tuple[Operation, ...]:
    cursor = Cursor(statement)
    head = cursor.word
    if reader := WHOLE.get(head):
        return reader(cursor)
    cursor.at += 1
    if reader := BEHIND_HEAD.get(head):
        return reader(cursor)
    if nesting := NESTING.get(head):
        return nesting(cursor, _operations)
    raise NotRead(statement.start)


def _create(cursor: Cursor, read: Callable[[Statement], tuple[Operation, ...]]) -> tuple[Operation, ...]:
    if functions.begins_function(cursor):
        return functions.create_function(cursor)
    match _kind(cursor):
        case "TABLE":
            return create_table(cursor)
        case "INDEX" | "UNIQUE":
            return create_index(cursor)
        case "TRIGGER" | "CONSTRAINT":
            return functions.create_trigger(cursor)
        case "POLICY":
            cursor.expect("POLICY")
            return functions.create_policy(cursor)
    return objects.create(cursor, read)


def _kind(cursor: Cursor) -> str:
    """Return the word after CREATE that tells the kind, without taking anything."""
    at = 2 if cursor.is_next("OR", "REPLACE") else 0
    if at == 0:
        while cursor.ahead(at) in BEFORE_TABLE:
            at += 1
    return cursor.ahead(at)


def _alter(cursor: Cursor) -> tuple[Operation, ...]:
    if cursor.is_next("TABLE") or cursor.is_next("FOREIGN", "TABLE"):
        return alter_table(cursor)
    match cursor.word:
        case "INDEX":
            return alter_index(cursor)
        case "POLICY":
            cursor.expect("POLICY")
            return functions.alter_policy(cursor)
    return alter(cursor)


def _prepare(cursor: Cursor, read: Callable[[Statement], tuple[Operation, ...]]) -> tuple[Operation, ...]:
    if cursor.is_next("TRANSACTION") and cursor.ahead(1) != "AS":
        cursor.at = 0
        return session.transaction(cursor)
    return commands.prepare(cursor, read)


TRANSACTIONS = ("ABORT", "BEGIN", "COMMIT", "END", "RELEASE", "ROLLBACK", "SAVEPOINT", "START")
WHOLE: dict[str, Callable[[Cursor], tuple[Operation, ...]]] = {  # which read the head, too
    **dict.fromkeys((*QUERIES, *CHANGES), rows.rows),
    **dict.fromkeys(TRANSACTIONS, session.transaction),
    **dict.fromkeys(("CLOSE", "DEALLOCATE", "LISTEN", "UNLISTEN"), commands.named),
    **dict.fromkeys(("FETCH", "MOVE"), commands.fetch),
}
BEHIND_HEAD: dict[str, Callable[[Cursor], tuple[Operation, ...]]] = {
    "ALTER": _alter,
    "ANALYSE": session.analyze,
    "ANALYZE": session.analyze,
    "CALL": commands.call,
    "CHECKPOINT": commands.checkpoint,
    "CLUSTER": session.cluster,
    "COMMENT": references.comment,
    "COPY": rows.copy,
    "DECLARE": commands.declare,
    "DISCARD": commands.discard,
    "DROP": references.drop,
    "EXECUTE": commands.execute,
    "GRANT": privileges.grant,
    "IMPORT": commands.import_foreign_schema,
    "LOAD": commands.load,
    "LOCK": session.lock,
    "NOTIFY": commands.notify,
    "REASSIGN": references.reassign,
    "REFRESH": session.refresh,
    "REINDEX": session.reindex,
    "RESET": session.reset,
    "REVOKE": privileges.revoke,
    "SECURITY": references.security_label,
    "SET": session.set_parameter,
    "SHOW": commands.show,
    "TRUNCATE": rows.truncate,
    "VACUUM": session.vacuum,
}
NESTING: dict[str, Callable[[Cursor, Callable[[Statement], tuple[Operation, ...]]], tuple[Operation, ...]]] = {
    "CREATE": _create,
    "DO": bodies.do,
    "EXPLAIN": commands.explain,
    "PREPARE": _prepare,
}
