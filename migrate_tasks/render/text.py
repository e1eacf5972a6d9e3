"""What the terminal shows of migrations: tables and lines."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.migrations.events import (
    Event,
    MigrationCompleted,
    MigrationNotice,
    MigrationProgress,
    MigrationResumed,
    MigrationRetrying,
    MigrationStarted,
    WaitingForDatabase,
    WaitingForLock,
)
from migrate_tasks.migrations.status import Health, MigrationStatus, RunResult, Status, StatusReport, assess

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

LINES_APART = timedelta(seconds=10)  # of the progress of one statement, where there is no terminal


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
    rows = [(m.name, status_words(m), _moment(m.started_at), _took(m)) for m in report.migrations]
    text = table(("migration", "status", "started", "duration"), rows, right=(3,))
    return "\n".join([text, "", counts_text(report), *_hints(assess(report))])


def counts_text(report: StatusReport) -> str:
    """Return how many migrations there are, and of which status."""
    counts = ", ".join(f"{report.count(status)} {status}" for status in Status if report.count(status))
    return f"{plural(len(report.migrations), 'migration')}: {counts}"


def health_text(health: Health) -> str:
    """Return the one-word answer and a line for each issue."""
    report = health.report
    counts = f": {report.count(Status.COMPLETED)} of {len(report.migrations)} migrations completed"
    return "\n".join([f"{health.status}{counts if report.migrations else ''}", *_hints(health)])


def run_text(result: RunResult) -> str:
    """Return the last line of a run: what it did."""
    executed, skipped, took = result.count("executed"), result.count("skipped"), format_duration(result.duration)
    tried, untried = result.count("tried"), result.count("not tried")
    if tried or untried:
        return f"dry run: {tried} tried and rolled back, {untried} not tried, {skipped} skipped in {took}"
    return f"{plural(result.total, 'migration')}: {executed} executed, {skipped} skipped in {took}"


def down_text(result: RunResult) -> str:
    """Return the last line of a run that undid migrations."""
    return f"{plural(result.count('executed'), 'migration')} undone in {format_duration(result.duration)}"


def event_text(event: Event, verb: str = "completed") -> str | None:
    """Return the line that shows ``event``, or None where the next one says it all; ``verb`` is what a migration is."""
    match event:
        case WaitingForDatabase(reason):
            return f"waiting for the database: {reason}"
        case WaitingForLock(holder):
            return f"waiting for another run: {holder or 'another session'}"
        case MigrationStarted():
            return None
        case MigrationNotice(name, severity, message):
            return f"{name}: {severity}: {message}"
        case MigrationResumed(name, statement, statements):
            return f"{name}: continued with statement {statement} of {statements}"
        case MigrationProgress(name, statement, statements, elapsed, blockers):
            waiting = f", waiting for {'; '.join(map(str, blockers))}" if blockers else ""
            return f"{name}: statement {statement} of {statements}, {format_duration(elapsed)}{waiting}"
        case MigrationRetrying(name, reason, delay, retry, retries, blockers):
            waited = f"; it waited for {'; '.join(map(str, blockers))}" if blockers else ""
            again = f"retry {retry} of {retries} in {format_duration(delay)}"
            return f"{name}: {reason}: rolled back, {again}{waited}"
        case MigrationCompleted(name, duration):
            return f"{name} {verb} in {format_duration(duration)}"


def tells_more(progress: MigrationProgress, last: MigrationProgress) -> bool:
    """Return whether a line is due after the one for ``last``: on other blockers, or after a while."""
    is_same = (progress.statement, [b.pid for b in progress.blockers]) == (
        last.statement,
        [b.pid for b in last.blockers],
    )
    return not is_same or progress.elapsed - last.elapsed > LINES_APART


def status_words(migration: MigrationStatus) -> str:
    """Return the status with what else is to be said of it, as "completed (changed)"."""
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
