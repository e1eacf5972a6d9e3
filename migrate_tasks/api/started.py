"""What the state file of a start-up tells of it, in words: all that is known while there is no database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from migrate_tasks.api.observation import Progress
from migrate_tasks.startup.state import State

if TYPE_CHECKING:
    from collections.abc import Mapping

AT_WORK = (State.RUNNING, State.WAITING, State.RETRYING)


def startup_issues(document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is worth knowing of the start-up where something is wrong."""
    name = document["name"]
    match document["state"]:
        case "running":
            at_work = [_at_work(phase) for phase in document["phases"] if phase.get("state") in AT_WORK]
            return (f'The start-up "{name}" is at work: {", ".join(at_work) or "between two phases"}',)
        case "failed":
            failed = [_failed(phase) for phase in document["phases"] if phase.get("error")]
            return (f'The start-up "{name}" failed: {"; ".join(failed) or "it could not begin"}',)
        case "died":
            return (f'The start-up "{name}" was killed. Run it again: invoke startup',)
        case _:
            return ()


def waiting(document: Mapping[str, Any]) -> Progress | None:
    """Return the progress of a start-up that waits for another replica; None for any other."""
    for phase in document["phases"]:
        if phase.get("state") == State.WAITING and document["state"] == "running":
            return Progress(elapsed=timedelta(milliseconds=phase.get("duration_ms") or 0), waits_for=phase.get("about"))
    return None


def _at_work(phase: Mapping[str, Any]) -> str:
    about = f" for {phase['about']}" if phase.get("about") and phase["state"] == State.WAITING else ""
    return f"{phase.get('name')} is {phase['state']}{about}"


def _failed(phase: Mapping[str, Any]) -> str:
    return f"{phase.get('name')}: {phase['error'].get('message')}"
