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


def skipped(sequence: Sequence, ended: Mapping[str, PhaseResult], unwanted: Mapping[str, str]) -> list[PhaseResult]:
    """Return the results of phases that are now known never to begin; ``ended`` has all others that are over.

    ``unwanted`` says why a phase, by name, is not to run; it counts as over when all that it waits for is, so that what
    comes after it still comes after that.
    """
    found = []
    for phase in sequence.phases:
        if phase.name in ended:
            continue
        unmet = [d.name for d in phase.depends_on if d.name in ended and not is_satisfied(d, ended[d.name])]
        if phase.name not in unwanted:
            if unmet:
                found.append(PhaseResult(phase, Outcome.SKIPPED, error=_needs(ended[unmet[0]])))
        elif all(d.name in ended for d in phase.depends_on):
            found.append(PhaseResult(phase, Outcome.SKIPPED, reason=unwanted[phase.name]))
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
