"""DISABLE TRIGGER, which lets rows through that the trigger has never seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import SHARE_ROW_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.migrations.modes import Mode
from migrate_tasks.sql.operations import AlterTableOther

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    action = step.operation
    assert isinstance(action, AlterTableOther)
    if action.action == "DISABLE TRIGGER" and is_in_use(step, action.table):
        yield step.finding(
            f'disabling triggers of "{action.table}" {blocks(SHARE_ROW_EXCLUSIVE)} until the transaction ends'
            f" (SHARE ROW EXCLUSIVE lock){_afterwards(step)}",
            "For the writes of this migration only, with the role of a superuser; it turns off all triggers, and with"
            " them the checks of foreign keys:\n"
            "SET LOCAL session_replication_role = replica;",
        )


def _afterwards(step: Step) -> str:
    """Return what follows where they are not enabled again in the same transaction."""
    later = [statement.words for statement in step.script.statements if statement.start > step.operation.start]
    is_enabled = any("ENABLE" in words and "TRIGGER" in words for words in later)
    if is_enabled and step.script.mode is Mode.TRANSACTION:
        return ""
    return "; afterwards, what others write passes without them"


RULE = Rule(
    name="disabling-trigger",
    group=Group.LOCKS,
    summary="DISABLE TRIGGER blocks writes, and then lets rows of all sessions through without the trigger",
    reason="""\
`DISABLE TRIGGER` takes a SHARE ROW EXCLUSIVE lock, which blocks writes until the transaction ends, and it holds for
every session: what others write before `ENABLE TRIGGER` is never seen by the trigger. `DISABLE TRIGGER ALL` disables
foreign keys, too, so rows come in that refer to nothing, and enabling them checks no row.

`SET LOCAL session_replication_role = replica` disables triggers for this transaction only, without a lock, but needs
a superuser or a GRANT of that parameter. Allow it where the trigger is enabled again in the same transaction, and
that one is short.
""",
    lock=SHARE_ROW_EXCLUSIVE,
    on=(AlterTableOther,),
    check=_check,
)
