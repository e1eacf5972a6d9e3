"""The table that follows a start-up on a terminal. Redrawn by events alone: no thread, since phases are forked."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table

from migrate_tasks.durations import format_duration
from migrate_tasks.render.startup import INDENT, ended
from migrate_tasks.startup.result import (
    Outcome,
    PhaseEvent,
    PhaseFinished,
    PhaseOutput,
    PhaseRetrying,
    PhaseStarted,
)

if TYPE_CHECKING:
    from typing import Self

    from migrate_tasks.startup.spec import Sequence

STYLES = {Outcome.SUCCEEDED: "green", Outcome.FAILED: "red", Outcome.TIMED_OUT: "red", Outcome.SKIPPED: "dim"}
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class LiveView:
    """The phases with their state, below the lines that they print; a context manager to be fed with events."""

    def __init__(self, sequence: Sequence) -> None:
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._states = {phase.name: ("pending", "dim", phase.description) for phase in sequence.phases}
        self._running: tuple[str, float] | None = None

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, event: PhaseEvent) -> None:
        """Take up ``event`` and draw the table anew."""
        match event:
            case PhaseStarted(phase, _, _, attempt):
                self._running = (phase.name, time.monotonic())
                self._states[phase.name] = (
                    "running" if attempt == 1 else f"attempt {attempt}",
                    "cyan",
                    phase.description,
                )
            case PhaseOutput(phase, line):
                self._console.print(f"{phase.name}{INDENT[:2]}{line}", style="dim", markup=False)
            case PhaseRetrying(phase, error, delay):
                self._states[phase.name] = (f"again in {format_duration(delay)}", "yellow", error.message)
            case PhaseFinished(result):
                self._running = None
                self._states[result.phase.name] = (
                    ended(result).split(":")[0],
                    STYLES[result.outcome],
                    result.phase.description,
                )
        self._live.update(self._table(), refresh=True)

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        for name, (state, style, about) in self._states.items():
            mark, took = " ", ""
            if self._running and self._running[0] == name:
                elapsed = time.monotonic() - self._running[1]
                mark, took = (
                    SPINNER[int(elapsed * 10) % len(SPINNER)],
                    format_duration(timedelta(seconds=elapsed)),
                )
            table.add_row(mark, name, f"[{style}]{state} {took}[/]", about)
        return table
