"""What Postgres has instead of statements of MySQL, as SQL for helps."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.other_databases import postgres_type
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.words import parted
from migrate_tasks.sql.reading.cursor import Cursor, NotRead
from migrate_tasks.sql.reading.types import read_type
from migrate_tasks.sql.statements import UnreadableSql, split_statements

if TYPE_CHECKING:
    from collections.abc import Collection

    from migrate_tasks.lint.knowledge.words import Word
    from migrate_tasks.lint.step import FileStep
    from migrate_tasks.sql.operations import Name
    from migrate_tasks.sql.statements import Statement

VALUES = re.compile(r"\bVALUES\s*\(\s*([^()]+?)\s*\)", re.IGNORECASE)
ATTRIBUTES = """
NOT NULL DEFAULT COMMENT AFTER FIRST AUTO_INCREMENT PRIMARY UNIQUE KEY COLLATE CHARACTER CHARSET CHECK ON UNSIGNED
ZEROFILL REFERENCES
"""
AFTER_TYPE = frozenset(ATTRIBUTES.split())


def on_conflict(step: FileStep, statement: Statement, assignments: list[Word]) -> str:
    """Return what stands in place of ON DUPLICATE KEY UPDATE; empty where that cannot be understood."""
    table = _table(statement)
    if table is None or not assignments:
        return ""
    written = VALUES.sub(r"excluded.\1", step.text[assignments[0].start : assignments[-1].end])
    columns = "|".join(re.escape(part[0].source) for part in parted(assignments) if part)
    # what a column was: by its name alone it could be that of "excluded", too
    own = re.compile(rf"""(?<![\w."'])(?:{columns})(?![\w"'(])(?!\s*=)""", re.IGNORECASE)
    qualified = own.sub(lambda match: f"{quoted(table)}.{match[0]}", written)
    return _clause("Write instead", _key(step, statement), qualified)


def replaced(step: FileStep, statement: Statement) -> str:
    """Return what stands in place of REPLACE INTO."""
    key = _key(step, statement)
    others = [column for column in _columns(statement) if column not in key] or ["..."]
    assignments = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" if name != "..." else name for name in others)
    return _clause("Write INSERT INTO, and at its end", key, assignments)


def changed_column(table: str, action: list[Word]) -> str:
    """Return what stands in place of MODIFY or CHANGE; empty where it cannot be understood."""
    words = action[1 + (action[1:2] != [] and action[1].word == "COLUMN") :]
    renames = action[0].word == "CHANGE"
    if len(words) < 2 + renames:
        return ""
    old, new = words[0].source, words[renames].source
    definition = words[1 + renames :]
    lines = ["Write instead:"]
    if old != new:
        lines.append(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new};")
    changes = [f"ALTER COLUMN {new} TYPE {_type(definition)}"]
    if any((one.word, two.word) == ("NOT", "NULL") for one, two in pairwise(definition)):
        changes.append(f"ALTER COLUMN {new} SET NOT NULL")
    lines.append(f"ALTER TABLE {table} {', '.join(changes)};")
    return "\n".join(lines)


def _type(definition: list[Word]) -> str:
    """Return the type that a definition begins with, as Postgres has it."""
    words = list(takewhile(lambda word: word.word not in AFTER_TYPE, definition))
    written = " ".join(word.source for word in words)
    try:
        (statement,) = split_statements(written)
        given = read_type(Cursor(statement))
    except (NotRead, UnreadableSql, ValueError):
        return written
    return postgres_type(given) or str(given)


def _clause(where: str, key: Collection[str], assignments: str) -> str:
    said = "" if key else ", with the columns of the key in the parentheses"
    listed = ", ".join(map(quoted, key)) or "..."
    return f"{where}{said}: ON CONFLICT ({listed}) DO UPDATE SET {assignments}"


def _key(step: FileStep, statement: Statement) -> tuple[str, ...]:
    """Return the columns of the primary key of the table that rows are put into, as far as it is known."""
    name = _table(statement)
    table = step.schema.table(name) if name else None
    constraints = table.constraints.values() if table else ()
    return next((state.constraint.columns for state in constraints if state.constraint.kind == "primary key"), ())


def _table(statement: Statement) -> Name | None:
    """Return the table that rows are put into."""
    try:
        return _into(statement).name()
    except NotRead:
        return None


def _columns(statement: Statement) -> tuple[str, ...]:
    """Return the columns that are listed behind the table."""
    cursor = _into(statement)
    try:
        cursor.name()
        return cursor.identifiers()
    except NotRead:
        return ()


def _into(statement: Statement) -> Cursor:
    """Return the place of the table's name."""
    cursor = Cursor(statement)
    cursor.takes_one_of("INSERT", "REPLACE")
    cursor.takes("INTO")
    return cursor
