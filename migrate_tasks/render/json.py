"""The seed's JSON, key by key, with additions only. Times are ISO 8601 in UTC, durations whole milliseconds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from migrate_tasks.migrations.status import Health, RunResult, Status, StatusReport
from migrate_tasks.startup.state import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.errors import MigrateTasksError
    from migrate_tasks.migrations.planned import PlannedRun
    from migrate_tasks.startup.result import Attempt, PhaseError
    from migrate_tasks.startup.state import PhaseState, StartupState

Json = dict[str, Any]

STARTUP_VERSION = 1  # of the document of a start-up; raised where a key changes its meaning


def status_json(report: StatusReport) -> Json:
    """Return the answer of GET /database/migrations/status."""
    migrations = [
        {
            "name": m.name,
            "status": m.status,
            "started_at": moment(m.started_at),
            "completed_at": moment(m.completed_at),
            "error_message": m.error_message,
            "duration_ms": None if m.duration is None else milliseconds(m.duration),
            "changed": m.changed,
            "missing": m.missing,
        }
        for m in report.migrations
    ]
    counts = {status.value: report.count(status) for status in Status}
    return {
        "success": True,
        "data": {
            "total_migrations": len(migrations),
            "completed": counts["completed"],
            "failed": counts["failed"],
            "running": counts["running"],
            "pending": counts["pending"],
            "migrations": migrations,
        },
    }


def health_json(health: Health) -> Json:
    """Return the answer of GET /database/migrations/health."""
    report = health.report
    return {
        "success": True,
        "data": {
            "healthy": health.healthy,
            "status": health.status,
            "total_migrations": len(report.migrations),
            "completed": report.count(Status.COMPLETED),
            "failed": report.count(Status.FAILED) - health.stuck,
            "running": report.count(Status.RUNNING),
            "stuck": health.stuck,
            "pending": report.count(Status.PENDING),
            "issues": list(health.issues),
        },
    }


def run_json(result: RunResult, error: MigrateTasksError | None = None) -> Json:
    """Return the answer of POST /database/migrations/run; ``error`` is what ended the run, if anything did."""
    results = [
        {
            "name": r.name,
            "outcome": r.outcome,
            "duration_ms": milliseconds(r.duration),
            "error_message": r.error_message,
        }
        for r in result.results
    ]
    failed, tried, untried = result.count("failed"), result.count("tried"), result.count("not tried")
    done = "Dry run completed and rolled back" if tried or untried else "Migrations completed successfully"
    answer: Json = {
        "success": error is None,
        "message": f"Migrations failed: {failed} failed" if error else done,
        "data": {
            "total_migrations": result.total,
            "executed": result.count("executed"),
            "skipped": result.count("skipped"),
            "failed": failed,
            **({"tried": tried, "not_tried": untried} if tried or untried else {}),
            "duration_ms": milliseconds(result.duration),
            "results": results,
        },
    }
    return {**answer, "error": _error(error)} if error else answer


def reset_json(names: Sequence[str]) -> Json:
    """Return the answer of POST /database/migrations/reset."""
    return {
        "success": True,
        "message": f"{len(names)} migrations are pending again",
        "data": {"reset": len(names), "migrations": list(names)},
    }


def marked_json(names: Sequence[str], status: str) -> Json:
    """Return the answer where somebody said something of migrations."""
    return {"success": True, "data": {"status": status, "migrations": list(names)}}


def down_json(result: RunResult) -> Json:
    """Return what a run undid."""
    undone = [{"name": r.name, "duration_ms": milliseconds(r.duration)} for r in result.results]
    data = {"undone": result.count("executed"), "duration_ms": milliseconds(result.duration), "results": undone}
    return {"success": True, "data": data}


def plan_json(planned: PlannedRun, *, with_sql: bool = False) -> Json:
    """Return what a run would do; timeouts are None where the file or the server decides."""
    migrations = [
        {
            "name": p.name,
            "mode": p.script.mode,
            "reason": p.script.reason or None,
            "statements": len(p.script.statements),
            "lock_timeout_ms": None if p.script.sets_lock_timeout else milliseconds(p.timeouts.lock),
            "statement_timeout_ms": None
            if p.script.sets_statement_timeout or p.timeouts.statement is None
            else milliseconds(p.timeouts.statement),
            **({"sql": p.script.text} if with_sql else {}),
        }
        for p in planned.migrations
    ]
    warnings = [{"name": w.name, "message": w.message} for w in planned.warnings]
    return {"success": True, "data": {"migrations": migrations, "warnings": warnings}}


def dump_json(schema: str, file: str | None) -> Json:
    """Return the schema as SQL, and the file that it was written to, if any."""
    return {"success": True, "data": {"file": file, "schema": schema}}


def startup_json(state: StartupState) -> Json:
    """Return a start-up, running or ended: the document of the state file, and the data of ``--json``.

    An attempt that has not ended has no outcome; what has not begun has neither a moment nor a duration.
    """
    return {
        "version": STARTUP_VERSION,
        "name": state.sequence.name,
        "run_id": state.run_id,
        "state": state.outcome,
        "pid": state.process.pid,
        "host": state.process.host,
        "process": state.process.mark,
        "started_at": moment(state.started_at),
        "duration_ms": milliseconds(state.duration),
        "database": state.database,
        "error": _phase_error(state.error),
        "phases": [_phase(phase, state.now()) for phase in state.phases],
    }


def _phase(state: PhaseState, now: datetime) -> Json:
    return {
        "name": state.phase.name,
        "description": state.phase.description,
        "required": state.phase.required,
        "depends_on": [dependency.name for dependency in state.phase.depends_on],
        "state": state.state,
        "about": state.about or None,
        "started_at": moment(state.started_at),
        "duration_ms": milliseconds(state.took(now)) if state.started_at else None,
        "error": _phase_error(state.error),
        "outputs": list(state.phase.outputs),
        "attempts": [*map(_attempt, state.attempts), *_running_attempt(state, now)],
    }


def _attempt(attempt: Attempt) -> Json:
    return {
        "number": attempt.number,
        "started_at": moment(attempt.started_at),
        "duration_ms": milliseconds(attempt.duration),
        "waited_ms": milliseconds(attempt.waited),
        "pause_ms": milliseconds(attempt.pause),
        "outcome": attempt.outcome,
        "error": _phase_error(attempt.error),
    }


def _running_attempt(state: PhaseState, now: datetime) -> list[Json]:
    """Return the attempt that has not ended, if there is one, as far as it is."""
    has_ended = state.has_ended or any(attempt.number == state.attempt for attempt in state.attempts)
    if has_ended or not state.began_at or not state.since:
        return []
    waiting = now - state.since if state.state is State.WAITING else timedelta(0)
    return [
        {
            "number": state.attempt,
            "started_at": moment(state.began_at),
            "duration_ms": milliseconds(now - state.began_at),
            "waited_ms": milliseconds(state.waited + waiting),
            "pause_ms": 0,
            "outcome": None,
            "error": None,
        }
    ]


def _phase_error(error: PhaseError | None) -> Json | None:
    return {**_error(error), "kind": error.kind, "sqlstate": error.sqlstate} if error else None


def error_json(error: MigrateTasksError) -> Json:
    """Return the answer where a request could not be carried out."""
    return {"success": False, "error": _error(error)}


def _error(error: MigrateTasksError | PhaseError) -> Json:
    return {
        "message": error.message,
        "detail": error.detail,
        "hint": error.hint,
        "exit_code": error.exit_code,
    }


def json_bytes(content: Json) -> bytes:
    """Return the text that is sent; half a surrogate pair, which somebody may have sent, is escaped."""
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode(errors="backslashreplace")


def moment(when: datetime | None) -> str | None:
    """Return a moment in UTC, as ISO 8601 has it."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z") if when else None


def milliseconds(duration: timedelta) -> int:
    """Return a duration in whole milliseconds."""
    return round(duration.total_seconds() * 1000)
