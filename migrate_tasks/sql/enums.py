"""Values that a script adds to an enum and uses at once, which Postgres refuses in one transaction (SQLSTATE 55P04)."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from migrate_tasks.sql.phrase import Phrase
from migrate_tasks.sql.statements import UnreadableSql, split_statements
from migrate_tasks.sql.transactions import Control, control_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlglot.tokens import Token

    from migrate_tasks.sql.statements import Statement

ELEMENT = re.compile(r'[^{}()\[\],"]+')  # of an array, a row or a range, written as one literal
FIELD = re.compile(r"[^\t\r\n,;|\"{}]+")  # of a line of COPY's data, in any format
NO_USE = (("ALTER", "TYPE"), ("COMMENT", "ON"))  # they name a value, or say anything at all, and read no enum


def uses_new_enum_value(statements: Sequence[Statement]) -> Statement | None:
    """Return the first statement that has, as a literal, a value that ALTER TYPE ... ADD VALUE added before it.

    Values of a type that the script itself creates are left out, since Postgres 17 knows them to be safe, and so are
    those that a COMMIT of the script's own has made safe. A literal of another type that reads the same counts.
    """
    created: set[str] = set()
    added: set[str] = set()
    for statement in statements:
        if control_of(statement) in {Control.COMMIT, Control.ROLLBACK}:
            created, added = set(), set()
        elif added and statement.words[:2] not in NO_USE and not added.isdisjoint(_literals(statement)):
            return statement
        if statement.words[1:2] == ("TYPE",):
            created |= _created_enum(statement)
            added |= _added_value(statement, created)
    return None


def _created_enum(statement: Statement) -> set[str]:
    phrase = Phrase(statement)
    name = phrase.takes_name_folded() if phrase.takes("CREATE", "TYPE") else None
    return {name} if name and phrase.takes("AS", "ENUM") else set()


def _added_value(statement: Statement, created: set[str]) -> set[str]:
    phrase = Phrase(statement)
    if not phrase.takes("ALTER", "TYPE") or phrase.takes_name_folded() in created or not phrase.takes("ADD", "VALUE"):
        return set()
    phrase.takes("IF", "NOT", "EXISTS")
    return {token.text for token in statement.tokens[phrase.at : phrase.at + 1]}


def _literals(statement: Statement) -> Iterator[str]:
    """Yield every literal that the server reads when it executes the statement, and what stands in it."""
    yield from FIELD.findall(statement.data or "")
    for token, source in zip(statement.tokens, statement.sources, strict=True):
        if source[0] == "$" or source.endswith("'"):
            yield token.text
            yield from ELEMENT.findall(token.text) if token.text[:1] in ("{", "(", "[") else ()
            if _is_executed(statement, token):
                yield from _literals_of_body(token.text)


def _is_executed(statement: Statement, token: Token) -> bool:
    """Return whether a literal is code that is read at once: the body of a DO, or of a function in SQL."""
    if statement.words[0] == "DO":
        return True
    if statement.words[0] != "CREATE":
        return False
    is_body = any(before.text.upper() in {"AS", ","} and after is token for before, after in pairwise(statement.tokens))
    languages = {word.strip("'\"").upper() for word in _after(statement.words, "LANGUAGE")}
    return is_body and languages == {"SQL"}


def _after(words: Sequence[str], keyword: str) -> Iterator[str]:
    return (word for before, word in pairwise(words) if before == keyword)


def _literals_of_body(body: str) -> Iterator[str]:
    try:
        inner = split_statements(body)
    except UnreadableSql:
        return
    for statement in inner:
        yield from _literals(statement)
