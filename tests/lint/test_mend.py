"""Mending a text: which changes are made together."""

from __future__ import annotations

import pytest

from migrate_tasks.lint.mend import mended
from migrate_tasks.lint.violation import Edit, Finding, Severity, Violation


def violation(*edits: Edit) -> Violation:
    """Return a violation that offers these changes."""
    return Violation("a.sql", 1, 1, "a", Severity.ERROR, Finding(0, 1, "a", "", edits))


@pytest.mark.parametrize(
    ("offered", "expected", "done"),
    [
        ([()], "abcdef", 0),
        ([(Edit(4, 5, "XX"),), (Edit(0, 2, ""),)], "cdXXf", 2),
        ([(Edit(0, 1, "X"), Edit(5, 6, "Y"))], "XbcdeY", 1),
        ([(Edit(1, 3, "X"),), (Edit(2, 4, "Y"),)], "aXdef", 1),
        ([(Edit(1, 3, "X"),), (Edit(3, 4, "Y"),)], "aXYef", 2),
        ([(Edit(2, 2, "X"),), (Edit(2, 2, "Y"),)], "abXcdef", 1),
        ([(Edit(2, 4, "X"),), (Edit(0, 1, "Y"), Edit(3, 4, "Z"))], "abXef", 1),
    ],
)
def test_changes_are_made_where_they_do_not_overlap(offered: list[tuple[Edit, ...]], expected: str, done: int) -> None:
    """All changes of a violation are made, or none where one would overlap with an earlier one's."""
    violations = [violation(*edits) for edits in offered]
    text, made = mended("abcdef", violations)

    assert (text, len(made)) == (expected, done)
