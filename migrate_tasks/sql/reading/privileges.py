"""GRANT and REVOKE, of privileges on objects and of membership in roles; and ALTER DEFAULT PRIVILEGES."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import Grant, Operation, Other
from migrate_tasks.sql.reading.places import find, whole
from migrate_tasks.sql.reading.references import SIGNED

if TYPE_CHECKING:
    from migrate_tasks.sql.reading.cursor import Cursor

PRIVILEGES = (
    *("ALTER SYSTEM", "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
    *("USAGE", "CREATE", "CONNECT", "TEMPORARY", "TEMP", "EXECUTE", "SET"),
)
IN_SCHEMA = ("TABLES", "SEQUENCES", "FUNCTIONS", "PROCEDURES", "ROUTINES")
OBJECTS = (
    *("FOREIGN DATA WRAPPER", "FOREIGN SERVER", "LARGE OBJECT", "TABLE", "SEQUENCE", "DATABASE", "DOMAIN"),
    *("LANGUAGE", "PARAMETER", "SCHEMA", "TABLESPACE", "TYPE", "FUNCTION", "PROCEDURE", "ROUTINE"),
)
DEFAULTS = (*IN_SCHEMA, "TYPES", "SCHEMAS", "LARGE OBJECTS")
MEMBERSHIP_OPTIONS = ("ADMIN", "INHERIT", "SET")


def grant(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a GRANT, which was taken."""
    if cursor.words[_end_of_privileges(cursor)] == "ON":
        privileges = _privileges(cursor)
        kind = _objects(cursor)
        cursor.expect("TO")
        roles = _roles(cursor)
        cursor.takes("WITH", "GRANT", "OPTION")
    else:
        privileges, kind = (), "role"
        _roles(cursor)
        cursor.expect("TO")
        roles = _roles(cursor)
        _membership_options(cursor)
    _granted_by(cursor)
    return (Grant(**whole(cursor), privileges=privileges, roles=roles, object_kind=kind),)


def revoke(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a REVOKE, which was taken."""
    cursor.takes_phrase_of(*(f"{option} OPTION FOR" for option in ("GRANT", *MEMBERSHIP_OPTIONS)))
    if cursor.words[_end_of_privileges(cursor)] == "ON":
        privileges = _privileges(cursor)
        kind = _objects(cursor)
    else:
        privileges, kind = (), "role"
        _roles(cursor)
    cursor.expect("FROM")
    roles = _roles(cursor)
    _granted_by(cursor, "CASCADE", "RESTRICT")
    return (Grant(**whole(cursor), privileges=privileges, roles=roles, object_kind=kind, revoke=True),)


def default_privileges(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of an ALTER DEFAULT PRIVILEGES, which was taken."""
    if cursor.takes("FOR"):
        cursor.expect_one_of("ROLE", "USER")
        _roles(cursor)
    if cursor.takes("IN", "SCHEMA"):
        cursor.names()
    verb = cursor.expect_one_of("GRANT", "REVOKE")
    cursor.takes("GRANT", "OPTION", "FOR")
    _privileges(cursor)
    if cursor.takes_phrase_of(*DEFAULTS) is None:
        raise cursor.not_read()
    cursor.expect("TO" if verb == "GRANT" else "FROM")
    _roles(cursor)
    cursor.takes_phrase_of("WITH GRANT OPTION", "CASCADE", "RESTRICT")
    cursor.ends()
    return (Other(**whole(cursor), what="ALTER DEFAULT PRIVILEGES"),)


def _end_of_privileges(cursor: Cursor) -> int:
    end = find(cursor, "ON", "TO", "FROM")
    if end is None:
        raise cursor.not_read()
    return end


def _privileges(cursor: Cursor) -> tuple[str, ...]:
    """Take privileges, each with the columns that it is for, and the ON after them."""
    found: list[str] = []
    while not cursor.takes("ON"):
        if found:
            cursor.expect(",")
        found.append(_privilege(cursor))
    if not found:
        raise cursor.not_read()
    return tuple(found)


def _privilege(cursor: Cursor) -> str:
    privilege = cursor.takes_phrase_of("ALL PRIVILEGES", "ALL", *PRIVILEGES)
    if privilege is None:
        raise cursor.not_read()
    if cursor.word == "(":
        cursor.identifiers()
    return "ALL" if privilege == "ALL PRIVILEGES" else privilege


def _objects(cursor: Cursor) -> str:
    """Take what the privileges are on, and return its kind."""
    if cursor.takes("ALL"):
        many = cursor.expect_one_of(*IN_SCHEMA)
        cursor.expect("IN", "SCHEMA")
        cursor.names()
        return f"all {many.lower()} in schema"
    kind = cursor.takes_phrase_of(*OBJECTS) or "TABLE"
    _object(cursor, kind)
    while cursor.takes(","):
        _object(cursor, kind)
    return kind.lower()


def _object(cursor: Cursor, kind: str) -> None:
    if kind == "LARGE OBJECT":
        cursor.take()
        return
    cursor.name()
    if kind in SIGNED and cursor.word == "(":
        cursor.balanced()


def _roles(cursor: Cursor) -> tuple[str, ...]:
    found = [_role(cursor)]
    while cursor.takes(","):
        found.append(_role(cursor))
    return tuple(found)


def _role(cursor: Cursor) -> str:
    cursor.takes("GROUP")
    return cursor.role()


def _membership_options(cursor: Cursor) -> None:
    if not cursor.takes("WITH"):
        return
    _membership_option(cursor)
    while cursor.takes(","):
        _membership_option(cursor)


def _membership_option(cursor: Cursor) -> None:
    cursor.expect_one_of(*MEMBERSHIP_OPTIONS)
    cursor.expect_one_of("OPTION", "TRUE", "FALSE")


def _granted_by(cursor: Cursor, *tails: str) -> None:
    if cursor.takes("GRANTED", "BY"):
        cursor.role()
    cursor.takes_one_of(*tails)
    cursor.ends()
