"""Running a sequence: phases that begin when what they wait for is done, with signals heeded at any time.

One process and one thread, so that forking is safe; it waits in one place, for whatever comes first. Not here: one
phase's attempts (phase_run.py), how an attempt runs and is ended (attempt.py, warden.py, worker.py), how anything is
shown (render/), and how an invoke task is called (tasks/ passes that in).
"""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import Interrupted
from migrate_tasks.startup.choice import Choice
from migrate_tasks.startup.graph import ancestors
from migrate_tasks.startup.phase_run import PhaseRun
from migrate_tasks.startup.processes import children, end_all, is_foreign, orphans_adopted
from migrate_tasks.startup.result import (
    TIMED_OUT,
    OnPhaseEvent,
    Outcome,
    PhaseError,
    PhaseFinished,
    PhaseResult,
    StartupResult,
    TimePasses,
    ignore,
)
from migrate_tasks.startup.schedule import may_begin, skipped
from migrate_tasks.startup.warden import NEVER
from migrate_tasks.streams import keep_streams_open

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrate_tasks.startup.result import PhaseEvent
    from migrate_tasks.startup.spec import Phase, Sequence
    from migrate_tasks.startup.stage import Stage

TICK = 0.1  # seconds between two TimePasses
ASK_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run_sequence(
    sequence: Sequence,
    stage: Stage,
    choice: Choice | None = None,
    *,
    on_event: OnPhaseEvent = ignore,
) -> StartupResult:
    """Run the phases of ``sequence``, as far as ``choice`` says, and return how each ended.

    A required phase that fails ends the start-up: what runs beside it is cancelled, what comes after it is skipped.
    Raises Interrupted after SIGINT, SIGTERM or SIGHUP, when nothing runs any more; a second signal does not wait for
    the grace periods. Must be called in the main thread.
    """
    keep_streams_open()
    with _signals_heeded() as wakeup, orphans_adopted():
        result = _Supervisor(sequence, stage, choice or Choice(), wakeup, on_event).run()
    if wakeup.number:  # asked here, where no signal can come between that and our handlers' end
        raise Interrupted(wakeup.number, wakeup.doing)
    return result


