"""Running a sequence: phase after phase, attempt after attempt, with signals heeded at any time.

Not here: how one attempt runs and is ended (attempt.py), how anything is shown (render/), and how an invoke
task is called (tasks/ passes that in).
"""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import Interrupted
from migrate_tasks.startup.attempt import Attempt, orphans_adopted
from migrate_tasks.startup.result import (
    TIMED_OUT,
    OnPhaseEvent,
    Outcome,
    PhaseError,
    PhaseFinished,
    PhaseOutput,
    PhaseResult,
    PhaseRetrying,
    PhaseRunning,
    PhaseStarted,
    StartupResult,
    ignore,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from migrate_tasks.startup.spec import Phase, Sequence

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds before the next attempt; doubled each time, with full jitter


def run_sequence(
    sequence: Sequence,
    execute: Callable[[Phase], None],
    *,
    environ: Mapping[str, str] | None = None,
    on_event: OnPhaseEvent = ignore,
) -> StartupResult:
    """Run the phases of ``sequence`` in order and return how each ended.

    ``execute`` does a phase's work; it is called in a child process, with ``environ`` added to its
    environment. A required phase that fails ends the start-up, and those after it are skipped. Raises
    Interrupted after SIGINT, SIGTERM or SIGHUP, when nothing runs any more. Must be called in the main thread.
    """
    started = time.monotonic()
    results: list[PhaseResult] = []
    with _signals_heeded() as wakeup, orphans_adopted():
        supervisor = _Supervisor(execute, dict(environ or {}), on_event, wakeup)
        for number, phase in enumerate(sequence.phases, 1):
            if any(result.phase.required and result.error for result in results):
                results.append(PhaseResult(phase, Outcome.SKIPPED))
                continue
            results.append(supervisor.run(phase, number, len(sequence.phases)))
            on_event(PhaseFinished(results[-1]))
            wakeup.raise_if_interrupted()
    return StartupResult(sequence.name, tuple(results), _since(started))


class _Supervisor:
    """What the phases of one run have in common."""

    def __init__(
        self,
        execute: Callable[[Phase], None],
        environ: dict[str, str],
        on_event: OnPhaseEvent,
        wakeup: Wakeup,
    ) -> None:
        self._execute = execute
        self._environ = environ
        self._on_event = on_event
        self._wakeup = wakeup

    def run(self, phase: Phase, number: int, total: int) -> PhaseResult:
        """Attempt ``phase`` until it succeeds, fails for good or has no retries left."""
        started, pause = time.monotonic(), FIRST_PAUSE
        for attempt in range(1, phase.retries + 2):
            self._on_event(PhaseStarted(phase, number, total, attempt))
            error = self._attempt(phase)
            if error is None or not error.is_transient or attempt > phase.retries:
                return PhaseResult(phase, _outcome(error), attempt, _since(started), error)
            delay = random.uniform(0, pause)
            self._on_event(PhaseRetrying(phase, error, timedelta(seconds=delay)))
            self._pause(phase, delay)
            pause = min(pause * 2, LONGEST_PAUSE)
        raise AssertionError("the last attempt returns")

    def _attempt(self, phase: Phase) -> PhaseError | None:
        attempt = Attempt(
            lambda: self._execute(phase), self._environ, lambda line: self._on_event(PhaseOutput(phase, line))
        )
        limit = phase.timeout.total_seconds()
        try:
            has_ended = attempt.wait(limit, self._wakeup.file, lambda: self._on_event(PhaseRunning(phase)))
        except BaseException:  # showing what happened failed: nobody would know of what runs on
            attempt.end()
            raise
        if not has_ended:
            attempt.end()
        error = attempt.result()
        self._wakeup.raise_if_interrupted(f' in phase "{phase.name}"')
        return error if has_ended else _timed_out(phase)

    def _pause(self, phase: Phase, delay: float) -> None:
        deadline = time.monotonic() + delay
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
            self._wakeup.raise_if_interrupted(f' in phase "{phase.name}"')
            self._on_event(PhaseRunning(phase))


def _outcome(error: PhaseError | None) -> Outcome:
    if error is None:
        return Outcome.SUCCEEDED
    return Outcome.TIMED_OUT if error.exit_code == TIMED_OUT else Outcome.FAILED


def _timed_out(phase: Phase) -> PhaseError:
    return PhaseError(
        f"did not end within {format_duration(phase.timeout)}",
        detail="It was ended, with every process that it had started.",
        hint=f"If it needs more time, raise the timeout of the phase at {phase.place}.",
        exit_code=TIMED_OUT,
    )


class Wakeup:
    """A pipe that a signal writes to, so that no wait outlasts it, and the signal that asked us to end."""

    def __init__(self) -> None:
        self.file, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        self._signal: signal.Signals | None = None

    def note(self, number: int, _: object) -> None:
        """Handle SIGINT, SIGTERM or SIGHUP."""
        self._signal = signal.Signals(number)

    def raise_if_interrupted(self, doing: str = "") -> None:
        """Raise Interrupted if a signal asked us to end; ``doing`` says where it met us."""
        if self._signal:
            raise Interrupted(self._signal, doing)


@contextmanager
def _signals_heeded() -> Iterator[Wakeup]:
    wakeup = Wakeup()
    handlers = {
        signal.SIGINT: wakeup.note,
        signal.SIGTERM: wakeup.note,
        signal.SIGHUP: wakeup.note,
        signal.SIGCHLD: lambda *_: None,
    }
    before = {
        number: signal.signal(number, handler)
        for number, handler in handlers.items()
        if number == signal.SIGCHLD or signal.getsignal(number) != signal.SIG_IGN  # as nohup wants it
    }
    before_fd = signal.set_wakeup_fd(wakeup.writer, warn_on_full_buffer=False)
    try:
        yield wakeup
    finally:
        signal.set_wakeup_fd(before_fd)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(wakeup.file)
        os.close(wakeup.writer)


def _since(started: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - started)
