"""Settings, transactions, locks, maintenance, and whatever else concerns the session or the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import (
    Cluster,
    LockTable,
    Name,
    Operation,
    Other,
    RefreshMaterializedView,
    Reindex,
    SetParameter,
    TransactionControl,
    Vacuum,
)
from migrate_tasks.sql.phrase import is_on
from migrate_tasks.sql.reading.changes import takes_relation
from migrate_tasks.sql.reading.places import unquoted, whole
from migrate_tasks.sql.transactions import control_of

if TYPE_CHECKING:
    from migrate_tasks.sql.reading.cursor import Cursor

SPELLINGS = {
    "TIME ZONE": "timezone",
    "NAMES": "client_encoding",
    "SCHEMA": "search_path",
    "XML OPTION": "xmloption",
    "SESSION AUTHORIZATION": "session_authorization",
    "ROLE": "role",
}
LOCKS = (
    *("ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE ROW EXCLUSIVE", "SHARE"),
    *("EXCLUSIVE", "ACCESS EXCLUSIVE"),
)
MODES = (
    *("ISOLATION LEVEL SERIALIZABLE", "ISOLATION LEVEL REPEATABLE READ", "ISOLATION LEVEL READ COMMITTED"),
    *("ISOLATION LEVEL READ UNCOMMITTED", "READ WRITE", "READ ONLY", "NOT DEFERRABLE", "DEFERRABLE"),
)
NEXT_VALUE = frozenset({"-", "+"})


def takes_setting(cursor: Cursor) -> tuple[str, str | None]:
    """Take a parameter with its value, which follow SET; the value is None for DEFAULT and FROM CURRENT."""
    spelling = cursor.takes_phrase_of(*SPELLINGS)
    if spelling and not cursor.word.startswith(("=", "TO")):
        return SPELLINGS[spelling], _spelled_value(cursor)
    name = spelling.lower() if spelling else takes_parameter(cursor)
    if cursor.takes("FROM", "CURRENT"):
        return name, None
    cursor.expect_one_of("TO", "=")
    return name, _value(cursor)


def takes_parameter(cursor: Cursor) -> str:
    """Take the name of a parameter, with its dots, in lower case."""
    parts = [cursor.identifier()]
    while cursor.takes("."):
        parts.append(cursor.identifier())
    return ".".join(parts).lower()


def set_parameter(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a SET, which was taken."""
    other = cursor.takes_phrase_of("TRANSACTION", "SESSION CHARACTERISTICS AS TRANSACTION", "CONSTRAINTS")
    if other is not None:
        return (_set_other(cursor, other),)
    scope = None if cursor.is_next("SESSION", "AUTHORIZATION") else cursor.takes_one_of("SESSION", "LOCAL")
    if scope and cursor.takes("TRANSACTION"):
        return (_set_other(cursor, "TRANSACTION"),)
    name, value = takes_setting(cursor)
    cursor.ends()
    return (SetParameter(**whole(cursor), name=name, value=value, local=scope == "LOCAL"),)


