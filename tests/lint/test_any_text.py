"""Any text at all is linted without a crash, and what is damaged is told of where it is damaged."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.report import Report, Source
from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.settings import LintSettings
from tests.lint.examples import EXAMPLES
from tests.support import REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.lint.violation import Violation

EVERY_RULE = LintSettings(severities={name: rule.severity for name, rule in all_rules().items()})
FILES = sorted([*EXAMPLES.rglob("*.sql"), *(REPOSITORY / "migrations").glob("*.sql")])
WORDS = (
    "CREATE ALTER DROP TABLE INDEX CONCURRENTLY ADD COLUMN CONSTRAINT NOT NULL VALID CHECK ( ) , ; t a int DEFAULT",
    "UPDATE SET WHERE = 'x' $$ BEGIN COMMIT DO -- /* */ \" \\i $1 :: . 7 PRIMARY KEY REFERENCES USING TYPE IF EXISTS",
    "INSERT INTO VALUES SELECT FROM WITH AS LOOP END",
    "REPLACE IGNORE ON DUPLICATE KEY UPDATE MODIFY CHANGE `a` ` # ENGINE",
)


def judged(text: str) -> Report:
    """Return what all rules say of a text."""
    return lint([Source("001-any.sql", "001-any", text)], EVERY_RULE)


def is_in(text: str, violation: Violation) -> bool:
    """Return whether a violation is at a place that there is."""
    finding = violation.finding
    lines = text.count("\n") + 1
    return 0 <= finding.start <= len(text) and finding.start <= finding.end and 1 <= violation.line <= lines


@given(st.text() | st.lists(st.sampled_from(["\n", *" ".join(WORDS).split()])).map(" ".join))
def test_any_text(text: str) -> None:
    """A text is judged, whatever it is, and each violation is somewhere in it."""
    assert all(is_in(text, violation) for violation in judged(text).violations)


def without_a_part(text: str, dice: random.Random) -> str:
    """Take something out."""
    at = dice.randrange(len(text) + 1)
    return text[:at] + text[at + dice.randint(1, 20) :]


def with_a_part_twice(text: str, dice: random.Random) -> str:
    """Write something twice."""
    at = dice.randrange(len(text) + 1)
    return text[: at + dice.randint(1, 20)] + text[at:]


def with_another_part(text: str, dice: random.Random) -> str:
    """Put in a part of another file."""
    other = dice.choice(FILES).read_text(encoding="utf-8")
    start, at = dice.randrange(len(other) + 1), dice.randrange(len(text) + 1)
    return text[:at] + other[start : start + dice.randint(1, 200)] + text[at:]


def with_a_character(text: str, dice: random.Random) -> str:
    """Put in one character that may change everything."""
    at = dice.randrange(len(text) + 1)
    return text[:at] + dice.choice("'\"$();,\\-/*\x00\u2028é\r\n") + text[at:]


@pytest.mark.parametrize("damage", [without_a_part, with_a_part_twice, with_another_part, with_a_character])
def test_damaged_files(damage: Callable[[str, random.Random], str], *, full: bool) -> None:
    """Real files that were damaged by chance are judged, too."""
    dice = random.Random(damage.__name__)
    for _ in range(20_000 if full else 150):
        text = damage(dice.choice(FILES).read_text(encoding="utf-8"), dice)
        assert all(is_in(text, violation) for violation in judged(text).violations), text


@settings(deadline=None)
@given(st.sampled_from(["(", "CASE ", "SELECT (", "BEGIN ", "/*", "a.", "- ", "DO $$ ", "CREATE TABLE t (a int, "]))
def test_what_is_nested_without_end(text: str) -> None:
    """What is nested ten thousand times deep is judged, or told not to be read."""
    judged(text * 10_000)
