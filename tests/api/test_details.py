"""What those may see who may see no details."""

from __future__ import annotations

from datetime import UTC, datetime

from migrate_tasks.api.observation import Observation, Progress
from migrate_tasks.migrations.events import Holder
from migrate_tasks.migrations.status import Health, MigrationStatus, Status, StatusReport, assess
from migrate_tasks.render.observed import health_draft, observed_health, observed_status

AT = datetime(2026, 1, 1, tzinfo=UTC)
FAILED = assess(StatusReport((MigrationStatus("001-secret", Status.FAILED, AT, None, "secret.sql:1:1: secret"),)))
UNREACHABLE = Health("unreachable", StatusReport(()), ('could not connect to database "secret"',))


def observed(health: Health, server_time: datetime | None = AT) -> Observation:
    """Return an observation that is full of what is not for everybody."""
    return Observation(
        at=AT,
        health=health,
        is_ready=False,
        environment="secret",
        version="secret",
        holder=Holder(1, "secret", "secret", AT),
        progress=Progress(name="secret", elapsed=AT - AT, blockers=("secret",)),
        startup={"name": "secret", "state": "running", "phases": []},
        server_time=server_time,
    )


def test_counts_and_the_state_are_for_everybody() -> None:
    """Without details there are the state and the counts, in the seed's shape, with nothing in its lists."""
    counts = {"total_migrations": 1, "completed": 0, "failed": 1, "running": 0, "pending": 0}

    assert observed_status(observed(FAILED), is_detailed=False) == {
        "success": True,
        "data": {**counts, "migrations": [], "ready": False},
    }
    assert observed_health(observed(FAILED), is_detailed=False) == {
        "success": True,
        "data": {**counts, "healthy": False, "status": "failed", "stuck": 0, "issues": [], "ready": False},
    }


def test_the_draft_without_details() -> None:
    """The health check draft's form says no more than the word in its output."""
    said = health_draft(observed(FAILED), is_detailed=False)

    assert (said["status"], said["output"]) == ("fail", "failed")
    assert "secret" not in str(said)


def test_an_unreachable_database_without_details() -> None:
    """Where nothing could be seen, the reason is a detail."""
    assert observed_status(observed(UNREACHABLE, None), is_detailed=False) == {
        "success": False,
        "error": {
            "code": "unreachable",
            "message": "the status of the migrations could not be read",
            "hint": None,
        },
        "data": {"ready": False},
    }
