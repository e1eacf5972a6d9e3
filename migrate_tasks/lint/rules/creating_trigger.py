"""CREATE TRIGGER on a table in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.afterwards import is_last
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import SHARE_ROW_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import CreateTrigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    trigger = step.operation
    assert isinstance(trigger, CreateTrigger)
    if is_in_use(step, trigger.table) and not is_last(step):
        yield step.finding(
            f'creating trigger "{trigger.name}" {blocks(SHARE_ROW_EXCLUSIVE, trigger.table)} until the transaction ends'
            " (SHARE ROW EXCLUSIVE lock)",
            "Put it at the end of its migration or into one of its own, so that the lock is held for a moment only.",
        )


RULE = Rule(
    name="creating-trigger",
    group=Group.LOCKS,
    summary="CREATE TRIGGER blocks writes while its transaction goes on",
    reason="""\
`CREATE TRIGGER` takes a SHARE ROW EXCLUSIVE lock: who wants to write to the table waits until the transaction ends.
It reads no rows, so the lock is short if nothing else is in the transaction; but it waits for every transaction that
has written to the table.

Put it at the end of its migration or into one of its own: it is not found where the rest of the transaction is done in
a moment, such as other triggers of the table, functions, and what concerns new tables.

From then on, every write of all programs executes the trigger, so try how much longer that takes.
""",
    severity=Severity.WARNING,
    lock=SHARE_ROW_EXCLUSIVE,
    on=(CreateTrigger,),
    check=_check,
)
