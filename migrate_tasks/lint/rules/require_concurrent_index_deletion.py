"""DROP INDEX without CONCURRENTLY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.remedies import insertion, on_its_own
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Drop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def check(step: Step) -> Iterator[Finding]:
    """Find an index that is dropped under a lock on a table in use."""
    match step.operation:
        case Drop(kind="index", concurrently=False) as drop:
            index = step.schema.index(drop.name)
            table = step.schema.table(index.table) if index else None
            if (index and not is_in_use(step, index.table)) or (table and table.is_partitioned):
                return  # nobody's yet; or an index that cannot be dropped concurrently
            is_simple = index and not drop.cascade and "," not in step.statement.words
            blocked = blocks(ACCESS_EXCLUSIVE, index.table) if index else f"{blocks(ACCESS_EXCLUSIVE)} of its table"
            yield step.finding(
                f'dropping index "{drop.name}" {blocked} (ACCESS EXCLUSIVE lock)',
                f"Drop it concurrently{on_its_own(step)}:\n{_concurrently(drop)}",
                edits=insertion(step, "DROP INDEX", "CONCURRENTLY") if is_simple else (),
            )


def _concurrently(drop: Drop) -> str:
    return f"DROP INDEX CONCURRENTLY {'IF EXISTS ' * drop.if_exists}{quoted(drop.name)};"


RULE = Rule(
    name="require-concurrent-index-deletion",
    group=Group.LOCKS,
    summary="an index is dropped while reads and writes of its table are blocked",
    reason="""\
`DROP INDEX` takes an ACCESS EXCLUSIVE lock on the index's table. It is quick once it has the lock, but waits for
every transaction that uses the table, and whoever comes after it waits for it, readers too.

`DROP INDEX CONCURRENTLY` waits without blocking anybody. It cannot be part of a transaction (the runner sends it
alone), takes one index at a time and no `CASCADE`. The index of a partitioned table cannot be dropped so.

Allow it where a lock_timeout and retries are enough.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(Drop,),
    check=check,
)
