"""A place in a statement, for readers: what is next, where it stands, and NotRead for whatever is not understood.

Readers never guess. What they take is behind them, and what nobody takes is NotRead, too (:meth:`Cursor.ends`).
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeVar

from migrate_tasks.sql.operations.parts import Expression, Name
from migrate_tasks.sql.phrase import Phrase
from migrate_tasks.sql.reading.expressions import first_stranger
from migrate_tasks.sql.statements import LOWER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.sql.statements import Statement

CLOSING = {"(": ")", "[": "]", "CASE": "END"}
# what Postgres calls reserved (pg_get_keywords, catcode R): no name unless quoted, or after a dot
KEYWORDS = """
ALL ANALYSE ANALYZE AND ANY ARRAY AS ASC ASYMMETRIC BOTH CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE
CURRENT_CATALOG CURRENT_DATE CURRENT_ROLE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEFAULT DEFERRABLE DESC
DISTINCT DO ELSE END EXCEPT FALSE FETCH FOR FOREIGN FROM GRANT GROUP HAVING IN INITIALLY INTERSECT INTO LATERAL
LEADING LIMIT LOCALTIME LOCALTIMESTAMP NOT NULL OFFSET ON ONLY OR ORDER PLACING PRIMARY REFERENCES RETURNING SELECT
SESSION_USER SOME SYMMETRIC SYSTEM_USER TABLE THEN TO TRAILING TRUE UNION UNIQUE USER USING VARIADIC WHEN WHERE
WINDOW WITH
"""
RESERVED = frozenset(KEYWORDS.split())
ROLE_WORDS = ("CURRENT_ROLE", "CURRENT_USER", "SESSION_USER")
AFTER_THESE_AN_OPERAND = frozenset({"AND", "OR", "NOT", "FROM", "IS", "IN", "LIKE", "ILIKE", "THEN", "ELSE", "WHEN"})
PhraseT = TypeVar("PhraseT", bound=str)


class NotRead(Exception):
    """A statement, or a part of it, that the readers do not know; ``offset`` is the place in the script."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"not read from offset {offset}")
        self.offset = offset


