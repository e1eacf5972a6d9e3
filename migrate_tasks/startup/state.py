"""How far a start-up is, at any moment: what the events so far amount to. All views show this; each is folded once."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from migrate_tasks.startup.result import (
    Outcome,
    PhaseEnding,
    PhaseFinished,
    PhaseOutput,
    PhaseRetrying,
    PhaseStarted,
    PhaseWaiting,
    TimePasses,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.startup.result import Attempt, OnPhaseEvent, PhaseError, PhaseEvent, StartupResult
    from migrate_tasks.startup.spec import Phase, Sequence

LAST_LINES = 20  # that are kept of what an attempt prints
LONGEST_LINE = 2000  # characters that are kept of each


class State(StrEnum):
    """What a phase does that has not ended; afterwards it has its Outcome."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"  # for another replica; its clock stands still
    RETRYING = "retrying"  # it pauses before the next attempt


@dataclass(frozen=True)
class Process:
    """Who runs a start-up; ``mark`` tells this process from a later one with the same pid (empty: nothing does)."""

    pid: int = 0
    host: str = ""
    mark: str = ""


@dataclass(eq=False)
class PhaseState:
    """How far one phase is.

    ``number``      its place in the sequence, from 1.
    ``about``       what it waits for, why it is being ended, or why it was skipped.
    ``attempt``     the number of the last attempt that began; 0 before the first.
    ``attempts``    those that have ended.
    ``began_at``    when the last attempt began.
    ``since``       when its state began; where it goes on after waiting, when its attempt did.
    ``until``       when the next attempt begins, while it pauses.
    ``waited``      what the running attempt has waited for others so far.
    ``lines``       the last lines that the last attempt printed.
    """

    phase: Phase
    number: int
    state: State | Outcome = State.PENDING
    about: str = ""
    attempt: int = 0
    attempts: tuple[Attempt, ...] = ()
    started_at: datetime | None = None
    began_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    waited: timedelta = timedelta(0)
    duration: timedelta = timedelta(0)
    error: PhaseError | None = None
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen to it."""
        return isinstance(self.state, Outcome)

    @property
    def is_active(self) -> bool:
        """Whether it has begun and not ended."""
        return not self.has_ended and self.state is not State.PENDING

    def took(self, now: datetime) -> timedelta:
        """Return how long it took, or has taken so far."""
        return now - self.started_at if self.is_active and self.started_at else self.duration

    def change(self, state: State | Outcome, now: datetime, about: str = "") -> None:
        """Leave the state it is in for ``state``."""
        if self.state is State.WAITING and state is not State.WAITING and self.since:
            self.waited += now - self.since
        if state is not self.state:
            self.since = self.began_at if state is State.RUNNING else now
        self.state, self.about, self.until = state, about, None


@dataclass(eq=False)
class StartupState:
    """How far a start-up is; ``database`` describes it for people, ``clock`` counts seconds from whenever.

    Time is measured from ``started_at`` on by ``clock``, so it neither jumps nor goes back with the system's.
    """

    sequence: Sequence
    started_at: datetime
    run_id: str = ""
    process: Process = Process()
    database: str = ""
    clock: Callable[[], float] = time.monotonic
    phases: tuple[PhaseState, ...] = field(init=False)
    result: StartupResult | None = field(default=None, init=False)
    error: PhaseError | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.phases = tuple(PhaseState(phase, number) for number, phase in enumerate(self.sequence.phases, 1))
        self._by_name = {phase.phase.name: phase for phase in self.phases}
        self._began = self.clock()
        self._ended_at: datetime | None = None

    def __getitem__(self, name: str) -> PhaseState:
        return self._by_name[name]

    def now(self) -> datetime:
        """Return the moment, or the one at which the start-up ended."""
        return self._ended_at or self.started_at + timedelta(seconds=self.clock() - self._began)

    @property
    def outcome(self) -> str:
        """One word: running, succeeded, degraded, failed or cancelled."""
        if self.result:
            return self.result.outcome
        return "cancelled" if self._ended_at else "running"

    @property
    def duration(self) -> timedelta:
        """How long it took, or has taken so far."""
        return self.result.duration if self.result else self.now() - self.started_at

    def apply(self, event: PhaseEvent) -> bool:
        """Take up ``event``; return False where it says only what the last one of its kind has said."""
        now = self.now()
        match event:
            case PhaseStarted(phase, _, _, attempt):
                self[phase.name].change(State.RUNNING, now)
                _begin(self[phase.name], attempt, now)
            case PhaseOutput(phase, line):
                self[phase.name].lines.append(line[:LONGEST_LINE])
            case PhaseWaiting(phase, what):
                return _wait(self[phase.name], what, now)
            case PhaseEnding(phase, why):
                is_known = self[phase.name].about == why and self[phase.name].state is State.RUNNING
                self[phase.name].change(State.RUNNING, now, why)
                return not is_known
            case PhaseRetrying(phase, attempt):
                _pause(self[phase.name], attempt, now)
            case PhaseFinished(result):
                ended = self[result.phase.name]
                ended.change(result.outcome, now, result.reason)
                ended.started_at = result.started_at or ended.started_at
                ended.attempts, ended.duration, ended.error = result.attempts, result.duration, result.error
            case TimePasses():
                pass
        return True

    def finish(self, result: StartupResult) -> None:
        """Take up what came of it all; phases of whose end no event told are ended, too."""
        for phase in result.phases:
            if not self[phase.phase.name].has_ended:
                self.apply(PhaseFinished(phase))
        self._ended_at = self.started_at + result.duration
        self.result, self.error = result, result.error

    def cancel(self, error: PhaseError) -> None:
        """Take up that the start-up was given up since ``error``: a signal, or something is wrong with ourselves."""
        now = self.now()
        for phase in self.phases:
            if phase.is_active:
                phase.duration = phase.took(now)
                phase.change(Outcome.CANCELLED, now)
            elif not phase.has_ended:
                phase.change(Outcome.SKIPPED, now, "the start-up was cancelled")
        self._ended_at, self.error = now, error


def follow(state: StartupState, *listeners: OnPhaseEvent) -> OnPhaseEvent:
    """Return what keeps ``state`` current, and then tells each listener of what is new."""

    def on_event(event: PhaseEvent) -> None:
        if state.apply(event):
            for listener in listeners:
                listener(event)

    return on_event


def _begin(phase: PhaseState, attempt: int, now: datetime) -> None:
    phase.attempt, phase.waited = attempt, timedelta(0)
    phase.began_at = phase.since = now
    phase.started_at = phase.started_at or now
    phase.lines.clear()


def _wait(phase: PhaseState, what: str, now: datetime) -> bool:
    known = phase.about if phase.state is State.WAITING else ""
    if what != known:
        phase.change(State.WAITING if what else State.RUNNING, now, what)
    return what != known


def _pause(phase: PhaseState, attempt: Attempt, now: datetime) -> None:
    phase.change(State.RETRYING, now)
    phase.attempts += (attempt,)
    phase.error, phase.until = attempt.error, now + attempt.pause
