"""What the rules about one action on a column have in common: silent for tables and columns that the migration made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_column_made_here
from migrate_tasks.sql.operations import AlterColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

    Check = Callable[[Step], Iterator[Finding]]


def alters(*actions: str, does: str, consequence: str, help: str) -> Check:  # noqa: A002 -- the word of the field
    """Return the check that finds these actions; ``does`` is what they do, as the message begins."""

    def check(step: Step) -> Iterator[Finding]:
        action = step.operation
        assert isinstance(action, AlterColumn)
        if action.action in actions and not is_column_made_here(step, action.table, action.column):
            yield step.finding(f'{does} column "{action.column}" of "{action.table}" {consequence}', help)

    return check
