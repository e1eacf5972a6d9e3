"""TRUNCATE of a table in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Truncate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    truncate = step.operation
    assert isinstance(truncate, Truncate)
    if is_in_use(step, truncate.table):
        yield step.finding(
            f'TRUNCATE removes all rows of "{truncate.table}" and {blocks(ACCESS_EXCLUSIVE)} until the transaction ends'
            " (ACCESS EXCLUSIVE lock)",
            "Put it into a migration of its own, so that the lock is short; or remove the rows in batches with DELETE.",
        )


RULE = Rule(
    name="ban-truncate",
    group=Group.LOCKS,
    summary="TRUNCATE blocks reads and writes, and removes all rows",
    reason="""\
`TRUNCATE` takes an ACCESS EXCLUSIVE lock: every query of the table waits until the transaction ends, and a
transaction whose snapshot is older sees an empty table afterwards.

`DELETE` in batches removes the rows while the table is in use. Allow `TRUNCATE` where nobody uses the table, or where
the rows are worth nothing, such as those of a cache.
""",
    severity=Severity.WARNING,
    lock=ACCESS_EXCLUSIVE,
    on=(Truncate,),
    check=_check,
)
