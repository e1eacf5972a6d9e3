"""CREATE or DROP INDEX CONCURRENTLY of a partitioned table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.by_partition import index_by_partition
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import CreateIndex, Drop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Name


def _check(step: Step) -> Iterator[Finding]:
    match step.operation:
        case CreateIndex(concurrently=True, table=table) as index if _is_partitioned(step, table):
            what = f'index "{index.name}"' if index.name else "an index"
            yield step.finding(
                f'{what} of the partitioned table "{table}" cannot be built concurrently: Postgres refuses it',
                index_by_partition(step, index),
            )
        case Drop(kind="index", concurrently=True, name=name, if_exists=if_exists):
            known = step.schema.index(name)
            if known and _is_partitioned(step, known.table):
                yield step.finding(
                    f'index "{name}" of the partitioned table "{known.table}" cannot be dropped concurrently: Postgres'
                    " refuses it",
                    "Drop it with a short lock_timeout, since it locks the table and all partitions for a moment:\n"
                    f"SET LOCAL lock_timeout = '3s';\nDROP INDEX {'IF EXISTS ' * if_exists}{quoted(name)};",
                )


def _is_partitioned(step: Step, table: Name) -> bool:
    known = step.schema.table(table)
    return known is not None and known.is_partitioned


RULE = Rule(
    name="concurrently-on-partitioned",
    group=Group.CORRECTNESS,
    summary="CREATE or DROP INDEX CONCURRENTLY of a partitioned table",
    reason="""\
An index of a partitioned table is one index a partition and one above them, which Postgres neither builds nor drops
concurrently: it refuses both (SQLSTATE 0A000), with ONLY and IF NOT EXISTS, too, and where there is no partition yet.

Make the index on the parent `ONLY`, which is done in a moment; build one concurrently on each partition; and attach
them. The parent's index becomes valid when the last partition's is attached. There is no such way for `DROP INDEX`: it
locks the table and all its partitions (ACCESS EXCLUSIVE), but for a moment only. `REINDEX CONCURRENTLY` is allowed.
""",
    on=(CreateIndex, Drop),
    check=_check,
)
