"""The process between the start-up and an attempt's worker: it ends all that the worker started, whoever asks.

It adopts what leaves the worker's process group (a daemon), so it alone knows what belongs to this attempt, also
where phases run side by side. Its supervisor asks it to end by a byte on the lifeline; the lifeline's end means that
the supervisor was killed, which asks for the same. The attempt is over when the warden has exited.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from migrate_tasks.startup import phase, worker
from migrate_tasks.startup.processes import adopt_orphans, children, end_all
from migrate_tasks.startup.result import PhaseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.postgres.backends import Ended

END, KILL = b"E", b"K"  # what the lifeline says: with a grace period, at once
NEVER = float("inf")
LONGEST_POLL = 2**31 - 1  # milliseconds (poll(2))


@dataclass(frozen=True)
class Orders:
    """What a warden has to know.

    ``grace_period``  seconds between SIGTERM and SIGKILL.
    ``clear``         called after something was ended by force: it ends what is left in the database.
    ``forsaken``      called where the supervisor was killed, and nobody else will clear up after it.
    """

    grace_period: float
    clear: Callable[[], Ended | None]
    forsaken: Callable[[], None]


def watch(job: worker.Job, orders: Orders, output: int, report: int, lifeline: int) -> NoReturn:
    """Start a worker for ``job``, wait until it has ended or must end, end what it left, tell that, and exit.

    Called in a process that has just been forked, with ``worker.ASK_TO_END`` blocked.
    """
    code = 1
    try:
        os.setsid()
        adopt_orphans()
        phase.tell_to(report)
        warden = _Warden(orders, lifeline)
        try:
            warden.start(job, output, report)
        except OSError as error:
            phase.tell(error=asdict(PhaseError.refused(error)), outputs={}, status=code)
            os._exit(code)
        os.close(output)
        warden.wait()
        left = warden.clear()
        os.write(report, b"\n")  # a worker that was killed may have told half of something
        phase.tell(status=warden.status, **left)
        code = 0
    finally:
        os._exit(code)


def left_behind(processes: list[str], ended: Ended | None) -> dict[str, Any]:
    """Return what a supervisor is told of what an attempt left: what could not be ended, and what of it ended."""
    sessions = [f"a session in the database ({session})" for session in (ended.left if ended else ())]
    return {"left": [*processes, *sessions], "cleared": str(ended or "")}


class _Warden:
    def __init__(self, orders: Orders, lifeline: int) -> None:
        self._orders = orders
        self._lifeline = lifeline
        self._kill_at = NEVER
        self._is_forsaken = False
        self._wakeup, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, *worker.ASK_TO_END):
            signal.signal(number, lambda *_: None)
        self.status: int | None = None

    def start(self, job: worker.Job, output: int, report: int) -> None:
        parent = os.getpid()
        guard, self._guard = os.pipe()  # where we are killed, its end kills the worker's group
        self._worker = os.fork()
        if self._worker == 0:
            os.close(self._guard)
            worker.do(job, worker.Files(output, report, guard), parent)
        os.close(guard)
        with contextlib.suppress(OSError):  # the worker does the same; whoever comes second need not
            os.setpgid(self._worker, self._worker)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, worker.ASK_TO_END)

    def wait(self) -> None:
        """Wait until the worker has ended by itself, or it and its group have been ended."""
        poll = select.poll()
        for file in (self._lifeline, self._wakeup):
            poll.register(file, select.POLLIN)
        while not self._is_over():
            left = self._kill_at - time.monotonic()
            if left <= 0:
                self._signal(signal.SIGKILL)
                left = NEVER
            for file, _ in poll.poll(None if left == NEVER else min(left * 1000 + 1, LONGEST_POLL)):
                if file == self._lifeline:
                    self._heed(os.read(file, 16), poll)
                elif signal.SIGTERM in os.read(file, 4096):
                    self._end(self._orders.grace_period)

    def _heed(self, asked: bytes, poll: select.poll) -> None:
        if not asked:
            self._is_forsaken = True
            poll.unregister(self._lifeline)
        self._end(0.0 if KILL in asked else self._orders.grace_period)

    def _end(self, grace_period: float) -> None:
        """Ask the worker's group to end, and set the time of its being killed; the earlier one counts."""
        if self._kill_at == NEVER:
            self._signal(signal.SIGTERM)
            self._signal(signal.SIGCONT)  # a stopped process would never hear of it
        self._kill_at = min(self._kill_at, time.monotonic() + grace_period)

    def clear(self) -> dict[str, Any]:
        """End what the worker left, in the database too where it may have ended in the midst of something."""
        was_killed = bool(self.status and os.WIFSIGNALED(self.status))
        was_forced = self._kill_at != NEVER or was_killed or self._group_lives() or bool(children())
        self._signal(signal.SIGKILL)
        left = end_all()
        ended = self._orders.clear() if was_forced else None
        if self._is_forsaken:
            self._orders.forsaken()
        return left_behind(left, ended)

    def _is_over(self) -> bool:
        """Reap whoever has ended; returns whether the worker is among them, and all that were asked to end."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == self._worker:
                    self.status = ended[1]
        has_no_time = self._kill_at == NEVER or self._kill_at <= time.monotonic()
        return self.status is not None and (has_no_time or not self._group_lives())

    def _group_lives(self) -> bool:
        try:
            os.killpg(self._worker, 0)
        except ProcessLookupError:
            return False
        except PermissionError:  # another user's
            return True
        return True

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._worker, number)
