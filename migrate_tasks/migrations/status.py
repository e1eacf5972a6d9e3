"""What is recorded of migrations, and what a run did with them: values only.

The four statuses are the seed's: pending, running, completed, failed. A row that says ``running`` while the
backend that it names is gone is shown as failed and counted as stuck: the process that ran it died. A migration
and its row are one transaction, so nothing of it remains, unless its file commits by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from migrate_tasks.migrations.changes import Change, change_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from migrate_tasks.migrations.migration import Migration


REPEATABLE = "repeatable"  # the migration_type of what is executed again when it changes; of all else: sql


class Status(StrEnum):
    """The statuses that the table admits."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True)
class HistoryRow:
    """One row of migration_status; ``is_alive`` tells whether the backend named in it still runs."""

    name: str
    type: str
    status: Status
    started_at: datetime | None
    completed_at: datetime | None
    error_message: str | None
    metadata: Mapping[str, Any]
    is_alive: bool

    @property
    def is_undoing(self) -> bool:
        """Return whether its companion was undoing it, and did not come to its end."""
        return self.status is not Status.COMPLETED and self.metadata.get("direction") == "down"

    @property
    def by(self) -> str | None:
        """Return who executed it last, as user@host; None where that was not recorded."""
        who = [str(self.metadata[key]) for key in ("user", "host") if self.metadata.get(key)]
        return "@".join(who) or None


@dataclass(frozen=True)
class MigrationStatus:
    """How things stand with one migration.

    ``died`` marks a row left running by a process that is gone; ``changed`` a file that is no longer what was
    executed; ``missing`` a completed migration without a file. ``by`` is who executed it last, as user@host.
    """

    name: str
    status: Status
    started_at: datetime | None = None
    completed_at: datetime | None = None
    error_message: str | None = None
    died: bool = False
    changed: bool = False
    missing: bool = False
    by: str | None = None

    @property
    def duration(self) -> timedelta | None:
        """How long it took; None until it is completed."""
        if self.started_at is None or self.completed_at is None:
            return None
        return self.completed_at - self.started_at


def status_of(name: str, row: HistoryRow | None, *, changed: bool = False, missing: bool = False) -> MigrationStatus:
    """Return how things stand with the migration ``name``, whose row is ``row``."""
    if row is None:
        return MigrationStatus(name, Status.PENDING)
    if row.status is Status.RUNNING and not row.is_alive:
        died = f"the process that ran it died (backend {row.metadata.get('backend_pid')} is gone)"
        return MigrationStatus(name, Status.FAILED, row.started_at, None, died, died=True, by=row.by)
    times = (row.started_at, row.completed_at)
    return MigrationStatus(name, row.status, *times, row.error_message, changed=changed, missing=missing, by=row.by)


def report_of(migrations: Iterable[Migration], rows: Mapping[str, HistoryRow]) -> StatusReport:
    """Return how things stand with the ``migrations``, and with completed ones in ``rows`` that have no file."""
    with_file = {str(migration.name): migration for migration in migrations}
    found = [_status_of_file(migration, rows.get(name)) for name, migration in with_file.items()]
    gone = [
        status_of(name, row, missing=True)
        for name, row in rows.items()
        if name not in with_file and row.status is Status.COMPLETED
    ]
    return StatusReport((*found, *sorted(gone, key=lambda migration: migration.name)))


def _status_of_file(migration: Migration, row: HistoryRow | None) -> MigrationStatus:
    if row and is_to_be_repeated(migration, row):
        return MigrationStatus(row.name, Status.PENDING, row.started_at, row.completed_at, by=row.by)
    return status_of(str(migration.name), row, changed=row is not None and is_changed(migration, row))


@dataclass(frozen=True)
class StatusReport:
    """How things stand with every migration, in their order."""

    migrations: tuple[MigrationStatus, ...]

    def count(self, status: Status) -> int:
        """Return how many migrations have ``status``."""
        return sum(migration.status is status for migration in self.migrations)

    def named(self, status: Status) -> list[str]:
        """Return the names of the migrations that have ``status``."""
        return [migration.name for migration in self.migrations if migration.status is status]


HealthStatus = Literal["ok", "degraded", "failed", "stuck", "unreachable"]


@dataclass(frozen=True)
class Health:
    """The one-word answer, the facts behind it, and what to do about each issue."""

    status: HealthStatus
    report: StatusReport
    issues: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """True where nothing is wrong; pending migrations degrade, but do not break."""
        return self.status in ("ok", "degraded")

    @property
    def stuck(self) -> int:
        """How many migrations were left running by a process that is gone."""
        return sum(migration.died for migration in self.report.migrations)


def assess(report: StatusReport) -> Health:
    """Return the health that ``report`` amounts to."""
    failed = [m for m in report.migrations if m.status is Status.FAILED and not m.died]
    died = [m for m in report.migrations if m.died]
    pending = report.named(Status.PENDING)
    issues = [f"{m.name} failed: {m.error_message}. Execute it again: invoke migrate.run" for m in failed]
    issues += [f"{m.name}: {m.error_message}. Execute it again: invoke migrate.run" for m in died]
    issues += [
        f"{m.name} was changed after it was completed, and the change was not executed."
        " Put it into a new migration: invoke migrate.new"
        for m in report.migrations
        if m.changed
    ]
    issues += [f"{m.name} is completed, but its file is gone. Restore it" for m in report.migrations if m.missing]
    if pending:
        issues.append(f"{len(pending)} pending, from {pending[0]} on. Execute them: invoke migrate.run")
    status: HealthStatus = "failed" if failed else "stuck" if died else "degraded" if issues else "ok"
    return Health(status, report, tuple(issues))


# "tried" and "not tried" are those of a dry run
Outcome = Literal["executed", "skipped", "failed", "tried", "not tried"]


@dataclass(frozen=True)
class MigrationResult:
    """What one run did with one migration."""

    name: str
    outcome: Outcome
    duration: timedelta = timedelta(0)
    error_message: str | None = None


@dataclass(frozen=True)
class RunResult:
    """What one run did: every migration that it executed, skipped or failed on, in order."""

    total: int
    results: tuple[MigrationResult, ...] = field(default=())
    duration: timedelta = timedelta(0)

    def count(self, outcome: Outcome) -> int:
        """Return how many migrations had ``outcome``."""
        return sum(result.outcome == outcome for result in self.results)


def is_completed(migration: Migration, rows: Mapping[str, HistoryRow]) -> bool:
    """Return whether the history says that ``migration`` is done, as its file is now if it is repeatable."""
    row = rows.get(str(migration.name))
    return row is not None and row.status is Status.COMPLETED and not is_to_be_repeated(migration, row)


def is_to_be_repeated(migration: Migration, row: HistoryRow) -> bool:
    """Return whether ``migration`` is repeatable, completed, and no longer what was executed."""
    is_done = migration.directives.repeatable and row.status is Status.COMPLETED
    return is_done and change_of(migration, row) is Change.REAL


def is_changed(migration: Migration, row: HistoryRow) -> bool:
    """Return whether a completed ``migration`` no longer is what was executed, and will not be executed again."""
    is_final = row.status is Status.COMPLETED and not migration.directives.repeatable
    return is_final and change_of(migration, row) is Change.REAL
