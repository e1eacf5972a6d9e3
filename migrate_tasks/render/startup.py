"""What is shown of a start-up: a line per event where nobody watches, and the summary at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.render.text import plural, table
from migrate_tasks.startup.result import (
    Outcome,
    PhaseError,
    PhaseEvent,
    PhaseFinished,
    PhaseOutput,
    PhaseResult,
    PhaseRetrying,
    PhaseRunning,
    PhaseStarted,
    StartupResult,
)

if TYPE_CHECKING:
    from migrate_tasks.startup.spec import Sequence

INDENT = "      "


def heading(sequence: Sequence, where: str) -> str:
    """Return the first line: what starts, and on which database."""
    name = f' "{sequence.name}"' if sequence.name else ""
    return f"starting{name}: {plural(len(sequence.phases), 'phase')} on {where}"


def phase_event_text(event: PhaseEvent) -> str | None:
    """Return the line that shows ``event`` in a log, or None."""
    match event:
        case PhaseStarted(phase, number, total, attempt):
            again = f" (attempt {attempt} of {phase.retries + 1})" if attempt > 1 else ""
            about = f": {phase.description}" if phase.description else ""
            return f"[{number}/{total}] {phase.name}{about}{again}"
        case PhaseOutput(_, line):
            return f"{INDENT}{line}"
        case PhaseRetrying(_, error, delay):
            return f"{INDENT}failed: {error.message}; next attempt in {format_duration(delay)}"
        case PhaseFinished(result):
            return f"{INDENT}{ended(result)}"
        case PhaseRunning():
            return None


def ended(result: PhaseResult) -> str:
    """Return how a phase ended, and why if it did not succeed."""
    took = f"in {format_duration(result.duration)}"
    if result.outcome is Outcome.TIMED_OUT and result.error:
        return result.error.message
    return f"{result.outcome} {took}" + (f": {result.error.message}" if result.error else "")


def summary(result: StartupResult) -> str:
    """Return the table of the phases and the last line: how the start-up ended."""
    rows = [(p.phase.name, str(p.outcome), str(p.attempts), _took(p)) for p in result.phases]
    shown = table(("phase", "outcome", "attempts", "duration"), rows, right=(2, 3))
    warnings = [f"warning: {failure(p, p.error)}" for p in result.degraded if p.error]
    return "\n".join([shown, "", *warnings, last_line(result)])


def last_line(result: StartupResult) -> str:
    """Return the start-up in one line."""
    succeeded = sum(p.outcome is Outcome.SUCCEEDED for p in result.phases)
    counts = f"{succeeded} of {len(result.phases)} phases succeeded in {format_duration(result.duration)}"
    without = ", ".join(p.phase.name for p in result.degraded)
    return f"{result.outcome}: {counts}" + (f"; without {without}" if without and not result.failed else "")


def failure(result: PhaseResult, error: PhaseError) -> str:
    """Return the message, DETAIL and HINT of a phase that failed."""
    after = f" after {result.attempts} attempts" if result.attempts > 1 else ""
    how = error.message if result.outcome is Outcome.TIMED_OUT else f"failed{after}: {error.message}"
    return str(MigrateTasksError(f'phase "{result.phase.name}" {how}', detail=error.detail, hint=error.hint))


def _took(result: PhaseResult) -> str:
    return format_duration(result.duration) if result.attempts else ""
