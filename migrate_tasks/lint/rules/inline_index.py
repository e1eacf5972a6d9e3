"""An index among the columns of a table, which Postgres does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.inline_indexes import created_after, without_indexes
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddInlineIndex, CreateTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def check(step: Step) -> Iterator[Finding]:
    """Yield one finding a statement, at its first index."""
    match step.operation:
        case CreateTable(inline_indexes=(first, *_)) as table:
            yield step.finding(
                f'an index inside CREATE TABLE is MySQL\'s: Postgres refuses it, and does not create "{table.table}"',
                f"Create the table, and then what is to be on it:\n{without_indexes(step, table)}",
                at=first.start,
            )
        case AddInlineIndex() as added:
            yield step.finding(
                f'an index added by ALTER TABLE is MySQL\'s: Postgres refuses it, and leaves "{added.table}" as it is',
                f"Create it by itself:\n{created_after(step, added)}",
            )


RULE = Rule(
    name="inline-index",
    group=Group.CORRECTNESS,
    summary="INDEX or KEY inside CREATE TABLE or ALTER TABLE ... ADD",
    reason="""\
Postgres makes an index by a statement of its own. `INDEX i ON t (c)` inside CREATE TABLE is a syntax error. MySQL's
`INDEX i (c)` is worse, for Postgres can read it: as a column named "index" of a type named "i", which does not exist
(SQLSTATE 42704). Create the table first, then each index. A new table is empty and nobody's, so these need no
CONCURRENTLY.""",
    on=(CreateTable, AddInlineIndex),
    check=check,
    explains=True,
)
