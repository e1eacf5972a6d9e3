"""CREATE FUNCTION and PROCEDURE, with their clauses in any order; CREATE TRIGGER; CREATE and ALTER POLICY."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from migrate_tasks.sql.operations import CreateFunction, CreatePolicy, CreateTrigger, Operation, Rename
from migrate_tasks.sql.reading.places import skip_rest, whole
from migrate_tasks.sql.reading.session import takes_setting
from migrate_tasks.sql.reading.types import read_type

if TYPE_CHECKING:
    from migrate_tasks.sql.operations import Expression, Name
    from migrate_tasks.sql.reading.cursor import Cursor

Volatility = Literal["volatile", "stable", "immutable"]
PLAIN = (
    *("NOT LEAKPROOF", "LEAKPROOF", "CALLED ON NULL INPUT", "STRICT", "WINDOW"),
    *("RETURNS NULL ON NULL INPUT", "EXTERNAL SECURITY INVOKER", "SECURITY INVOKER"),
)
VOLATILITIES: dict[str, Volatility] = {"IMMUTABLE": "immutable", "STABLE": "stable", "VOLATILE": "volatile"}
DEFINER = ("EXTERNAL SECURITY DEFINER", "SECURITY DEFINER")
CLAUSES = (
    "LANGUAGE",
    "TRANSFORM",
    "RETURNS",
    "PARALLEL",
    "COST",
    "ROWS",
    "SUPPORT",
    "SET",
    "AS",
    "RETURN",
    "BEGIN ATOMIC",
)
TRIGGERS = frozenset({"TRIGGER", "EVENT_TRIGGER"})
EVENTS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")
COMMANDS = ("ALL", "SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass
class Clauses:
    """What was read of a function so far.

    ``body`` and ``end`` are places among the tokens; ``is_quoted`` tells that the body is a string after AS.
    """

    kind: Literal["function", "procedure"] = "function"
    language: str | None = None
    security_definer: bool = False
    settings: list[str] = field(default_factory=list)
    volatility: Volatility = "volatile"
    returns_trigger: bool = False
    body: int | None = None
    is_quoted: bool = False
    end: int = 0


def begins_function(cursor: Cursor) -> bool:
    """Return whether what follows CREATE is a function or a procedure."""
    at = 2 if cursor.is_next("OR", "REPLACE") else 0
    return cursor.ahead(at) in {"FUNCTION", "PROCEDURE"}


def create_function(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a CREATE FUNCTION or PROCEDURE, of which CREATE was taken."""
    return (read_function(cursor)[0],)


def read_function(cursor: Cursor) -> tuple[CreateFunction, Clauses]:
    """Read what follows CREATE, and return also where the body is."""
    or_replace = cursor.takes("OR", "REPLACE")
    kind = cursor.expect_one_of("FUNCTION", "PROCEDURE")
    read = Clauses("function" if kind == "FUNCTION" else "procedure")
    name = cursor.name()
    cursor.balanced()
    while not cursor.has_ended:
        _clause(cursor, read)
    if read.body is None:
        raise cursor.not_read()
    return _function(cursor, read, name, or_replace=or_replace), read


def _function(cursor: Cursor, read: Clauses, name: Name, *, or_replace: bool) -> CreateFunction:
    return CreateFunction(
        **whole(cursor),
        kind=read.kind,
        name=name,
        or_replace=or_replace,
        language=read.language,
        security_definer=read.security_definer,
        settings=tuple(read.settings),
        volatility=read.volatility,
        returns_trigger=read.returns_trigger,
    )


def _clause(cursor: Cursor, read: Clauses) -> None:
    if cursor.takes_phrase_of(*DEFINER):
        read.security_definer = True
    elif volatility := cursor.takes_one_of(*VOLATILITIES):
        read.volatility = VOLATILITIES[volatility]
    elif not cursor.takes_phrase_of(*PLAIN):
        _clause_with_value(cursor, read)


def _clause_with_value(cursor: Cursor, read: Clauses) -> None:
    match cursor.takes_phrase_of(*CLAUSES):
        case "LANGUAGE":
            read.language = takes_language(cursor)
        case "TRANSFORM":
            _transforms(cursor)
        case "RETURNS":
            read.returns_trigger = cursor.word in TRIGGERS
            _returned(cursor)
        case "PARALLEL":
            cursor.identifier()
        case "COST" | "ROWS":
            _number(cursor)
        case "SUPPORT":
            cursor.name()
        case "SET":
            read.settings.append(takes_setting(cursor)[0])
        case "AS" | "RETURN" | "BEGIN ATOMIC" as clause:
            _body(cursor, read, clause)
        case _:
            raise cursor.not_read()


def takes_language(cursor: Cursor) -> str:
    """Take the name of a language, which may be a string."""
    return cursor.identifier() if cursor.has_identifier() and not cursor.word.endswith("'") else cursor.string().lower()


