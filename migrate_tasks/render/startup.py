"""What is said of a start-up in lines: a line an event where nobody watches, and the summary at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.render.printed import clean, one_line, plain_text
from migrate_tasks.render.text import plural, table
from migrate_tasks.startup.result import (
    Outcome,
    PhaseEnding,
    PhaseFinished,
    PhaseOutput,
    PhaseRetrying,
    PhaseStarted,
    PhaseWaiting,
    TimePasses,
)

if TYPE_CHECKING:
    from datetime import datetime

    from migrate_tasks.startup.result import PhaseError, PhaseEvent, PhaseResult
    from migrate_tasks.startup.state import PhaseState, StartupState

WIDEST_NAME = 30  # columns; a longer name is shown as it is, and pushes its own line aside
MARK = "| "  # before what a phase printed


def heading(state: StartupState) -> str:
    """Return the first line: what starts, on which database, and the day, since further lines have only the time."""
    name = f' "{state.sequence.name}"' if state.sequence.name else ""
    where = f" on {state.database}" if state.database else ""
    moment = state.started_at.astimezone().isoformat(" ", "seconds")
    return f"starting{name}: {plural(len(state.phases), 'phase')}{where}, {moment}"


def event_line(state: StartupState, event: PhaseEvent, width: int) -> str | None:
    """Return the line of a log that shows ``event``, which ``state`` has taken up; None where time passes.

    ``width`` is how many columns the name of the phase takes.
    """
    said = event_text(state, event)
    if said is None or isinstance(event, TimePasses):
        return None
    name = event.result.phase.name if isinstance(event, PhaseFinished) else event.phase.name
    return f"{time_of_day(state.now())} {name:<{width}}  {said}"


def name_width(state: StartupState) -> int:
    """Return the columns that names are shown in."""
    return min(WIDEST_NAME, max((len(phase.phase.name) for phase in state.phases), default=0))


def time_of_day(moment: datetime) -> str:
    """Return the local time, to the second."""
    return f"{moment.astimezone():%H:%M:%S}"


def event_text(state: StartupState, event: PhaseEvent) -> str | None:
    """Return what ``event``, which ``state`` has taken up, tells of its phase; None where time passes."""
    match event:
        case PhaseStarted(phase, _, _, attempt):
            if attempt > 1:
                return f"attempt {attempt} of {phase.retries + 1} started"
            return f"started: {phase.description}" if phase.description else "started"
        case PhaseOutput(_, line):
            return f"{MARK}{clean(line)}"
        case PhaseWaiting(phase, what):
            waited = format_duration(state[phase.name].waited)
            return f"waiting: {one_line(what)}" if what else f"goes on after waiting {waited}"
        case PhaseEnding(_, why):
            return f"being ended: {one_line(why)}"
        case PhaseRetrying(phase, attempt):
            why = f": {one_line(attempt.error.message)}" if attempt.error else ""
            then = f"; next attempt in {format_duration(attempt.pause)}"
            return f"attempt {attempt.number} of {phase.retries + 1} {attempt.outcome}{why}{then}"
        case PhaseFinished(result):
            return ended(result)
        case TimePasses():
            return None


def ended(result: PhaseResult) -> str:
    """Return how a phase ended, and why if it did not succeed."""
    if result.outcome is Outcome.SKIPPED:
        return f"skipped: {reason(result)}".removesuffix(": ")
    took = f" {'after' if result.outcome is Outcome.CANCELLED else 'in'} {format_duration(result.duration)}"
    tried = f" with {len(result.attempts)} attempts" if len(result.attempts) > 1 else ""
    why = reason(result)
    optional = "" if result.phase.required or not result.error else " (not required)"
    took = "" if result.outcome is Outcome.TIMED_OUT and not tried else took  # its message says it
    return f"{result.outcome}{took}{tried}{f': {why}' if why else ''}{optional}"


def reason(result: PhaseResult) -> str:
    """Return in one line why a phase did not succeed; empty where it did."""
    if result.outcome is Outcome.SUCCEEDED:
        return ""
    return one_line(result.error.message if result.error else result.reason)


def summary(state: StartupState) -> str:
    """Return the table of the phases, what the start-up does without, and the last line: how it ended."""
    rows = [_row(phase) for phase in state.phases]
    shown = table(("phase", "outcome", "attempts", "duration"), rows, right=(2, 3))
    degraded = state.result.degraded if state.result else ()
    warnings = [f"warning: {failure(p, p.error)}" for p in degraded if p.error]
    return "\n".join([shown, "", *warnings, last_line(state)])


def _row(phase: PhaseState) -> tuple[str, str, str, str]:
    took = format_duration(phase.duration) if phase.started_at else ""
    return phase.phase.name, str(phase.state), str(max(phase.attempt, len(phase.attempts))), took


def last_line(state: StartupState) -> str:
    """Return the start-up in one line; all but success is told loudly."""
    succeeded = sum(phase.state is Outcome.SUCCEEDED for phase in state.phases)
    unwanted = sum(phase.state is Outcome.SKIPPED and not phase.error for phase in state.phases)
    skipped = f", {unwanted} skipped" if unwanted and state.outcome in ("succeeded", "degraded") else ""
    took = format_duration(state.duration)
    counts = f"{succeeded} of {plural(len(state.phases), 'phase')} succeeded{skipped} in {took}"
    without = ", ".join(p.phase.name for p in state.result.degraded) if state.result else ""
    word = state.outcome if state.outcome == "succeeded" else state.outcome.upper()
    return f"{word}: {counts}" + (f"; WITHOUT {without}" if without and state.outcome == "degraded" else "")


def failure(result: PhaseResult, error: PhaseError) -> str:
    """Return the message, DETAIL and HINT of a phase that did not succeed."""
    after = f" after {len(result.attempts)} attempts" if len(result.attempts) > 1 else ""
    how = "could not begin" if result.outcome is Outcome.SKIPPED else f"{result.outcome}{after}"
    message = f'phase "{result.phase.name}" {how}: {error.message}'
    return plain_text(str(MigrateTasksError(message, detail=error.detail, hint=error.hint)))
