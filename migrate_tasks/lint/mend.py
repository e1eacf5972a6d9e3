"""Mending: the changes that findings offer, made in a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrate_tasks.lint.violation import Edit, Violation


def mended(text: str, violations: Iterable[Violation]) -> tuple[str, list[Violation]]:
    """Return the text with the changes of the violations made, and those violations.

    Of changes that overlap only those of the earlier violation are made; the other one may be offered again for the
    new text.
    """
    chosen: list[Edit] = []
    done: list[Violation] = []
    for violation in violations:
        edits = violation.finding.edits
        if edits and not any(_overlap(edit, other) for edit in edits for other in chosen):
            chosen += edits
            done.append(violation)
    for edit in sorted(chosen, key=lambda edit: edit.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text, done


def _overlap(one: Edit, other: Edit) -> bool:
    """Return whether two changes touch the same characters, or insert at one place."""
    return (one.start < other.end and other.start < one.end) or one.start == other.start
