"""CREATE of all but tables, indexes, functions, triggers and policies."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import Create, CreateType, Name, Operation
from migrate_tasks.sql.reading.domains import create_domain
from migrate_tasks.sql.reading.places import CHANGES, expect_query, find, part, skip_rest, whole
from migrate_tasks.sql.reading.references import takes_kind, takes_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.sql.reading.cursor import Cursor
    from migrate_tasks.sql.statements import Statement

ROLE_OPTIONS = frozenset(
    {"WITH", "IN", "SUPERUSER", "NOSUPERUSER", "CREATEDB", "NOCREATEDB", "CREATEROLE", "NOCREATEROLE", "INHERIT"}
    | {"NOINHERIT", "LOGIN", "NOLOGIN", "REPLICATION", "NOREPLICATION", "BYPASSRLS", "NOBYPASSRLS", "CONNECTION"}
    | {"ENCRYPTED", "PASSWORD", "VALID", "USER", "ROLE", "ADMIN", "SYSID"}
)
DATABASE_OPTIONS = frozenset(
    {"WITH", "OWNER", "TEMPLATE", "ENCODING", "STRATEGY", "LOCALE", "LC_COLLATE", "LC_CTYPE", "BUILTIN_LOCALE"}
    | {"ICU_LOCALE", "ICU_RULES", "LOCALE_PROVIDER", "COLLATION_VERSION", "TABLESPACE", "ALLOW_CONNECTIONS"}
    | {"CONNECTION", "IS_TEMPLATE", "OID"}
)
SEQUENCE_OPTIONS = frozenset(
    {"AS", "INCREMENT", "MINVALUE", "MAXVALUE", "NO", "START", "CACHE", "CYCLE", "OWNED", "RESTART", "LOGGED"}
    | {"UNLOGGED", "SEQUENCE"}
)
FOLLOWING: dict[str, frozenset[str]] = {  # what may stand after the name; nothing is ""
    "SEQUENCE": SEQUENCE_OPTIONS | {""},
    "EXTENSION": frozenset({"", "WITH", "SCHEMA", "VERSION", "CASCADE", "FROM"}),
    "ROLE": ROLE_OPTIONS | {""},
    "DATABASE": DATABASE_OPTIONS | {""},
    "TABLESPACE": frozenset({"OWNER", "LOCATION"}),
    "SERVER": frozenset({"TYPE", "VERSION", "FOREIGN"}),
    "FOREIGN DATA WRAPPER": frozenset({"", "HANDLER", "NO", "VALIDATOR", "OPTIONS"}),
    "USER MAPPING": frozenset({"", "OPTIONS"}),
    "COLLATION": frozenset({"(", "FROM"}),
    "CONVERSION": frozenset({"FOR"}),
    "STATISTICS": frozenset({"(", "ON"}),
    "PUBLICATION": frozenset({"", "FOR", "WITH"}),
    "SUBSCRIPTION": frozenset({"CONNECTION"}),
    "EVENT TRIGGER": frozenset({"ON"}),
    "ACCESS METHOD": frozenset({"TYPE"}),
    "LANGUAGE": frozenset({"", "HANDLER"}),
    "CAST": frozenset({"WITH", "WITHOUT"}),
    "TRANSFORM": frozenset({"("}),
    "OPERATOR": frozenset({""}),
    "OPERATOR FAMILY": frozenset({""}),
    "AGGREGATE": frozenset({"", "("}),
    "TEXT SEARCH CONFIGURATION": frozenset({"("}),
    "TEXT SEARCH DICTIONARY": frozenset({"("}),
    "TEXT SEARCH PARSER": frozenset({"("}),
    "TEXT SEARCH TEMPLATE": frozenset({"("}),
}
REPLACEABLE = frozenset({"VIEW", "RULE", "LANGUAGE", "TRANSFORM", "AGGREGATE"})
WITH_IF_NOT_EXISTS = frozenset(
    {"SEQUENCE", "EXTENSION", "SCHEMA", "MATERIALIZED VIEW", "COLLATION", "STATISTICS", "SERVER", "USER MAPPING"}
)
ELEMENTS = ("CREATE", "GRANT")
NO_ELEMENT = frozenset({"SCHEMA", "DATABASE", "EXTENSION", "ROLE", "USER", "GROUP"})


@dataclass(frozen=True)
class Modifiers:
    """What stands between CREATE and the kind."""

    or_replace: bool
    temporary: bool


def create(cursor: Cursor, read: Callable[[Statement], tuple[Operation, ...]]) -> tuple[Operation, ...]:
    """Return the operations of a CREATE, which was taken; ``read`` reads the elements of a schema."""
    modifiers = _modifiers(cursor)
    kind = takes_kind(cursor)
    if modifiers.or_replace and kind not in REPLACEABLE:
        raise cursor.not_read()
    if modifiers.temporary and kind not in {"VIEW", "SEQUENCE"}:
        raise cursor.not_read()
    match kind:
        case "TYPE":
            return (_type(cursor),)
        case "DOMAIN":
            return create_domain(cursor)
    if_not_exists = kind in WITH_IF_NOT_EXISTS and cursor.takes("IF", "NOT", "EXISTS")
    if kind == "SCHEMA":
        return _schema(cursor, read, if_not_exists=if_not_exists)
    name = _named(cursor, kind)
    return (
        Create(
            **whole(cursor),
            kind=kind.lower(),
            name=name,
            or_replace=modifiers.or_replace,
            if_not_exists=if_not_exists,
            temporary=modifiers.temporary,
        ),
    )


def _modifiers(cursor: Cursor) -> Modifiers:
    or_replace = cursor.takes("OR", "REPLACE")
    is_scoped = cursor.takes_one_of("LOCAL", "GLOBAL") is not None
    temporary = cursor.takes_one_of("TEMPORARY", "TEMP") is not None
    if is_scoped and not temporary:
        raise cursor.not_read()
    for word, following in (
        ("RECURSIVE", ("VIEW",)),
        ("UNLOGGED", ("SEQUENCE", "MATERIALIZED")),
        ("DEFAULT", ("CONVERSION",)),
        ("TRUSTED", ("LANGUAGE", "PROCEDURAL")),
    ):
        if cursor.word == word and cursor.ahead(1) in following:
            cursor.expect(word)
    return Modifiers(or_replace, temporary)


def _named(cursor: Cursor, kind: str) -> Name:
    """Take the name and all that follows it."""
    match kind:
        case "VIEW" | "MATERIALIZED VIEW":
            return _view(cursor)
        case "RULE":
            return _rule(cursor)
        case "OPERATOR CLASS":
            return _operator_class(cursor)
        case "STATISTICS" if cursor.word in {"(", "ON"}:
            name = Name("")
        case _ if kind in FOLLOWING:
            name = takes_object(cursor, kind)[0]
        case _:
            raise cursor.not_read()
    if cursor.word not in FOLLOWING[kind]:
        raise cursor.not_read()
    skip_rest(cursor)
    return name


def _view(cursor: Cursor) -> Name:
    name = cursor.name()
    if cursor.word == "(":
        cursor.identifiers()
    if cursor.takes("USING"):
        cursor.identifier()
    if cursor.takes("WITH"):
        cursor.balanced()
    if cursor.takes("TABLESPACE"):
        cursor.identifier()
    cursor.expect("AS")
    expect_query(cursor)
    return name


def _rule(cursor: Cursor) -> Name:
    name = Name(cursor.identifier())
    cursor.expect("AS", "ON")
    cursor.expect_one_of("SELECT", *CHANGES)
    cursor.expect("TO")
    cursor.name()
    at = find(cursor, "DO")
    if at is None:
        raise cursor.not_read()
    cursor.at = at + 1
    cursor.takes_one_of("ALSO", "INSTEAD")
    if cursor.word not in {"NOTHING", "(", "SELECT", "NOTIFY", "WITH", *CHANGES}:
        raise cursor.not_read()
    skip_rest(cursor)
    return name


def _operator_class(cursor: Cursor) -> Name:
    name = cursor.name()
    cursor.takes("DEFAULT")
    cursor.expect("FOR", "TYPE")
    skip_rest(cursor)
    return name


def _type(cursor: Cursor) -> CreateType:
    name = cursor.name()
    labels = None
    if cursor.takes("AS", "ENUM"):
        labels = _labels(cursor)
    elif cursor.takes("AS"):
        cursor.takes("RANGE")
        cursor.balanced()
    elif not cursor.has_ended:
        cursor.balanced()
    cursor.ends()
    return CreateType(**whole(cursor), name=name, labels=labels)


def _labels(cursor: Cursor) -> tuple[str, ...]:
    cursor.expect("(")
    labels: list[str] = []
    while not cursor.takes(")"):
        if labels:
            cursor.expect(",")
        labels.append(cursor.string())
    return tuple(labels)


def _schema(
    cursor: Cursor, read: Callable[[Statement], tuple[Operation, ...]], *, if_not_exists: bool
) -> tuple[Operation, ...]:
    """Read a schema with its elements, which are made in it where they name no other."""
    name = None if cursor.is_next("AUTHORIZATION") else cursor.identifier()
    if cursor.takes("AUTHORIZATION"):
        role = cursor.role()
        name = name or role
    schema = Create(**whole(cursor), kind="schema", name=Name(name or ""), if_not_exists=if_not_exists)
    found: list[Operation] = [schema]
    while not cursor.has_ended:
        if cursor.word not in ELEMENTS or cursor.ahead(1) in NO_ELEMENT:
            raise cursor.not_read()
        first = cursor.at
        cursor.at += 1
        cursor.at = find(cursor, *ELEMENTS) or len(cursor.words)
        found += [_in_schema(element, schema.name.name) for element in read(part(cursor, first, cursor.at))]
    return tuple(found)


def _in_schema(operation: Operation, schema: str) -> Operation:
    """Return the operation with its own names in the schema."""
    if schema == "public" or not is_dataclass(operation):
        return operation
    names = {field.name: getattr(operation, field.name) for field in fields(operation)}
    own = {
        field: Name(name.name, schema)
        for field, name in names.items()
        if isinstance(name, Name) and name.schema is None
    }
    return replace(operation, **own)  # type: ignore[arg-type]
