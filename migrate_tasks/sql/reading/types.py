"""Reading the names of types, with their modifiers and brackets (gram.y: Typename)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations.parts import TypeName
from migrate_tasks.sql.statements import LOWER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.sql.reading.cursor import Cursor

NAMES_OF_MANY_WORDS = (
    "DOUBLE PRECISION",
    "NATIONAL CHARACTER VARYING",
    "NATIONAL CHARACTER",
    "NATIONAL CHAR VARYING",
    "NATIONAL CHAR",
    "CHARACTER VARYING",
    "CHAR VARYING",
    "NCHAR VARYING",
    "BIT VARYING",
)
FIELDS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
ZONES = ("WITH TIME ZONE", "WITHOUT TIME ZONE")


def read_type(cursor: Cursor) -> TypeName:
    """Take a type's name; raise NotRead where there is none."""
    prefix = "setof " if cursor.takes("SETOF") else ""
    name, modifiers = _simple(cursor)
    return TypeName(prefix + name, modifiers, is_array=_takes_brackets(cursor))


def _simple(cursor: Cursor) -> tuple[str, tuple[str, ...]]:
    if phrase := cursor.takes_phrase_of(*NAMES_OF_MANY_WORDS):
        return phrase.lower(), _modifiers(cursor)
    if word := cursor.takes_one_of("TIMESTAMP", "TIME"):
        modifiers = _modifiers(cursor)
        zone = cursor.takes_phrase_of(*ZONES)
        return f"{word} {zone}".lower() if zone else word.lower(), modifiers
    if cursor.takes("INTERVAL"):
        return _interval(cursor), _modifiers(cursor)
    name = _written(cursor)
    return (f"{name}%type", ()) if cursor.takes("%", "TYPE") else (name, _modifiers(cursor))


def _interval(cursor: Cursor) -> str:
    words = ["interval"]
    if first := cursor.takes_one_of(*FIELDS):
        words.append(first)
        if cursor.takes("TO"):
            words += ["to", cursor.expect_one_of(*FIELDS)]
    return " ".join(words).lower()


def _written(cursor: Cursor) -> str:
    """Take a name with its dots, and return it as it is written, in lower case unless quoted."""
    first = cursor.at
    cursor.name()
    sources = cursor.sources[first : cursor.at]
    return "".join(source if source.endswith('"') else source.translate(LOWER) for source in sources)


def _modifiers(cursor: Cursor) -> tuple[str, ...]:
    if cursor.word != "(":
        return ()
    return tuple(_parts(cursor))


def _parts(cursor: Cursor) -> Iterator[str]:
    cursor.expect("(")
    yield cursor.expression_until(",").text
    while cursor.takes(","):
        yield cursor.expression_until(",").text
    cursor.expect(")")


def _takes_brackets(cursor: Cursor) -> bool:
    if cursor.takes("ARRAY"):
        if cursor.word == "[":
            _bracket(cursor)
        return True
    first = cursor.at
    while cursor.word == "[":
        _bracket(cursor)
    return cursor.at > first


def _bracket(cursor: Cursor) -> None:
    cursor.expect("[")
    if cursor.word != "]":
        cursor.number()
    cursor.expect("]")
