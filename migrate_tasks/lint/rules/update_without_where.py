"""UPDATE of all rows of a table in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.conditions import is_always_true
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    operation = step.operation
    assert isinstance(operation, Update)
    if is_always_true(operation.where) and is_in_use(step, operation.table):
        condition = "without WHERE" if operation.where is None else "with a WHERE that is always true"
        yield step.finding(
            f'UPDATE {condition} changes every row of "{operation.table}", and blocks writes to each until'
            " the transaction ends",
            "Change the rows in batches, each in a transaction of its own, in a migration with the directive"
            ' "no-transaction".',
        )


RULE = Rule(
    name="update-without-where",
    group=Group.LOCKS,
    summary="UPDATE without WHERE changes every row of a table in use",
    reason="""\
`UPDATE` without a condition writes every row anew. Until its transaction ends, nobody else can change any of these
rows; afterwards the table has twice its size, and the WAL and the replicas have as much to do. It may also be that
the condition was forgotten. `WHERE true` and `WHERE 1 = 1` are no conditions.

Change the rows in batches, by ranges of the key, each batch in a transaction of its own. Allow it for a table of few
rows.
""",
    on=(Update,),
    check=_check,
)
