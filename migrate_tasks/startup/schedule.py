"""Which phases may begin, and which never can, while others run: values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.startup.result import Outcome, PhaseError, PhaseResult
from migrate_tasks.startup.spec import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_tasks.startup.spec import Dependency, Phase, Sequence


def may_begin(phase: Phase, ended: Mapping[str, PhaseResult]) -> bool:
    """Return whether all that ``phase`` waits for has come to what it needs."""
    return all(d.name in ended and is_satisfied(d, ended[d.name]) for d in phase.depends_on)


def blocked(sequence: Sequence, ended: Mapping[str, PhaseResult]) -> list[PhaseResult]:
    """Return the results of phases that are now known never to begin; ``ended`` has all others that are over."""
    found = []
    for phase in sequence.phases:
        unmet = [d.name for d in phase.depends_on if d.name in ended and not is_satisfied(d, ended[d.name])]
        if unmet and phase.name not in ended:
            found.append(PhaseResult(phase, Outcome.SKIPPED, error=_needs(ended[unmet[0]])))
    return found


def is_satisfied(dependency: Dependency, result: PhaseResult) -> bool:
    """Return whether ``result`` is what the dependency asks for; a phase that was not wanted holds nobody."""
    return dependency.condition is Condition.ENDED or (result.error is None and result.outcome is not Outcome.CANCELLED)


def _needs(result: PhaseResult) -> PhaseError:
    how = {Outcome.SKIPPED: "was skipped", Outcome.TIMED_OUT: "timed out", Outcome.CANCELLED: "was cancelled"}
    exit_code = result.error.exit_code if result.error else 1
    return PhaseError(
        f'needs phase "{result.phase.name}", which {how.get(result.outcome, "failed")}', exit_code=exit_code
    )
