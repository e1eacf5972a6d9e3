"""A terminal that knows what the live table uses: line ends, going up, erasing, colours, wrapping and being resized."""

from __future__ import annotations

import re

SEQUENCE = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])")


class Screen:
    """Rows of characters, with all that has left the screen at its top above them.

    Each row knows whether it goes on in the next one; when the width changes, rows are broken anew, as tmux, VTE, kitty
    and iTerm2 do.
    """

    def __init__(self, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        self.has_cursor = True
        self._rows: list[tuple[str, bool]] = [("", False)]
        self._row = self._column = 0

    def size(self) -> tuple[int, int]:
        """Return columns and lines."""
        return self.columns, self.lines

    def say(self, text: str) -> None:
        """Take what is printed with a line's end."""
        self.feed(f"{text}\n")

    def feed(self, text: str) -> None:
        """Take what a program writes."""
        at = 0
        while at < len(text):
            found = SEQUENCE.match(text, at)
            if found:
                self._obey(found[1], found[2])
                at = found.end()
            else:
                self._put(text[at])
                at += 1

    def resize(self, columns: int, lines: int) -> None:
        """Have another size, with what stands on the screen broken anew; the cursor stands below it all."""
        whole, text = [], ""
        for row, goes_on in self._rows:
            text += row
            if not goes_on:
                whole.append(text)
                text = ""
        self.columns, self.lines = columns, lines
        self._rows = []
        for line in whole:
            parts = [line[start : start + columns] for start in range(0, max(1, len(line)), columns)]
            self._rows += [(part, number < len(parts) - 1) for number, part in enumerate(parts)]
        self._row, self._column = len(self._rows) - 1, len(self._rows[-1][0])

    @property
    def text(self) -> str:
        """All rows, also those above the screen, without spaces at their ends."""
        return "\n".join(row.rstrip() for row, _ in self._rows)

    def _put(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._next_row(goes_on=False)
        else:
            if self._column == self.columns:
                self._next_row(goes_on=True)
            row, goes_on = self._rows[self._row]
            row = row.ljust(self._column)
            self._rows[self._row] = (row[: self._column] + character + row[self._column + 1 :], goes_on)
            self._column += 1

    def _next_row(self, *, goes_on: bool) -> None:
        self._rows[self._row] = (self._rows[self._row][0], goes_on)
        self._row, self._column = self._row + 1, 0
        if self._row == len(self._rows):
            self._rows.append(("", False))

    def _obey(self, parameters: str, final: str) -> None:
        if final == "A":  # not above the screen's top
            top = max(0, len(self._rows) - self.lines)
            self._row = max(top, self._row - int(parameters or 1))
        elif final == "J":
            self._rows[self._row + 1 :] = []
            self._rows[self._row] = (self._rows[self._row][0][: self._column], False)
        elif parameters == "?25":
            self.has_cursor = final == "h"
        else:
            assert final == "m", f"the terminal does not know {parameters}{final}"
