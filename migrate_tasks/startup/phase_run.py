"""One phase while it runs: attempt after attempt, each ended when its time is over. It never waits itself."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.startup.attempt import RunningAttempt
from migrate_tasks.startup.masking import Secrets
from migrate_tasks.startup.result import (
    TIMED_OUT,
    Attempt,
    OnPhaseEvent,
    Outcome,
    PhaseEnding,
    PhaseError,
    PhaseEvent,
    PhaseOutput,
    PhaseResult,
    PhaseRetrying,
    PhaseStarted,
    PhaseWaiting,
)
from migrate_tasks.startup.retry import deserves_retry, pauses
from migrate_tasks.startup.warden import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from migrate_tasks.startup.spec import Phase
    from migrate_tasks.startup.stage import Stage

CLEARING = 5.0  # seconds that a warden has for its own work, beyond the grace period


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
    outputs: dict[str, str] = field(default_factory=dict)
    running: RunningAttempt | None = None
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
            self._finish(Outcome.CANCELLED, None)
            return
        self._tell(PhaseEnding(self.phase, why))
        self._ask_to_end(self.running, at_once=at_once)

    def read(self, file: int) -> None:
        """Take up what the running attempt wrote into ``file``."""
        attempt = self.running
        if attempt:
            before = attempt.waits_for
            attempt.read(file)
            if attempt.waits_for != before:
                self._tell(PhaseWaiting(self.phase, attempt.waits_for))

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
        self._tell(PhaseEnding(self.phase, self._ended_by_us.message))
        self._ask_to_end(attempt)

    def _ask_to_end(self, attempt: RunningAttempt, *, at_once: bool = False) -> None:
        attempt.end(at_once=at_once)
        grace = 0.0 if at_once else self.phase.grace_period.total_seconds()
        self._overdue_at = time.monotonic() + grace + CLEARING

    def _begin(self) -> None:
        number = len(self._attempts) + 1
        self._tell(PhaseStarted(self.phase, *self.place, number))
        self._began, self._overdue_at, self._ended_by_us = datetime.now(UTC), NEVER, None
        try:
            environ = self.stage.environ_for(self.phase, number, self.handed)
        except ConfigurationError as error:
            told = PhaseError.of(error)
            self._attempts.append(Attempt(number, self._began, timedelta(0), Outcome.FAILED, told))
            self._finish(Outcome.FAILED, told)
            return
        self._secrets = Secrets(environ)
        self._files = self.stage.files_of(self.phase, number)
        self._orders = self.stage.orders(self.phase, number, environ)
        start = self.stage.start_of(self.phase, number, environ)
        self.running = RunningAttempt(start, self._print, self.foreign())

    def _print(self, line: str) -> None:
        self._tell(PhaseOutput(self.phase, self._secrets.mask(line)))

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
        may_retry = error is not None and self._may_retry(error)
        if outcome is Outcome.CANCELLED or (may_retry and self._stopped):
            self._finish(Outcome.CANCELLED, None)
        elif may_retry:
            self._retry()
        else:
            self._finish(outcome, error)

    def _error_of(self, attempt: RunningAttempt) -> PhaseError | None:
        told = attempt.take()
        error = self._ended_by_us or told  # what it says after our SIGTERM follows from that
        self._left = self._left_by(attempt)
        if self._left:
            return _not_gone(self._left, error)
        if error:
            return error
        try:
            found = {**self._files.read_outputs(), **attempt.outputs}
        except MigrateTasksError as wrong:
            return PhaseError.of(wrong)
        missing = [name for name in self.phase.outputs if name not in found]
        if missing:
            return _not_handed_on(missing)
        self.outputs = {name: found[name] for name in self.phase.outputs}
        return None

    def _left_by(self, attempt: RunningAttempt) -> list[str]:
        """Return what of an attempt could not be ended; where its warden was killed, do its work first."""
        if not attempt.was_forsaken:
            return attempt.left
        return self.end_orphans() + self._orders.clear()

    def _may_retry(self, error: PhaseError) -> bool:
        if self._left:  # no attempt begins beside the last one
            return False
        return len(self._attempts) <= self.phase.retries and deserves_retry(error, self.phase.retry_on)

    def _retry(self) -> None:
        pause = next(self._pauses)
        failed = self._attempts[-1]
        self._next_at = time.monotonic() + pause.total_seconds()
        if self._next_at >= self._total_at:
            self._finish(failed.outcome, failed.error)
            return
        self._attempts[-1] = Attempt(**{**vars(failed), "pause": pause})
        self._tell(PhaseRetrying(self.phase, self._attempts[-1]))

    def _finish(self, outcome: Outcome, error: PhaseError | None) -> None:
        took = timedelta(seconds=time.monotonic() - self._started)
        reason = self._stopped if outcome is Outcome.CANCELLED else ""
        self.result = PhaseResult(self.phase, outcome, tuple(self._attempts), took, error, reason)

    def _masked(self, error: PhaseError | None) -> PhaseError | None:
        if error is None:
            return None
        texts = {
            key: self._secrets.mask(text) for key in ("message", "detail", "hint") if (text := getattr(error, key))
        }
        return PhaseError(**{**vars(error), **texts})

    def _tell(self, event: PhaseEvent) -> None:
        self.on_event(event)


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
        detail=f"How it ended: {error.message}." if error else None,
        hint="End it by hand before the next start.",
    )


def _not_handed_on(missing: list[str]) -> PhaseError:
    names = ", ".join(missing)
    return PhaseError(
        f"did not hand on {names}, which its outputs promise",
        hint='Write NAME=value into the file "$STARTUP_OUTPUT", or return {"NAME": value} from the task.',
    )
