"""NOT VALID of a constraint that cannot be so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding
from migrate_tasks.lint.words import with_depth, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep
    from migrate_tasks.lint.words import Word

KEYS = {"UNIQUE": "UNIQUE", "PRIMARY": "PRIMARY KEY", "EXCLUDE": "EXCLUDE"}
KINDS = {*KEYS, "CHECK", "FOREIGN", "NOT"}
HELP = (
    "Build the index first, by CREATE UNIQUE INDEX CONCURRENTLY; then ADD CONSTRAINT ... USING INDEX takes it at once."
)


def check(step: FileStep) -> Iterator[Finding]:
    """Yield each ADD of a key with NOT VALID; it is read from the words, for Postgres' grammar has no such thing."""
    for statement in step.script.statements:
        if statement.words[:2] == ("ALTER", "TABLE"):
            yield from (found for action in _actions(words_of(statement)) for found in _of_action(action))


def _actions(words: list[Word]) -> Iterator[list[Word]]:
    """Yield the actions, without what stands in parentheses."""
    action: list[Word] = []
    for word, depth in with_depth(words):
        if depth == 0 and word.word == ",":
            yield action
            action = []
        elif depth == 0:
            action.append(word)
    yield action


def _of_action(action: list[Word]) -> Iterator[Finding]:
    words = [word.word for word in action]
    if words[-2:] != ["NOT", "VALID"] or "ADD" not in words:
        return
    kind = next((word for word in words[words.index("ADD") :] if word in KINDS), None)
    if kind in KEYS:
        start = action[words.index("ADD")].start
        message = f"{KEYS[kind]} cannot be NOT VALID: Postgres refuses it, for its index is always of all rows"
        yield Finding(start, action[-1].end, message, HELP)


RULE = Rule(
    name="not-valid-on-unique",
    group=Group.CORRECTNESS,
    summary="UNIQUE, PRIMARY KEY or EXCLUDE with NOT VALID",
    reason="""\
Only CHECK and FOREIGN KEY (since PostgreSQL 18 NOT NULL, too) can be added without looking at the rows that are there.
A key is an index, and an index has all rows; the server refuses NOT VALID with it (SQLSTATE 0A000). The way without a
long lock is another one: CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT ... USING INDEX.""",
    check_file=check,
)
