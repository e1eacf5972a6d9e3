"""Which object a statement is about: its kind and its name, as DROP, COMMENT, SECURITY LABEL and ALTER write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import Comment, Drop, Name, Operation, Other
from migrate_tasks.sql.reading.cursor import Cursor
from migrate_tasks.sql.reading.places import part, since, whole
from migrate_tasks.sql.statements import LOWER

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNED = ("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE")
OF_A_TABLE = ("TRIGGER", "POLICY", "RULE", "CONSTRAINT")
ROLES = ("ROLE", "USER", "GROUP")
TEXT_SEARCH = ("CONFIGURATION", "DICTIONARY", "PARSER", "TEMPLATE")
KINDS = (
    "MATERIALIZED VIEW",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "USER MAPPING",
    "OPERATOR CLASS",
    "OPERATOR FAMILY",
    "OPERATOR",
    "EVENT TRIGGER",
    "ACCESS METHOD",
    "LARGE OBJECT",
    "PROCEDURAL LANGUAGE",
    *(f"TEXT SEARCH {kind}" for kind in TEXT_SEARCH),
    *("TABLE", "INDEX", "VIEW", "SEQUENCE", "TYPE", "DOMAIN", "SCHEMA", "EXTENSION", "DATABASE", "TABLESPACE"),
    *("SERVER", "COLLATION", "CONVERSION", "STATISTICS", "PUBLICATION", "SUBSCRIPTION", "LANGUAGE"),
    *(*SIGNED, *OF_A_TABLE, *ROLES, "CAST", "TRANSFORM"),
)
SPELLINGS = {"PROCEDURAL LANGUAGE": "LANGUAGE", "USER": "ROLE", "GROUP": "ROLE"}
NOT_DROPPED = ("CONSTRAINT", "LARGE OBJECT")


def takes_kind(cursor: Cursor) -> str:
    """Take the kind of an object, and return it in the spelling that is used here; raise NotRead for no kind."""
    kind = cursor.takes_phrase_of(*KINDS)
    if kind is None:
        raise cursor.not_read()
    return SPELLINGS.get(kind, kind)


def takes_object(cursor: Cursor, kind: str) -> tuple[Name, Name | None]:
    """Take what names an object of that kind; the second is the table of a trigger, a policy, a rule, a constraint."""
    if kind in OF_A_TABLE:
        name = Name(cursor.identifier())
        cursor.expect("ON")
        cursor.takes("DOMAIN")
        return name, cursor.name()
    reader = READERS.get(kind)
    return (reader or Cursor.name)(cursor), None


def drop(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operations of a DROP, which was taken."""
    if cursor.takes("OWNED", "BY"):
        _owners(cursor)
        return (Other(**whole(cursor), what="DROP OWNED"),)
    kind = takes_kind(cursor)
    if kind in NOT_DROPPED:
        raise cursor.not_read()
    concurrently = kind == "INDEX" and cursor.takes("CONCURRENTLY")
    if_exists = cursor.takes("IF", "EXISTS")
    objects = [_spanned(cursor, kind)]
    while cursor.takes(","):
        objects.append(_spanned(cursor, kind))
    cascade = _drop_tail(cursor, kind)
    is_list = len(objects) > 1
    return tuple(
        Drop(
            **(span if is_list else whole(cursor)),
            kind=kind.lower(),
            name=name,
            if_exists=if_exists,
            cascade=cascade,
            concurrently=concurrently,
            on_table=table,
        )
        for span, name, table in objects
    )


