"""Documents that start-ups left, for the tests of what is made of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

ZERO = datetime(2026, 3, 2, 12, 1, 5, tzinfo=UTC)
Json = dict[str, Any]


def moment(seconds: float) -> str:
    """Return the time so long after the start-up began."""
    return (ZERO + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def attempt(began: float, took: float, outcome: str = "succeeded", *, waited: float = 0, pause: float = 0) -> Json:
    """Return an attempt; all times are seconds."""
    error = None if outcome == "succeeded" else {"message": f"it {outcome} <b>&</b> \x1b[31mred"}
    return {
        "number": 1,
        "started_at": moment(began),
        "duration_ms": round(took * 1000),
        "waited_ms": round(waited * 1000),
        "pause_ms": round(pause * 1000),
        "outcome": outcome,
        "error": error,
    }


def phase(name: str, *attempts: Json, after: tuple[str, ...] = (), state: str = "succeeded") -> Json:
    """Return a phase with its attempts, numbered; without one it did not begin."""
    took = sum(each["duration_ms"] + each["pause_ms"] for each in attempts)
    return {
        "name": name,
        "description": "",
        "required": True,
        "depends_on": list(after),
        "state": state if attempts or state != "succeeded" else "skipped",
        "about": "",
        "started_at": attempts[0]["started_at"] if attempts else None,
        "duration_ms": took if attempts else None,
        "error": attempts[-1]["error"] if attempts else None,
        "outputs": {},
        "attempts": [{**each, "number": number} for number, each in enumerate(attempts, 1)],
    }


def document(*phases: Json, took: float | None = None, name: str = "shop", state: str = "succeeded") -> Json:
    """Return the document of a start-up that took so many seconds."""
    return {
        "version": 1,
        "name": name,
        "run_id": "r1",
        "state": state,
        "pid": 7,
        "host": "pod-1",
        "started_at": moment(0),
        "duration_ms": None if took is None else round(took * 1000),
        "database": "",
        "error": None,
        "phases": list(phases),
    }


RICH = document(
    phase("environment", attempt(0.01, 0.5)),
    phase("database_health", attempt(0.52, 1.2, "failed", pause=0.3), attempt(2.02, 0.9), after=("environment",)),
    phase("database_migrations", attempt(2.93, 6.4, waited=4.1), after=("database_health",)),
    phase("vector_store", attempt(9.34, 3.1), after=("database_migrations",)),
    phase("memory_store", attempt(9.34, 1.4, "timed out"), after=("database_migrations",), state="timed out"),
    phase("licence", attempt(0.01, 2.0)),
    phase("notify", after=("memory_store",)),
    phase("api", attempt(12.45, 0.4), after=("vector_store",)),
    took=12.9,
    state="degraded",
)
