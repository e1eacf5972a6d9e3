"""ALTER of all but tables and indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import AddAttribute, AddEnumValue, Alter, AlterDomain, Name, Operation, Other, Rename
from migrate_tasks.sql.reading.domains import domain_constraint
from migrate_tasks.sql.reading.places import find, since, skip_rest, whole
from migrate_tasks.sql.reading.privileges import default_privileges
from migrate_tasks.sql.reading.references import OF_A_TABLE, takes_kind, takes_object
from migrate_tasks.sql.reading.session import takes_setting
from migrate_tasks.sql.reading.types import read_type

if TYPE_CHECKING:
    from migrate_tasks.sql.reading.cursor import Cursor

PARTS = ("COLUMN", "CONSTRAINT", "ATTRIBUTE")  # which RENAME may name
ALWAYS = frozenset({"OWNER", "SET", "RESET", "DEPENDS", "NO"})
FUNCTION = frozenset(
    {"CALLED", "RETURNS", "STRICT", "IMMUTABLE", "STABLE", "VOLATILE", "NOT", "LEAKPROOF", "EXTERNAL", "SECURITY"}
    | {"PARALLEL", "COST", "ROWS", "SUPPORT"}
)
ROLE = frozenset(
    {"WITH", "IN", "SUPERUSER", "NOSUPERUSER", "CREATEDB", "NOCREATEDB", "CREATEROLE", "NOCREATEROLE", "INHERIT"}
    | {"NOINHERIT", "LOGIN", "NOLOGIN", "REPLICATION", "NOREPLICATION", "BYPASSRLS", "NOBYPASSRLS", "CONNECTION"}
    | {"ENCRYPTED", "PASSWORD", "VALID", "ADD", "DROP", "USER", "ROLE"}
)
ACTIONS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("FUNCTION", "PROCEDURE", "ROUTINE"), FUNCTION),
    "ROLE": ROLE,
    "SEQUENCE": frozenset({"AS", "INCREMENT", "MINVALUE", "MAXVALUE", "START", "RESTART", "CACHE", "CYCLE", "OWNED"}),
    "DATABASE": frozenset({"WITH", "ALLOW_CONNECTIONS", "CONNECTION", "IS_TEMPLATE", "REFRESH"}),
    "EXTENSION": frozenset({"UPDATE", "ADD", "DROP"}),
    "VIEW": frozenset({"ALTER"}),
    "MATERIALIZED VIEW": frozenset({"ALTER", "CLUSTER"}),
    "EVENT TRIGGER": frozenset({"DISABLE", "ENABLE"}),
    "PUBLICATION": frozenset({"ADD", "DROP"}),
    "SUBSCRIPTION": frozenset({"CONNECTION", "ADD", "DROP", "REFRESH", "ENABLE", "DISABLE", "SKIP"}),
    "SERVER": frozenset({"VERSION", "OPTIONS"}),
    "FOREIGN DATA WRAPPER": frozenset({"HANDLER", "VALIDATOR", "OPTIONS"}),
    "USER MAPPING": frozenset({"OPTIONS"}),
    "COLLATION": frozenset({"REFRESH"}),
    "OPERATOR FAMILY": frozenset({"ADD", "DROP"}),
    "TEXT SEARCH CONFIGURATION": frozenset({"ADD", "ALTER", "DROP"}),
    "TEXT SEARCH DICTIONARY": frozenset({"("}),
}
SEVERAL = frozenset({"VIEW", "MATERIALIZED VIEW"})  # whose actions commas part
NO_KIND = frozenset({"TABLE", "INDEX", "CAST", "TRANSFORM", "ACCESS METHOD", "CONSTRAINT"})
DOMAIN_ACTIONS = (
    *("SET DEFAULT", "DROP DEFAULT", "SET NOT NULL", "DROP NOT NULL", "ADD", "DROP CONSTRAINT", "RENAME CONSTRAINT"),
    *("VALIDATE CONSTRAINT", "OWNER TO", "SET SCHEMA", "RENAME TO"),
)


def alter(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operations of an ALTER, which was taken, of anything but a table or an index."""
    if cursor.takes("DEFAULT", "PRIVILEGES"):
        return default_privileges(cursor)
    if cursor.takes("SYSTEM"):
        return _system(cursor)
    if cursor.takes("MATERIALIZED", "VIEW", "ALL", "IN", "TABLESPACE"):
        skip_rest(cursor)
        return (Other(**whole(cursor), what="ALTER MATERIALIZED VIEW ALL IN TABLESPACE"),)
    kind = takes_kind(cursor)
    if kind in NO_KIND:
        raise cursor.not_read()
    cursor.takes("IF", "EXISTS")
    name, table = takes_object(cursor, kind)
    return _renames(cursor, kind, name, table) or _others(cursor, kind, name)


def _renames(cursor: Cursor, kind: str, name: Name, table: Name | None) -> tuple[Operation, ...]:
    if cursor.is_next("RENAME"):
        return (_rename(cursor, kind, name, table),)
    if cursor.takes("SET", "SCHEMA"):
        new = cursor.identifier()
        cursor.ends()
        return (Rename(**whole(cursor), kind=kind.lower(), name=name, old=name.name, new=new, sets_schema=True),)
    return ()


