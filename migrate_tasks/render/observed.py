"""An observation as JSON: the seed's answers with what else is known, and the form of the health check draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.migrations.status import Status
from migrate_tasks.render.json import Json, health_json, milliseconds, moment, status_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from migrate_tasks.api.observation import Failure, Observation, Progress
    from migrate_tasks.migrations.events import Holder

# the three words of draft-inadarei-api-health-check-06, section 3.1
DRAFT = {"ok": "pass", "degraded": "warn", "failed": "fail", "stuck": "fail", "unreachable": "fail"}


def observed_status(observation: Observation) -> Json:
    """Return the answer of GET status; where nothing could be seen, why."""
    if observation.server_time is None:
        return _unseen(observation)
    answer = status_json(observation.health.report)
    return {**answer, "data": {**answer["data"], **_facts(observation), "failure": _failure(observation.failure)}}


def observed_health(observation: Observation) -> Json:
    """Return the answer of GET health."""
    answer = health_json(observation.health)
    return {**answer, "data": {**answer["data"], **_facts(observation)}}


def health_draft(observation: Observation) -> Json:
    """Return the health as draft-inadarei-api-health-check-06 wants it, to be sent as application/health+json."""
    health = observation.health
    status, time = DRAFT[health.status], moment(observation.at)
    counts = {
        "pending": (health.report.count(Status.PENDING), "warn"),
        "running": (health.report.count(Status.RUNNING), "pass"),
        "failed": (health.report.count(Status.FAILED) - health.stuck, "fail"),
        "stuck": (health.stuck, "fail"),
    }
    checks = {
        f"migrations:{name}": [
            {
                "componentType": "datastore",
                "observedValue": count,
                "observedUnit": "migrations",
                "status": bad if count else "pass",
                "time": time,
            }
        ]
        for name, (count, bad) in counts.items()
    }
    seen = "fail" if health.status == "unreachable" else "pass"
    return {
        "status": status,
        **({"releaseId": observation.version} if observation.version else {}),
        "description": "migrations of the database",
        **({"output": "; ".join(health.issues)} if status != "pass" else {}),
        "checks": {
            "database:reachable": [{"componentType": "datastore", "status": seen, "time": time}],
            **({} if observation.server_time is None else checks),
        },
    }


def _unseen(observation: Observation) -> Json:
    message = "; ".join(observation.health.issues)
    error = {"code": observation.health.status, "message": message, "detail": None, "hint": None}
    return {"success": False, "error": error, "data": _facts(observation)}


def _facts(observation: Observation) -> Json:
    return {
        "ready": observation.is_ready,
        "environment": observation.environment,
        "version": observation.version,
        "observed_at": moment(observation.at),
        "server_time": moment(observation.server_time),
        "lock": _lock(observation.holder),
        "progress": _progress(observation.progress),
        "startup": _startup(observation.startup),
    }


def _lock(holder: Holder | None) -> Json:
    return lock_json(holder) if holder else {"held": False, "holder": None, "since": None}


def lock_json(holder: Holder) -> Json:
    """Return who has the lock, and since when."""
    who = {"application": holder.application, "host": holder.host, "backend_pid": holder.pid}
    return {"held": True, "holder": who, "since": moment(holder.since)}


def _progress(progress: Progress | None) -> Json | None:
    if progress is None:
        return None
    return {
        "migration": progress.name,
        "statement": progress.statement,
        "statements": progress.statements,
        "elapsed_ms": milliseconds(progress.elapsed),
        "blockers": list(progress.blockers),
        "waits_for": progress.waits_for,
    }


def _failure(failure: Failure | None) -> Json | None:
    if failure is None:
        return None
    return {
        "migration": failure.name,
        "file": failure.path,
        "line": failure.line,
        "message": failure.message,
        "lines": [{"number": number, "text": text} for number, text in failure.lines],
    }


def _startup(document: Mapping[str, Any] | None) -> Json | None:
    """Return the start-up in short; ``document`` was checked to have these keys (startup/state_file.py)."""
    if document is None:
        return None
    return {
        "name": document["name"],
        "state": document["state"],
        "started_at": document.get("started_at"),
        "phases": [{"name": phase.get("name"), "state": phase.get("state")} for phase in document["phases"]],
    }
