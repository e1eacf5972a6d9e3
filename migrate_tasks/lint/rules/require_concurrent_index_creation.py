"""CREATE INDEX without CONCURRENTLY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.by_partition import index_by_partition
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import SHARE, blocks
from migrate_tasks.lint.knowledge.remedies import inserted, insertion, on_its_own
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import CreateIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HEAD = "CREATE [UNIQUE] INDEX"


def check(step: Step) -> Iterator[Finding]:
    """Find an index that is built under a lock on a table in use."""
    match step.operation:
        case CreateIndex(concurrently=False, table=table) as index if is_in_use(step, table):
            known = step.schema.table(table)
            what = f'index "{index.name}"' if index.name else "an index"
            message = f"creating {what} {blocks(SHARE, table)} until it is built (SHARE lock)"
            if index.only and not (known and not known.is_partitioned):
                return  # of a partitioned table alone, where there is nothing to build
            if known and known.is_partitioned:
                yield step.finding(message, index_by_partition(step, index))
            else:
                sql = inserted(step, HEAD, "CONCURRENTLY")
                help_ = f"Build it concurrently{on_its_own(step)}:\n{sql}"
                is_known = known or table in step.schema.views  # and so not partitioned
                yield step.finding(message, help_, edits=insertion(step, HEAD, "CONCURRENTLY") if is_known else ())


RULE = Rule(
    name="require-concurrent-index-creation",
    group=Group.LOCKS,
    summary="an index is built while writes to its table are blocked",
    reason="""\
`CREATE INDEX` takes a SHARE lock on its table and holds it until the index is built and the transaction is committed:
reads go on, but every `INSERT`, `UPDATE` and `DELETE` waits, on a large table for minutes.

`CREATE INDEX CONCURRENTLY` lets writes go on. It takes longer, cannot be part of a transaction (the runner sends it
alone, and drops the invalid index that a failed one leaves), and is best put into a migration of its own.

Allow it for a table that is known to be small.
""",
    lock=SHARE,
    on=(CreateIndex,),
    check=check,
)
