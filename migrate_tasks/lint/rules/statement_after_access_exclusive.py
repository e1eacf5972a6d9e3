"""Slow statements while the transaction has an ACCESS EXCLUSIVE lock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.conditions import concerns_few_rows
from migrate_tasks.lint.knowledge.in_use import is_in_use, line_of
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import (
    CreateIndex,
    CreateTable,
    Delete,
    Insert,
    Merge,
    RefreshMaterializedView,
    Reindex,
    Update,
    ValidateConstraint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Name


KINDS = {
    Update: "UPDATE of",
    Delete: "DELETE from",
    Insert: "{} into",
    Merge: "MERGE into",
    CreateTable: "CREATE TABLE ... AS,",
    CreateIndex: "CREATE INDEX on",
    Reindex: "REINDEX of",
    RefreshMaterializedView: "REFRESH MATERIALIZED VIEW",
    ValidateConstraint: "VALIDATE CONSTRAINT of",
}
NAME = "statement-after-access-exclusive"
SELECTS = re.compile(r"\bSELECT\b", re.IGNORECASE)


def _check(step: Step) -> Iterator[Finding]:
    if step.transaction is None or NAME in step.transaction.told:
        return
    table, earlier = next(iter(step.transaction.shut.items()), (None, None))
    slow = _slow(step) if earlier else None
    if slow and earlier:
        what = KINDS[type(step.operation)].format(getattr(step.operation, "how", ""))
        yield step.finding(
            f'{what} "{slow}" runs while "{table}" is locked since line {line_of(step, earlier)}, which'
            f" {blocks(ACCESS_EXCLUSIVE)} of it until the transaction ends (ACCESS EXCLUSIVE lock)",
            "Put it, and what is slow after it, into the next migration, which is a transaction of its own.",
        )


def _slow(step: Step) -> Name | None:
    """Return the table whose rows are read or written in great number."""
    match step.operation:
        case (Update(table=table) | Delete(table=table)) as change:
            return table if is_in_use(step, table) and not concerns_few_rows(step, change) else None
        case Insert(table=table, how=how):
            is_query = SELECTS.search(step.text)
            return table if how != "INSERT" or is_query else None
        case Merge(table=table):
            return table
        case CreateIndex(table=table) | ValidateConstraint(table=table):
            return table if is_in_use(step, table) else None
        case Reindex(name=name):
            return name
        case CreateTable(table=table, as_query=True):
            return table
        case RefreshMaterializedView(view=view):
            return view
    return None


RULE = Rule(
    name=NAME,
    group=Group.LOCKS,
    summary="a slow statement runs while the transaction has an ACCESS EXCLUSIVE lock",
    reason="""\
Locks are held until the transaction ends. `ALTER TABLE` itself may be done in a millisecond: if an `UPDATE` of all
rows or the build of an index follows in the same transaction, nobody can read or write the table until that is done,
too.

Put the slow statement into a migration of its own, after this one, or before it. The first one of a transaction is
told. Allow it where the rows are few.
""",
    severity=Severity.WARNING,
    on=tuple(KINDS),
    check=_check,
)
