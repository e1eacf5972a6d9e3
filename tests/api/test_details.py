"""What is told to those who may not see details, and what to nobody."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from migrate_tasks.api.details import HIDDEN, Somebody, masked, redact
from migrate_tasks.api.observation import Failure, Observation, Progress
from migrate_tasks.migrations.events import Holder
from migrate_tasks.migrations.status import Health, MigrationStatus, Status, StatusReport, assess
from migrate_tasks.render.json import health_json, status_json
from migrate_tasks.startup.masking import Secrets

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
URL = "postgresql://shop:s3cret@db.internal/shop"
REPORT = StatusReport(
    (
        MigrationStatus("001-SECRET", Status.COMPLETED, AT, AT, changed=True),
        MigrationStatus("002-SECRET", Status.FAILED, AT, None, f"SECRET at {URL}"),
        MigrationStatus("003-SECRET", Status.FAILED, AT, None, "SECRET", died=True),
        MigrationStatus("004-SECRET", Status.PENDING),
        MigrationStatus("005-SECRET", Status.COMPLETED, AT, AT, missing=True),
    )
)
PHASE = {
    "name": "SECRET",
    "description": "SECRET",
    "required": True,
    "depends_on": ["SECRET"],
    "state": "failed",
    "about": "SECRET",
    "started_at": "2026-03-02T10:00:00Z",
    "duration_ms": 5,
    "error": {"message": "SECRET"},
    "outputs": ["SECRET"],
    "attempts": [{"number": 1, "error": {"message": "SECRET"}}],
}
STARTUP = {
    "version": 1,
    "name": "SECRET",
    "run_id": "SECRET",
    "state": "failed",
    "pid": 4711,
    "host": "SECRET",
    "process": "SECRET",
    "started_at": "2026-03-02T10:00:00Z",
    "duration_ms": 7,
    "database": "SECRET",
    "error": {"message": "SECRET"},
    "phases": [PHASE],
}
SEEN = Observation(
    at=AT,
    health=assess(REPORT),
    is_ready=True,
    environment="production",
    version="1.0",
    holder=Holder(4711, "SECRET", "SECRET", AT),
    progress=Progress(
        name="SECRET", statement=2, statements=3, elapsed=timedelta(1), blockers=("SECRET",), waits_for="SECRET"
    ),
    failure=Failure(name="002-SECRET", path="SECRET", line=1, message="SECRET", lines=((1, "SECRET"),)),
    startup=STARTUP,
    server_time=AT,
)


def test_only_counts_and_statuses_are_left() -> None:
    """Of names, errors, SQL, hosts and processes nothing is left, in nothing that is made of the observation."""
    reduced = redact(SEEN)

    shown = [repr(reduced), str(reduced.holder), json.dumps([status_json(reduced.health.report), reduced.startup])]
    assert [text for text in shown if "SECRET" in text or "4711" in text or "db.internal" in text] == []


def test_what_is_left() -> None:
    """Each migration keeps its status under a number, and each issue what to do about it."""
    reduced = redact(SEEN)

    assert health_json(reduced.health)["data"] == {
        **health_json(SEEN.health)["data"],
        "issues": [
            f"migration 2 failed: {HIDDEN}. Execute it again: invoke migrate.run",
            f"migration 3: {HIDDEN}. Execute it again: invoke migrate.run",
            (
                "migration 1 was changed after it was completed, and the change was not executed."
                " Put it into a new migration: invoke migrate.new"
            ),
            "migration 5 is completed, but its file is gone. Restore it",
            "1 pending, from migration 4 on. Execute them: invoke migrate.run",
        ],
    }
    counts = {**status_json(SEEN.health.report)["data"], "migrations": None}
    assert {**status_json(reduced.health.report)["data"], "migrations": None} == counts
    assert (reduced.holder, str(reduced.holder)) == (
        Somebody(None, HIDDEN, HIDDEN, AT),
        "another run since 10:00:00",
    )
    assert reduced.progress == Progress(
        name="a migration",
        statement=2,
        statements=3,
        elapsed=timedelta(1),
        blockers=("another session",),
        waits_for="another run",
    )
    assert (reduced.failure, reduced.server_time, reduced.is_ready) == (None, AT, True)


def test_what_is_left_of_a_start_up() -> None:
    """The document of a start-up keeps all its keys; states and times keep their values."""
    phase: dict[str, Any] = {
        **PHASE,
        "name": "phase 1",
        "description": "",
        "depends_on": [],
        "about": "",
        "error": None,
        "outputs": [],
        "attempts": [{"number": 1, "error": None}],
    }
    nothing = dict.fromkeys(("name", "run_id", "host", "process", "database"), "")

    assert redact(SEEN).startup == {**STARTUP, **nothing, "pid": None, "error": None, "phases": [phase]}


@pytest.mark.parametrize(
    ("issues", "left"), [((f"could not connect to {URL}",), (HIDDEN,)), (("a", "b"), (HIDDEN,)), ((), ())]
)
def test_an_issue_without_a_migration_is_hidden(issues: tuple[str, ...], left: tuple[str, ...]) -> None:
    """Where the database cannot be reached, it stays to be seen that it cannot, and not where it is."""
    seen = Observation(
        at=AT, health=Health("unreachable", StatusReport(()), issues), is_ready=False, environment="x", version="1"
    )

    assert redact(seen).health == Health("unreachable", StatusReport(()), left)


def test_passwords_are_shown_to_nobody() -> None:
    """In each text of an observation, and of a document, passwords in URLs and known secrets are masked."""
    secrets = Secrets().with_values("hunter22")
    shown = masked(SEEN, secrets)
    document = {"a": [f"at {URL}", ("hunter22", 7, None)], "b": {"c": "hunter22"}, "d": Status.FAILED}

    assert shown.health.report.migrations[1].error_message == "SECRET at postgresql://shop:***@db.internal/shop"
    assert "s3cret" not in repr(shown)
    assert masked(SEEN, Secrets()) == shown
    assert masked(document, secrets) == {
        "a": ["at postgresql://shop:***@db.internal/shop", ("***", 7, None)],
        "b": {"c": "***"},
        "d": Status.FAILED,
    }
