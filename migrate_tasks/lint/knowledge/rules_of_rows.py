"""What the rules about statements on all rows of a table have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from migrate_tasks.lint.knowledge.batches import in_batches
from migrate_tasks.lint.knowledge.conditions import is_always_true
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.sql.operations import Delete, Merge, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def finds_every_row(statement: Literal["UPDATE", "DELETE"], does: str) -> Callable[[Step], Iterator[Finding]]:
    """Return the check that finds an UPDATE or DELETE of all rows of a table in use, in these words for it."""

    def check(step: Step) -> Iterator[Finding]:
        operation = step.operation
        assert isinstance(operation, Delete | Update | Merge)
        what = _of_every_row(operation, statement)
        if what and is_in_use(step, operation.table):
            yield step.finding(
                f'{what} {does} every row of "{operation.table}", and blocks writes to each until the transaction ends',
                in_batches(step, operation),
            )

    return check


def _of_every_row(change: Delete | Update | Merge, statement: str) -> str | None:
    """Return what the change is, if it does that to every row."""
    match change:
        case Merge(matched=matched, on=on, condition=condition):
            is_of_all = matched == statement and is_always_true(on) and is_always_true(condition)
            return "MERGE with an ON that is always true" if is_of_all else None
        case Delete(where=None) | Update(where=None):
            return f"{statement} without WHERE"
        case Delete(where=where) | Update(where=where):
            return f"{statement} with a WHERE that is always true" if is_always_true(where) else None
