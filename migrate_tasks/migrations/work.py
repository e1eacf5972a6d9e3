"""What one run works with, and one migration's share of it; used by transactional.py and stepwise.py."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.migrations.events import MigrationRetrying
from migrate_tasks.migrations.history import NOTHING_DONE, must
from migrate_tasks.migrations.script import ScriptFailed
from migrate_tasks.migrations.sending import mark_of, send_statements
from migrate_tasks.migrations.session import timeouts_of
from migrate_tasks.migrations.watch import HEARTBEATS_APART

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.migrations.events import OnEvent
    from migrate_tasks.migrations.lock import Guard
    from migrate_tasks.migrations.migration import Directives, Migration
    from migrate_tasks.migrations.modes import Script
    from migrate_tasks.migrations.recording import History
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

    @cached_property
    def begins(self) -> str:
        """The statement that marks the row, of a migration that is one transaction."""
        return self.running()

    @cached_property
    def ends(self) -> str:
        """The statement that belongs into the transaction of its end, of a migration that is one transaction."""
        return self.done()

    def prepare(self) -> None:
        """Make both of these ready."""
        if not self.script.units:
            _ = self.begins, self.ends


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

    def begin(self, job: Job, statement: int = 0, *, begin: str = "BEGIN", is_last: bool = False) -> tuple[str, ...]:
        """Return the statements that begin a transaction for ``job`` at that statement, from 0."""
        settings = self.session.locals(job.script, job.timeouts, is_last=is_last)
        return (begin, *settings, mark_of(job.name, statement, len(job.script.statements)), *self.guard.after_begin)

    def heartbeats(self, job: Job) -> tuple[str, ...]:
        """Return what shows others, behind a pooler, that the run is still at work on ``job``."""
        return (*self.guard.heartbeats, self.history.heartbeat(job.name)) if self.session.has_pooler else ()

    def send(self, job: Job, *statements: str) -> None:
        """Send statements of our own; raises MigrateTasksError where the lock or the row is no longer ours."""
        try:
            self.session.send(*statements)
        except ScriptFailed as failed:
            self.check(job, failed, statements[failed.error.statement or 0])
            raise

    def record(self, job: Job, statement: str, *, is_last: bool = False) -> None:
        """Execute a statement of the history in a transaction of its own."""
        durability = () if is_last else ("SET LOCAL synchronous_commit = off",)
        guard = self.guard
        begin = ("BEGIN READ WRITE", *self.as_ourselves, *durability, *guard.after_begin)
        self.send(job, *begin, must(statement), *guard.before_commit, "COMMIT")

    @property
    def as_ourselves(self) -> tuple[str, ...]:
        """Return what lets the rest of a transaction write the history, whatever role the file has set."""
        return ("SET LOCAL SESSION AUTHORIZATION DEFAULT", f"SET LOCAL ROLE {self.role or 'NONE'}")

    def check(self, job: Job, failed: ScriptFailed, statement: str) -> None:
        """Raise MigrateTasksError where the failed ``statement`` of ours says that the lock or the row is not ours."""
        if failed.error.sqlstate != NOTHING_DONE or statement.startswith("COMMIT"):  # a deferred trigger's own affair
            return
        if self.session.is_in_transaction:
            self.session.roll_back()
        if statement in (*self.guard.after_begin, *self.guard.before_commit):
            raise MigrateTasksError(
                f'migration "{job.name}" lost the lock of the run to another run',
                detail=f"{job.name} was rolled back; those after it were not started.",
                hint="pg_advisory_unlock_all() and DISCARD ALL give the lock up: take them out of the file.",
            )
        raise MigrateTasksError(
            f'the row of migration "{job.name}" in migration_status was changed by somebody else',
            detail="What had been executed of it was rolled back.",
            hint="Look at it with invoke migrate.status, then run it again.",
        )

    def send_statements(self, job: Job, first: int, end: int, *tail: str) -> None:
        """Send the statements ``first`` to ``end`` (exclusive), then our own ``tail``; raises ScriptFailed."""
        try:
            send_statements(self.session, job.script, first, end, name=job.name, reach=self.watch.reach, tail=tail)
        except ScriptFailed as failed:
            if failed.ours is not None:
                self.check(job, failed, tail[failed.ours])
            raise

    def retry(self, job: Job, failed: ScriptFailed, retry: int) -> None:
        """Wait before the retry of that number, from 1; raises ``failed`` where there is no further one."""
        error = failed.error
        if error.sqlstate not in RETRIED or retry > self.settings.lock_timeout_retries:
            raise failed
        pause = random.uniform(0, min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (retry - 1)))
        delay, blockers = timedelta(seconds=pause), self.watch.blockers
        retries = self.settings.lock_timeout_retries
        self.on_event(MigrationRetrying(job.name, error.message, delay, retry, retries, blockers))
        until, renewed = time.monotonic() + pause, float("-inf")
        while (left := until - time.monotonic()) > 0:
            self.stop.end_between()
            if self.guard.after_begin and time.monotonic() - renewed > HEARTBEATS_APART:
                # what the transaction renewed was rolled back with it
                self.send(job, "BEGIN", *self.guard.after_begin, "COMMIT")
                renewed = time.monotonic()
            time.sleep(min(left, 0.1))
