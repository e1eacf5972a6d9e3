"""The table that follows a start-up on a terminal. Redrawn by events alone: no thread, since phases are forked.

Each frame is one text: it takes back the last table, adds the lines that the phases printed, and ends with the table as
it is now. So nothing here writes, and what was printed stays above.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from migrate_tasks.durations import format_duration
from migrate_tasks.render.printed import clean, one_line
from migrate_tasks.render.startup import WIDEST_NAME, event_text, name_width
from migrate_tasks.startup.result import Outcome, PhaseEvent, PhaseOutput, PhaseRetrying
from migrate_tasks.startup.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime, timedelta

    from migrate_tasks.startup.state import PhaseState, StartupState

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
REDRAW = 0.1  # seconds between two drawings while phases print
UP, ERASE, HIDE, SHOW = "\x1b[{}A\r", "\x1b[J", "\x1b[?25l", "\x1b[?25h"  # ECMA-48, and DECTCEM for the cursor

LOOKS = {
    State.PENDING: (" ", "dim"),
    State.RUNNING: ("", "cyan"),
    State.WAITING: ("…", "yellow"),
    State.RETRYING: ("…", "yellow"),
    Outcome.SUCCEEDED: ("✓", "green"),
    Outcome.FAILED: ("✗", "red"),
    Outcome.TIMED_OUT: ("✗", "red"),
    Outcome.SKIPPED: ("-", "dim"),
    Outcome.CANCELLED: ("-", "dim"),
}
# where there is no room for all: what runs, what went wrong, what comes next, what is done
RANKS = (
    (State.RUNNING, State.WAITING, State.RETRYING),
    (Outcome.FAILED, Outcome.TIMED_OUT),
    (State.PENDING,),
    (Outcome.SUCCEEDED, Outcome.CANCELLED, Outcome.SKIPPED),
)


class LiveView:
    """The phases with their state, below the lines that they print; to be told what ``state`` has taken up.

    ``say`` gets each frame, and adds the line's end; ``size`` tells columns and lines of the terminal, each time anew.
    """

    def __init__(
        self,
        state: StartupState,
        say: Callable[[str], None],
        environ: Mapping[str, str],
        size: Callable[[], tuple[int, int]],
    ) -> None:
        self._state = state
        self._say = say
        self._size = size
        self._width = name_width(state)
        self._console = Console(
            file=io.StringIO(),
            force_terminal=True,
            no_color=bool(environ.get("NO_COLOR")),
            highlight=False,
            _environ=environ,
        )
        self._lines: list[Text] = []
        self._drawn: list[int] = []  # the widths of the rows that are to be taken back
        self._drawn_at = -math.inf

    def start(self) -> None:
        """Draw the first table."""
        self._draw(HIDE)

    def on_event(self, event: PhaseEvent) -> None:
        """Draw anew: at once where a state changed or time passed; for what phases print, ten times a second."""
        if isinstance(event, PhaseOutput | PhaseRetrying):
            self._lines.append(self._printed(event))
        if not isinstance(event, PhaseOutput) or self._state.clock() - self._drawn_at >= REDRAW:
            self._draw()

    def close(self) -> None:
        """Take the table back; what the phases printed stays, and an empty line follows it."""
        self._say(f"{self._taken_back()}{SHOW}{self._above()}")

    def _draw(self, before: str = "") -> None:
        back = self._taken_back()
        columns, lines = self._size()
        rows = table(self._state, columns, lines)
        self._drawn = [row.cell_len for row in rows]
        self._drawn_at = self._state.clock()
        self._say(f"{before}{back}{self._above()}" + "\n".join(map(self._ansi, rows)))

    def _taken_back(self) -> str:
        """Return what erases the last table, also where the terminal is narrower now and has broken its rows."""
        columns, _ = self._size()
        height = sum(max(1, math.ceil(width / columns)) for width in self._drawn)
        self._drawn = []
        return UP.format(height) + ERASE if height else ""

    def _above(self) -> str:
        lines = "".join(f"{self._ansi(line)}\n" for line in self._lines)
        self._lines.clear()
        return lines

    def _printed(self, event: PhaseOutput | PhaseRetrying) -> Text:
        name = (f"{event.phase.name:<{self._width}}  ", "dim")
        if isinstance(event, PhaseOutput):
            return Text.assemble(name, Text.from_ansi(clean(event.line)))
        return Text.assemble(name, (event_text(self._state, event) or "", "yellow"))

    def _ansi(self, text: Text) -> str:
        with self._console.capture() as capture:
            self._console.print(text, soft_wrap=True, end="")
        return capture.get()


def table(state: StartupState, columns: int, lines: int) -> list[Text]:
    """Return a row a phase, each narrower than ``columns``, and fewer rows than ``lines``, where a last one sums up."""
    room = max(1, lines - 2)
    shown, left_out = list(state.phases), list(state.phases[:0])
    if len(shown) > room:
        by_importance = sorted(state.phases, key=_importance)
        left_out = by_importance[room - 1 :]
        shown = sorted(by_importance[: room - 1], key=lambda phase: phase.number)
    now = state.now()
    widest_name = max((cell_len(phase.phase.name) for phase in state.phases), default=0)
    names = min(widest_name, WIDEST_NAME, max(8, columns // 2 - 4))
    states = {phase.number: _state(phase, now) for phase in shown}
    widest = max(map(cell_len, states.values()), default=0)
    rows = [_row(phase, names, states[phase.number].ljust(widest), now) for phase in shown]
    if left_out:
        rows.append(Text(f"  {_counts(left_out)}", style="dim"))
    for row in rows:
        row.rstrip()
        row.truncate(max(1, columns - 1), overflow="ellipsis")
    return rows


def _importance(phase: PhaseState) -> tuple[int, int]:
    rank = next(rank for rank, states in enumerate(RANKS) if phase.state in states)
    return rank, -phase.number if phase.has_ended else phase.number


def _counts(phases: Iterable[PhaseState]) -> str:
    states = [str(phase.state) for phase in phases]
    return ", ".join(f"{states.count(state)} more {state}" for state in dict.fromkeys(states))


def _row(phase: PhaseState, names: int, state: str, now: datetime) -> Text:
    mark, style = LOOKS[phase.state]
    seconds = (now - phase.since).total_seconds() if phase.since else 0.0
    name = phase.phase.name
    fitting = set_cell_size(name, names) if cell_len(name) <= names else f"{set_cell_size(name, names - 1)}…"
    # Text, never markup: names and messages may hold brackets
    return Text.assemble(
        (mark or SPINNER[int(seconds * 10) % len(SPINNER)], style),
        f" {fitting}  ",
        (state, style),
        f"  {_about(phase)}",
    )


def _state(phase: PhaseState, now: datetime) -> str:
    elapsed = _seconds(now - phase.since) if phase.since else ""
    again = f"{phase.attempt}/{phase.phase.retries + 1} " if phase.attempt > 1 else ""
    match phase.state:
        case State.PENDING | Outcome.SKIPPED:
            return str(phase.state)
        case State.RUNNING:
            return f"{'ending' if phase.about else 'running'} {again}{elapsed}"
        case State.WAITING:
            return f"waiting {again}{elapsed}"
        case State.RETRYING:
            left = max(phase.until - now, now - now) if phase.until else now - now
            return f"{phase.attempt + 1}/{phase.phase.retries + 1} in {_seconds(left)}"
        case _:
            return f"{phase.state} {format_duration(phase.duration)}"


def _about(phase: PhaseState) -> str:
    """Return what is most worth knowing of a phase."""
    if phase.about:
        return one_line(phase.about)
    if phase.error and phase.state in (State.RETRYING, Outcome.FAILED, Outcome.TIMED_OUT):
        return one_line(phase.error.message)
    printed = one_line(phase.lines[-1]) if phase.lines and phase.state is State.RUNNING else ""
    return printed or one_line(phase.phase.description)


def _seconds(duration: timedelta) -> str:
    """Return a duration whose last digit does not change too fast to be read."""
    seconds = duration.total_seconds()
    return f"{seconds:.1f}s" if seconds < 60 else format_duration(duration)  # noqa: PLR2004 -- a minute
