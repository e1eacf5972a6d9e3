"""Which test changed what all tests share on a server: roles, tablespaces, databases of its own, settings.

What a test left is read while the next one may already run, and other processes run theirs; so it may be that more
than one test was there. Then all of them are named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_plugin.evidence import Surroundings


@dataclass
class Watch:
    """The tests of one process since the surroundings were read last; ``on_left`` is told (see report.Left)."""

    on_left: Callable[[str, str, str], None]
    has_seen_change: bool = False
    begun: int = 0  # tests that have got a database so far
    _before: Surroundings | None = None
    _compared: int = 0  # of those, when the last reading was made
    _since: dict[int, str] = field(default_factory=dict)
    _running: set[str] = field(default_factory=set)

    def begin(self, test: str) -> None:
        """Note that a test gets a database."""
        self.begun += 1
        self._since[self.begun] = test
        self._running.add(test)

    def end(self, test: str) -> None:
        """Note that it has given it back."""
        self._running.discard(test)

    def left_open(self, test: str, count: int) -> None:
        """Tell that a test left connections open."""
        self.on_left(test, f"left {count} connection{'s' * (count > 1)} open", test)

    def compare(self, found: Surroundings | None, begun: int) -> None:
        """Tell what is new in a reading that was made when ``begun`` was that; None stands for no change.

        A reading that comes late says nothing.
        """
        if begun < self._compared:
            return
        found = found or self._before
        if found is None:
            return
        for what, mark in found.changes_since(self._before or found):
            self.has_seen_change = True
            for number, test in self._since.items():
                if number <= begun:
                    self.on_left(test, what, mark)
        self._before, self._compared = found, begun
        self._since = {n: test for n, test in self._since.items() if n > begun or test in self._running}

    def forget(self) -> None:
        """Begin anew: a template was made, which may have made roles, too."""
        self._before = None