def comment(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a COMMENT, which was taken."""
    cursor.expect("ON")
    kind, name, column = _commented(cursor)
    cursor.expect("IS")
    is_null = _is_null(cursor)
    return (Comment(**whole(cursor), kind=kind, name=name, column=column, is_null=is_null),)


def security_label(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a SECURITY LABEL, of which SECURITY was taken."""
    cursor.expect("LABEL")
    if cursor.takes("FOR"):
        cursor.identifier() if cursor.has_identifier() else cursor.string()
    cursor.expect("ON")
    _commented(cursor)
    cursor.expect("IS")
    _is_null(cursor)
    return (Other(**whole(cursor), what="SECURITY LABEL"),)


def reassign(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a REASSIGN OWNED, of which REASSIGN was taken."""
    cursor.expect("OWNED", "BY")
    cursor.role()
    while cursor.takes(","):
        cursor.role()
    cursor.expect("TO")
    cursor.role()
    cursor.ends()
    return (Other(**whole(cursor), what="REASSIGN OWNED"),)


def _spanned(cursor: Cursor, kind: str) -> tuple[dict[str, int], Name, Name | None]:
    first = cursor.at
    name, table = takes_object(cursor, kind)
    span = since(cursor, first)
    return {"start": span["start"], "end": span["end"]}, name, table


def _drop_tail(cursor: Cursor, kind: str) -> bool:
    if kind == "DATABASE":
        if cursor.takes("WITH") or cursor.word == "(":
            cursor.balanced()
        cursor.ends()
        return False
    cascade = cursor.takes_one_of("CASCADE", "RESTRICT") == "CASCADE"
    cursor.ends()
    return cascade


def _owners(cursor: Cursor) -> None:
    cursor.role()
    while cursor.takes(","):
        cursor.role()
    cursor.takes_one_of("CASCADE", "RESTRICT")
    cursor.ends()


def _commented(cursor: Cursor) -> tuple[str, Name, str | None]:
    if cursor.takes("COLUMN"):
        table, column = takes_column(cursor)
        return "column", table, column
    kind = takes_kind(cursor)
    return kind.lower(), takes_object(cursor, kind)[0], None


def takes_column(cursor: Cursor) -> tuple[Name, str]:
    """Take a column with the name of its table."""
    first = cursor.at
    column = cursor.name().name
    if cursor.at - first == 1:
        raise cursor.not_read()
    return Cursor(part(cursor, first, cursor.at - 2)).name(), column


def _is_null(cursor: Cursor) -> bool:
    is_null = cursor.takes("NULL")
    if not is_null:
        cursor.string()
    cursor.ends()
    return is_null


def _signed(cursor: Cursor) -> Name:
    name = cursor.name()
    if cursor.word == "(":
        cursor.balanced()
    return name


def _operator(cursor: Cursor) -> Name:
    name = takes_operator(cursor)
    cursor.balanced()
    return name


def takes_operator(cursor: Cursor) -> Name:
    """Take an operator with the schema before it."""
    schema = None
    while cursor.has_identifier():
        schema = cursor.identifier()
        cursor.expect(".")
    first = cursor.at
    while cursor.word and not (cursor.word[0].isalnum() or cursor.word[0] in "_\"'$()[],.;:"):
        cursor.take()
    if cursor.at == first:
        raise cursor.not_read()
    return Name("".join(cursor.words[first : cursor.at]), None if schema == "public" else schema)


def _of_method(cursor: Cursor) -> Name:
    name = cursor.name()
    cursor.expect("USING")
    cursor.identifier()
    return name


def _cast(cursor: Cursor) -> Name:
    return Name(" ".join(word.translate(LOWER) for word in cursor.balanced().words))


def _transform(cursor: Cursor) -> Name:
    cursor.expect("FOR")
    first = cursor.at
    cursor.skip_until("LANGUAGE")
    cursor.expect("LANGUAGE")
    cursor.identifier()
    return _as_written(cursor, first)


def _user_mapping(cursor: Cursor) -> Name:
    cursor.expect("FOR")
    first = cursor.at
    if not cursor.takes("USER"):
        cursor.role()
    cursor.expect("SERVER")
    cursor.identifier()
    return _as_written(cursor, first)


def _role(cursor: Cursor) -> Name:
    return Name("all" if cursor.takes("ALL") else cursor.role())


def _large_object(cursor: Cursor) -> Name:
    if not cursor.word.isdigit():
        raise cursor.not_read()
    return Name(cursor.take())


def _as_written(cursor: Cursor, first: int) -> Name:
    return Name(" ".join(word.translate(LOWER) for word in cursor.words[first : cursor.at]))


READERS: dict[str, Callable[[Cursor], Name]] = {
    **dict.fromkeys(SIGNED, _signed),
    "OPERATOR": _operator,
    "OPERATOR CLASS": _of_method,
    "OPERATOR FAMILY": _of_method,
    "CAST": _cast,
    "TRANSFORM": _transform,
    "USER MAPPING": _user_mapping,
    "ROLE": _role,
    "LARGE OBJECT": _large_object,
}
