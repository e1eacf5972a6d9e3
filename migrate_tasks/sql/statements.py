"""Splitting a script into its statements, as Postgres' own parser counts them.

The tokens are sqlglot's, whose ``start`` and ``end`` are exact character offsets; the splitting is ours.
Empty statements are none. What is not SQL in a script (psql's commands, the data of COPY) is found in psql.py.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left
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
DECISIVE = re.compile(r"[~!@#^&|`?%]")  # an operator without one of these does not end in + or -
NOT_PLAIN = re.compile(r"\\|/\*/|\$[0-9]|stdin|stdout", re.IGNORECASE)  # may hold what sqlglot would misread


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
        *((f"{prefix}{quote}", quote) for prefix in ("U&", "u&") for quote in ("'", '"')),
        *((f"{prefix}'", "'") for prefix in "bBxX"),  # whose digits are none of our business
    ]


vars(Tokenizer).get("_COMMENTS", {}).pop("{#", None)  # Jinja's comments are none of Postgres'


@dataclass(frozen=True)
class Statement:
    """One statement; ``start`` and ``end`` are offsets into the script, so that ``script[start:end]`` is ``text``.

    The offsets of its tokens are into the script, too; what is written is in ``sources``, since sqlglot's own text
    of a token is without quotes. ``data`` is what follows a COPY ... FROM stdin.
    """

    start: int
    end: int
    text: str
    tokens: tuple[Token, ...] = field(default=(), repr=False, compare=False)
    data: str | None = None

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The text of each token, as it is written."""
        text, start, behind = self.text, self.start, self.start - 1
        return tuple([text[token.start - start : token.end - behind] for token in self.tokens])

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The text of each token, in upper case unless quoted; so a quoted name or a string is no keyword."""
        return tuple([_folded(source, UPPER) for source in self.sources])


def split_statements(script: str, refused: list[UnreadableSql] | None = None) -> tuple[Statement, ...]:
    """Return the statements of ``script``; raise UnreadableSql for what psql or Postgres could not read either.

    Where ``refused`` is given, the commands of psql are added to it instead, and passed over.
    """
    read = read_as_psql(script, refused) if NOT_PLAIN.search(script) else PsqlScript(script, {})
    statements = tuple(_statement(script, group, read) for group in _groups(tokens_of(read.sql)))
    for data in read.data.values():
        before = bisect_left(statements, data.start, key=lambda statement: statement.start) - 1
        if before >= 0 and data.start < statements[before].end:
            raise UnreadableSql("a statement goes on after the data of COPY", statements[before].start)
    return statements


def tokens_of(sql: str) -> list[Token]:
    """Return the tokens of ``sql``, which has neither commands of psql nor data; raise UnreadableSql."""
    try:
        return Tokenizer().tokenize(sql)
    except TokenError as error:
        read_as_psql(sql)  # which knows what is left open, and where
        raise UnreadableSql("not readable as SQL", error.start or 0) from error


def normalised(script: str) -> str:
    """Return what a script has in common with all that differ only in comments, white space and case of words.

    It is a script of the same meaning, one token a line. Strings, quoted names, bodies and data are kept as they are.
    """
    return normalised_statements(split_statements(script))


def normalised_statements(statements: Iterable[Statement]) -> str:
    """Return what :func:`normalised` does, of a script that is split already."""
    return "".join("\n".join([*_pieces(statement), ";\n"]) + _lines(statement.data) for statement in statements)


def _statement(script: str, tokens: list[Token], read: PsqlScript) -> Statement:
    start, end = tokens[0].start, tokens[-1].end + 1
    data = read.data.get(start)
    return Statement(start, end, script[start:end], tuple(tokens), data.text if data else None)


def _folded(source: str, table: dict[int, int]) -> str:
    return source if source[0] == "$" or "'" in source or '"' in source else source.translate(table)


def _pieces(statement: Statement) -> Iterator[str]:
    """Yield the lexemes of Postgres, from which sqlglot's tokens differ here and there."""
    runs: list[str] = []
    end = -1
    for token, source in zip(statement.tokens, statement.sources, strict=True):
        if token.start == end and _belong_together(runs[-1], source):
            runs[-1] += source
        else:
            runs.append(_folded(source, LOWER))
        end = token.end + 1
    for run in runs:
        yield from _operators(run) if OPERATOR.fullmatch(run) else (run,)


def _belong_together(before: str, after: str) -> bool:
    """Return whether what touches is one lexeme: an operator, or a name with a quote in it."""
    if OPERATOR.fullmatch(after):
        return OPERATOR.fullmatch(before) is not None
    return before[-1] == after[0] == '"'


def _operators(run: str) -> Iterator[str]:
    """Yield the operators that Postgres makes of ``run``: ``=-`` are two, ``@-`` is one."""
    operator = run if DECISIVE.search(run) else run.rstrip("+-") or run[0]
    yield operator
    yield from run[len(operator) :]


def _lines(data: str | None) -> str:
    """Return COPY's data with its end."""
    if data is None:
        return ""
    return f"{data}\\.\n" if not data or data.endswith("\n") else f"{data}\n\\.\n"


def _groups(tokens: list[Token]) -> list[list[Token]]:
    """Return the tokens of each statement, without the semicolons between them.

    A semicolon inside parentheses (CREATE RULE) or inside BEGIN ATOMIC ... END ends nothing.
    """
    groups: list[list[Token]] = []
    first = parentheses = blocks = 0
    for at, token in enumerate(tokens):
        kind = token.token_type
        if kind is TokenType.L_PAREN:
            parentheses += 1
        elif kind is TokenType.R_PAREN:
            parentheses -= 1
        elif kind is TokenType.BEGIN:
            blocks = 1 if tokens[at + 1 : at + 2] and tokens[at + 1].text.upper() == "ATOMIC" else blocks
        elif kind is TokenType.SEMICOLON and not blocks and parentheses <= 0:
            groups.append(tokens[first:at])
            first, parentheses = at + 1, 0
        elif blocks and tokens[at - 1].token_type not in NAME_FOLLOWS:
            blocks += (kind is TokenType.CASE) - (kind is TokenType.END)
    groups.append(tokens[first:])
    return [group for group in groups if group]
