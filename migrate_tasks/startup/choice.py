"""Which phases of a sequence a user asked for: values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, did_you_mean
from migrate_tasks.startup.graph import ancestors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_tasks.startup.spec import Sequence


@dataclass(frozen=True)
class Choice:
    """How much of a sequence is to run: ``jobs`` phases at once (None: as many as may), without the ``unwanted``.

    Those are the names of phases, and why each is to be skipped.
    """

    jobs: int | None = None
    unwanted: Mapping[str, str] = field(default_factory=dict)


def unwanted(sequence: Sequence, *, only: str = "", skip: str = "", start: str = "") -> dict[str, str]:
    """Return the names of the phases that are not to run, and why each is not.

    ``only`` and ``skip`` are names with commas between them; ``start`` is the first phase that is to run: what it waits
    for is taken as done. Raises ConfigurationError for a name that no phase has.
    """
    chosen = {flag: _names(sequence, flag, text) for flag, text in (("only", only), ("skip", skip), ("from", start))}
    by_name = {phase.name: phase for phase in sequence.phases}
    reasons: dict[str, str] = {}
    if chosen["only"]:
        reasons |= {name: f"--only {only}" for name in by_name if name not in chosen["only"]}
    for first in chosen["from"]:
        reasons |= dict.fromkeys(ancestors(by_name, first), f"--from {first}")
    return reasons | dict.fromkeys(chosen["skip"], f"--skip {skip}")


def _names(sequence: Sequence, flag: str, text: str) -> list[str]:
    known = [phase.name for phase in sequence.phases]
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"The phases are {', '.join(known)}."
            raise ConfigurationError(f'--{flag}: there is no phase "{name}"', hint=hint)
    return names
