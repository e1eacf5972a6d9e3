"""One phase while it runs: attempt after attempt, each ended when its time is over. It never waits itself."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.startup.attempt import RunningAttempt
from migrate_tasks.startup.environment import may_be_value
from migrate_tasks.startup.masking import Secrets
from migrate_tasks.startup.result import (
    TIMED_OUT,
    Attempt,
    OnPhaseEvent,
    Outcome,
    PhaseEnding,
    PhaseError,
    PhaseOutput,
    PhaseResult,
    PhaseRetrying,
    PhaseStarted,
    PhaseWaiting,
)
from migrate_tasks.startup.retry import pauses, why_not_again
from migrate_tasks.startup.warden import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from migrate_tasks.startup.spec import Phase
    from migrate_tasks.startup.stage import Stage

CLEARING = 10.0  # seconds that a warden has for its own work, beyond the grace period


@dataclass(kw_only=True)
class PhaseRun:
    """A phase that has begun; ``result`` is set when it is over.

    ``place`` is its number in the sequence and the sequence's length, ``handed`` the outputs of the phases before it,
    ``foreign`` tells which files its processes must not hold, ``end_orphans`` ends what a warden left that was killed.
    """

    phase: Phase
    place: tuple[int, int]
    stage: Stage
    handed: Mapping[str, str]
    on_event: OnPhaseEvent
    foreign: Callable[[], Iterable[int]]
    end_orphans: Callable[[], list[str]]
    result: PhaseResult | None = None
    running: RunningAttempt | None = None
    _outputs: dict[str, str] = field(default_factory=dict)
    _attempts: list[Attempt] = field(default_factory=list)
    _stopped: str = ""  # why the start-up ends
    _ended_by_us: PhaseError | None = None
    _left: list[str] = field(default_factory=list)  # what of the last attempt could not be ended
    _next_at: float = 0.0
    _overdue_at: float = NEVER

    def __post_init__(self) -> None:
        self._started = time.monotonic()
        self._next_at = self._started
        self._pauses = pauses(self.phase.backoff, random.Random())
        total = self.phase.total_timeout
        self._total_at = self._started + total.total_seconds() if total else NEVER

    def advance(self) -> None:
        """Do what the time has come for: begin an attempt, end it, take up how it ended."""
        now = time.monotonic()
        if self.result:  # another one's end has stopped it, in the same turn
            return
        if self.running is None:
            if now >= self._next_at:
                self._begin()
        elif self.running.has_ended():
            self._take(self.running)
        elif now >= self._deadline(self.running):
            self._end_late(self.running)

    def until(self) -> float:
        """Return when to advance next, on the monotonic clock, if nothing else happens."""
        return self._deadline(self.running) if self.running else self._next_at

    def stop(self, why: str, *, at_once: bool = False) -> None:
        """End it, since the start-up ends; an attempt that has ended already is taken as it ended."""
        if self.running and self.running.has_ended():
            self._take(self.running)
        if self.result:
            return
        self._stopped = why
        if self.running is None:
            self._finish(Outcome.CANCELLED, None, why)
            return
        self.on_event(PhaseEnding(self.phase, why))
        self._ask_to_end(self.running, at_once=at_once)

    def read(self, file: int) -> None:
        """Take up what the running attempt wrote into ``file``."""
        attempt = self.running
        if attempt:
            before = attempt.waits_for
            attempt.read(file)
            if attempt.waits_for != before:
                self.on_event(PhaseWaiting(self.phase, attempt.waits_for))

    def _deadline(self, attempt: RunningAttempt) -> float:
        if self._overdue_at != NEVER:
            return self._overdue_at
        work = NEVER if attempt.waits_for else time.monotonic() + self.phase.timeout.total_seconds() - attempt.worked
        return min(work, self._total_at)

    def _end_late(self, attempt: RunningAttempt) -> None:
        if self._overdue_at != NEVER:
            attempt.kill()
            self._overdue_at = NEVER
            return
        is_total = time.monotonic() >= self._total_at
        self._ended_by_us = _timed_out(self.phase, is_total=is_total)
        self.on_event(PhaseEnding(self.phase, self._ended_by_us.message))
        self._ask_to_end(attempt)

    def _ask_to_end(self, attempt: RunningAttempt, *, at_once: bool = False) -> None:
        attempt.end(at_once=at_once)
        grace = 0.0 if at_once else self.phase.grace_period.total_seconds()
        self._overdue_at = time.monotonic() + grace + CLEARING

    def _begin(self) -> None:
        number = len(self._attempts) + 1
        self.on_event(PhaseStarted(self.phase, *self.place, number))
        self._began, self._overdue_at, self._ended_by_us = datetime.now(UTC), NEVER, None
        try:
            environ = self.stage.environ_for(self.phase, number, self.handed)
        except ConfigurationError as error:
            self._cannot_begin(PhaseError.of(error))
            return
        self._secrets = Secrets.of(environ)
        self._files = self.stage.files_of(self.phase, number)
        self._orders = self.stage.orders(self.phase, number, environ)
        start = self.stage.start_of(self.phase, number, environ)
        try:
            self.running = RunningAttempt(start, self._print, self.foreign())
        except OSError as error:
            self._cannot_begin(PhaseError.refused(error))

    def _cannot_begin(self, error: PhaseError) -> None:
        number = len(self._attempts) + 1
        self._attempts.append(Attempt(number, self._began, timedelta(0), Outcome.FAILED, error))
        self._retry(error)

    def _print(self, line: str) -> None:
        self.on_event(PhaseOutput(self.phase, self._secrets.mask(line)))

    def _take(self, attempt: RunningAttempt) -> None:
        """Take up how the attempt ended, and what follows."""
        error = self._masked(self._error_of(attempt))
        waited, duration = timedelta(seconds=attempt.waited), timedelta(seconds=attempt.worked + attempt.waited)
        outcome = error.outcome if error else Outcome.SUCCEEDED
        if self._stopped and error and not self._ended_by_us:
            outcome = Outcome.CANCELLED
        number = len(self._attempts) + 1
        self._attempts.append(Attempt(number, self._began, duration, outcome, error, waited))
        self.running = None
        self._files.remove()
        if error is None or outcome is Outcome.CANCELLED:
            self._finish(outcome, None, self._stopped if error else "")
        else:
            self._retry(error)

    def _error_of(self, attempt: RunningAttempt) -> PhaseError | None:
        said = attempt.take()
        if attempt.was_forsaken:  # do the work of the warden that was killed
            attempt.was_cleared(self.end_orphans(), self._orders.clear())
        error = self._ended_by_us or said  # what it says after our SIGTERM follows from that
        self._left = attempt.left
        if self._left:
            return _not_gone(self._left, error)
        if error and attempt.cleared:
            error = replace(error, detail=f"{error.detail or ''} {attempt.cleared}".strip())
        if error:
            return error
        try:
            found = {**self._files.read_outputs(), **attempt.outputs}
        except MigrateTasksError as wrong:
            return PhaseError.of(wrong)
        missing = [name for name in self.phase.outputs if name not in found]
        if missing:
            return _not_handed_on(missing)
        unfit = [name for name in self.phase.outputs if not may_be_value(found[name])]
        if unfit:
            return PhaseError(f"what it hands on as {', '.join(unfit)} cannot be the value of a variable")
        self._outputs = {name: found[name] for name in self.phase.outputs}
        return None

    def _retry(self, error: PhaseError) -> None:
        """Have another attempt follow, or fail for good."""
        why_not = why_not_again(self.phase, len(self._attempts), error)
        if self._left:
            why_not = "the last attempt is not proved gone"
        pause = next(self._pauses)
        self._next_at = time.monotonic() + pause.total_seconds()
        if not why_not and self._next_at >= self._total_at:
            why_not = "its total_timeout would be over"
        if why_not:
            self._finish(error.outcome, error, not_again=why_not)
            return
        if self._stopped:
            self._finish(Outcome.CANCELLED, None, self._stopped)
            return
        self._attempts[-1] = replace(self._attempts[-1], pause=pause)
        self.on_event(PhaseRetrying(self.phase, self._attempts[-1]))

    def _finish(self, outcome: Outcome, error: PhaseError | None, reason: str = "", not_again: str = "") -> None:
        took = timedelta(seconds=time.monotonic() - self._started)
        attempts = tuple(self._attempts)
        self.result = PhaseResult(self.phase, outcome, attempts, took, error, reason, self._outputs, not_again)

    def _masked(self, error: PhaseError | None) -> PhaseError | None:
        if error is None:
            return None
        mask = self._secrets.mask
        return replace(
            error,
            message=mask(error.message),
            detail=error.detail and mask(error.detail),
            hint=error.hint and mask(error.hint),
        )


def _timed_out(phase: Phase, *, is_total: bool) -> PhaseError:
    limit, key = (phase.total_timeout, "total_timeout") if is_total else (phase.timeout, "timeout")
    assert limit
    return PhaseError(
        f"did not end within {format_duration(limit)}" + (" in all" if is_total else ""),
        detail="It was ended, with every process that it had started.",
        hint=f"If it needs more time, raise the {key} of the phase at {phase.place}.",
        exit_code=TIMED_OUT,
    )


def _not_gone(left: list[str], error: PhaseError | None) -> PhaseError:
    return PhaseError(
        f"could not end all that it had started: {', '.join(left)}",
        detail=f"The attempt itself: {error.message}." if error else None,
        hint="End it by hand before the next start.",
    )


def _not_handed_on(missing: list[str]) -> PhaseError:
    names = ", ".join(missing)
    return PhaseError(
        f"did not hand on {names}, which its outputs promise",
        hint='Write NAME=value into the file "$STARTUP_OUTPUT", or return {"NAME": value} from the task.',
    )
