"""What an answer tells to whom: all but passwords to those who may see details, and counts and statuses to others.

Values. An observation is reduced, and not a document: so whatever is made from it tells no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from migrate_tasks.migrations.events import Holder
from migrate_tasks.migrations.status import Health, MigrationStatus, Status, StatusReport, assess

if TYPE_CHECKING:
    from migrate_tasks.api.observation import Observation
    from migrate_tasks.startup.masking import Secrets

T = TypeVar("T")

HIDDEN = "details are shown to those who send a token"
# of the document of a start-up (startup_json) and of each of its phases
SHOWN_OF_STARTUP = frozenset({"version", "state", "started_at", "duration_ms"})
SHOWN_OF_PHASE = frozenset({"required", "state", "started_at", "duration_ms"})
SHOWN_OF_ATTEMPT = frozenset({"number", "started_at", "duration_ms", "waited_ms", "pause_ms", "outcome"})


@dataclass(frozen=True)
class Somebody(Holder):
    """A holder of whom nothing is told but since when."""

    def __str__(self) -> str:
        return "another run" + (f" since {self.since:%H:%M:%S}" if self.since else "")


def redact(observation: Observation) -> Observation:
    """Return what anybody may see of it: how many migrations have which status, and how far a run or a start-up is.

    Migrations and phases are numbered in place of their names. Of an issue it stays to be seen that there is one.
    """
    progress, holder = observation.progress, observation.holder
    return replace(
        observation,
        health=_redact_health(observation.health),
        holder=holder and Somebody(None, HIDDEN, HIDDEN, holder.since),
        progress=progress
        and replace(
            progress,
            name=progress.name and "a migration",
            blockers=("another session",) * len(progress.blockers),
            waits_for=progress.waits_for and "another run",
        ),
        failure=None,
        startup=None if observation.startup is None else _redact_startup(observation.startup),
    )


def _redact_health(health: Health) -> Health:
    report = StatusReport(tuple(_redact_migration(n, m) for n, m in enumerate(health.report.migrations, 1)))
    return Health(health.status, report, assess(report).issues or (HIDDEN,) * bool(health.issues))


def _redact_migration(number: int, migration: MigrationStatus) -> MigrationStatus:
    return MigrationStatus(
        f"migration {number}",
        migration.status,
        error_message=HIDDEN if migration.status is Status.FAILED else None,
        died=migration.died,
        changed=migration.changed,
        missing=migration.missing,
    )


def _redact_startup(document: Mapping[str, Any]) -> dict[str, Any]:
    phases = [_redact_phase(number, phase) for number, phase in enumerate(_objects(document, "phases"), 1)]
    return {**_only(SHOWN_OF_STARTUP, document), "phases": phases}


def _redact_phase(number: int, phase: Mapping[str, Any]) -> dict[str, Any]:
    attempts = [_only(SHOWN_OF_ATTEMPT, attempt) for attempt in _objects(phase, "attempts")]
    return {**_only(SHOWN_OF_PHASE, phase), "name": f"phase {number}", "attempts": attempts}


def _objects(document: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """Return the objects in a list that another version may have written."""
    found = document.get(key)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list | tuple) else []


def _only(shown: frozenset[str], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``document`` with all its keys, of which only ``shown`` keep their values."""
    return {key: value if key in shown else _empty(value) for key, value in document.items()}


def _empty(value: Any) -> Any:
    return type(value)() if isinstance(value, str | list) else None


def masked(value: T, secrets: Secrets) -> T:
    """Return ``value``, an observation or a document, with *** for what is secret in each of its texts."""
    return _masked(value, secrets)  # type: ignore[no-any-return]


def _masked(value: Any, secrets: Secrets) -> Any:
    if type(value) is str:
        return secrets.mask(value)
    if isinstance(value, Mapping):
        return {key: _masked(item, secrets) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_masked(item, secrets) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _masked(getattr(value, f.name), secrets) for f in fields(value) if f.init})
    return value
