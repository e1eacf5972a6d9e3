"""DETACH PARTITION without CONCURRENTLY."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.remedies import alter_table, on_its_own
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import DetachPartition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def check(step: Step) -> Iterator[Finding]:
    """Find a partition that is detached under a lock on all of a table in use."""
    match step.operation:
        case DetachPartition(concurrently=False, finalize=False) as detach if is_in_use(step, detach.table):
            yield step.finding(
                f'detaching "{detach.partition}" {blocks(ACCESS_EXCLUSIVE, detach.table)} (ACCESS EXCLUSIVE lock)',
                _help(step, detach),
            )


def _help(step: Step, detach: DetachPartition) -> str:
    if any(part.is_default for part in step.schema.partitions_of(detach.table)):
        return (
            "It cannot be detached concurrently while there is a default partition. Limit the wait for the lock:\n"
            f"SET LOCAL lock_timeout = '3s';\n{alter_table(detach.table, step.text)}"
        )
    return f"Detach it concurrently{on_its_own(step)}:\n{alter_table(detach.table, f'{step.text} CONCURRENTLY')}"


RULE = Rule(
    name="require-concurrent-partition-detach",
    group=Group.LOCKS,
    summary="a partition is detached while reads and writes of the whole table are blocked",
    reason="""\
`DETACH PARTITION` takes an ACCESS EXCLUSIVE lock on the partitioned table, on the partition, and on the default
partition if there is one. It waits for every transaction that uses one of them, and whoever comes after it waits,
too.

`DETACH PARTITION ... CONCURRENTLY` needs only a SHARE UPDATE EXCLUSIVE lock on the partitioned table. It cannot be
part of a transaction (the runner sends it alone), nor be used while there is a default partition; when it was
interrupted, `DETACH PARTITION ... FINALIZE` completes it.

Allow it for a table that has a default partition.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(DetachPartition,),
    check=check,
)
