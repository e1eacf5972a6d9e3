"""Comments, found exactly: not in strings, bodies, other comments or the data of COPY."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from migrate_tasks.sql.psql import read_as_psql

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.sql.statements import Statement

PIECE = re.compile(r"(?P<line>--[^\n\r]*)|(?P<block>/\*)|(?P<end>;)")
END_OF_LINE = re.compile(r"[\r\n]|\Z")
BLOCK_EDGE = re.compile(r"/\*|\*/")


@dataclass(frozen=True)
class Comment:
    """A comment from ``--`` to the end of its line, or one in /* */, which ``is_block``.

    ``statement`` is the number of the statement that it lies in, before its semicolon; None between statements.
    ``following`` is the number of the first statement that begins after it.
    """

    start: int
    end: int
    is_own_line: bool
    statement: int | None
    following: int
    is_block: bool = False


def comments_in(text: str, statements: Sequence[Statement]) -> Iterator[Comment]:
    """Yield the comments in the gaps between the tokens of a script, in order."""
    has_data = any(statement.data is not None for statement in statements)
    sql = read_as_psql(text, []).sql if has_data else text  # which has blanks in place of the data
    at = 0
    for number, statement in enumerate(statements):
        yield from _in_gap(text, sql[at : statement.start], at, number - 1)
        for token, following in pairwise(statement.tokens):
            if following.start - token.end > len("--"):
                yield from _in_gap(text, sql[token.end + 1 : following.start], token.end + 1, number, goes_on=True)
        at = statement.end
    yield from _in_gap(text, sql[at:], at, len(statements) - 1)


def _in_gap(text: str, gap: str, offset: int, before: int, *, goes_on: bool = False) -> Iterator[Comment]:
    """Yield the comments in a gap that begins in or after the statement ``before``, which may go on after it."""
    at, is_ended = 0, before < 0
    while match := PIECE.search(gap, at):
        at = _end_of(gap, match)
        is_ended = is_ended or bool(match["end"])
        if not match["end"]:
            start, is_block = offset + match.start(), bool(match["block"])
            end = END_OF_LINE.search(text, start)
            assert end
            line = text.rfind("\n", 0, start) + 1
            is_own_line = not text[line:start].strip()
            inside = before if goes_on or not is_ended else None
            yield Comment(start, offset + at if is_block else end.start(), is_own_line, inside, before + 1, is_block)


def _end_of(gap: str, match: re.Match[str]) -> int:
    """Return where a piece ends; comments in /* */ may be nested."""
    depth, at = int(bool(match["block"])), match.end()
    while depth and (edge := BLOCK_EDGE.search(gap, at)):
        depth += 1 if edge[0] == "/*" else -1
        at = edge.end()
    return len(gap) if depth else at
