"""Splitting a script into its statements, as Postgres' own parser counts them.

The tokens are sqlglot's, whose ``start`` and ``end`` are exact character offsets; the splitting is ours.
Empty statements are none. What is not SQL in a script (psql's commands, the data of COPY) is found in psql.py.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from sqlglot.dialects.postgres import Postgres
from sqlglot.errors import TokenError
from sqlglot.tokens import TokenType

from migrate_tasks.sql.psql import PsqlScript, UnreadableSql, read_as_psql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlglot.tokens import Token

__all__ = ["Statement", "UnreadableSql", "normalised", "split_statements", "tokens_of"]

NAME_FOLLOWS = (TokenType.DOT, TokenType.ALIAS)  # t.case and AS end are names
UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)  # Postgres folds no other letters
LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
OPERATOR = re.compile(r"[~!@#^&|`?+\-*/%<>=]+")
MAY_END_IN_SIGN = re.compile(r"[~!@#^&|`?%]")


class Tokenizer(Postgres.Tokenizer):
    """Postgres' tokens for every statement, one a word.

    sqlglot itself folds the rest of DO, CALL, VACUUM ... into one, and reads ``||/* x */`` as the operator ``||/``.
    """

    COMMANDS: ClassVar[set[TokenType]] = set()
    KEYWORDS: ClassVar[dict[str, TokenType]] = {
        word: kind
        for word, kind in Postgres.Tokenizer.KEYWORDS.items()
        if not word.endswith(("/", "-")) and " " not in word and word != "USER-DEFINED"
    }
    UNICODE_STRINGS: ClassVar[list[str | tuple[str, str]]] = [
        *Postgres.Tokenizer.UNICODE_STRINGS,
        ('U&"', '"'),
        ('u&"', '"'),
    ]


vars(Tokenizer).get("_COMMENTS", {}).pop("{#", None)  # Jinja's comments are none of Postgres'


@dataclass(frozen=True)
class Statement:
    """One statement; ``start`` and ``end`` are offsets into the script, so that ``script[start:end]`` is ``text``.

    The offsets of its tokens are into the script, too. ``data`` is what follows a COPY ... FROM stdin.
    """

    start: int
    end: int
    text: str
    tokens: tuple[Token, ...] = field(default=(), repr=False, compare=False)
    data: str | None = None

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The text of each token, as it is written."""
        return tuple(self.text[token.start - self.start : token.end + 1 - self.start] for token in self.tokens)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The text of each token, in upper case unless quoted; so a quoted name or a string is no keyword."""
        return tuple(_folded(source, UPPER) for source in self.sources)


def split_statements(script: str) -> tuple[Statement, ...]:
    """Return the statements of ``script``; raise UnreadableSql for what psql or Postgres could not read either."""
    lower = script.lower()
    is_plain = not any(mark in lower for mark in ("\\", "/*", "stdin", "stdout"))
    read = PsqlScript(script, {}) if is_plain else read_as_psql(script)
    statements = tuple(_statement(script, group, read) for group in _groups(tokens_of(read.sql)))
    for data in read.data.values():
        for statement in statements:
            if statement.start < data.start < statement.end:
                raise UnreadableSql("a statement goes on after the data of COPY", statement.start)
    return statements


def tokens_of(sql: str) -> list[Token]:
    """Return the tokens of ``sql``, which has neither commands of psql nor data; raise UnreadableSql."""
    try:
        return Tokenizer().tokenize(sql)
    except TokenError as error:
        read_as_psql(sql)  # which knows what is left open, and where
        raise UnreadableSql("a token that Postgres does not know", _first_unreadable(sql)) from error


def normalised(script: str) -> str:
    """Return what a script has in common with all that differ only in comments, white space and case of words.

    It is a script of the same meaning, one token a line. Strings, quoted names, bodies and data are kept as they are.
    """
    return "".join(
        "\n".join([*_pieces(statement), ";\n" if statement.data is None else f";\n{_lines(statement.data)}\\.\n"])
        for statement in split_statements(script)
    )


def _statement(script: str, tokens: list[Token], read: PsqlScript) -> Statement:
    start, end = tokens[0].start, tokens[-1].end + 1
    data = read.data.get(start)
    return Statement(start, end, script[start:end], tuple(tokens), data.text if data else None)


def _first_unreadable(sql: str) -> int:
    """Return the offset of the token that cannot be read: a hexadecimal string with other digits, say."""
    last = 0
    try:
        for last in (match.start() for match in re.finditer(r"[bBxX]'", sql)):
            Tokenizer().tokenize(sql[:last])
    except TokenError:
        pass
    return last


def _folded(source: str, table: dict[int, int]) -> str:
    return source if source[0] == "$" or "'" in source or '"' in source else source.translate(table)


def _pieces(statement: Statement) -> Iterator[str]:
    """Yield the tokens' texts; the parts of an operator stay together, as in ``@-`` (which ``@ -`` is not)."""
    piece, end = "", -1
    for token, source in zip(statement.tokens, statement.sources, strict=True):
        if end == token.start and _is_one_operator(piece, source):
            piece += source
        else:
            if piece:
                yield piece
            piece = _folded(source, LOWER)
        end = token.end + 1
    if piece:
        yield piece


def _is_one_operator(first: str, second: str) -> bool:
    """Return whether Postgres reads two pieces without a gap as one operator; ``=-`` is two, ``@-`` is one."""
    is_sign = second[0] in "+-" and not MAY_END_IN_SIGN.search(first)
    return not is_sign and bool(OPERATOR.fullmatch(first + second))


def _lines(data: str) -> str:
    return data if not data or data.endswith("\n") else f"{data}\n"


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
