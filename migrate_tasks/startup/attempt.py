"""A running attempt of a phase, as its supervisor has it: three pipes, and the pid of a warden (warden.py).

The warden is forked off a warm, single-threaded process, so an attempt costs milliseconds; where fork is not to be
had, it is a fresh interpreter (spawned.py) that is told the same.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.startup import warden, worker
from migrate_tasks.startup.result import PhaseError
from migrate_tasks.streams import keep_streams_open

if TYPE_CHECKING:
    from migrate_tasks.postgres.backends import Ended

PIPE_SIZE = 65536  # what a pipe holds on Linux (pipe(7))
LONGEST_LINE = 4 * 1024 * 1024  # bytes; what is longer is passed on in parts


@dataclass(frozen=True)
class Pipes:
    """The ends that a warden has: of the attempt's output, of its report, and of the lifeline."""

    output: int
    report: int
    lifeline: int


# starts a warden that has the pipes, and none of the other files, and returns its pid
Start = Callable[[Pipes, Iterable[int]], int]


@dataclass
class RunningAttempt:
    """An attempt from its start until its warden is reaped; ``on_line`` gets each line that it prints.

    ``foreign`` are files of ours that its processes must not hold. ``waits_for`` is what it waits for; it works where
    that is empty.
    """

    start: Start
    on_line: Callable[[str], None]
    foreign: Iterable[int] = ()
    waits_for: str = ""
    outputs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.output, output), (self.report, report), (lifeline, self._lifeline) = _pipes(3)
        self._line: list[bytes] = []  # the parts of a line that has no end yet
        self._held = 0  # their bytes
        self._said = b""  # a message that has no end yet
        self._facts: dict[str, Any] = {}
        self._has_ended = False
        self._started = time.monotonic()
        self._waited, self._waits_since = 0.0, 0.0
        try:
            self._pid = self.start(Pipes(output, report, lifeline), (*self.files, *self.foreign))
        except OSError:
            _close(self.files)
            raise
        finally:
            _close((output, report, lifeline))
        for file in (self.output, self.report):
            os.set_blocking(file, False)
        self.listening = {self.output, self.report}  # those that have not come to their end

    @property
    def files(self) -> tuple[int, int, int]:
        """Our ends of the pipes, which nobody else may hold."""
        return self.output, self.report, self._lifeline

    @property
    def pid(self) -> int:
        """The warden's."""
        return self._pid

    @property
    def left(self) -> list[str]:
        """Return, after it has ended, what of it could not be ended, each in words."""
        left: list[str] = self._facts.get("left", [])
        return left

    @property
    def cleared(self) -> str:
        """Return, after it has ended, what was found of it in the database, in sentences."""
        return str(self._facts.get("cleared", ""))

    @property
    def was_forsaken(self) -> bool:
        """Return, after it has ended, whether its warden was killed before it had ended all."""
        return "status" not in self._facts

    @property
    def waited(self) -> float:
        """Return for how many seconds it has waited so far."""
        return self._waited + (time.monotonic() - self._waits_since if self.waits_for else 0.0)

    @property
    def worked(self) -> float:
        """Return for how many seconds it has worked so far."""
        return time.monotonic() - self._started - self.waited

    def end(self, *, at_once: bool = False) -> None:
        """Ask the warden to end everything, after the grace period or at once; it may be asked again."""
        with contextlib.suppress(OSError):
            os.write(self._lifeline, warden.KILL if at_once else warden.END)

    def kill(self) -> None:
        """Kill a warden that does not do its work; what it had is then an orphan of ours."""
        os.kill(self._pid, signal.SIGKILL)

    def was_cleared(self, processes: list[str], ended: Ended | None) -> None:
        """Take up what came of clearing up for a warden that was killed."""
        self._facts |= warden.left_behind(processes, ended)

    def has_ended(self) -> bool:
        """Return whether the attempt is over: the warden has ended, and been reaped."""
        if not self._has_ended:
            try:
                self._has_ended = os.waitpid(self._pid, os.WNOHANG)[0] != 0
            except ChildProcessError:  # the program that we are in waits for any child
                self._has_ended = True
        return self._has_ended

    def take(self) -> PhaseError | None:
        """Return why the ended attempt failed, or None for success, and let go of all that it held."""
        for file in (self.output, self.report):
            while self.read(file) == PIPE_SIZE:
                pass
        if any(self._line):
            self._pass_on()
        _close(self.files)
        return self._error()

    def _error(self) -> PhaseError | None:
        if "error" in self._facts:
            error = self._facts["error"]
            self.outputs = self._facts["outputs"]
            return PhaseError(**error) if error else None
        if self.was_forsaken:
            return PhaseError("the process that watched over the phase was killed")
        code = os.waitstatus_to_exitcode(self._facts["status"])
        if "is_shell" in self._facts and code >= 0:  # only a shell's code says anything
            return PhaseError(f"exit code {code}", exit_code=code) if code else None
        return PhaseError(f"the phase's process was ended by {_how_it_ended(code)}")

    def read(self, file: int) -> int:
        """Take up what a pipe holds; returns how many bytes, 0 at its end, -1 where it has none now."""
        try:
            data = os.read(file, PIPE_SIZE)
        except BlockingIOError:
            return -1
        if not data:
            self.listening.discard(file)
        elif file == self.report:
            self._hear(data)
        else:
            self._print(data)
        return len(data)

    def _hear(self, data: bytes) -> None:
        *messages, self._said = (self._said + data).split(b"\n")
        for message in messages:
            with contextlib.suppress(ValueError):  # half of what a worker told that was killed
                self._heed(json.loads(message))

    def _heed(self, facts: dict[str, Any]) -> None:
        if "waiting" not in facts:
            self._facts |= facts
            return
        self._waited = self.waited
        self.waits_for, self._waits_since = facts["waiting"], time.monotonic()

    def _print(self, data: bytes) -> None:
        first, *rest = data.split(b"\n")
        self._line.append(first)
        for part in rest:
            self._pass_on()
            self._line.append(part)
        self._held = len(first) + self._held if not rest else len(rest[-1])
        if self._held > LONGEST_LINE:
            self._pass_on()

    def _pass_on(self) -> None:
        line = b"".join(self._line)
        self._line.clear()
        self._held = 0
        self.on_line(line.decode(errors="replace"))


