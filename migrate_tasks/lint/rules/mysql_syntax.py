"""What MySQL writes, and Postgres cannot read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.mysql_statements import changed_column, on_conflict, replaced
from migrate_tasks.lint.knowledge.words import parted, table_of, with_depth, words_of
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.knowledge.words import Word
    from migrate_tasks.lint.step import FileStep
    from migrate_tasks.sql.statements import Statement

OPTIONS = frozenset({"ENGINE", "CHARSET", "ROW_FORMAT", "AUTO_INCREMENT", "KEY_BLOCK_SIZE"})
TOUCHED = ("ON UPDATE CURRENT_TIMESTAMP", "ON UPDATE NOW")
TRIGGER = "Take it out, and let a BEFORE UPDATE trigger set the column: NEW.{} = now()"
BEFORE_COLUMN = frozenset({"ADD", "COLUMN", "IF", "NOT", "EXISTS"})
NO_COLUMN = frozenset({"KEY", "INDEX", "UNIQUE", "FULLTEXT", "SPATIAL", "PRIMARY", "CONSTRAINT", "MODIFY", "CHANGE"})
UPSERT = ("ON", "DUPLICATE", "KEY", "UPDATE")


def check(step: FileStep) -> Iterator[Finding]:
    """Yield what statements have that Postgres has not; of names and comments the engine tells (lint/mysql.py)."""
    for statement in step.script.statements:
        match statement.words[:2]:
            case ("INSERT", "IGNORE"):
                help_ = "Write INSERT INTO, and at its end: ON CONFLICT DO NOTHING"
                yield _found("INSERT IGNORE", words_of(statement)[:2], help_)
            case ("REPLACE", "INTO"):
                yield _found("REPLACE", words_of(statement)[:1], replaced(step, statement))
            case ("INSERT", _) if "DUPLICATE" in statement.words:
                yield from _upsert(step, statement)
            case ("ALTER" | "CREATE" as verb, "TABLE") if not step.operations.in_statement(statement):
                yield from _attributes(statement)
                yield from (_changes if verb == "ALTER" else _options)(statement)


def _found(what: str, words: list[Word], help_: str) -> Finding:
    return Finding(words[0].start, words[-1].end, f"{what} is MySQL's: Postgres refuses the statement", help_)


def _upsert(step: FileStep, statement: Statement) -> Iterator[Finding]:
    words = words_of(statement)
    for at in range(len(words) - len(UPSERT)):
        if statement.words[at : at + len(UPSERT)] == UPSERT:
            rest = words[at + len(UPSERT) :]
            yield _found(" ".join(UPSERT), words[at : at + len(UPSERT)], on_conflict(step, statement, rest))
            return


def _changes(statement: Statement) -> Iterator[Finding]:
    """Yield each MODIFY and CHANGE of a column."""
    table, first = table_of(statement)
    for action in parted(words_of(statement)[first:]):
        if action and action[0].word in {"MODIFY", "CHANGE"}:
            yield _found(action[0].word, action, changed_column(table, action))


def _attributes(statement: Statement) -> Iterator[Finding]:
    """Yield each COMMENT and ON UPDATE CURRENT_TIMESTAMP of a column that is made."""
    table, first = table_of(statement)
    is_made = statement.words[0] == "CREATE"
    words = [word for word, depth in with_depth(words_of(statement)[first:]) if depth or not is_made]
    for definition in parted(words):
        column = next((word for word in definition if word.word not in BEFORE_COLUMN), None)
        if column is None or column.word in NO_COLUMN:
            continue
        for at, word in enumerate(definition[:-1]):
            if word.word == "COMMENT" and word is not column and (text := definition[at + 1].source).startswith("'"):
                help_ = f"Take it out, and write below: COMMENT ON COLUMN {table}.{column.source} IS {text};"
                yield _found("COMMENT of a column", definition[at : at + 2], help_)
            touching = definition[at : at + 3]
            if " ".join(each.word for each in touching) in TOUCHED:
                yield _found(TOUCHED[0], touching, TRIGGER.format(column.source))


def _options(statement: Statement) -> Iterator[Finding]:
    """Yield one finding for all that stands behind the columns from the first option on."""
    words = words_of(statement)
    outside = [at for at, (_, depth) in enumerate(with_depth(words)) if depth == 0 and words[at].word in OPTIONS]
    if outside and any(word.word == ")" for word in words[: outside[0]]):
        first = outside[0] - (words[outside[0] - 1].word == "DEFAULT")
        source = statement.text[words[first].start - statement.start :]
        yield _found(words[outside[0]].word, words[first:], f"Take it out: {' '.join(source.split())}")


RULE = Rule(
    name="mysql-syntax",
    group=Group.CORRECTNESS,
    summary="names in backticks, # comments, INSERT IGNORE, REPLACE, MODIFY COLUMN and more of MySQL",
    reason="""\
Postgres refuses what only MySQL has (SQLSTATE 42601): names in backticks, comments that begin with `#`, `INSERT
IGNORE`, `REPLACE INTO`, `ON DUPLICATE KEY UPDATE`, `MODIFY` and `CHANGE` of a column, its `COMMENT` and its `ON UPDATE
CURRENT_TIMESTAMP`, and table options such as `ENGINE`. Names and comments are read as what they mean, so that the other
rules judge the statements, too, and `--fix` writes them as Postgres has them.""",
    check_file=check,
    explains=True,
)