def reset(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a RESET, which was taken; of RESET ALL, the name is "all"."""
    spelling = cursor.takes_phrase_of("ALL", *SPELLINGS, "TRANSACTION ISOLATION LEVEL")
    if spelling == "ALL":
        name = "all"
    elif spelling == "TRANSACTION ISOLATION LEVEL":
        name = "transaction_isolation"
    else:
        name = SPELLINGS[spelling] if spelling else takes_parameter(cursor)
    cursor.ends()
    return (SetParameter(**whole(cursor), name=name, value=None),)


def transaction(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a statement about transactions; nothing of it was taken."""
    if cursor.takes_one_of("COMMIT", "ROLLBACK") and cursor.is_next("PREPARED"):
        what = " ".join(cursor.words[:2])
        cursor.expect("PREPARED")
        cursor.string()
        cursor.ends()
        return (Other(**whole(cursor), what=what),)
    cursor.at = 0
    action = _savepoint(cursor) or _control(cursor)
    cursor.ends()
    return (TransactionControl(**whole(cursor), action=action),)


def lock(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operations of a LOCK, which was taken."""
    cursor.takes("TABLE")
    tables = [takes_relation(cursor)]
    while cursor.takes(","):
        tables.append(takes_relation(cursor))
    mode = _mode(cursor)
    cursor.takes("NOWAIT")
    cursor.ends()
    return tuple(LockTable(**whole(cursor), table=table, mode=mode) for table in tables)


def vacuum(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operations of a VACUUM, which was taken."""
    options = takes_options(cursor)
    full = is_on(options, "FULL", default=False)
    full |= cursor.takes("FULL")
    cursor.takes("FREEZE")
    cursor.takes("VERBOSE")
    cursor.takes_one_of("ANALYZE", "ANALYSE")
    tables: list[Name | None] = [*_vacuumed(cursor)]
    return tuple(Vacuum(**whole(cursor), table=table, full=full) for table in tables or [None])


def analyze(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of an ANALYZE, which was taken."""
    takes_options(cursor)
    cursor.takes("VERBOSE")
    _vacuumed(cursor)
    return (Other(**whole(cursor), what="ANALYZE"),)


def cluster(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a CLUSTER, which was taken."""
    takes_options(cursor)
    cursor.takes("VERBOSE")
    table = None if cursor.has_ended else cursor.name()
    if cursor.takes("USING"):
        cursor.identifier()
    elif cursor.takes("ON"):
        table = cursor.name()
    cursor.ends()
    return (Cluster(**whole(cursor), table=table),)


def reindex(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a REINDEX, which was taken."""
    options = takes_options(cursor)
    kind = cursor.expect_one_of("INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM")
    concurrently = cursor.takes("CONCURRENTLY") or is_on(options, "CONCURRENTLY", default=False)
    is_whole = kind in {"DATABASE", "SYSTEM"} and cursor.has_ended
    name = None if is_whole else cursor.name()
    cursor.ends()
    return (Reindex(**whole(cursor), kind=kind, name=name, concurrently=concurrently),)


def refresh(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a REFRESH MATERIALIZED VIEW, of which REFRESH was taken."""
    cursor.expect("MATERIALIZED", "VIEW")
    concurrently = cursor.takes("CONCURRENTLY")
    view = cursor.name()
    with_data = cursor.takes_phrase_of("WITH NO DATA", "WITH DATA") != "WITH NO DATA"
    cursor.ends()
    return (RefreshMaterializedView(**whole(cursor), view=view, concurrently=concurrently, with_data=with_data),)


def takes_options(cursor: Cursor) -> dict[str, str]:
    """Take options in parentheses, if they are next; names and values are upper case."""
    if cursor.word != "(":
        return {}
    words = cursor.balanced().words
    options: dict[str, str] = {}
    option: list[str] = []
    for word in (*words, ","):
        if word != ",":
            option.append(word.strip("'\"").upper())
        elif option:
            options[option[0]] = "".join(part for part in option[1:] if part != "=")
            option = []
        else:
            raise cursor.not_read()
    return options


def _spelled_value(cursor: Cursor) -> str | None:
    """Take the value of SET TIME ZONE, SET ROLE ..., to the end or before another clause of a function."""
    first = cursor.at
    if cursor.takes("INTERVAL"):
        if cursor.word == "(":
            cursor.balanced()
        cursor.string()
        cursor.takes_phrase_of("HOUR TO MINUTE", "HOUR")
        return cursor.span(first).text
    return _value(cursor)


def _value(cursor: Cursor) -> str | None:
    if cursor.takes("DEFAULT"):
        return None
    values = [_item(cursor)]
    while cursor.takes(","):
        values.append(_item(cursor))
    return ", ".join(values)


def _item(cursor: Cursor) -> str:
    sign = cursor.take() if cursor.word in NEXT_VALUE else ""
    if cursor.has_ended or cursor.word[0] in "()[],.;=":
        raise cursor.not_read()
    cursor.at += 1
    value = unquoted(cursor.sources[cursor.at - 1])
    while cursor.takes("."):  # search_path = a.b is refused, but 0.5 may be parted
        value += f".{cursor.take()}"
    return sign + value


def _set_other(cursor: Cursor, other: str) -> Other:
    if other == "CONSTRAINTS":
        if not cursor.takes("ALL"):
            cursor.names()
        cursor.expect_one_of("DEFERRED", "IMMEDIATE")
    elif other == "TRANSACTION" and cursor.takes("SNAPSHOT"):
        cursor.string()
    else:
        _modes(cursor)
    cursor.ends()
    return Other(**whole(cursor), what=f"SET {other}")


def _mode(cursor: Cursor) -> str:
    if not cursor.takes("IN"):
        return "ACCESS EXCLUSIVE"
    mode = cursor.takes_phrase_of(*LOCKS)
    if mode is None:
        raise cursor.not_read()
    cursor.expect("MODE")
    return mode


def _modes(cursor: Cursor) -> None:
    if cursor.takes_phrase_of(*MODES) is None:
        raise cursor.not_read()
    while cursor.takes(",") or not cursor.has_ended:
        if cursor.takes_phrase_of(*MODES) is None:
            raise cursor.not_read()


def _savepoint(cursor: Cursor) -> str | None:
    """Take a statement about a savepoint, and return its action."""
    action = None
    if cursor.takes("SAVEPOINT"):
        action = "SAVEPOINT"
    elif cursor.takes("RELEASE"):
        cursor.takes("SAVEPOINT")
        action = "RELEASE"
    elif cursor.takes_phrase_of("ROLLBACK TO", "ROLLBACK WORK TO", "ROLLBACK TRANSACTION TO"):
        cursor.takes("SAVEPOINT")
        action = "ROLLBACK TO"
    if action:
        cursor.identifier()
    return action


def _control(cursor: Cursor) -> str:
    control = control_of(cursor.statement)
    if control is None:
        raise cursor.not_read()
    action = control.value.upper()
    head = cursor.take()
    if action == "PREPARE":
        cursor.expect("TRANSACTION")
        cursor.string()
    elif action == "BEGIN":
        cursor.takes_one_of("WORK", "TRANSACTION") if head == "BEGIN" else cursor.expect("TRANSACTION")
        if not cursor.has_ended:
            _modes(cursor)
    else:
        cursor.takes_one_of("WORK", "TRANSACTION")
        cursor.takes_phrase_of("AND CHAIN", "AND NO CHAIN")
    return action


def _vacuumed(cursor: Cursor) -> list[Name]:
    """Take tables with columns in parentheses, to the end."""
    tables: list[Name] = []
    while not cursor.has_ended:
        if tables:
            cursor.expect(",")
        tables.append(takes_relation(cursor))
        if cursor.word == "(":
            cursor.identifiers()
    return tables
