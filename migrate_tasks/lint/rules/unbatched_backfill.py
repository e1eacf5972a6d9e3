"""UPDATE of nobody knows how many rows in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.batches import in_batches
from migrate_tasks.lint.knowledge.bodies import is_in_committing_body
from migrate_tasks.lint.knowledge.conditions import concerns_few_rows, is_always_true
from migrate_tasks.lint.knowledge.in_use import is_in_use, line_of
from migrate_tasks.lint.knowledge.lock_levels import is_at_least
from migrate_tasks.lint.knowledge.locks import SHARE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Name


def _check(step: Step) -> Iterator[Finding]:
    update = step.operation
    assert isinstance(update, Update)
    table, where = update.table, update.where
    if where is None or is_always_true(where) or not is_in_use(step, table) or concerns_few_rows(step, update):
        return
    if is_in_committing_body(step):
        return
    yield step.finding(
        f'this UPDATE of "{table}" may change many rows, and blocks writes to each until the transaction ends'
        f"{_worse(step, table)}",
        in_batches(step, update),
    )


def _worse(step: Step, table: Name) -> str:
    held = step.transaction.held.get(table, {}) if step.transaction else {}
    for mode, earlier in sorted(held.items(), key=lambda taken: taken[1].start):
        if is_at_least(mode, SHARE):
            return f", while line {line_of(step, earlier)} {blocks(mode)} of all its rows ({mode} lock)"
    return ""


RULE = Rule(
    name="unbatched-backfill",
    group=Group.LOCKS,
    summary="UPDATE of nobody knows how many rows in one statement",
    reason="""\
`UPDATE` locks each row that it changes until its transaction ends: whoever wants to change one of them waits. Of many
rows, it also doubles the table, and holds back vacuum everywhere while it runs. After DDL of the same table in the
same transaction it is worse, since the DDL's lock is held all the while.

Change the rows in batches, each in a transaction of its own: a subquery with `LIMIT`, where a changed row no longer
meets its condition, or else a range of the key, `WHERE id BETWEEN 1 AND 1000`. An `UPDATE` of given keys, `WHERE id =
5` or `WHERE id IN (5, 7)`, is fine; of a table that no migration has made, the key is taken to be "id". In a block or a
procedure that commits, nothing is told. Allow it where the rows are few.
""",
    severity=Severity.WARNING,
    on=(Update,),
    check=_check,
)
