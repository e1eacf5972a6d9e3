"""What the rules about statements on all rows of a table have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.batches import in_batches
from migrate_tasks.lint.knowledge.conditions import is_always_true
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.sql.operations import Delete, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def finds_every_row(statement: str, does: str) -> Callable[[Step], Iterator[Finding]]:
    """Return the check that finds an UPDATE or DELETE of all rows of a table in use, in these words for it."""

    def check(step: Step) -> Iterator[Finding]:
        operation = step.operation
        assert isinstance(operation, Delete | Update)
        if is_always_true(operation.where) and is_in_use(step, operation.table):
            condition = "without WHERE" if operation.where is None else "with a WHERE that is always true"
            yield step.finding(
                f'{statement} {condition} {does} every row of "{operation.table}", and blocks writes to each until'
                " the transaction ends",
                in_batches(step, operation),
            )

    return check
