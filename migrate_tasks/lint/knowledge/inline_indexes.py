"""CREATE TABLE and ALTER TABLE without the indexes that Postgres does not have there, and the statements for these."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.words import words_of_step

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.lint.knowledge.words import Word
    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import AddInlineIndex, CreateTable, InlineIndex

REST_OF_LINE = re.compile(r"[ \t]*(?:--[^\r\n]*|/\*[^\n]*?\*/[ \t]*)?(?=\r?\n|\Z)")
PREFIX_LENGTH = re.compile(r"(?<=\w)[ \t]*\([ \t]*\d+[ \t]*\)")  # MySQL's, of which Postgres has none
BEFORE_NAME = frozenset(
    {"CREATE", "TABLE", "IF", "NOT", "EXISTS", "UNLOGGED", "FOREIGN", "TEMP", "TEMPORARY", "LOCAL", "GLOBAL"}
)


def without_indexes(step: Step, table: CreateTable) -> str:
    """Return the statement as it is written, without the indexes, and after it a CREATE INDEX for each."""
    words = words_of_step(step)
    text = _cut(step, words, table.inline_indexes)
    name = _table_as_written(words)
    indexes = (_create(index, name, if_not_exists=table.if_not_exists) for index in table.inline_indexes)
    return "\n".join([f"{text};", *indexes])


def created_after(step: Step, added: AddInlineIndex) -> str:
    """Return the CREATE INDEX for an index that ALTER TABLE was to add."""
    return _create(added.index, quoted(added.table), concurrently=not step.is_new(added.table))


def _create(index: InlineIndex, table: str, *, if_not_exists: bool = False, concurrently: bool = False) -> str:
    words = [
        "CREATE",
        "UNIQUE" if index.unique else "",
        "INDEX",
        "CONCURRENTLY" if concurrently else "",
        "IF NOT EXISTS" if if_not_exists and index.name else "",
        quoted(index.name) if index.name else "",
        f"ON {table} ({PREFIX_LENGTH.sub('', index.columns)});",
    ]
    return " ".join(filter(None, words))


def _table_as_written(words: Sequence[Word]) -> str:
    name = [word.source for word in takewhile(lambda word: word.word != "(", words) if word.word not in BEFORE_NAME]
    return "".join(name)


def _cut(step: Step, words: Sequence[Word], indexes: Sequence[InlineIndex]) -> str:
    """Return the statement without these elements; each takes its comma and the comments before it along."""
    start, text = step.operation.start, step.text
    for first, end in reversed(list(_spans(words, indexes, step))):
        text = text[: first - start] + text[end - start :]
    return text


def _spans(words: Sequence[Word], indexes: Sequence[InlineIndex], step: Step) -> Iterator[tuple[int, int]]:
    """Yield what is to be cut out, in order."""
    for run in _runs(words, indexes):
        before = [word for word in words if word.end <= run[0].start][-1]
        after = next(word for word in words if word.start >= run[-1].end)
        if after.word == ",":
            yield _after_line(step, before.end), _after_line(step, after.end)
        else:
            yield from _last_span(step, before, _after_line(step, run[-1].end))


def _last_span(step: Step, before: Word, end: int) -> Iterator[tuple[int, int]]:
    """Yield what is to be cut out up to ``end``, with the comma before it, which is one too many now."""
    text = step.script.text
    line = text.rfind("\n", 0, before.start) + 1
    if before.word == "," and not text[line : before.start].strip() and text[end : end + 1] == "\n":
        yield line - 1, end
        return
    if before.word == ",":
        yield before.start, before.end
    yield _after_line(step, before.end), end


def _runs(words: Sequence[Word], indexes: Sequence[InlineIndex]) -> Iterator[list[InlineIndex]]:
    """Yield the indexes that follow each other with nothing but commas between them."""
    run: list[InlineIndex] = []
    for index in indexes:
        between = [word.word for word in words if run and run[-1].end <= word.start < index.start]
        if run and between != [","]:
            yield run
            run = []
        run.append(index)
    yield run


def _after_line(step: Step, offset: int) -> int:
    """Return the end of the line, where nothing but a comment follows on it; else ``offset``."""
    rest = REST_OF_LINE.match(step.script.text, offset, step.operation.end)
    return rest.end() if rest else offset
