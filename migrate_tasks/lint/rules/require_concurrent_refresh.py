"""REFRESH MATERIALIZED VIEW without CONCURRENTLY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE
from migrate_tasks.lint.knowledge.remedies import inserted, insertion
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import RefreshMaterializedView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Name

HEAD = "REFRESH MATERIALIZED VIEW"


def check(step: Step) -> Iterator[Finding]:
    """Find a view in use that is filled again under a lock; WITH NO DATA empties it, which is quick."""
    match step.operation:
        case RefreshMaterializedView(concurrently=False, with_data=True, view=view) if is_in_use(step, view):
            yield step.finding(
                f'refreshing "{view}" blocks reads of it until its query has ended (ACCESS EXCLUSIVE lock)',
                "Refresh it concurrently, for which it needs a unique index on columns of all rows:\n"
                + inserted(step, HEAD, "CONCURRENTLY"),
                edits=insertion(step, HEAD, "CONCURRENTLY") if _has_key(step, view) else (),
            )


def _has_key(step: Step, view: Name) -> bool:
    """Return whether the view is known to have an index that REFRESH ... CONCURRENTLY can use."""
    return any(
        index.is_unique and None not in index.columns and not (index.definition and index.definition.where)
        for index in step.schema.indexes_on(view)
    )


RULE = Rule(
    name="require-concurrent-refresh",
    group=Group.LOCKS,
    summary="a materialized view is refreshed while reads of it are blocked",
    reason="""\
`REFRESH MATERIALIZED VIEW` takes an ACCESS EXCLUSIVE lock on the view before it executes the view's query, so that
everybody who reads the view waits for all of it, and then for the end of the transaction.

`REFRESH MATERIALIZED VIEW CONCURRENTLY` lets reads go on. It needs a unique index on plain columns without a `WHERE`,
and a view that was filled before. It may be part of a transaction.

Allow it for the first refresh of a view that was made `WITH NO DATA`.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(RefreshMaterializedView,),
    check=check,
)
