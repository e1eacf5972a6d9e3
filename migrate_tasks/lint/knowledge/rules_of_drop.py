"""What the rules about DROP have in common: silent for what nobody uses yet, and for what is made anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import FUNCTIONS, VIEWS, is_made_anew, is_made_here
from migrate_tasks.sql.operations import Drop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

    Check = Callable[[Step], Iterator[Finding]]

REPLACED = (*VIEWS, *FUNCTIONS)  # what DROP and CREATE in one file replace


def drops(*kinds: str, consequence: str, help: str) -> Check:  # noqa: A002 -- the word of the field
    """Return the check that finds a DROP of these kinds, with the consequence that its message ends with."""

    def check(step: Step) -> Iterator[Finding]:
        drop = step.operation
        assert isinstance(drop, Drop)
        if drop.kind not in kinds or is_made_here(step, drop.kind, drop.name):
            return
        if drop.kind in REPLACED and is_made_anew(step, drop.kind, drop.name):
            return
        if drop.kind not in FUNCTIONS or drop.name not in step.schema.trigger_functions:
            yield step.finding(f'dropping {drop.kind} "{drop.name}" {consequence}', help)
        elif drop.cascade:  # else no trigger calls it any more, and nothing else can
            yield step.finding(f'dropping trigger function "{drop.name}" takes its triggers along', help)

    return check
