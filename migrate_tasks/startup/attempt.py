"""One attempt of a phase: a forked child with a session of its own, and how it is ended.

The child is forked off a warm, single-threaded process, so an attempt costs milliseconds. It dies with its
parent (PR_SET_PDEATHSIG), is told to stop by SIGTERM, which it meets as KeyboardInterrupt (psycopg then
cancels the query on the server), and is killed with its whole process group after a grace period. The
attempt is over when the child is reaped and its group is gone.
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
from typing import TYPE_CHECKING, NoReturn

from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.startup.result import TRY_AGAIN_LATER, PhaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

GRACE_PERIOD = 5.0  # seconds between SIGTERM and SIGKILL
TICK = 0.1  # seconds between two calls of ``on_tick``
PR_SET_PDEATHSIG = 1
TRANSIENT_SQLSTATES = ("08", "40001", "40P01", "53300", "55P03", "57P01", "57P02", "57P03")

libc = ctypes.CDLL(None)


class Attempt:
    """A running child that executes ``work``; ``on_line`` gets each line that it prints."""

    def __init__(self, work: Callable[[], None], environ: Mapping[str, str], on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._line = b""
        self._output, output = os.pipe()
        self._report, report = os.pipe()
        _flush()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            _Child(parent, output, report).run(work, environ)
        os.close(output)
        os.close(report)
        os.set_blocking(self._output, False)
        self._status: int | None = None

    def wait(self, timeout: float, wakeup: int, on_tick: Callable[[], None]) -> bool:
        """Wait until the child has ended, for ``timeout`` seconds or until a byte is on ``wakeup``.

        Returns whether it has ended.
        """
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            selector.register(wakeup, selectors.EVENT_READ)
            while not self._has_ended() and time.monotonic() < deadline:
                ready = {key.fd for key, _ in selector.select(min(TICK, max(0.0, deadline - time.monotonic())))}
                if self._output in ready and not self._read_output():
                    selector.unregister(self._output)
                if wakeup in ready and set(os.read(wakeup, 4096)) - {signal.SIGCHLD}:
                    return self._has_ended()
                on_tick()
        return self._has_ended()

    def join(self) -> PhaseError | None:
        """Wait for the child without a limit, and return as :meth:`result` does."""
        _, self._status = os.waitpid(self._pid, 0)
        return self.result()

    def end(self) -> None:
        """End the child and everything in its group: SIGTERM, a grace period, SIGKILL."""
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_PERIOD
        while not self._has_ended() and time.monotonic() < deadline:
            self._read_output()
            time.sleep(0.005)
        self._signal(signal.SIGKILL)
        if self._status is None:
            _, self._status = os.waitpid(self._pid, 0)

    def result(self) -> PhaseError | None:
        """Return why the ended attempt failed, or None for success, and let go of all that it held."""
        self._signal(signal.SIGKILL)  # what it left running in the background
        self._read_output()
        if self._line:
            self._on_line(self._line.decode(errors="replace"))
        with os.fdopen(self._report, "rb") as file:
            os.set_blocking(file.fileno(), False)
            report = file.read() or b""
        os.close(self._output)
        if not report:
            return PhaseError(f"the phase's process was ended by {_how_it_ended(self._status or 0)}")
        said = json.loads(report)
        return PhaseError(**said) if said else None

    def _has_ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
            self._status = status if pid else None
        return self._status is not None

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, number)

    def _read_output(self) -> bool:
        """Pass on what has been printed; returns False at its end."""
        while True:
            try:
                data = os.read(self._output, 65536)
            except BlockingIOError:
                return True
            if not data:
                return False
            *lines, self._line = (self._line + data).split(b"\n")
            for line in lines:
                self._on_line(line.decode(errors="replace"))


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
            os.write(self._report, json.dumps(asdict(error) if error else None).encode())
            code = error.exit_code if error else 0
        finally:
            _flush()
            os._exit(code)

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
        return PhaseError(error.message, error.detail, error.hint, error.exit_code)
    except KeyboardInterrupt:
        return PhaseError("the phase was interrupted", exit_code=128 + signal.SIGINT)
    except BaseException as error:  # noqa: BLE001 -- the phase is the user's code: whatever it raises ends this attempt
        traceback.print_exc()
        return explain(error)
    return None


def explain(error: BaseException) -> PhaseError:
    """Return what an exception of the user's own code amounts to; transient ones get exit code 75."""
    words = str(error).strip().splitlines() or [""]
    text = f"{type(error).__name__}: {words[0]}".removesuffix(": ")
    sqlstate = str(getattr(error, "sqlstate", None) or "")
    is_transient = isinstance(error, ConnectionError | TimeoutError) or sqlstate.startswith(TRANSIENT_SQLSTATES)
    return PhaseError(text, exit_code=TRY_AGAIN_LATER if is_transient else 1)


def _how_it_ended(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return signal.Signals(-code).name if code < 0 else f"exit({code})"


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
