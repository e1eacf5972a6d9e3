"""The schemas of what is answered, for the OpenAPI document (openapi.py), and the answers of the seed as examples.

Those ``required`` are the seed's keys, to which only others were added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from migrate_tasks.migrations.status import HealthStatus, Outcome, Status

if TYPE_CHECKING:
    from migrate_tasks.render.json import Json

TEXT: Json = {"type": "string"}
TEXT_OR_NULL: Json = {"type": ["string", "null"]}
NUMBER: Json = {"type": "integer", "minimum": 0}
NUMBER_OR_NULL: Json = {"type": ["integer", "null"], "minimum": 0}
BOOLEAN: Json = {"type": "boolean"}
MOMENT: Json = {"type": ["string", "null"], "format": "date-time"}


def schema_named(name: str) -> Json:
    """Return the schema that refers to the one of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: Json, more: Json | None = None) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **(more or {})}}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _list(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def _success(data: Json, *, success: bool = True, **more: Json) -> Json:
    return _object({"success": {"const": success}, **more, "data": data})


def schemas() -> Json:
    """Return all schemas by their names."""
    counts = dict.fromkeys(("total_migrations", "completed", "failed", "running"), NUMBER)
    pending = {"pending": NUMBER}
    one_word: Json = {"enum": list(get_args(HealthStatus))}
    health = {"healthy": BOOLEAN, "status": one_word, **counts, "stuck": NUMBER, "issues": _list(TEXT)}
    listed = {**counts, **pending, "migrations": _list(schema_named("Migration"))}
    seen = {**_facts(), "failure": _or_null(schema_named("Failure"))}
    error = {"success": {"const": False}, "error": schema_named("Reason")}
    return {
        "Status": _success(_object(listed, seen)),
        "Unseen": _object({**error, "data": _object({}, _facts())}),
        "Health": _success(_object(health, {**pending, **_facts()})),
        "HealthDraft": _draft(),
        "Live": _success(_object({"alive": {"const": True}})),
        "Ready": _object({"success": BOOLEAN, "data": _object({"ready": BOOLEAN})}),
        "Ran": _success(_ran(), message=TEXT),
        "Failed": _object({**error, "message": TEXT, "data": _ran()}, {"lock": schema_named("Lock")}),
        "Run": _success(_run_state()),
        "Reset": _success(_object({"reset": NUMBER, "migrations": _list(TEXT)}), message=TEXT),
        "Error": _object(error, {"lock": schema_named("Lock")}),
        "Reason": _object({"code": TEXT, "message": TEXT, "detail": TEXT_OR_NULL, "hint": TEXT_OR_NULL}),
        "Migration": _migration(),
        "Failure": _failure(),
        "Lock": _lock(),
    }


def _facts() -> Json:
    """Return what is known beside the migrations."""
    of_progress = {"migration": TEXT_OR_NULL, "statement": NUMBER_OR_NULL, "statements": NUMBER_OR_NULL}
    of_progress |= {"elapsed_ms": NUMBER, "blockers": _list(TEXT), "waits_for": TEXT_OR_NULL}
    of_startup = {"name": TEXT, "state": TEXT, "started_at": MOMENT}
    of_startup["phases"] = _list(_object({"name": TEXT, "state": TEXT}))
    return {
        "ready": BOOLEAN,
        "environment": TEXT,
        "version": TEXT,
        "observed_at": MOMENT,
        "server_time": MOMENT,
        "lock": schema_named("Lock"),
        "progress": _or_null(_object(of_progress)),
        "startup": _or_null(_object(of_startup)),
    }


def _migration() -> Json:
    times = {"started_at": MOMENT, "completed_at": MOMENT}
    status: Json = {"enum": [status.value for status in Status]}
    of_seed = {"name": TEXT, "status": status, **times, "error_message": TEXT_OR_NULL, "duration_ms": NUMBER_OR_NULL}
    return _object(of_seed, {"changed": BOOLEAN, "missing": BOOLEAN})


def _failure() -> Json:
    lines = _list(_object({"number": NUMBER, "text": TEXT}))
    return _object({"migration": TEXT, "file": TEXT, "line": NUMBER, "message": TEXT, "lines": lines})


def _lock() -> Json:
    holder = _object({"application": TEXT, "host": TEXT, "backend_pid": NUMBER_OR_NULL})
    return _object({"held": BOOLEAN, "holder": _or_null(holder), "since": MOMENT})


def _ran() -> Json:
    counts = dict.fromkeys(("total_migrations", "executed", "skipped", "failed", "duration_ms"), NUMBER)
    outcome: Json = {"enum": list(get_args(Outcome))}
    result = _object({"name": TEXT, "outcome": outcome, "duration_ms": NUMBER, "error_message": TEXT_OR_NULL})
    return _object({**counts, "results": _list(result)}, {"tried": NUMBER, "not_tried": NUMBER})


def _run_state() -> Json:
    result = {"anyOf": [schema_named("Ran"), schema_named("Failed"), schema_named("Error"), {"type": "null"}]}
    state: Json = {"enum": ["running", "succeeded", "failed"]}
    times = {"started_at": MOMENT, "ended_at": MOMENT}
    return _object({"id": TEXT, "state": state, "dry_run": BOOLEAN, **times, "result": result})


def _draft() -> Json:
    """Return what draft-inadarei-api-health-check-06 wants, as far as it is used."""
    status: Json = {"enum": ["pass", "warn", "fail"]}
    check = _object(
        {"status": status}, {"componentType": TEXT, "observedValue": NUMBER, "observedUnit": TEXT, "time": MOMENT}
    )
    checks = {"type": "object", "additionalProperties": _list(check)}
    return _object({"status": status}, {"releaseId": TEXT, "description": TEXT, "output": TEXT, "checks": checks})


STATUS_EXAMPLE: Json = {
    "success": True,
    "data": {
        "total_migrations": 6,
        "completed": 6,
        "failed": 0,
        "running": 0,
        "pending": 0,
        "migrations": [
            {
                "name": "001-setup-pgvector",
                "status": "completed",
                "started_at": "2025-01-21T10:00:00Z",
                "completed_at": "2025-01-21T10:00:05Z",
                "error_message": None,
                "duration_ms": 5000,
            }
        ],
    },
}
HEALTH_EXAMPLE: Json = {
    "success": True,
    "data": {
        "healthy": True,
        "status": "ok",
        "total_migrations": 6,
        "completed": 6,
        "failed": 0,
        "running": 0,
        "stuck": 0,
        "issues": [],
    },
}
RUN_EXAMPLE: Json = {
    "success": True,
    "message": "Migrations completed successfully",
    "data": {
        "total_migrations": 6,
        "executed": 0,
        "skipped": 6,
        "failed": 0,
        "duration_ms": 1500,
        "results": [
            {"name": "001-setup-pgvector", "outcome": "skipped", "duration_ms": 0, "error_message": None},
        ],
    },
}
