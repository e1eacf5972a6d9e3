"""What tests of start-ups are made with: phases that are functions, and scripts that may be interrupted."""

from __future__ import annotations

import mmap
import os
import select
import signal
import struct
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from migrate_tasks.startup.choice import Choice
from migrate_tasks.startup.result import (
    Outcome,
    PhaseError,
    PhaseEvent,
    PhaseOutput,
    PhaseResult,
    StartupResult,
    TimePasses,
)
from migrate_tasks.startup.spec import Condition, Dependency, Phase, Sequence
from migrate_tasks.startup.stage import Stage, scratch_folder
from migrate_tasks.startup.supervisor import run_sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONG = 30  # seconds that no test waits for, and after which nothing that went wrong is left
BRIEF = 1  # seconds that are enough to begin, and that a test waits for
TIMED_OUT = PhaseError(
    "did not end within 1s",
    detail="It was ended, with every process that it had started.",
    hint="If it needs more time, raise the timeout of the phase at startup.yaml:1:1.",
    exit_code=124,
)
PRELUDE = f"""
import os, signal, subprocess, sys, time
from datetime import timedelta
from migrate_tasks.errors import MigrateTasksError, TryAgainLater
from migrate_tasks.startup.result import *
from pathlib import Path
from migrate_tasks.startup.spec import Phase, Sequence
from migrate_tasks.startup.stage import Stage, scratch_folder
from migrate_tasks.startup.supervisor import run_sequence

def show(event):
    if isinstance(event, PhaseOutput):
        print(event.line, flush=True)

def run(work, on_event=show, **facts):
    facts = {{"grace_period": timedelta(seconds=2), **facts}}
    sequence = Sequence("shop", (Phase(name="a", task="t", place="startup.yaml:1:1", **facts),))
    try:
        with scratch_folder() as scratch:
            stage = Stage(execute=lambda _: work(), folder=Path.cwd(), environ=dict(os.environ), scratch=scratch)
            print(run_sequence(sequence, stage, on_event=on_event).outcome)
    except MigrateTasksError as error:
        print(error)
        print("SIGTERM is", "ours" if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL else "theirs")
        sys.exit(error.exit_code)

def sleep_beside():
    subprocess.Popen(["sleep", "{LONG}"], pass_fds=[int(sys.argv[1])])
    print("begun", flush=True)
    time.sleep({LONG})
"""
INTERRUPTED = "interrupted by {}{}\nHINT: Run it again: what is completed stays completed.\nSIGTERM is ours\n"


@dataclass(frozen=True)
class Ran:
    """What came of a sequence, and what it told on the way, but for the passing of time."""

    result: StartupResult
    events: tuple[PhaseEvent, ...]

    @property
    def phase(self) -> PhaseResult:
        """How the only phase ended."""
        (phase,) = self.result.phases
        return phase

    @property
    def lines(self) -> list[str]:
        """What was printed."""
        return [event.line for event in self.events if isinstance(event, PhaseOutput)]


def a_phase(
    name: str = "a", *, timeout: float = LONG, grace: float = 2, after: Phase | None = None, **facts: Any
) -> Phase:
    """Return a phase that may take ``timeout`` seconds, and follows ``after`` as the file's order would have it."""
    needs = Condition.SUCCEEDED if after and after.required else Condition.ENDED
    return Phase(
        name=name,
        task="" if "run" in facts else "t",
        timeout=timedelta(seconds=timeout),
        grace_period=timedelta(seconds=grace),
        depends_on=(Dependency(after.name, needs),) if after else facts.pop("depends_on", ()),
        place="startup.yaml:1:1",
        **facts,
    )


