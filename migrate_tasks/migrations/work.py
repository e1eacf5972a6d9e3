"""What one run works with, and one migration's share of it; used by transactional.py and stepwise.py."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.migrations.events import MigrationRetrying
from migrate_tasks.migrations.lock import check_held
from migrate_tasks.migrations.script import tag_of
from migrate_tasks.migrations.sending import send_statements
from migrate_tasks.migrations.session import timeouts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import pq

    from migrate_tasks.migrations.events import OnEvent
    from migrate_tasks.migrations.lock import Guard
    from migrate_tasks.migrations.migration import Directives, Migration
    from migrate_tasks.migrations.modes import Script
    from migrate_tasks.migrations.recording import History
    from migrate_tasks.migrations.script import ScriptFailed
    from migrate_tasks.migrations.session import Session, Timeouts
    from migrate_tasks.migrations.watch import Stop, Watch
    from migrate_tasks.settings import Settings

# a transaction that met one of these was rolled back whole, and may not meet it again: serialization failure, deadlock,
# lock timeout
RETRIED = frozenset({"40001", "40P01", "55P03"})
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds before a retry; doubled each time, with full jitter


@dataclass(frozen=True)
class Job:
    """One migration to be executed, or undone.

    ``running`` makes the statement that marks its row before anything is sent, ``done`` the one that belongs into the
    transaction of its end, both of what is to be recorded of its progress; ``failed`` the one that tells the error.
    """

    migration: Migration
    script: Script
    timeouts: Timeouts
    running: Callable[..., str]
    done: Callable[..., str]
    failed: Callable[[str], str]

    @property
    def name(self) -> str:
        """Return the migration's name."""
        return str(self.migration.name)


@dataclass(frozen=True)
class Work:
    """What one run has at hand while it keeps other runs out."""

    session: Session
    history: History
    guard: Guard
    watch: Watch
    stop: Stop
    on_event: OnEvent
    settings: Settings
    role: str | None

    def timeouts_of(self, directives: Directives) -> Timeouts:
        """Return the timeouts of a file: what it asks for, or else what the settings say."""
        return timeouts_of(self.settings, directives)

    def begin(self, job: Job, *, is_last: bool = False) -> None:
        """Begin a transaction for ``job``."""
        self.send_begin(job, self.session.begin(job.script, job.timeouts, is_last=is_last))

    def send_begin(self, job: Job, statements: tuple[str, ...]) -> None:
        """Send what ends in an open transaction for ``job``, and see that the lock is still ours."""
        if not self.session.has_pooler:
            self.session.send(*statements)
            return
        results = self.session.send(*statements, "SELECT pg_backend_pid()", *self.guard.after_begin)
        self.watch.pid = int(results[len(statements)].get_value(0, 0) or 0)
        self.check_guard(self.guard.after_begin, results, job)

    def check_guard(self, asked: tuple[str, ...], results: list[pq.abc.PGresult], job: Job) -> None:
        """Raise MigrateTasksError where the guard's own statement, the last of those sent, says that it is lost."""
        check_held(results if asked else [], job.name)

    def record(self, job: Job, statement: str, *, is_last: bool = False) -> None:
        """Execute a statement of the history in a transaction of its own."""
        durability = () if is_last else ("SET LOCAL synchronous_commit = off",)
        results = self.session.send("BEGIN", *durability, *self.guard.after_begin, statement, "COMMIT")
        self.check_row(job, results[-2])

    def check_row(self, job: Job, result: pq.abc.PGresult) -> None:
        """Raise MigrateTasksError where the row is no longer that of this run."""
        if tag_of(result) not in ("UPDATE 1", "INSERT 0 1"):
            raise MigrateTasksError(
                f'the row of migration "{job.name}" in migration_status was changed by somebody else',
                detail="What had been executed of it was rolled back." if self.session.is_in_transaction else None,
                hint="Look at it with invoke migrate.status, then run it again.",
            )

    def send_statements(self, job: Job, first: int, end: int) -> None:
        """Send the statements ``first`` to ``end`` (exclusive) of ``job``; raises ScriptFailed."""
        send_statements(self.session, job.script, first, end, self.watch.reach)

    def retry(self, job: Job, failed: ScriptFailed, retry: int) -> None:
        """Wait before the retry of that number, from 1; raises ``failed`` where there is no further one."""
        error = failed.error
        if error.sqlstate not in RETRIED or retry > self.settings.lock_timeout_retries:
            raise failed
        pause = random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (retry - 1)))
        delay, blockers = timedelta(seconds=pause), self.watch.blockers
        retries = self.settings.lock_timeout_retries
        self.on_event(MigrationRetrying(job.name, error.message, delay, retry, retries, blockers))
        until = time.monotonic() + pause
        while (left := until - time.monotonic()) > 0:
            self.stop.end_between()
            time.sleep(min(left, 0.1))