class _Supervisor:
    def __init__(
        self,
        sequence: Sequence,
        stage: Stage,
        choice: Choice,
        wakeup: Wakeup,
        on_event: OnPhaseEvent,
    ) -> None:
        self._sequence = sequence
        self._stage = stage
        self._jobs = choice.jobs or len(sequence.phases)
        self._unwanted = choice.unwanted
        self._wakeup = wakeup
        self._on_event = on_event
        self._began = datetime.now(UTC)
        self._started = time.monotonic()
        total = sequence.total_timeout
        self._total_at = self._started + total.total_seconds() if total else NEVER
        self._others = children()
        self._runs: dict[str, PhaseRun] = {}
        self._ended: dict[str, PhaseResult] = {}
        self._ticked = self._started
        self._stopping = ""  # why the start-up ends before its end
        self._signals = 0  # how many of them the phases were told of
        self._error: PhaseError | None = None

    def run(self) -> StartupResult:
        """Run until every phase has ended."""
        try:
            while len(self._ended) < len(self._sequence.phases):
                self._begin_what_may()
                self._go_on()
        except BaseException:  # showing what happened failed: nobody would know of what runs on
            self._on_event = ignore
            self._stop("the start-up ends", at_once=True)
            while self._runs:
                self._go_on()
            raise
        took = timedelta(seconds=time.monotonic() - self._started)
        phases = tuple(self._ended[phase.name] for phase in self._sequence.phases)
        return StartupResult(self._sequence.name, phases, took, self._began, self._stage.run_id, self._error)

    def _go_on(self) -> None:
        if self._runs:
            self._wait()
        self._heed_limits()
        for run in list(self._runs.values()):
            run.advance()
            self._take(run)

    def _begin_what_may(self) -> None:
        """Skip what can never begin, and begin what may, until neither changes anything."""
        while results := skipped(self._sequence, self._ended, self._unwanted):
            for result in results:
                self._end(result)
        for number, phase in enumerate(self._sequence.phases, 1):
            if phase.name in self._ended or phase.name in self._runs:
                continue
            if self._stopping:
                self._end(PhaseResult(phase, Outcome.SKIPPED, reason=self._stopping))
            elif phase.name not in self._unwanted and len(self._runs) < self._jobs and may_begin(phase, self._ended):
                self._begin(phase, number)

    def _begin(self, phase: Phase, number: int) -> None:
        handed = self._handed_to(phase)
        environ = {**self._stage.environ, **handed, **phase.env}
        unmet = next((r for r in phase.when if not r.holds(environ)), None)
        if unmet:
            self._end(
                PhaseResult(phase, Outcome.SKIPPED, reason=f"not wanted: {unmet.name} is {_shown(environ, unmet.name)}")
            )
            return
        self._runs[phase.name] = PhaseRun(
            phase=phase,
            place=(number, len(self._sequence.phases)),
            stage=self._stage,
            handed=handed,
            on_event=self._tell,
            foreign=self._files,
            end_orphans=self._end_orphans,
        )
        self._runs[phase.name].advance()
        self._take(self._runs[phase.name])

    def _handed_to(self, phase: Phase) -> dict[str, str]:
        """Return the outputs of all phases that ``phase`` waited for; the later one wins."""
        before = ancestors({p.name: p for p in self._sequence.phases}, phase.name)
        handed: dict[str, str] = {}
        for earlier in self._sequence.phases:
            if earlier.name in before:
                handed |= self._ended[earlier.name].outputs
        return handed

    def _files(self) -> list[int]:
        attempts = [run.running for run in self._runs.values() if run.running]
        return [self._wakeup.file, self._wakeup.writer, *(file for attempt in attempts for file in attempt.files)]

    def _wait(self) -> None:
        """Wait for a signal, for what phases write, for the end of one, or until something is due."""
        poll = select.poll()
        poll.register(self._wakeup.file, select.POLLIN)
        readers: dict[int, PhaseRun] = {}
        for run in self._runs.values():
            for file in run.running.listening if run.running else ():
                poll.register(file, select.POLLIN)
                readers[file] = run
        due = min(self._total_at, *(run.until() for run in self._runs.values())) - time.monotonic()
        for file, _ in poll.poll(max(0.0, min(TICK, due)) * 1000):
            if file in readers:
                readers[file].read(file)
            else:
                os.read(file, 4096)
        if time.monotonic() - self._ticked >= TICK:
            self._ticked = time.monotonic()
            self._tell(TimePasses())

    def _heed_limits(self) -> None:
        if self._wakeup.count > self._signals:
            self._signals = self._wakeup.count
            assert self._wakeup.number
            self._wakeup.doing = self._wakeup.doing or _within(list(self._runs))
            self._stop(f"interrupted by {self._wakeup.number.name}", at_once=self._signals > 1)
        if time.monotonic() >= self._total_at and not self._stopping:
            limit = self._sequence.total_timeout
            assert limit
            self._error = PhaseError(
                f"the start-up did not end within {format_duration(limit)}",
                hint="If it needs more time, raise total_timeout at the top of the file.",
                exit_code=TIMED_OUT,
            )
            self._stop(self._error.message)

    def _stop(self, why: str, *, at_once: bool = False) -> None:
        self._stopping = self._stopping or why
        for run in list(self._runs.values()):
            run.stop(why, at_once=at_once)
            self._take(run)

    def _take(self, run: PhaseRun) -> None:
        """Take up the phase's result, if it has one by now."""
        result = run.result
        if result is None or run.phase.name not in self._runs:
            return
        del self._runs[run.phase.name]
        self._end(result)

    def _end_orphans(self) -> list[str]:
        """End what we were given since the warden that had it was killed; returns what could not be ended."""
        wardens = {run.running.pid for run in self._runs.values() if run.running}
        return end_all(lambda pid: pid not in self._others | wardens and is_foreign(pid))

    def _end(self, result: PhaseResult) -> None:
        self._ended[result.phase.name] = result
        self._tell(PhaseFinished(result))
        if result.error and result.phase.required and not self._stopping:
            how = "could not begin" if result.outcome is Outcome.SKIPPED else "failed"
            self._stop(f'the start-up ends since phase "{result.phase.name}" {how}')

    def _tell(self, event: PhaseEvent) -> None:
        self._on_event(event)


def _within(names: list[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names)
    return f" in phase{'s' if len(names) > 1 else ''} {shown}" if names else ""


def _shown(environ: Mapping[str, str], name: str) -> str:
    return f'"{environ[name]}"' if name in environ else "not set"


class Wakeup:
    """A pipe that a signal writes to, so that no wait outlasts it, and the signals that asked us to end.

    ``count`` is how many came, ``number`` the first one, ``doing`` where it met us.
    """

    def __init__(self) -> None:
        self.file, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        self.number: signal.Signals | None = None
        self.count = 0
        self.doing = ""

    def note(self, number: int, _: object) -> None:
        """Handle SIGINT, SIGTERM or SIGHUP."""
        self.number = self.number or signal.Signals(number)
        self.count += 1


@contextmanager
def _signals_heeded() -> Iterator[Wakeup]:
    wakeup = Wakeup()
    asked = [number for number in ASK_TO_END if signal.getsignal(number) != signal.SIG_IGN]  # as nohup wants it
    before = {number: signal.signal(number, wakeup.note) for number in asked}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
    before_fd = signal.set_wakeup_fd(wakeup.writer, warn_on_full_buffer=False)
    try:
        yield wakeup
    finally:
        signal.set_wakeup_fd(before_fd)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(wakeup.file)
        os.close(wakeup.writer)
