"""LOCK TABLE in a mode that keeps others from reading or writing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.lock_levels import is_at_least
from migrate_tasks.lint.knowledge.locks import SHARE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import LockTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    lock = step.operation
    assert isinstance(lock, LockTable)
    if is_at_least(lock.mode, SHARE) and is_in_use(step, lock.table):
        yield step.finding(
            f"LOCK TABLE {blocks(lock.mode, lock.table)} until the transaction ends ({lock.mode} lock)",
            "Leave it out: DDL takes the lock that it needs by itself, when it needs it.",
        )


RULE = Rule(
    name="locking-table",
    group=Group.LOCKS,
    summary="LOCK TABLE in a mode that blocks reads or writes",
    reason="""\
`LOCK TABLE` holds the lock until the transaction ends, from the first moment on; DDL takes the lock that it needs by
itself. Without a mode it takes ACCESS EXCLUSIVE, which blocks reads as well.

Allow it where what follows must see a table that nobody changes, and keep the transaction short. `NOWAIT` does not
shorten the lock, only the waiting for it.
""",
    severity=Severity.WARNING,
    on=(LockTable,),
    check=_check,
)
