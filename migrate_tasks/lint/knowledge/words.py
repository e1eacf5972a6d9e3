"""The words of an operation with their places in the script, for rules about how something is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.remedies import is_in_body
from migrate_tasks.sql.phrase import Phrase
from migrate_tasks.sql.statements import UnreadableSql, split_statements
from migrate_tasks.sql.transactions import chains, head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.statements import Statement


@dataclass(frozen=True)
class Word:
    """A token: in upper case unless quoted, as it is written, and where."""

    word: str
    source: str
    start: int
    end: int


def words_of(statement: Statement, offset: int = 0) -> list[Word]:
    """Return the words of a statement, which begins ``offset`` characters after where it says it does."""
    return [
        Word(word, source, token.start + offset, token.end + 1 + offset)
        for word, source, token in zip(statement.words, statement.sources, statement.tokens, strict=True)
    ]


def words_of_step(step: Step) -> list[Word]:
    """Return the words of the step's operation, which may stand in the body of a DO or a function."""
    start, end = step.operation.start, step.operation.end
    if not is_in_body(step):
        return [word for word in words_of(step.statement) if start <= word.start < end]
    try:
        return [word for statement in split_statements(step.text) for word in words_of(statement, start)]
    except UnreadableSql:
        return []


def table_of(statement: Statement) -> tuple[str, int]:
    """Return the table of a CREATE or ALTER TABLE as it is written, "" for none, and which word follows it."""
    phrase = Phrase(statement)
    phrase.takes_one_of("CREATE", "ALTER")
    phrase.takes("TABLE")
    if not phrase.takes("IF", "NOT", "EXISTS"):
        phrase.takes("IF", "EXISTS")
    phrase.takes("ONLY")
    return phrase.takes_name() or "", phrase.at


def parted(words: list[Word]) -> Iterator[list[Word]]:
    """Yield what commas part, but for those in parentheses."""
    part: list[Word] = []
    for word, depth in with_depth(words):
        if depth == 0 and word.word == ",":
            yield part
            part = []
        else:
            part.append(word)
    yield part


def control_words(statement: Statement) -> str:
    """Return what a statement that begins or ends a transaction is called: "BEGIN", "START TRANSACTION"."""
    if chains(statement):
        return f"{head(statement, 1)} AND CHAIN"
    return head(statement, 1 + (statement.words[0] == "START"))


def with_depth(words: list[Word]) -> Iterator[tuple[Word, int]]:
    """Yield each word with how many parentheses are open around it; a parenthesis itself is outside of them."""
    depth = 0
    for word in words:
        depth -= word.word == ")"
        yield word, depth
        depth += word.word == "("