def _returned(cursor: Cursor) -> None:
    if cursor.takes("TABLE"):
        cursor.balanced()
    else:
        read_type(cursor)


def _transforms(cursor: Cursor) -> None:
    cursor.expect("FOR", "TYPE")
    read_type(cursor)
    while cursor.takes(","):
        cursor.expect("FOR", "TYPE")
        read_type(cursor)


def _number(cursor: Cursor) -> None:
    if not (cursor.word[:1].isdigit() or cursor.word[:1] == "."):
        raise cursor.not_read()
    cursor.take()
    if cursor.word[:1].isdigit():  # .5 is two tokens
        cursor.take()


def _body(cursor: Cursor, read: Clauses, clause: str) -> None:
    if read.body is not None:
        raise cursor.not_read()
    read.body = cursor.at
    if clause == "AS":
        read.is_quoted = True
        cursor.string()
        read.end = cursor.at
        if cursor.takes(","):
            cursor.string()
        return
    if cursor.has_ended or (clause == "BEGIN ATOMIC" and cursor.words[-1] != "END"):
        raise cursor.not_read()
    read.language = read.language or "sql"
    if clause == "RETURN":
        skip_rest(cursor)
        read.end = cursor.at
    else:
        read.end = len(cursor.words) - 1
        cursor.at = len(cursor.words)


def create_trigger(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a CREATE TRIGGER, of which CREATE was taken."""
    or_replace = cursor.takes("OR", "REPLACE")
    cursor.takes("CONSTRAINT")
    cursor.expect("TRIGGER")
    name = cursor.identifier()
    if cursor.takes_phrase_of("BEFORE", "AFTER", "INSTEAD OF") is None:
        raise cursor.not_read()
    _event(cursor)
    while cursor.takes("OR"):
        _event(cursor)
    cursor.expect("ON")
    table = cursor.name()
    _trigger_tail(cursor)
    return (CreateTrigger(**whole(cursor), name=name, table=table, or_replace=or_replace),)


def _event(cursor: Cursor) -> None:
    if cursor.expect_one_of(*EVENTS) == "UPDATE" and cursor.takes("OF"):
        cursor.identifier()
        while cursor.takes(","):
            cursor.identifier()


def _trigger_tail(cursor: Cursor) -> None:
    if cursor.takes("FROM"):
        cursor.name()
    while cursor.takes_phrase_of("NOT DEFERRABLE", "DEFERRABLE", "INITIALLY IMMEDIATE", "INITIALLY DEFERRED"):
        pass
    if cursor.takes("REFERENCING"):
        _transition_tables(cursor)
    if cursor.takes("FOR"):
        cursor.takes("EACH")
        cursor.expect_one_of("ROW", "STATEMENT")
    if cursor.takes("WHEN"):
        cursor.balanced()
    cursor.expect("EXECUTE")
    cursor.expect_one_of("FUNCTION", "PROCEDURE")
    cursor.name()
    cursor.balanced()
    cursor.ends()


def _transition_tables(cursor: Cursor) -> None:
    while cursor.takes_one_of("OLD", "NEW"):
        cursor.expect_one_of("TABLE", "ROW")
        cursor.takes("AS")
        cursor.identifier()


def create_policy(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a CREATE POLICY, which was taken."""
    return (_policy(cursor, *_named(cursor), is_new=True),)


def alter_policy(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of an ALTER POLICY, which was taken."""
    name, table = _named(cursor)
    if cursor.takes("RENAME", "TO"):
        new = cursor.identifier()
        cursor.ends()
        return (Rename(**whole(cursor), kind="policy", name=table, old=name, new=new),)
    return (_policy(cursor, name, table, is_new=False),)


def _named(cursor: Cursor) -> tuple[str, Name]:
    name = cursor.identifier()
    cursor.expect("ON")
    return name, cursor.name()


def _policy(cursor: Cursor, name: str, table: Name, *, is_new: bool) -> CreatePolicy:
    if is_new and cursor.takes("AS"):
        cursor.expect_one_of("PERMISSIVE", "RESTRICTIVE")
    command = cursor.expect_one_of(*COMMANDS) if is_new and cursor.takes("FOR") else "ALL"
    roles = _roles(cursor)
    using = _condition(cursor, "USING")
    with_check = _condition(cursor, "WITH", "CHECK")
    cursor.ends()
    return CreatePolicy(
        **whole(cursor),
        name=name,
        table=table,
        is_new=is_new,
        command=command,
        roles=roles,
        using=using,
        with_check=with_check,
    )


def _roles(cursor: Cursor) -> tuple[str, ...]:
    if not cursor.takes("TO"):
        return ()
    roles = [cursor.role()]
    while cursor.takes(","):
        roles.append(cursor.role())
    return tuple(roles)


def _condition(cursor: Cursor, *words: str) -> Expression | None:
    return cursor.balanced() if cursor.takes(*words) else None
