"""How things may stand, for the tests of what is shown of them: one observation a state of the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from migrate_tasks.api.observation import Failure, Observation, Progress
from migrate_tasks.migrations.events import Holder
from migrate_tasks.migrations.status import Health, MigrationStatus, Status, StatusReport, assess

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
RELEASED = datetime(2026, 3, 2, 12, 26, 40, tzinfo=UTC)
WHO = "deploy@shop-7d4f9"
# the seed's, with the milliseconds that each took
SEED = {
    "001-setup-pgvector": 21,
    "002-create-functions": 2,
    "003-migrate-data": 10,
    "004-mime-types": 3,
    "005-create-processing-jobs": 4,
    "006-create-exec-sql-function": 2,
    "007-create-analytics-table": 4,
    "008-create-feature-flags": 3,
}
HOLDER = Holder(4711, "migrate-tasks 009-backfill-search", "10.0.3.17", NOW - timedelta(minutes=3, seconds=12))


def completed(names: Sequence[str] = tuple(SEED)) -> list[MigrationStatus]:
    """Return migrations that were executed one after the other."""
    found, at = [], RELEASED
    for name in names:
        end = at + timedelta(milliseconds=SEED[name])
        found.append(MigrationStatus(name, Status.COMPLETED, at, end, by=WHO))
        at = end
    return found


def observation(*migrations: MigrationStatus, **facts: Any) -> Observation:
    """Return what is observed of ``migrations``, and ``facts``."""
    usual = {"at": NOW, "is_ready": True, "environment": "production", "version": "0.1.0", "server_time": NOW}
    return Observation(**{"health": assess(StatusReport(migrations)), **usual, **facts})


def ok() -> Observation:
    """Return that all is done."""
    return observation(*completed())


def degraded() -> Observation:
    """Return that two are pending, and a completed one was changed."""
    *most, last = completed()
    changed = MigrationStatus(last.name, last.status, last.started_at, last.completed_at, changed=True, by=WHO)
    pending = [MigrationStatus(name, Status.PENDING) for name in ("009-create-invoices", "010-backfill-search")]
    return observation(*most, changed, *pending)


def running() -> Observation:
    """Return that one is at work and blocked, during a start-up."""
    at_work = MigrationStatus("009-backfill-search", Status.RUNNING, NOW - timedelta(seconds=42), by=WHO)
    blocker = 'backend 5120 ("reporting", user "analyst", in a transaction for 4m10s): SELECT * FROM documents'
    progress = Progress(
        name=at_work.name, statement=5, statements=12, elapsed=timedelta(seconds=42), blockers=(blocker,)
    )
    return observation(
        *completed(),
        at_work,
        MigrationStatus("010-create-invoices", Status.PENDING),
        is_ready=False,
        holder=HOLDER,
        progress=progress,
        startup=startup("running", "succeeded", "succeeded", "running", "pending", "pending"),
    )


def waiting() -> Observation:
    """Return that a run waits for another one."""
    progress = Progress(elapsed=timedelta(seconds=8), waits_for=str(HOLDER))
    return observation(*completed(), MigrationStatus("009-a", Status.PENDING), holder=HOLDER, progress=progress)


def failed() -> Observation:
    """Return that one has failed at a place of its file."""
    message = 'syntax error at or near "INDEX" (SQLSTATE 42601)'
    failure = Failure(
        name="008-create-feature-flags",
        path="migrations/008-create-feature-flags.sql",
        line=9,
        message=message,
        lines=(
            (6, "  name TEXT NOT NULL UNIQUE,"),
            (7, "  enabled BOOLEAN DEFAULT false,"),
            (8, "  created_at TIMESTAMPTZ DEFAULT NOW(),"),
            (9, "  INDEX idx_feature_flags_name ON feature_flags(name)"),
            (10, ");"),
        ),
    )
    wrong = MigrationStatus(failure.name, Status.FAILED, NOW - timedelta(seconds=95), None, message, by=WHO)
    return observation(
        *completed(tuple(SEED)[:7]),
        wrong,
        is_ready=False,
        failure=failure,
        startup=startup("failed", "succeeded", "succeeded", "failed", "skipped", "skipped"),
    )


def stuck() -> Observation:
    """Return that the process that ran one has died."""
    died = "the process that ran it died (backend 4711 is gone)"
    dead = MigrationStatus(
        "009-backfill-search", Status.FAILED, NOW - timedelta(hours=2), None, died, died=True, by=WHO
    )
    return observation(*completed(), dead, is_ready=False)


def unreachable() -> Observation:
    """Return that the database does not answer, during a start-up."""
    reason = 'could not connect to database "shop" on "db.internal:5432" within 2s: connection refused'
    return observation(
        health=Health("unreachable", StatusReport(()), (reason,)),
        is_ready=False,
        server_time=None,
        startup=startup("running", "succeeded", "retrying", "pending", "pending", "pending"),
    )


STATES: dict[str, Callable[[], Observation]] = {
    "ok": ok,
    "running": running,
    "degraded": degraded,
    "failed": failed,
    "stuck": stuck,
    "unreachable": unreachable,
}
PHASES = ("environment", "database_health", "database_migrations", "vector_store", "memory_store")


def startup(state: str, *states: str) -> dict[str, Any]:
    """Return the document of a start-up whose phases are in ``states``."""
    phases = [
        {
            "name": name,
            "state": its,
            "duration_ms": None if its in ("pending", "skipped") else 30 * number,
            "error": {"message": "connection refused"} if its in ("failed", "retrying") else None,
            "about": f'"{PHASES[2]}" failed' if its == "skipped" else None,
        }
        for number, (name, its) in enumerate(zip(PHASES, states, strict=True), 1)
    ]
    return {"version": 1, "name": "shop", "state": state, "phases": phases}
