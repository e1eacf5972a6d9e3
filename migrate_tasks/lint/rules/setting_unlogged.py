"""SET LOGGED and SET UNLOGGED, which rewrite a table while nobody else can use it."""

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
    if action.action in ("SET LOGGED", "SET UNLOGGED") and is_in_use(step, action.table):
        yield step.finding(
            f'{action.action} rewrites "{action.table}" and {blocks(ACCESS_EXCLUSIVE)} meanwhile (ACCESS'
            " EXCLUSIVE lock)",
            "Make a new table, CREATE TABLE or CREATE UNLOGGED TABLE, copy the rows in batches, and swap the names.",
        )


RULE = Rule(
    name="setting-unlogged",
    group=Group.LOCKS,
    summary="SET LOGGED or SET UNLOGGED blocks reads and writes while it rewrites a table",
    reason="""\
`SET LOGGED` and `SET UNLOGGED` write a new copy of the table and build its indexes anew under an ACCESS EXCLUSIVE
lock; `SET LOGGED` writes all of it to the WAL, too, so replicas fall behind. An unlogged table is empty after a crash
of the server, and does not exist on replicas.

Make a table of the wanted kind beside the old one, copy the rows in batches, and swap the names. Allow it for small
tables.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AlterTableOther,),
    check=_check,
)
