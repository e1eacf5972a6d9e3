"""Files that were written for MySQL: told of, and read as what they mean, so that all rules can judge them.

Statements that MySQL has and Postgres has not are told of by the rule mysql-syntax itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.violation import Edit, Finding
from migrate_tasks.sql.mysql import as_postgres, foreign_in
from migrate_tasks.sql.reading import NotRead, operations_of
from migrate_tasks.sql.statements import UnreadableSql, split_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.sql.mysql import Foreign
    from migrate_tasks.sql.statements import Statement


@dataclass(frozen=True)
class Reading:
    """A file as it is judged: its statements, the text that these are of, and what is MySQL's in it.

    ``refused`` are commands of psql, which are passed over, and what makes the whole file unreadable: it has no
    statements then.
    """

    text: str
    statements: tuple[Statement, ...]
    refused: Sequence[UnreadableSql] = ()
    found: Sequence[Finding] = ()

    @property
    def read(self) -> int:
        """How many statements can be read."""
        return sum(map(_is_read, self.statements))


def read_text(text: str) -> Reading:
    """Return how a file is judged."""
    as_it_is, foreign = _reading(text), foreign_in(text)
    if not foreign:
        return as_it_is
    translated = _reading(as_postgres(text, foreign))
    if not _is_for_mysql(as_it_is, translated):
        return as_it_is
    names = [each for each in foreign if each.name]
    comments = [each for each in foreign if not each.name]
    return replace(translated, found=(*_of_names(names, translated.statements), *_of_comments(text, comments)))


def _reading(text: str) -> Reading:
    refused: list[UnreadableSql] = []
    try:
        return Reading(text, split_statements(text, refused), refused)
    except UnreadableSql as error:
        return Reading(text, (), [*refused, error])


def _is_for_mysql(as_it_is: Reading, translated: Reading) -> bool:
    """Return whether the file can be meant for MySQL only: to Postgres ` and # are operators."""
    statements = as_it_is.statements
    if any("`" in statement.words or statement.words[0] == "#" for statement in statements):
        return True
    # an apostrophe in a comment, or a comment in a statement
    is_doubtful = not statements or any("#" in each.words and not _is_read(each) for each in statements)
    return is_doubtful and translated.read > as_it_is.read


def _is_read(statement: Statement) -> bool:
    try:
        operations_of(statement)
    except NotRead:
        return False
    return True


def _of_names(names: Sequence[Foreign], statements: Sequence[Statement]) -> Iterator[Finding]:
    """Yield a finding a statement, at its first name in backticks."""
    for statement in statements:
        own = [each for each in names if statement.start <= each.start < statement.end]
        if own:
            edits = tuple(Edit(each.start, each.end, quoted(each.name or "")) for each in own)
            written = ", ".join(dict.fromkeys(edit.text for edit in edits))
            message = "names in backticks are MySQL's: Postgres refuses the statement"
            yield Finding(own[0].start, own[0].end, message, f"Write: {written}", edits)


def _of_comments(text: str, comments: Sequence[Foreign]) -> Iterator[Finding]:
    """Yield one finding for all, at the first."""
    if comments:
        first = comments[0]
        edits = tuple(Edit(each.start, each.start + 1, "--") for each in comments)
        message = "comments that begin with # are MySQL's: Postgres takes them for SQL, and refuses it"
        yield Finding(first.start, first.end, message, f"Write: --{text[first.start + 1 : first.end]}", edits)
