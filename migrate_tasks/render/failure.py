"""The report on a start-up that failed: what was printed, what the problem is, what was tried, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.render.printed import plain_text
from migrate_tasks.render.startup import MARK
from migrate_tasks.render.text import plural
from migrate_tasks.startup.result import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.startup.result import PhaseError, PhaseResult
    from migrate_tasks.startup.state import StartupState

FAILED_ITSELF = (Outcome.FAILED, Outcome.TIMED_OUT)
LABEL = 10  # columns of the words on the left


def failure_report(state: StartupState) -> str:
    """Return what stderr says after "error: " of a start-up that failed; "" for one that did not.

    The phase that ended it comes first; then those that failed beside it.
    """
    result = state.result
    if not result or result.outcome != "failed":
        return ""
    reports = [_of_the_whole(state, result.error)] if result.error else []
    blamed = [p for p in result.phases if p.phase.required and p.error and p.outcome in FAILED_ITSELF]
    if not blamed and not result.error and result.failed:  # it could not even begin
        blamed = [result.failed]
    reports += [
        _of_phase(state, phase, phase.error, is_first=not reports and phase is blamed[0])
        for phase in blamed
        if phase.error
    ]
    return "\n".join(reports)


def _of_the_whole(state: StartupState, error: PhaseError) -> str:
    ended = [phase for phase in state.phases if phase.state is Outcome.CANCELLED]
    running = [f"{phase.phase.name}, after {format_duration(phase.duration)}" for phase in ended]
    head = f"STARTUP FAILED after {format_duration(state.duration)}"
    lines = [head, *_section("Problem", plain_text(error.message).split("\n")), *_section("Ended", running)]
    return _whole(lines, error.detail, error.hint)


def _whole(lines: Sequence[str], detail: str | None, hint: str | None) -> str:
    return plain_text(str(MigrateTasksError("\n".join(lines), detail=detail, hint=hint)))


def _of_phase(state: StartupState, result: PhaseResult, error: PhaseError, *, is_first: bool) -> str:
    phase = state[result.phase.name]
    lines = [
        _head(result, f"{phase.number}/{len(state.phases)}", is_first=is_first),
        *_section("Output", [f"{MARK}{plain_text(line)}" for line in phase.lines]),
        *_section("Problem", _problem(error)),
        *_section("Tried", [_tried(result)] if result.attempts else []),
    ]
    return _whole(lines, error.detail, _action(result, error))


def _head(result: PhaseResult, place: str, *, is_first: bool) -> str:
    where = f'phase "{result.phase.name}" ({place})'
    start = f"STARTUP FAILED in {where}" if is_first else f"{where} {result.outcome}, too"
    if not result.attempts:
        return f"{start}: it could not begin"
    allowed = result.phase.retries + 1
    tries = f"{len(result.attempts)} of {plural(allowed, 'attempt')} in " if allowed > 1 else ""
    return f"{start}, after {tries}{format_duration(result.duration)}"


def _problem(error: PhaseError) -> list[str]:
    """Return the message, and in brackets what decides whether it is tried again."""
    first, *others = plain_text(error.message).split("\n")
    kind = f"{error.kind}, SQLSTATE {error.sqlstate}" if error.sqlstate else error.kind
    return [f"{first}   [{kind}]", *(f"{MARK}{line}" for line in others)]


def _tried(result: PhaseResult) -> str:
    pauses = [format_duration(attempt.pause) for attempt in result.attempts if attempt.pause]
    paused = f", {'pauses' if len(pauses) > 1 else 'a pause'} of {_listed(pauses)}" if pauses else ""
    return f"{plural(len(result.attempts), 'attempt')}{paused}; not again: {result.not_again}"


def _is_used_up(result: PhaseResult) -> bool:
    return len(result.attempts) > result.phase.retries


def _action(result: PhaseResult, error: PhaseError) -> str | None:
    """Return the error's own hint, and where more attempts could have helped, how to have them."""
    place = result.phase.place
    if error.kind == "transient" and _is_used_up(result) and place and result.attempts:
        more = f"raise retries of the phase at {place}."
        return f"{error.hint} Or {more}" if error.hint else f"If it only needs longer to come up, {more}"
    if error.hint or not place:
        return error.hint
    if error.kind == "timeout":
        return f"If it needs more time, raise the timeout of the phase at {place}."
    return f"The phase stands at {place}."


def _section(label: str, lines: Sequence[str]) -> Iterator[str]:
    """Return ``lines`` to the right of ``label``; nothing where there are none."""
    for number, line in enumerate(lines):
        yield f"  {'' if number else label:<{LABEL}}{line}".rstrip()


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
