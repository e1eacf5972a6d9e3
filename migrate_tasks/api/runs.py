"""Runs on demand: each in a thread of its own, one at a time, kept for a while so that one can ask what came of it."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import uuid
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from migrate_tasks.errors import AnotherRun, Interrupted, MigrateTasksError, MigrationFailed
from migrate_tasks.migrations.dry_run import try_migrations
from migrate_tasks.migrations.events import Holder
from migrate_tasks.migrations.runner import run_migrations
from migrate_tasks.migrations.status import RunResult
from migrate_tasks.migrations.watch import Stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.settings import Settings

logger = logging.getLogger(__name__)

KEPT = 50  # runs that are remembered
AT_ONCE = timedelta(0)


@dataclass(frozen=True)
class Order:
    """What is to be run: all that is pending, or up to the migration ``to``; ``dry_run``: and undone again."""

    to: str | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class Ended:
    """How a run ended; of one that failed the ``result`` tells what it did before, empty where that was nothing."""

    at: datetime
    result: RunResult
    error: MigrateTasksError | None = None


@dataclass(frozen=True)
class Run:
    """A run that was asked for; ``ended`` is set when it has ended, with whatever came of it."""

    order: Order
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: Future[Ended] = field(default_factory=Future)

    def __post_init__(self) -> None:
        self.ended.set_running_or_notify_cancel()  # somebody who waits and goes away does not cancel it


class Runs:
    """The runs of this process; ``listeners`` are told, in the run's thread, of each that has ended."""

    def __init__(self, settings: Settings) -> None:
        # whoever asks can ask again: waiting is for a start-up
        self._settings = replace(settings, connect_wait=AT_ONCE, lock_wait=AT_ONCE)
        self._lock = threading.Lock()
        self._kept: dict[str, Run] = {}
        self._current: Run | None = None
        self._stop = Stop()
        self.listeners: list[Callable[[Run, Ended], None]] = []

    def start(self, order: Order) -> Run:
        """Begin a run and return it; raises AnotherRun while one of this process is at work."""
        with self._lock:
            if self._current:
                raise _another(self._current)
            run, self._stop = Run(order), Stop()
            # not a daemon: an interpreter that ends waits for what is half done
            threading.Thread(target=self._work, args=[run, self._stop], name=f"migrate-tasks run {run.id}").start()
            self._current = self._kept[run.id] = run
            for old in list(self._kept)[:-KEPT]:
                del self._kept[old]
        return run

    def __getitem__(self, run_id: str) -> Run:
        """Return the run of that id; raises KeyError."""
        return self._kept[run_id]

    def stop(self, number: int) -> None:
        """Have the run at work end because of that signal: after its migration, if that fits the grace period.

        SIGINT, or any second signal, ends it at once.
        """
        is_hurried = number == signal.SIGINT or self._stop.is_requested
        self._stop.request(number, AT_ONCE if is_hurried else self._settings.grace_period)

    def finish(self) -> Future[Ended] | None:
        """Have the run at work end, if no signal has asked for it yet, and return its end; None where nothing runs."""
        with self._lock:
            if not self._current:
                return None
            if not self._stop.is_requested:
                self.stop(signal.SIGTERM)
            return self._current.ended

    def _work(self, run: Run, stop: Stop) -> None:
        ended = self._execute(run.order, stop)
        with self._lock:
            self._current = None
        for listener in self.listeners:
            try:
                listener(run, ended)
            except Exception:
                logger.exception("telling of a run failed")
        run.ended.set_result(ended)

    def _execute(self, order: Order, stop: Stop) -> Ended:
        result, error = RunResult(0), None
        try:
            if order.dry_run:
                result = try_migrations(self._settings, to=order.to)
            else:
                result = run_migrations(self._settings, to=order.to, stop=stop)
        except MigrateTasksError as raised:
            result, error = (isinstance(raised, MigrationFailed) and raised.result) or result, raised
        except KeyboardInterrupt as interrupt:
            error = Interrupted(signal.Signals(*interrupt.args or [signal.SIGINT]))
        except Exception:
            logger.exception("a run failed")
            error = MigrateTasksError("the run failed for a reason of its own", hint="The log says more.")
        return Ended(datetime.now(UTC), result, error)


def _another(run: Run) -> AnotherRun:
    error = AnotherRun(
        "another run of migrations is at work",
        detail=f"It was asked for over HTTP, of process {os.getpid()} on {socket.gethostname()}.",
        hint=f"Wait for it: GET runs/{run.id}",
    )
    error.holder = Holder(None, "migrate-tasks", socket.gethostname(), run.started_at)
    return error
