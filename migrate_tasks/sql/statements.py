"""Splitting a script into its statements, as Postgres' own parser counts them.

The tokens are sqlglot's, whose ``start`` and ``end`` are exact character offsets; the splitting is ours.
Empty statements are none. psql's meta-commands and the data of COPY ... FROM stdin are not handled here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import TokenError
from sqlglot.tokens import TokenType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlglot.tokens import Token


NAME_FOLLOWS = (TokenType.DOT, TokenType.ALIAS)  # t.case and "AS end" are names


class Tokenizer(Postgres.Tokenizer):
    """Postgres' tokens for every statement; sqlglot itself folds the rest of DO, CALL, VACUUM ... into one."""

    COMMANDS: ClassVar[set[TokenType]] = set()


@dataclass(frozen=True)
class Statement:
    """One statement; ``start`` and ``end`` are offsets into the script, so that ``script[start:end]`` is ``text``."""

    start: int
    end: int
    text: str


def split_statements(script: str) -> tuple[Statement, ...]:
    """Return the statements of ``script``; none where it cannot be tokenized (an open quote, say)."""
    try:
        tokens = Tokenizer().tokenize(script)
    except TokenError:
        return ()
    return tuple(
        Statement(group[0].start, group[-1].end + 1, script[group[0].start : group[-1].end + 1])
        for group in _groups(tokens)
    )


def _groups(tokens: Iterable[Token]) -> list[list[Token]]:
    """Return the tokens of each statement, without the semicolons between them.

    A semicolon inside parentheses (CREATE RULE) or inside BEGIN ATOMIC ... END ends nothing.
    """
    groups: list[list[Token]] = [[]]
    parentheses = blocks = 0
    for token in tokens:
        previous = groups[-1][-1].token_type if groups[-1] else None
        parentheses += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if token.text.upper() == "ATOMIC" and previous is TokenType.BEGIN:
            blocks = 1
        elif blocks and previous not in NAME_FOLLOWS:
            blocks += (token.token_type is TokenType.CASE) - (token.token_type is TokenType.END)
        if token.token_type is TokenType.SEMICOLON and not blocks and parentheses <= 0:
            parentheses = 0
            groups.append([])
        else:
            groups[-1].append(token)
    return [group for group in groups if group]