class Cursor(Phrase):
    """A place in a statement; whatever is taken is behind it."""

    def __init__(self, statement: Statement) -> None:
        super().__init__(statement)
        self.statement = statement

    @cached_property
    def partners(self) -> dict[int, int]:
        """Where each parenthesis, bracket and CASE that is closed is closed."""
        return dict(_pairs(self.words))

    @property
    def word(self) -> str:
        """The next word, in upper case unless quoted; empty at the end."""
        return self.words[self.at] if self.at < len(self.words) else ""

    def ahead(self, count: int) -> str:
        """Return the word after ``count`` others, empty behind the end."""
        return self.words[self.at + count] if self.at + count < len(self.words) else ""

    @property
    def offset(self) -> int:
        """Where the next token begins in the script; at the end, where the statement ends."""
        return self._start_of(self.at)

    @property
    def last_end(self) -> int:
        """Where the token that was taken last ends."""
        return self._end_of(self.at)

    @property
    def has_ended(self) -> bool:
        """Whether everything was taken."""
        return self.at >= len(self.words)

    def not_read(self) -> NotRead:
        """Return the exception that says that what is next was not understood."""
        return NotRead(self.offset)

    def ends(self) -> None:
        """Raise NotRead unless everything was taken."""
        if not self.has_ended:
            raise self.not_read()

    def expect(self, *words: str) -> None:
        """Take these words; raise NotRead if others are next."""
        if not self.takes(*words):
            raise self.not_read()

    def expect_one_of(self, *words: str) -> str:
        """Take the next word, which must be one of these, and return it."""
        word = self.takes_one_of(*words)
        if word is None:
            raise self.not_read()
        return word

    def takes_phrase_of(self, *phrases: PhraseT) -> PhraseT | None:
        """Take the first of these that is next, each one or more words parted by blanks; put longer ones first."""
        for number, words in _by_first(phrases).get(self.word, ()):
            if self.takes(*words):
                return phrases[number]
        return None

    def is_next(self, *words: str) -> bool:
        """Return whether these are the next words, and take nothing."""
        return self.words[self.at : self.at + len(words)] == words

    def take(self) -> str:
        """Take the next token, whatever it is, and return its word; a parenthesis, with all that it holds."""
        word = self.word
        if not word or word in {")", "]"} or (word in {"(", "["} and self.at not in self.partners):
            raise self.not_read()
        self.at = self.partners.get(self.at, self.at) + 1
        return word

    def has_identifier(self) -> bool:
        """Return whether a name is next: quoted, or a word that is not reserved."""
        return _is_identifier(self.word) and self.word not in RESERVED

    def identifier(self) -> str:
        """Take a name without dots and return it as Postgres looks it up."""
        if not self.has_identifier():
            raise self.not_read()
        return self._part()

    def name(self) -> Name:
        """Take a name with all its dots; of a database's, only the schema and the name are kept."""
        parts = [self.identifier()]
        while self.takes("."):
            if not _is_identifier(self.word):
                raise self.not_read()
            parts.append(self._part())
        schema = parts[-2] if parts[1:] else None
        return Name(parts[-1], None if schema == "public" else schema)

    def names(self) -> tuple[Name, ...]:
        """Take names that commas part."""
        found = [self.name()]
        while self.takes(","):
            found.append(self.name())
        return tuple(found)

    def identifiers(self) -> tuple[str, ...]:
        """Take a list of names without dots, in parentheses."""
        self.expect("(")
        found = [self.identifier()]
        while self.takes(","):
            found.append(self.identifier())
        self.expect(")")
        return tuple(found)

    def role(self) -> str:
        """Take a role's name, or CURRENT_USER and the like, and return it folded."""
        word = self.takes_one_of(*ROLE_WORDS)
        return word.lower() if word else self.identifier()

    def string(self) -> str:
        """Take a string constant and return what it says, as far as sqlglot knows its escapes."""
        source = "" if self.has_ended else self.sources[self.at]
        if not source.endswith("'") and not source.startswith("$"):
            raise self.not_read()
        self.at += 1
        return self.statement.tokens[self.at - 1].text

    def expect_phrase_of(self, *phrases: PhraseT) -> PhraseT:
        """Take the first of these that is next; raise NotRead if none is."""
        phrase = self.takes_phrase_of(*phrases)
        if phrase is None:
            raise self.not_read()
        return phrase

    def number(self) -> str:
        """Take a number with or without a sign, and return it as it is written."""
        first = self.at
        self.takes_one_of("+", "-")
        if not self.word[:1].isdigit() and not self.word[1:2].isdigit():
            raise self.not_read()
        self.at += 1
        return "".join(self.sources[first : self.at])

    def balanced(self) -> Expression:
        """Take a parenthesised group, and return what stands between its parentheses."""
        if self.word != "(" or self.at not in self.partners:
            raise self.not_read()
        first, last = self.at + 1, self.partners[self.at]
        self.at = last + 1
        if first == last:
            return Expression(self._start_of(last), self._start_of(last), "", ())
        return self._expression(first, last)

    def group(self) -> Expression:
        """Take a parenthesised group that is not empty, and return what stands between its parentheses."""
        if self.ahead(1) == ")":
            raise self.not_read()
        return self.balanced()

    def expression_until(self, *stops: str) -> Expression:
        """Take what stands before one of these phrases ("NOT NULL", ","), before a closing parenthesis or the end.

        A phrase inside parentheses or CASE ... END stops nothing, nor does a word that an operator asks for.
        """
        first = self.at
        self.skip_until(*stops)
        if self.at == first:
            raise self.not_read()
        stranger = first_stranger(self.words, self.partners, first, self.at)
        if stranger is not None:
            raise NotRead(self._start_of(stranger))
        return self._expression(first, self.at)

    def skip_until(self, *stops: str) -> None:
        """Go on to one of these phrases, to a closing parenthesis or to the end, as :meth:`expression_until` does."""
        by_first = _by_first(stops)
        is_operand = True
        while (word := self.word) not in {"", ")", "]"}:
            may_stop = word in by_first and (not is_operand or word == ",")
            if may_stop and any(self.is_next(*words) for _, words in by_first[word]):
                return
            is_operand = self._asks_for_operand()
            self.take()

    def span(self, first: int) -> Expression:
        """Return what was taken since ``first``, which was ``at`` then."""
        return self._expression(first, self.at)

    def _asks_for_operand(self) -> bool:
        """Return whether the next token is an operator, a dot or a word after which an operand must come."""
        word = self.word
        if word in AFTER_THESE_AN_OPERAND:
            return True
        return not (word[0].isalnum() or word[0] in "_\"'$([" or word[0] >= "\x80" or word[-1].isdigit())

    def _part(self) -> str:
        source = self.sources[self.at]
        if source == '""':
            raise self.not_read()
        self.at += 1
        if source[0] == '"':
            return source[1:-1].replace('""', '"')
        return source if source.endswith('"') else source.translate(LOWER)

    def _expression(self, first: int, end: int) -> Expression:
        start, stop, base = self._start_of(first), self._end_of(end), self.statement.start
        return Expression(start, stop, self.statement.text[start - base : stop - base], self.words[first:end])

    def _start_of(self, at: int) -> int:
        tokens = self.statement.tokens
        return tokens[at].start if at < len(tokens) else self.statement.end

    def _end_of(self, at: int) -> int:
        return self.statement.tokens[at - 1].end + 1 if at else self.statement.start


def _is_identifier(word: str) -> bool:
    if word.endswith('"'):
        return True
    return not word.endswith("'") and (word[:1].isalpha() or word[:1] == "_" or word[:1] >= "\x80")


@cache
def _by_first(phrases: tuple[str, ...]) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    """Return the number and the words of each phrase, by the first word."""
    found: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for number, phrase in enumerate(phrases):
        words = tuple(phrase.split())
        found.setdefault(words[0], []).append((number, words))
    return found


def _pairs(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    opened: list[int] = []
    for at, word in enumerate(words):
        is_name = at > 0 and words[at - 1] in {".", "AS"}
        if word in CLOSING and not (word == "CASE" and is_name):
            opened.append(at)
        elif word in {")", "]"}:
            while opened and words[opened[-1]] == "CASE":
                opened.pop()
            if opened and CLOSING[words[opened[-1]]] == word:
                yield opened.pop(), at
            else:
                opened.clear()  # what was open has no partner any more
        elif word == "END" and not is_name and opened and words[opened[-1]] == "CASE":
            yield opened.pop(), at
