"""The statements of a script that begin with certain words, found without reading the others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.sql.statements import NOT_PLAIN, split_statements

if TYPE_CHECKING:
    from collections.abc import Collection

    from migrate_tasks.sql.statements import Statement

COMMENT = r"--[^\n\r]*+|/\*(?:[^*/]++|\*(?!/)|/(?!\*))*+\*/"  # without another one inside
FIRST_WORD = re.compile(rf"(?:\s++|{COMMENT})*+([A-Za-z]++)")
STATEMENT = re.compile(  # with its semicolon
    rf"""
    (?: [^;'"$/\-]++ | '[^']*+' | "[^"]*+" | {COMMENT} | - | /(?!\*)
      | (?<=\w)\$[\w$]*+                                       # the rest of a name
      | (?<!\w)\$(?P<tag>\w*+)\$ (?s:.*?) \$(?P=tag)\$
    )*+ (?: ; | \Z )
    """,
    re.VERBOSE,
)
HAS_INNER_SEMICOLONS = re.compile(r"\bATOMIC\b|\bCREATE\s+(?:OR\s+REPLACE\s+)?RULE\b", re.IGNORECASE)


def statements_beginning_with(words: Collection[str], script: str) -> tuple[Statement, ...]:
    """Return the statements of ``script`` whose first word is one of these, with offsets that count nothing else.

    Commands of psql are passed over. Raises UnreadableSql as split_statements does, but not for what is wrong with
    other statements.
    """
    text = None if NOT_PLAIN.search(script) or HAS_INNER_SEMICOLONS.search(script) else _without_others(words, script)
    found = split_statements(script if text is None else text, [])
    return tuple(statement for statement in found if statement.words[0] in words)


def _without_others(words: Collection[str], script: str) -> str | None:
    """Return the script without other statements; None where it is not clear where one ends."""
    kept: list[str] = []
    at = 0
    while at < len(script):
        statement = STATEMENT.match(script, at)
        if statement is None:
            return None
        first = FIRST_WORD.match(script, at)
        if first and first[1].upper() in words:
            kept.append(statement[0])
        at = statement.end()
    return "".join(kept)
