"""What a start-up would do: the order of its phases, who may run beside whom, and how long it may take."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from migrate_tasks.durations import format_duration, milliseconds, up_to
from migrate_tasks.render.text import plural, table
from migrate_tasks.startup.budget import Bound, Budget, PhaseBudget
from migrate_tasks.startup.graph import in_order, side_by_side
from migrate_tasks.startup.spec import Condition, Dependency, Phase, Requirement, Sequence

NAMED = 3  # of the phases beside one; of more, the table tells the number
HEADER = ("", "phase", "after", "beside", "attempts", "timeout", "pauses", "lock wait", "grace", "longest", "")
NUMBERS = (0, 4, 5, 6, 7, 8, 9)


def startup_plan_text(sequence: Sequence, budget: Budget) -> str:
    """Return the table of the phases in the order in which they can begin, and how long all may take, and why.

    A column that would be empty is left out.
    """
    beside = side_by_side(sequence.phases)
    parts = {part.phase.name: part for part in budget.phases}
    rows = [
        _row(number, parts[phase.name], beside[phase.name]) for number, phase in enumerate(in_order(sequence.phases), 1)
    ]
    shown = [n for n in range(len(HEADER)) if any(row[n] for row in rows)]
    right = [place for place, n in enumerate(shown) if n in NUMBERS]
    text = table([HEADER[n] for n in shown], [[row[n] for n in shown] for row in rows], right=right)
    return "\n".join([text, "", f"longest possible time: {up_to(budget.longest)}", *explanation(budget)])


def startup_plan_json(sequence: Sequence, budget: Budget) -> dict[str, Any]:
    """Return the same for programs: phases in the order in which they can begin, durations in whole milliseconds."""
    beside = side_by_side(sequence.phases)
    parts = {part.phase.name: part for part in budget.phases}
    data = {
        "name": sequence.name,
        "longest_ms": milliseconds(budget.longest),
        "bound": budget.bound.name.lower(),
        "chain": list(budget.chain),
        "jobs": budget.jobs,
        "total_timeout_ms": None if sequence.total_timeout is None else milliseconds(sequence.total_timeout),
        "phases": [_phase_json(parts[phase.name], beside[phase.name]) for phase in in_order(sequence.phases)],
    }
    return {"success": True, "data": data}


def explanation(budget: Budget) -> list[str]:
    """Return the lines that say how the longest possible time was computed."""
    by_name = {part.phase.name: part for part in budget.phases}
    sums = " + ".join(f"{name} {up_to(by_name[name].longest)}" for name in budget.chain)
    lines = [f"the longest chain: {sums}" + (f" = {up_to(budget.chain_length)}" if len(budget.chain) > 1 else "")]
    if budget.bound is Bound.JOBS:
        others = sum((part.longest for part in budget.phases), timedelta(0)) - budget.chain_length
        lines.append(
            f"with {plural(budget.jobs or 0, 'job')}, at most: the chain + {up_to(others)} of others / {budget.jobs}"
        )
    if budget.bound is Bound.TOTAL_TIMEOUT:
        end = f"{format_duration(budget.longest - budget.end)} + {up_to(budget.end)} to end what runs"
        lines.append(f"total_timeout ends it earlier: {end}")
    return lines


def condition_text(requirement: Requirement) -> str:
    """Return what a ``when`` wants of a variable: "APP_ENV=production", "DEBUG is not set"."""
    if requirement.values:
        return f"{requirement.name}={'|'.join(requirement.values)}"
    return f"{requirement.name} is {'' if requirement.is_set else 'not '}set"


def _row(number: int, part: PhaseBudget, beside: tuple[str, ...]) -> tuple[str, ...]:
    phase = part.phase
    return (
        str(number),
        phase.name,
        ", ".join(map(_dependency, phase.depends_on)) or "the start",
        ", ".join(beside) if len(beside) <= NAMED else f"{len(beside)} phases",
        str(part.attempts),
        format_duration(phase.timeout),
        up_to(part.pauses) if part.pauses else "",
        format_duration(part.lock_wait) if part.lock_wait else "",
        format_duration(phase.grace_period),
        up_to(part.longest),
        "; ".join(_remarks(part)),
    )


def _dependency(dependency: Dependency) -> str:
    return f"{dependency.name} ({dependency.condition})" if dependency.condition is Condition.ENDED else dependency.name


def _remarks(part: PhaseBudget) -> list[str]:
    phase = part.phase
    cut = f"total_timeout {format_duration(phase.total_timeout)}" if part.is_cut and phase.total_timeout else ""
    when = f"when {' and '.join(map(condition_text, phase.when))}" if phase.when else ""
    return [remark for remark in ("" if phase.required else "optional", when, cut) if remark]


def _phase_json(part: PhaseBudget, beside: tuple[str, ...]) -> dict[str, Any]:
    phase: Phase = part.phase
    return {
        "name": phase.name,
        "description": phase.description,
        "required": phase.required,
        "depends_on": [{"name": d.name, "condition": d.condition.value} for d in phase.depends_on],
        "beside": list(beside),
        "when": [condition_text(requirement) for requirement in phase.when],
        "attempts": part.attempts,
        "timeout_ms": milliseconds(phase.timeout),
        "total_timeout_ms": None if phase.total_timeout is None else milliseconds(phase.total_timeout),
        "grace_period_ms": milliseconds(phase.grace_period),
        "lock_wait_ms": milliseconds(part.lock_wait),
        "pauses_ms": milliseconds(part.pauses),
        "longest_ms": milliseconds(part.longest),
    }