def run_all(
    works: Mapping[Phase, Callable[[], object]],
    environ: Mapping[str, str] | None = None,
    *,
    total_timeout: float | None = None,
    folder: Path | None = None,
    **limits: Any,
) -> Ran:
    """Run a sequence of phases and what each of them does."""
    events: list[PhaseEvent] = []

    def note(event: PhaseEvent) -> None:
        if not isinstance(event, TimePasses):
            events.append(event)

    with scratch_folder() as scratch:
        stage = Stage(
            execute=lambda phase: works[phase](),
            folder=folder or Path.cwd(),
            environ={**os.environ, **(environ or {})},
            scratch=scratch,
        )
        total = timedelta(seconds=total_timeout) if total_timeout else None
        result = run_sequence(Sequence("shop", tuple(works), total), stage, Choice(**limits), on_event=note)
    return Ran(result, tuple(events))


def run(work: Callable[[], object], phase: Phase | None = None, environ: Mapping[str, str] | None = None) -> Ran:
    """Run a sequence of one phase that does ``work``."""
    return run_all({phase or a_phase(): work}, environ)


def say(text: object, end: str = "\n") -> None:
    """Print at once, as phases do."""
    print(text, end=end, flush=True)  # noqa: T201 -- that is what phases do


def fail(error: BaseException) -> NoReturn:
    """Raise ``error``, where only an expression may stand."""
    raise error


def loop() -> None:
    """Keep the processor busy for ever."""
    while True:
        pass


@dataclass
class Witness:
    """A pipe whose write end goes to whatever a phase starts, so that its end tells that all of that is gone."""

    reader: int
    writer: int
    is_closed: bool = field(default=False)

    def close(self) -> None:
        """Close our own write end."""
        if not self.is_closed:
            os.close(self.writer)
            self.is_closed = True

    def start(self, *, new_session: bool = False) -> int:
        """Start a process that sleeps, and return its id; called in a phase."""
        sleep = ["sleep", str(LONG)]
        return subprocess.Popen(sleep, pass_fds=[self.writer], start_new_session=new_session).pid

    def all_gone(self, seconds: float = LONG / 3) -> bool:
        """Return whether, within ``seconds``, nothing that has the write end lives any more."""
        self.close()
        ready, _, _ = select.select([self.reader], [], [], seconds)
        return bool(ready) and os.read(self.reader, 1) == b""


@dataclass(frozen=True)
class Script:
    """A Python process of its own, in which a sequence runs and which may be interrupted."""

    process: subprocess.Popen[str]

    def until(self, line: str) -> None:
        """Wait until the script has printed ``line``."""
        assert self.process.stdout
        while self.process.stdout.readline() not in (f"{line}\n", ""):
            pass

    def ended(self) -> tuple[int, str]:
        """Wait for the script, and return its exit code and what it printed since."""
        out, _ = self.process.communicate(timeout=LONG)
        return self.process.returncode, out


@contextmanager
def metronome(beat: float = 0.01) -> Iterator[Callable[[], float]]:
    """Yield what tells how many seconds so far the machine is to blame for, where something takes too long.

    That is by how much, in all, a process that does nothing but sleep has come late, and how long we ourselves, who may
    have more to do, were ready to run and did not (proc(5), schedstat).
    """
    memory = mmap.mmap(-1, 8)
    pid = os.fork()
    if pid == 0:
        os.closerange(0, os.sysconf("SC_OPEN_MAX"))  # a witness among them
        late = 0.0
        while True:
            due = time.monotonic() + beat
            time.sleep(beat)
            late += time.monotonic() - due
            memory[:] = struct.pack("d", late)
    try:
        denied = _denied()
        yield lambda: float(struct.unpack("d", memory[:])[0]) + _denied() - denied
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        memory.close()


def _denied() -> float:
    try:
        return int(Path("/proc/self/schedstat").read_text().split()[1]) / 1e9
    except OSError:
        return 0.0


def attempts_of(result: PhaseResult) -> list[tuple[int, Outcome, PhaseError | None]]:
    """Return what came of each attempt."""
    return [(attempt.number, attempt.outcome, attempt.error) for attempt in result.attempts]


def outcome_and_error(ran: Ran) -> tuple[Outcome, PhaseError | None]:
    """Return how the only phase ended."""
    return ran.phase.outcome, ran.phase.error