def _rename(cursor: Cursor, kind: str, name: Name, table: Name | None) -> Rename:
    cursor.expect("RENAME")
    old = name.name
    if kind == "TYPE" and cursor.takes("VALUE"):
        kind, old = "enum value", cursor.string()
        cursor.expect("TO")
        new = cursor.string()
    else:
        if not cursor.is_next("TO"):
            kind = cursor.takes_one_of(*PARTS) or "COLUMN"
            old = cursor.identifier()
        cursor.expect("TO")
        new = cursor.identifier()
    cursor.takes_one_of("CASCADE", "RESTRICT")
    cursor.ends()
    of = table if table and kind in OF_A_TABLE else name
    return Rename(**whole(cursor), kind=kind.lower(), name=of, old=old, new=new)


def _others(cursor: Cursor, kind: str, name: Name) -> tuple[Operation, ...]:
    match kind:
        case "TYPE":
            return _type(cursor, name)
        case "DOMAIN":
            return (_domain(cursor, name),)
        case "POLICY":
            raise cursor.not_read()  # functions.py reads these
    _expect_action(cursor, kind)
    if kind not in SEVERAL or find(cursor, ",") is None:
        return (Alter(**whole(cursor), kind=kind.lower(), name=name, action=_action(cursor)),)
    return tuple(_several(cursor, kind, name))


def _several(cursor: Cursor, kind: str, name: Name) -> list[Operation]:
    actions: list[Operation] = []
    while not cursor.has_ended:
        if actions:
            cursor.expect(",")
        _expect_action(cursor, kind)
        first = cursor.at
        cursor.at = find(cursor, ",") or len(cursor.words)
        action = _leading(cursor.words[first : cursor.at])
        actions.append(Alter(**since(cursor, first), kind=kind.lower(), name=name, action=action))
    return actions


def _expect_action(cursor: Cursor, kind: str) -> None:
    if cursor.word not in ALWAYS | ACTIONS.get(kind, frozenset()):
        raise cursor.not_read()


def _action(cursor: Cursor) -> str:
    first = cursor.at
    if cursor.takes("OWNER"):
        cursor.expect("TO")
        cursor.role()
        cursor.ends()
    skip_rest(cursor)
    return _leading(cursor.words[first:])


def _leading(words: tuple[str, ...]) -> str:
    """Return the first words, up to three, before anything that is no word."""
    leading: list[str] = []
    for word in words[:3]:
        if not word.isidentifier():
            break
        leading.append(word)
    return " ".join(leading)


def _type(cursor: Cursor, name: Name) -> tuple[Operation, ...]:
    if cursor.takes("ADD", "VALUE"):
        return (_enum_value(cursor, name),)
    if cursor.is_next("SET", "(") or cursor.is_next("OWNER", "TO"):
        return (Alter(**whole(cursor), kind="type", name=name, action=_action(cursor)),)
    found: list[Operation] = [_attribute(cursor, name)]
    while cursor.takes(","):
        found.append(_attribute(cursor, name))
    cursor.ends()
    return tuple(found)


def _enum_value(cursor: Cursor, name: Name) -> AddEnumValue:
    if_not_exists = cursor.takes("IF", "NOT", "EXISTS")
    value = cursor.string()
    is_placed = cursor.takes_one_of("BEFORE", "AFTER") is not None
    if is_placed:
        cursor.string()
    cursor.ends()
    return AddEnumValue(**whole(cursor), name=name, value=value, if_not_exists=if_not_exists, is_placed=is_placed)


def _attribute(cursor: Cursor, name: Name) -> AddAttribute:
    first = cursor.at
    action = cursor.expect_one_of("ADD", "DROP", "ALTER")
    cursor.expect("ATTRIBUTE")
    if action == "DROP":
        cursor.takes("IF", "EXISTS")
    cursor.identifier()
    if action == "ALTER":
        cursor.takes("SET", "DATA")
        cursor.expect("TYPE")
    if action != "DROP":
        read_type(cursor)
        if cursor.takes("COLLATE"):
            cursor.name()
    cursor.takes_one_of("CASCADE", "RESTRICT")
    return AddAttribute(**since(cursor, first), name=name, action=action)


def _domain(cursor: Cursor, name: Name) -> AlterDomain:
    action = cursor.takes_phrase_of(*DOMAIN_ACTIONS)
    if action is None:
        raise cursor.not_read()
    if action != "ADD":
        skip_rest(cursor)
        return AlterDomain(**whole(cursor), name=name, action=action)
    constraint = domain_constraint(cursor)
    cursor.ends()
    return AlterDomain(**whole(cursor), name=name, action="ADD CONSTRAINT", constraint=constraint)


def _system(cursor: Cursor) -> tuple[Operation, ...]:
    verb = cursor.expect_one_of("SET", "RESET")
    if verb == "SET":
        takes_setting(cursor)
    elif not cursor.takes("ALL"):
        cursor.name()
    cursor.ends()
    return (Other(**whole(cursor), what="ALTER SYSTEM"),)
