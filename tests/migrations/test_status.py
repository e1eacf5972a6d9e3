"""What a row of the history says about a migration, and what all of them say about the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from migrate_tasks.migrations.status import (
    Health,
    HistoryRow,
    MigrationResult,
    MigrationStatus,
    RunResult,
    Status,
    StatusReport,
    assess,
    status_of,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(milliseconds=250)
DIED = "the process that ran it died (backend 4711 is gone)"


def row(name: str, status: Status, *, is_alive: bool = False, **facts: Any) -> HistoryRow:
    """Return a row that says ``facts``, and nothing else."""
    empty: dict[str, Any] = {
        "type": "sql",
        "started_at": None,
        "completed_at": None,
        "error_message": None,
        "metadata": {},
    }
    return HistoryRow(name=name, status=status, is_alive=is_alive, **{**empty, **facts})


def report(**statuses: Status) -> StatusReport:
    """Return a report of migrations and their statuses; failed ones failed with "boom"."""
    return StatusReport(
        tuple(
            MigrationStatus(name, status, error_message="boom" if status is Status.FAILED else None)
            for name, status in statuses.items()
        )
    )


def dead(name: str) -> MigrationStatus:
    """Return the status of a migration whose process is gone."""
    return status_of(name, row(name, Status.RUNNING, metadata={"backend_pid": 4711}))


def test_the_words_are_those_of_the_table() -> None:
    """The four statuses are spelt as the table admits them."""
    assert [str(status) for status in Status] == ["pending", "running", "completed", "failed"]


def test_without_a_row_it_is_pending() -> None:
    """A migration that the history does not know is pending."""
    assert status_of("001-a", None) == MigrationStatus("001-a", Status.PENDING)


@pytest.mark.parametrize(
    ("metadata", "by"),
    [
        ({"user": "deploy", "host": "shop-1"}, "deploy@shop-1"),
        ({"host": "shop-1"}, "shop-1"),
        ({"user": 7, "host": None}, "7"),
        ({}, None),
    ],
)
def test_who_executed_it(metadata: dict[str, Any], by: str | None) -> None:
    """A status tells who executed the migration, as far as that was recorded; of a dead process as well."""
    for status in (Status.COMPLETED, Status.RUNNING):
        assert status_of("001-a", row("001-a", status, metadata=metadata)).by == by


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (row("001-a", Status.PENDING), MigrationStatus("001-a", Status.PENDING)),
        (
            row("001-a", Status.RUNNING, is_alive=True, started_at=NOON),
            MigrationStatus("001-a", Status.RUNNING, NOON),
        ),
        (
            row("001-a", Status.COMPLETED, started_at=NOON, completed_at=LATER),
            MigrationStatus("001-a", Status.COMPLETED, NOON, LATER),
        ),
        (
            row("001-a", Status.FAILED, started_at=NOON, error_message="boom"),
            MigrationStatus("001-a", Status.FAILED, NOON, None, "boom"),
        ),
    ],
    ids=lambda value: str(value.status) if isinstance(value, HistoryRow) else "",
)
def test_a_row_is_told_as_it_stands(said: HistoryRow, expected: MigrationStatus) -> None:
    """A row of each status is told as it stands in the table."""
    assert expected == status_of("001-a", said)


def test_a_row_left_running_by_a_dead_process_is_failed() -> None:
    """A row that says running while its backend is gone is failed, names the backend, and is marked."""
    said = row("001-a", Status.RUNNING, started_at=NOON, metadata={"backend_pid": 4711})

    assert MigrationStatus("001-a", Status.FAILED, NOON, None, DIED, died=True) == status_of("001-a", said)


@pytest.mark.parametrize(
    ("started", "completed", "expected"),
    [
        (NOON, LATER, timedelta(milliseconds=250)),
        (NOON, NOON, timedelta(0)),
        (NOON, None, None),
        (None, LATER, None),
        (None, None, None),
    ],
)
def test_how_long_it_took(started: datetime | None, completed: datetime | None, expected: timedelta | None) -> None:
    """How long a migration took is known once it has begun and is completed."""
    assert expected == MigrationStatus("001-a", Status.COMPLETED, started, completed).duration


def test_a_report_counts_and_names() -> None:
    """A report counts the migrations of a status, and names them in their order."""
    made = report(a=Status.COMPLETED, b=Status.FAILED, c=Status.PENDING, d=Status.PENDING)

    assert [made.count(status) for status in Status] == [2, 0, 1, 1]
    assert [made.named(status) for status in Status] == [["c", "d"], [], ["a"], ["b"]]


@pytest.mark.parametrize(
    ("made", "expected", "issues"),
    [
        (StatusReport(()), "ok", ()),
        (report(a=Status.COMPLETED), "ok", ()),
        (report(a=Status.COMPLETED, b=Status.RUNNING), "ok", ()),
        (
            report(a=Status.COMPLETED, b=Status.PENDING, c=Status.PENDING),
            "degraded",
            ("2 pending, from b on. Execute them: invoke migrate.run",),
        ),
        (
            report(a=Status.FAILED, b=Status.PENDING),
            "failed",
            (
                "a failed: boom. Execute it again: invoke migrate.run",
                "1 pending, from b on. Execute them: invoke migrate.run",
            ),
        ),
        (
            StatusReport((dead("a"), *report(b=Status.PENDING).migrations)),
            "stuck",
            (
                f"a: {DIED}. Execute it again: invoke migrate.run",
                "1 pending, from b on. Execute them: invoke migrate.run",
            ),
        ),
        (
            StatusReport((dead("a"), *report(b=Status.FAILED).migrations)),
            "failed",
            (
                "b failed: boom. Execute it again: invoke migrate.run",
                f"a: {DIED}. Execute it again: invoke migrate.run",
            ),
        ),
    ],
    ids=["nothing", "completed", "running", "pending", "failed", "stuck", "failed-and-stuck"],
)
def test_the_worst_decides_the_health(made: StatusReport, expected: str, issues: tuple[str, ...]) -> None:
    """Failed is worse than stuck, stuck than pending; each issue comes with the command that mends it."""
    health = assess(made)

    assert expected == health.status
    assert issues == health.issues
    assert made is health.report


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        (Health("ok", StatusReport(())), True),
        (Health("degraded", StatusReport(())), True),
        (Health("failed", StatusReport(())), False),
        (Health("stuck", StatusReport(())), False),
        (Health("unreachable", StatusReport(())), False),
    ],
    ids=lambda value: value.status if isinstance(value, Health) else "",
)
def test_pending_migrations_are_healthy(health: Health, *, expected: bool) -> None:
    """Ok and degraded are healthy, everything else is not."""
    assert expected is health.healthy


def test_the_stuck_are_counted_apart() -> None:
    """What a dead process left is counted as stuck, what failed by itself is not."""
    health = assess(StatusReport((dead("a"), dead("b"), *report(c=Status.FAILED, d=Status.RUNNING).migrations)))

    assert health.stuck == 2


def test_a_run_counts_its_outcomes() -> None:
    """A run counts what it executed, skipped and failed on."""
    run = RunResult(
        3, (MigrationResult("a", "skipped"), MigrationResult("b", "executed"), MigrationResult("c", "executed"))
    )

    assert (run.count("executed"), run.count("skipped"), run.count("failed")) == (2, 1, 0)