def _pipes(count: int) -> list[tuple[int, int]]:
    """Return new pipes; none is left open where there cannot be so many."""
    made: list[tuple[int, int]] = []
    try:
        while len(made) < count:
            made.append(os.pipe())
    except OSError:
        _close(file for pipe in made for file in pipe)
        raise
    return made


def _close(files: Iterable[int]) -> None:
    for file in files:
        os.close(file)


@contextlib.contextmanager
def run_beside(work: worker.Work) -> Iterator[None]:
    """Do ``work`` in a process of its own beside the block, and wait for it.

    Raises ConfigurationError with what went wrong in it.
    """
    keep_streams_open()
    orders = warden.Orders(grace_period=0.0, clear=lambda: None, forsaken=lambda: None)
    job = worker.Job(work, os.environ.copy(), Path.cwd())
    attempt = RunningAttempt(forked(job, orders), lambda _: None)
    yield
    while not attempt.has_ended():
        for file in list(attempt.listening):
            attempt.read(file)
        time.sleep(0.0005)
    error = attempt.take()
    if error:
        raise ConfigurationError(error.message, detail=error.detail, hint=error.hint)


def _how_it_ended(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit({code})"


def can_fork() -> bool:
    """Return whether forking this process is safe: on Linux, and with no thread that may hold a lock."""
    return sys.platform == "linux" and threading.active_count() == 1


def forked(job: worker.Job, orders: warden.Orders) -> Start:
    """Return what forks a warden off this process."""

    def start(pipes: Pipes, foreign: Iterable[int]) -> int:
        worker.flush()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, worker.ASK_TO_END)
        try:
            pid = os.fork()
            if pid == 0:
                _close(foreign)
                warden.watch(job, orders, pipes.output, pipes.report, pipes.lifeline)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return pid

    return start


def spawned(command: Iterable[str], facts: Mapping[str, Any], environ: Mapping[str, str]) -> Start:
    """Return what starts a warden in a fresh interpreter: ``command``, with ``facts`` as JSON for its last argument."""

    def start(pipes: Pipes, _: Iterable[int]) -> int:
        files = (pipes.output, pipes.report, pipes.lifeline)
        arguments = [*command, json.dumps({**facts, "pipes": files})]
        handed_on = [(os.POSIX_SPAWN_DUP2, file, file) for file in files]  # to this process, and to no other
        return os.posix_spawn(arguments[0], arguments, dict(environ), file_actions=handed_on)

    return start
