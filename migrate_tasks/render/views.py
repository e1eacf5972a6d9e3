"""Which view a start-up gets, and the two that are lines: plain, and in groups for a CI system.

A view is told what the state has taken up, and tells ``say`` what to print, line by line. It prints nothing itself.
"""

from __future__ import annotations

import shutil
from collections import defaultdict, deque
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from migrate_tasks.render.ci import GITHUB, GITLAB
from migrate_tasks.render.startup import event_line, event_text, heading, name_width, time_of_day
from migrate_tasks.startup.result import PhaseFinished, PhaseOutput, PhaseRetrying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from migrate_tasks.render.ci import Dialect
    from migrate_tasks.startup.result import OnPhaseEvent, PhaseEvent
    from migrate_tasks.startup.state import PhaseState, StartupState

MOST_HELD = 1_000_000  # characters that are held back of one attempt's output


class View(StrEnum):
    """The ways to show a start-up while it runs."""

    LIVE = "live"
    PLAIN = "plain"
    GITHUB = "github"
    GITLAB = "gitlab"


DIALECTS = {View.GITHUB: GITHUB, View.GITLAB: GITLAB}


def choose_view(environ: Mapping[str, str], *, is_terminal: bool) -> View:
    """Return the view for a stdout that is a terminal or not, in a process with ``environ``."""
    if environ.get("GITHUB_ACTIONS") == "true":
        return View.GITHUB
    if environ.get("GITLAB_CI"):
        return View.GITLAB
    can_move = is_terminal and environ.get("TERM", "").lower() not in ("dumb", "unknown")
    return View.LIVE if can_move else View.PLAIN


@contextmanager
def shown(
    state: StartupState,
    view: View,
    say: Callable[[str], None],
    environ: Mapping[str, str],
    size: Callable[[], tuple[int, int]] = shutil.get_terminal_size,
) -> Iterator[OnPhaseEvent]:
    """Show a start-up while it runs: yield what is to be told what is new in ``state``, by :func:`follow`.

    ``say`` prints a text and a line's end, at once. It gets the heading first, and an empty line last, also where the
    start-up is given up; the summary may follow. ``environ`` says which colours a live view may use (NO_COLOR, TERM),
    ``size`` how many columns and lines the terminal has.
    """
    say(heading(state))
    on_event, close = _view(state, view, say, environ, size)
    try:
        yield on_event
    finally:
        close()


def _view(
    state: StartupState,
    view: View,
    say: Callable[[str], None],
    environ: Mapping[str, str],
    size: Callable[[], tuple[int, int]],
) -> tuple[OnPhaseEvent, Callable[[], None]]:
    if dialect := DIALECTS.get(view):
        groups = Groups(state, say, dialect)
        return groups.on_event, groups.close
    if view is View.PLAIN:
        return plain(state, say), lambda: say("")
    from migrate_tasks.render.live import LiveView

    live = LiveView(state, say, environ, size)
    live.start()
    return live.on_event, live.close


def harmless(view: View, text: str) -> str:
    """Return ``text``, a summary or an error, as it may be printed where ``view`` is shown: with no command in it."""
    dialect = DIALECTS.get(view)
    return dialect.harmless(text) if dialect else text


def plain(state: StartupState, say: Callable[[str], None]) -> OnPhaseEvent:
    """Return what tells ``say`` a line an event."""
    width = name_width(state)

    def on_event(event: PhaseEvent) -> None:
        line = event_line(state, event, width)
        if line is not None:
            say(line)

    return on_event


class Groups:
    """Lines, of which those that an attempt printed are held back until it has ended: groups cannot be interleaved."""

    def __init__(self, state: StartupState, say: Callable[[str], None], dialect: Dialect) -> None:
        self._state = state
        self._say = say
        self._dialect = dialect
        self._width = name_width(state)
        self._held: defaultdict[str, _Held] = defaultdict(_Held)

    def on_event(self, event: PhaseEvent) -> None:
        """Hold what a phase printed, and tell everything else."""
        match event:
            case PhaseOutput(phase, _):
                said = f"{time_of_day(self._state.now())} {event_text(self._state, event)}"
                self._held[phase.name].add(self._dialect.harmless(said))
                return
            case PhaseRetrying(phase, _):
                self._release(self._state[phase.name])
            case PhaseFinished(result):
                self._release(self._state[result.phase.name])
        line = event_line(self._state, event, self._width)
        if line is not None:
            self._say(self._dialect.harmless(line))
        if isinstance(event, PhaseFinished) and (note := self._dialect.annotates(event.result)):
            self._say(note)

    def close(self) -> None:
        """Tell what is still held, of phases whose end nobody has told of, and an empty line."""
        for phase in self._state.phases:
            self._release(phase)
        self._say("")

    def _release(self, phase: PhaseState) -> None:
        held = self._held.pop(phase.phase.name, None)
        if held:
            attempt = f" (attempt {phase.attempt} of {phase.phase.retries + 1})" if phase.phase.retries else ""
            self._say(self._dialect.opens(phase, f"{phase.phase.name}{attempt}"))
            self._say(str(held))
            self._say(self._dialect.closes(phase, self._state.now()))


class _Held:
    """Lines, of which the oldest are let go where they are too many."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._size = self._dropped = 0

    def add(self, line: str) -> None:
        self._lines.append(line)
        self._size += len(line)
        while self._size > MOST_HELD and len(self._lines) > 1:
            self._size -= len(self._lines.popleft())
            self._dropped += 1

    def __str__(self) -> str:
        dropped = [f"({self._dropped} lines are left out)"] if self._dropped else []
        return "\n".join([*dropped, *self._lines])
