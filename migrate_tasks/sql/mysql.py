"""What MySQL has besides statements, and Postgres has not: names in backticks, and comments that begin with #."""

from __future__ import annotations

import re
from dataclasses import dataclass

LEXEME = re.compile(
    r"""
      '[^']*+' | "[^"]*+" | --[^\r\n]*+ | /\*.*?\*/
    | (?<!\w)\$(?P<tag>\w*+)\$ .*? \$(?P=tag)\$
    | `(?P<name>[^`"\r\n]++)`
    | (?: (?<=[\s,;()]) | \A ) (?P<comment> \#(?!>|-(?!-)) [^\r\n]*+ )  # no operator of JSON
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Foreign:
    """A name in backticks, which is ``name``, or a comment."""

    start: int
    end: int
    name: str | None = None


def foreign_in(text: str) -> tuple[Foreign, ...]:
    """Return what MySQL would read as such names and comments, in order."""
    if "`" not in text and "#" not in text:
        return ()
    found = (match for match in LEXEME.finditer(text) if match["name"] or match["comment"])
    return tuple(Foreign(match.start(), match.end(), match["name"]) for match in found)


def as_postgres(text: str, foreign: tuple[Foreign, ...]) -> str:
    """Return ``text`` as Postgres would have it, with all offsets as they are: names in quotes, blanks for comments."""
    pieces: list[str] = []
    at = 0
    for each in foreign:
        pieces += [text[at : each.start], f'"{each.name}"' if each.name else " " * (each.end - each.start)]
        at = each.end
    return "".join([*pieces, text[at:]])
