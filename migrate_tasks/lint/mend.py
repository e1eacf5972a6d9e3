"""Mending: the changes that findings offer, made in a text."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrate_tasks.lint.violation import Edit, Violation


def mended(text: str, violations: Iterable[Violation]) -> tuple[str, list[Violation]]:
    """Return the text with the changes of the violations made, and those violations.

    Of changes that overlap only those of the earlier violation are made; the other one may be offered again for the
    new text.
    """
    chosen: list[Edit] = []  # sorted by their places
    done: list[Violation] = []
    for violation in violations:
        edits = violation.finding.edits
        if edits and not any(_overlaps(edit, chosen) for edit in edits):
            for edit in edits:
                insort(chosen, edit, key=_start)
            done.append(violation)
    return "".join(_pieces(text, chosen)), done


def _start(edit: Edit) -> int:
    return edit.start


def _overlaps(edit: Edit, chosen: list[Edit]) -> bool:
    """Return whether a change touches the same characters as one of the others, or begins at the same place."""
    following = bisect_left(chosen, edit.start, key=_start)
    before, after = chosen[max(following - 1, 0) : following], chosen[following : following + 1]
    return any(other.end > edit.start for other in before) or any(
        other.start < edit.end or other.start == edit.start for other in after
    )


def _pieces(text: str, edits: Iterable[Edit]) -> Iterator[str]:
    at = 0
    for edit in edits:
        yield text[at : edit.start]
        yield edit.text
        at = edit.end
    yield text[at:]
