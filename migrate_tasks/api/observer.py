"""Observing the database for everybody who asks, such that asking never hurts it.

Looks are made by a thread, one at a time, each over a connection of its own. What one has found answers all who ask
within a second; while a look is under way they share it, and where it is late they are told so instead of waiting.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from migrate_tasks.api.details import masked
from migrate_tasks.api.look import look
from migrate_tasks.api.observation import Observation
from migrate_tasks.api.started import startup_issues, waiting
from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.migrations.status import Health, Status, StatusReport, assess
from migrate_tasks.postgres.servers import open_database
from migrate_tasks.startup.state_file import read_state_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_tasks.migrations.status import HealthStatus
    from migrate_tasks.settings import Settings
    from migrate_tasks.startup.masking import Secrets

logger = logging.getLogger(__name__)

FRESH = 1.0  # seconds for which what was seen is good
FAIR = 3.0  # seconds for which it is better than waiting
SHORT_WAIT = 0.05  # seconds for which those wait who would get what is fair
LATE = 1.0  # seconds after which nobody waits for a look any longer
NOTHING = StatusReport(())


@dataclass(frozen=True)
class _Look:
    began: float
    done: Future[None] = field(default_factory=Future)


@dataclass(frozen=True)
class _Seen:
    began: float
    ended: float
    observation: Observation


class Observer:
    """Looks at the database of ``settings``, and at the state file of its start-up; nothing shows one of ``secrets``.

    An embedded server is up from the first look on until the process ends, or the observer is closed.
    """

    def __init__(self, settings: Settings, secrets: Secrets) -> None:
        self._settings = settings
        self._secrets = secrets
        self._lock = threading.Lock()
        self._look: _Look | None = None
        self._seen: _Seen | None = None
        self._startup: Mapping[str, Any] | None = None
        self._is_ready = False
        self._outdated = float("-inf")  # what was begun before that does not count
        self._server = ExitStack()

    async def observe(self) -> Observation:
        """Return how things stand: as of at most a second ago, or unreachable where that is not to be had soon."""
        for _ in range(2):  # the look that is under way may have begun before forget() was called
            under_way = self._due()
            if under_way is None:
                break
            waiting = asyncio.wrap_future(under_way.done)
            await asyncio.wait([waiting], timeout=self._patience(under_way))
        return self._answer()

    @property
    def is_ready(self) -> bool:
        """Whether the schema was ever what this build needs; known without looking once it was."""
        return self._is_ready

    def forget(self) -> None:
        """Have the next one who asks see what has happened until now."""
        self._outdated = time.monotonic()

    def close(self) -> None:
        """Let go of an embedded server."""
        self._server.close()

    def _due(self) -> _Look | None:
        """Return the look to wait for, begun now if none is under way; None where what was seen is fresh."""
        with self._lock:
            if self._age() < FRESH:
                return None
            if self._look is None:
                begun = _Look(time.monotonic())
                begun.done.set_running_or_notify_cancel()  # many wait for it; none of them may cancel it
                threading.Thread(target=self._work, args=[begun], name="migrate-tasks observer", daemon=True).start()
                self._look = begun
            return self._look

    def _age(self) -> float:
        """Return the seconds since the last look, infinitely many where there is none that counts."""
        seen = self._seen
        return time.monotonic() - seen.ended if seen and seen.began > self._outdated else float("inf")

    def _patience(self, under_way: _Look) -> float:
        limit = SHORT_WAIT if self._age() < FAIR else LATE
        return max(under_way.began + limit - time.monotonic(), 0)

    def _answer(self) -> Observation:
        with self._lock:
            under_way, seen = self._look, self._seen
        waited = time.monotonic() - under_way.began if under_way else 0.0
        if seen and (waited < LATE or seen.observation.health.status == "unreachable"):
            return seen.observation
        return self._unhealthy("unreachable", f"the database has not answered for {waited:.0f} s")

    def _work(self, under_way: _Look) -> None:
        try:
            observation = self._observe()
        except Exception:
            logger.exception("looking at the database failed")
            observation = self._unhealthy("failed", "looking at the database failed; the server's log says why")
        with self._lock:
            self._seen = _Seen(under_way.began, time.monotonic(), observation)
            self._look = None
        under_way.done.set_result(None)

    def _observe(self) -> Observation:
        self._startup = self._read_startup()
        try:
            self._keep_server_up()
            found = look(self._settings)
        except MigrateTasksError as error:
            self._server.close()  # one that died is started again by the next look
            # an SQLSTATE: it is the database that refuses us, not a file
            is_ours = isinstance(error, ConfigurationError) and error.sqlstate is None
            reason = f"{error.message}. {error.hint}" if error.hint else error.message
            return self._unhealthy("failed" if is_ours else "unreachable", reason)
        self._is_ready = self._is_ready or _is_complete(found.report)
        return self._observation(
            assess(found.report),
            holder=found.holder,
            progress=found.progress or (waiting(self._startup) if self._startup else None),
            failure=found.failure,
            server_time=found.server_time,
        )

    def _keep_server_up(self) -> None:
        if self._settings.url is None:
            with ExitStack() as before:
                before.push(self._server.pop_all())
                self._server.enter_context(open_database(self._settings))

    def _read_startup(self) -> Mapping[str, Any] | None:
        try:
            return read_state_file(self._settings.state_file)
        except ConfigurationError:
            return None

    def _unhealthy(self, status: HealthStatus, reason: str) -> Observation:
        issues = (reason, *(startup_issues(self._startup) if self._startup else ()))
        return self._observation(Health(status, NOTHING, issues))

    def _observation(self, health: Health, **seen: Any) -> Observation:
        seen_now = Observation(
            at=datetime.now(UTC),
            health=health,
            is_ready=self._is_ready,
            environment=self._settings.environment,
            version=version("migrate-tasks"),
            startup=self._startup,
            **seen,
        )
        return masked(seen_now, self._secrets)


def _is_complete(report: StatusReport) -> bool:
    """Return whether the schema has all that this build has files for."""
    return all(migration.status is Status.COMPLETED for migration in report.migrations)
