"""What the terminal shows of migrations: tables and lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.migrations.events import (
    Event,
    MigrationCompleted,
    MigrationNotice,
    MigrationStarted,
    WaitingForDatabase,
    WaitingForLock,
)
from migrate_tasks.migrations.status import Health, MigrationStatus, RunResult, Status, StatusReport, assess

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Return rows in columns as wide as their widest cell, two spaces apart; ``right`` are right-aligned."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (header, *rows)
    ]
    return "\n".join(lines)


def status_text(report: StatusReport) -> str:
    """Return the table of all migrations, the counts, and what to do where something is to be done."""
    if not report.migrations:
        return "0 migrations\nHINT: Write the first: invoke migrate.new create-users"
    rows = [(m.name, _status(m), _moment(m.started_at), _took(m)) for m in report.migrations]
    text = table(("migration", "status", "started", "duration"), rows, right=(3,))
    counts = ", ".join(f"{report.count(status)} {status}" for status in Status if report.count(status))
    return "\n".join([text, "", f"{plural(len(rows), 'migration')}: {counts}", *_hints(assess(report))])


def health_text(health: Health) -> str:
    """Return the one-word answer and a line for each issue."""
    report = health.report
    counts = f": {report.count(Status.COMPLETED)} of {len(report.migrations)} migrations completed"
    return "\n".join([f"{health.status}{counts if report.migrations else ''}", *_hints(health)])


def run_text(result: RunResult) -> str:
    """Return the last line of a run: what it did."""
    executed, skipped = result.count("executed"), result.count("skipped")
    took = format_duration(result.duration)
    return f"{plural(result.total, 'migration')}: {executed} executed, {skipped} skipped in {took}"


def event_text(event: Event) -> str | None:
    """Return the line that shows ``event``, or None where the next one says it all."""
    match event:
        case WaitingForDatabase(reason):
            return f"waiting for the database: {reason}"
        case WaitingForLock(holder):
            return f"waiting for another run: {holder or 'another session'}"
        case MigrationStarted():
            return None
        case MigrationNotice(name, severity, message):
            return f"{name}: {severity}: {message}"
        case MigrationCompleted(name, duration):
            return f"{name} completed in {format_duration(duration)}"


def _status(migration: MigrationStatus) -> str:
    marks = {"died": migration.died, "changed": migration.changed, "file is gone": migration.missing}
    return " ".join([migration.status, *(f"({mark})" for mark, is_true in marks.items() if is_true)])


def _hints(health: Health) -> list[str]:
    return [f"HINT: {issue}" for issue in health.issues]


def plural(number: int, noun: str) -> str:
    """Return "1 phase" or "2 phases"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}" if moment else ""


def _took(migration: MigrationStatus) -> str:
    return format_duration(migration.duration) if migration.duration is not None else ""
