"""The table that follows a start-up on a terminal. Redrawn by events alone: no thread, since phases are forked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from migrate_tasks.durations import format_duration
from migrate_tasks.render.startup import ended
from migrate_tasks.startup.result import (
    Outcome,
    PhaseEvent,
    PhaseFinished,
    PhaseOutput,
    PhaseRetrying,
    PhaseRunning,
    PhaseStarted,
)

if TYPE_CHECKING:
    from typing import Self

    from migrate_tasks.startup.spec import Sequence

STYLES = {Outcome.SUCCEEDED: "green", Outcome.FAILED: "red", Outcome.TIMED_OUT: "red", Outcome.SKIPPED: "dim"}
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
REDRAW = 0.1  # seconds between two drawings while a phase prints


@dataclass
class _Row:
    """A phase's line of the table; ``since`` is when its attempt began, None while none runs."""

    state: str
    style: str
    about: str
    since: float | None = None


class LiveView:
    """The phases with their state, below the lines that they print; a context manager to be fed with events."""

    def __init__(self, sequence: Sequence) -> None:
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._rows = {phase.name: _Row("pending", "dim", phase.description) for phase in sequence.phases}
        self._lines: list[Text] = []
        self._drawn = 0.0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._draw()
        self._live.stop()

    def show(self, event: PhaseEvent) -> None:
        """Take up ``event``, and draw anew: at once where a state changed, else ten times a second."""
        match event:
            case PhaseStarted(phase, _, _, attempt):
                state = "running" if attempt == 1 else f"attempt {attempt}"
                self._rows[phase.name] = _Row(state, "cyan", phase.description, time.monotonic())
            case PhaseOutput(phase, line):
                self._lines.append(_printed(phase.name, line))
            case PhaseRetrying(phase, error, delay):
                self._rows[phase.name] = _Row(f"again in {format_duration(delay)}", "yellow", error.message)
            case PhaseFinished(result):
                state = ended(result).split(":")[0]
                self._rows[result.phase.name] = _Row(state, STYLES[result.outcome], result.phase.description)
        if not isinstance(event, PhaseOutput | PhaseRunning) or time.monotonic() - self._drawn > REDRAW:
            self._draw()

    def _draw(self) -> None:
        if self._lines:
            self._console.print(Text("\n").join(self._lines), soft_wrap=True)
            self._lines.clear()
        self._live.update(self._table(), refresh=True)
        self._drawn = time.monotonic()

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        for _ in range(3):
            table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for name, row in self._rows.items():
            elapsed = None if row.since is None else time.monotonic() - row.since
            mark = " " if elapsed is None else SPINNER[int(elapsed * 10) % len(SPINNER)]
            took = "" if elapsed is None else f" {format_duration(timedelta(seconds=elapsed))}"
            # Text, never markup: names and messages may hold brackets
            table.add_row(mark, Text(name), Text(row.state + took, style=row.style), Text(row.about))
        return table


def _printed(name: str, line: str) -> Text:
    """Return a line that a phase printed; its colours stay, what would move the cursor does not."""
    return Text.assemble((f"{name}  ", "dim"), Text.from_ansi(line.rsplit("\r", 1)[-1], style="dim"))
