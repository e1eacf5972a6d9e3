"""SET ACCESS METHOD, which rewrites a table while nobody else can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AlterTableOther

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    action = step.operation
    assert isinstance(action, AlterTableOther)
    if action.action == "SET ACCESS METHOD" and is_in_use(step, action.table):
        yield step.finding(
            f'{action.action} rewrites "{action.table}" and {blocks(ACCESS_EXCLUSIVE)} meanwhile (ACCESS'
            " EXCLUSIVE lock)",
            "Make a new table with CREATE TABLE ... USING, copy the rows in batches, and swap the names.",
        )


RULE = Rule(
    name="setting-access-method",
    group=Group.LOCKS,
    summary="SET ACCESS METHOD blocks reads and writes while it rewrites a table",
    reason="""\
`SET ACCESS METHOD` writes a new copy of the table in the other format and builds its indexes anew, under an ACCESS
EXCLUSIVE lock: every query of the table waits until that is done.

Make a table with `CREATE TABLE ... USING`, copy the rows in batches, and swap the names. Allow it for small tables.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AlterTableOther,),
    check=_check,
)
