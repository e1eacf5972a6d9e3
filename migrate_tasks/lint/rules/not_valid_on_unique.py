"""NOT VALID of a constraint that cannot be so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.quoting import derived_name, quoted
from migrate_tasks.lint.knowledge.words import parted, table_of, with_depth, words_of
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding
from migrate_tasks.sql.operations import Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.knowledge.words import Word
    from migrate_tasks.lint.step import FileStep
    from migrate_tasks.sql.statements import Statement

KEYS = {"UNIQUE": "UNIQUE", "PRIMARY": "PRIMARY KEY", "EXCLUDE": "EXCLUDE"}
KINDS = {*KEYS, "CHECK", "FOREIGN", "NOT"}
SUFFIXES = {"UNIQUE": "key", "PRIMARY KEY": "pkey"}
NO_OTHER_WAY = "Take NOT VALID out; its index is built while the table is locked, and there is no other way."


def check(step: FileStep) -> Iterator[Finding]:
    """Yield each ADD of a key with NOT VALID; it is read from the words, for Postgres' grammar has no such thing."""
    for statement in step.script.statements:
        if statement.words[:2] == ("ALTER", "TABLE") and "VALID" in statement.words:
            for action in parted(words_of(statement)):
                outside = [word for word, depth in with_depth(action) if depth == 0]
                yield from _of_action(step, statement, outside)


def _of_action(step: FileStep, statement: Statement, action: list[Word]) -> Iterator[Finding]:
    words = [word.word for word in action]
    if words[-2:] != ["NOT", "VALID"] or "ADD" not in words:
        return
    added = action[words.index("ADD") :]
    kind = next((word.word for word in added if word.word in KINDS), None)
    if kind in KEYS:
        message = f"{KEYS[kind]} cannot be NOT VALID: Postgres refuses it, for its index is always of all rows"
        yield Finding(added[0].start, added[-1].end, message, _advice(step, statement, added, KEYS[kind]))


def _advice(step: FileStep, statement: Statement, added: list[Word], kind: str) -> str:
    """Return how to add the key without a long lock, with the names as they are written."""
    words = [word.word for word in added]
    if kind == "EXCLUDE" or "(" not in words:
        return NO_OTHER_WAY
    columns = step.text[added[words.index("(")].start : added[words.index(")")].end]
    table, _ = table_of(statement)
    if not is_in_use(step, _name(table)):
        return "Take NOT VALID out: nobody uses the table yet."
    name = added[2].source if words[1] == "CONSTRAINT" else _default_name(table, columns, kind)
    return (
        "Build the index first, in a migration of its own, and let the constraint take it:\n"
        f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} {columns};\n"
        f"ALTER TABLE {table} ADD CONSTRAINT {name} {kind} USING INDEX {name};"
    )


def _default_name(table: str, columns: str, kind: str) -> str:
    """Return the name that Postgres would give the constraint."""
    listed = tuple(_folded(column.strip()) for column in columns[1:-1].split(","))
    return quoted(derived_name(_name(table), () if kind == "PRIMARY KEY" else listed, SUFFIXES[kind]))


def _name(written: str) -> Name:
    schema, _, name = written.rpartition(".")
    return Name(_folded(name), None if schema in ("", "public") else _folded(schema))


def _folded(written: str) -> str:
    return written[1:-1] if written.startswith('"') else written.lower()


RULE = Rule(
    name="not-valid-on-unique",
    group=Group.CORRECTNESS,
    summary="UNIQUE, PRIMARY KEY or EXCLUDE with NOT VALID",
    reason="""\
Only CHECK and FOREIGN KEY (since PostgreSQL 18 NOT NULL, too) can be added without looking at the rows that are there.
A key is an index, and an index has all rows; the server refuses NOT VALID with it (SQLSTATE 0A000). The way without a
long lock is another one: CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT ... USING INDEX.""",
    check_file=check,
    explains=True,
)
