"""Places in a text, as editors count them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, order=True)
class Place:
    """A place in a text, both numbers from 1; the column counts characters, not bytes."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


def place_of(text: str, offset: int) -> Place:
    """Return the line and column of the character at ``offset``."""
    line_start = text.rfind("\n", 0, offset) + 1
    return Place(text.count("\n", 0, offset) + 1, offset - line_start + 1)


class Places:
    """The places of many offsets in one text, each found without reading the text again."""

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        self._starts = list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0))

    def of(self, offset: int) -> Place:
        """Return what :func:`place_of` does."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)

    def offset_of(self, place: Place) -> int:
        """Return the offset of the character at ``place``."""
        return self._starts[place.line - 1] + place.column - 1
