"""A type that another database has, and Postgres has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.column_types import GIVING_TYPES, types_given
from migrate_tasks.lint.knowledge.other_databases import ATTRIBUTES, INSTEAD, LISTS, postgres_type
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.words import with_depth, words_of
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding
from migrate_tasks.sql.operations import AddColumn, AlterColumnType, CreateDomain, CreateTable, CreateType, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.knowledge.column_types import Given
    from migrate_tasks.lint.knowledge.words import Word
    from migrate_tasks.lint.step import FileStep, Step
    from migrate_tasks.sql.statements import Statement

BEFORE_COLUMN = frozenset({"(", ",", "ADD", "COLUMN", "EXISTS"})

QUOTE = '"'


def check(step: Step) -> Iterator[Finding]:
    """Yield each column of such a type, unless a migration has made a type of that name."""
    for given in types_given(step.operation):
        if not _is_made(step, Name(given.type.name)):
            instead = _enum(step, given) if given.type.name in LISTS else postgres_type(given.type)
            if instead:
                advice = instead if given.type.name in LISTS else f"Write: {instead}"
                message = f'column "{given.name}" is {given.type}, which Postgres does not have'
                yield step.finding(message, advice, at=given.start)


def _is_made(step: Step, name: Name) -> bool:
    schema = step.schema
    return (
        name in schema.enums
        or name in schema.domains
        or name in schema.tables
        or bool(step.earlier.of(CreateType, name) or step.earlier.of(CreateDomain, name))
    )


def _enum(step: Step, given: Given) -> str | None:
    """Return what to write instead of the list of values that a column may have."""
    operation = step.operation
    assert isinstance(operation, CreateTable | AddColumn | AlterColumnType)
    if not given.type.modifiers:
        return None
    values = ", ".join(given.type.modifiers)
    if given.type.name == "set":
        column = quoted(given.name)
        return f"Write: text[] CHECK ({column} <@ ARRAY[{values}])"
    name = quoted(f"{operation.table.name}_{given.name}")
    return f"Make a type of its own before, and write {name}:\nCREATE TYPE {name} AS ENUM ({values});"


def check_file(step: FileStep) -> Iterator[Finding]:
    """Yield what stands in statements that could not be read, mostly because of it."""
    for statement in step.script.statements:
        if statement.words[1:2] == ("TABLE",) and not step.operations.in_statement(statement):
            words = list(_about_columns(statement))
            for before, name, word in zip(words, words[1:], words[2:], strict=False):
                yield from _of_word(before, name, word)


def _about_columns(statement: Statement) -> Iterator[Word]:
    """Yield the words of CREATE TABLE to the end of its columns (AUTO_INCREMENT = 5 may follow), or of ALTER TABLE."""
    for word, depth in with_depth(words_of(statement)):
        yield word
        if statement.words[0] == "CREATE" and depth == 0 and word.word == ")":
            return


def _of_word(before: Word, name: Word, word: Word) -> Iterator[Finding]:
    if word.word in ATTRIBUTES and name.word not in BEFORE_COLUMN:
        message = f"{word.word} is MySQL's: Postgres refuses the statement"
        yield Finding(word.start, word.end, message, ATTRIBUTES[word.word])
    elif before.word in BEFORE_COLUMN and word.word.lower() in INSTEAD and name.word not in BEFORE_COLUMN:
        message = f'column "{name.source.strip(QUOTE)}" is {word.word.lower()}, which Postgres does not have'
        yield Finding(word.start, word.end, message, f"Write: {INSTEAD[word.word.lower()]}")


RULE = Rule(
    name="mysql-type",
    group=Group.CORRECTNESS,
    summary="DATETIME, TINYINT, INT(11), UNSIGNED, ENUM(...) and other types of other databases",
    reason="""\
These are types of MySQL, SQL Server or Oracle. Postgres reads most of them as the name of a type that somebody may have
made, so that only the server's "type does not exist" (SQLSTATE 42704) tells, when the migration is executed. A type or
domain of that name that a migration has made before is right, and is not found.""",
    on=GIVING_TYPES,
    check=check,
    check_file=check_file,
    explains=True,
)
