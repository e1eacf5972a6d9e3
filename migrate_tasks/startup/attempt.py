"""One attempt of a phase: a forked child with a session of its own, and how it is ended.

The child is forked off a warm, single-threaded process, so an attempt costs milliseconds. It dies with its
parent (PR_SET_PDEATHSIG), is told to stop by SIGTERM, which it meets as KeyboardInterrupt (psycopg then
cancels the query on the server), and is killed with its whole process group after a grace period. The
attempt is over when the child is reaped, its group is gone, and so is what left the group (a daemon).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import selectors
import signal
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.startup.explain import explain
from migrate_tasks.startup.result import PhaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

GRACE_PERIOD = 5.0  # seconds between SIGTERM and SIGKILL
TICK = 0.1  # seconds between two calls of ``on_tick``
PIPE_SIZE = 65536  # what a pipe holds on Linux (pipe(7))
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 1, 36, 37

ASK_TO_END = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}

libc = ctypes.CDLL(None)


class Attempt:
    """A running child that executes ``work``; ``on_line`` gets each line that it prints."""

    def __init__(self, work: Callable[[], None], environ: Mapping[str, str], on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._line: list[bytes] = []  # the parts of a line that has no end yet
        self._said = b""
        self._status: int | None = None
        self._others = children()
        self._output, output = os.pipe()
        self._report, report = os.pipe()
        _flush()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            _Child(parent, output, report).run(work, environ)
        for theirs, ours in ((output, self._output), (report, self._report)):
            os.close(theirs)
            os.set_blocking(ours, False)

    def wait(self, timeout: float, wakeup: int, on_tick: Callable[[], None]) -> bool:
        """Wait until the child has ended, for ``timeout`` seconds or until a byte is on ``wakeup``.

        Returns whether it has ended.
        """
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            for file in (self._output, self._report, wakeup):
                selector.register(file, selectors.EVENT_READ)
            while not self._has_ended() and time.monotonic() < deadline:
                ready = {key.fd for key, _ in selector.select(min(TICK, max(0.0, deadline - time.monotonic())))}
                if wakeup in ready and set(os.read(wakeup, 4096)) & ASK_TO_END:
                    break
                for file in ready - {wakeup}:
                    if not self._read(file):
                        selector.unregister(file)
                on_tick()
        return self._has_ended()

    def join(self) -> PhaseError | None:
        """Wait for the child without a limit, and return as :meth:`result` does."""
        while not self._has_ended():
            self._read_all()
            time.sleep(0.001)
        return self.result()

    def end(self) -> None:
        """Have the child end, and kill it after a grace period, with everything that it started."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_PERIOD
        while not self._has_ended() and time.monotonic() < deadline:
            self._read_all()
            time.sleep(0.005)
        self._clear()

    def result(self) -> PhaseError | None:
        """Return why the ended attempt failed, or None for success, and let go of all that it held."""
        self._clear()
        self._read_all()
        for file in (self._output, self._report):
            os.close(file)
        if any(self._line):
            self._pass_on()
        if not self._said:
            return PhaseError(f"the phase's process was ended by {_how_it_ended(self._status or 0)}")
        error = json.loads(self._said)
        return PhaseError(**error) if error else None

    def _has_ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._status = status if pid else None
        return self._status is not None

    def _clear(self) -> None:
        """Kill what is left of the child's group, and what left the group and was adopted by us."""
        self._signal(signal.SIGKILL)
        if self._status is None:
            _, self._status = os.waitpid(self._pid, 0)
        while orphans := {pid for pid in children() - self._others if _is_orphan(pid)}:  # each may leave some, too
            for pid in orphans:
                try:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                except (ProcessLookupError, ChildProcessError):
                    pass
                except PermissionError:  # it became another user; nobody but that one can end it
                    self._others.add(pid)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, number)

    def _pass_on(self) -> None:
        line = b"".join(self._line)
        self._line.clear()
        self._on_line(line.decode(errors="replace"))

    def _read_all(self) -> None:
        """Read what both pipes hold now, no more: a child may print faster than we read."""
        for file in (self._output, self._report):
            self._read(file)

    def _read(self, file: int) -> bool:
        """Take up what a pipe holds; returns False at its end."""
        try:
            data = os.read(file, PIPE_SIZE)
        except BlockingIOError:
            return True
        if file == self._report:
            self._said += data
        else:
            first, *rest = data.split(b"\n")
            self._line.append(first)
            for part in rest:
                self._pass_on()
                self._line.append(part)
        return bool(data)


@contextlib.contextmanager
def orphans_adopted() -> Iterator[None]:
    """Have the kernel give us our children's orphans, so that we can end them (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    if sys.platform != "linux":
        yield
        return
    before = ctypes.c_int()
    libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(before))
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, before.value)


def _is_orphan(pid: int) -> bool:
    """Return whether our child ``pid`` came from a phase: from another session than ours, and not to keep a server."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return os.getsid(pid) != os.getsid(0) and b"keeper.py" not in command
    except (ProcessLookupError, FileNotFoundError):
        return False


def children() -> set[int]:
    """Return the pids of our children, ended ones too; none where the system does not list them."""
    found: set[int] = set()
    for thread in Path("/proc/self/task").glob("*/children"):
        found.update(map(int, thread.read_text().split()))
    return found


class _Child:
    """The forked side of an attempt; it never returns into the parent's code."""

    def __init__(self, parent: int, output: int, report: int) -> None:
        self._parent = parent
        self._output = output
        self._report = report

    def run(self, work: Callable[[], None], environ: Mapping[str, str]) -> NoReturn:
        code = 1
        try:
            self._settle(environ)
            error = _attempt(work)
            self._tell(json.dumps(asdict(error) if error else None).encode())
            code = error.exit_code if error else 0
        finally:
            _flush()
            os._exit(code)

    def _tell(self, report: bytes) -> None:
        while report:
            report = report[os.write(self._report, report) :]

    def _settle(self, environ: Mapping[str, str]) -> None:
        """Make a session of our own that dies with its parent, print into the pipe, and read nothing."""
        os.setsid()
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self._parent:  # it died before we asked to be told
            os._exit(1)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.default_int_handler)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(self._output, 1)
        os.dup2(self._output, 2)
        sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        os.environ.update(environ)


def _attempt(work: Callable[[], None]) -> PhaseError | None:
    try:
        work()
    except MigrateTasksError as error:
        return explain(error)
    except KeyboardInterrupt:
        return PhaseError("the phase was interrupted", exit_code=128 + signal.SIGINT)
    except SystemExit as left:
        return _left(left.code)
    except BaseException as error:  # noqa: BLE001 -- the phase is the user's code: whatever it raises ends this attempt
        traceback.print_exception(error.with_traceback(_of_the_phase(error.__traceback__)))
        return explain(error)
    return None


def _of_the_phase(trace: TracebackType | None) -> TracebackType | None:
    """Return ``trace`` from the phase's own code on, without the frames of invoke and ours that called it."""
    inner = trace
    while inner and inner.tb_frame.f_globals.get("__name__", "").split(".")[0] in ("invoke", __name__.split(".")[0]):
        inner = inner.tb_next
    return inner or trace


def _left(code: str | int | None) -> PhaseError | None:
    """Return what sys.exit(code) amounts to."""
    if isinstance(code, str):
        return PhaseError(code)
    return PhaseError(f"exit code {code}", exit_code=code) if code else None


def _how_it_ended(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return signal.Signals(-code).name if code < 0 else f"exit({code})"


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
