"""DELETE of all rows of a table in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.conditions import is_always_true
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Delete

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    operation = step.operation
    assert isinstance(operation, Delete)
    if is_always_true(operation.where) and is_in_use(step, operation.table):
        condition = "without WHERE" if operation.where is None else "with a WHERE that is always true"
        yield step.finding(
            f'DELETE {condition} removes every row of "{operation.table}", and blocks writes to each until'
            " the transaction ends",
            "Remove the rows in batches, each in a transaction of its own, in a migration with the directive"
            ' "no-transaction".',
        )


RULE = Rule(
    name="delete-without-where",
    group=Group.LOCKS,
    summary="DELETE without WHERE removes every row of a table in use",
    reason="""\
`DELETE` without a condition removes every row, one by one: until its transaction ends nobody else can change them,
triggers and foreign keys are executed for each, and the space is free only after the next vacuum. It may also be that
the condition was forgotten. `WHERE true` and `WHERE 1 = 1` are no conditions.

Remove the rows in batches, or `TRUNCATE` a table that nobody uses. Allow it for a table of few rows.
""",
    on=(Delete,),
    check=_check,
)
