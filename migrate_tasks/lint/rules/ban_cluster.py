"""CLUSTER, which rewrites a table in the order of an index while nobody else can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    cluster = step.operation
    assert isinstance(cluster, Cluster)
    if cluster.table and not is_in_use(step, cluster.table):
        return
    what = f'"{cluster.table}"' if cluster.table else "every table that was clustered before"
    yield step.finding(
        f"CLUSTER rewrites {what} and {blocks(ACCESS_EXCLUSIVE)} meanwhile (ACCESS EXCLUSIVE lock)",
        "Leave the rows where they are, or let the extension pg_repack order them while the table is in use.",
    )


RULE = Rule(
    name="ban-cluster",
    group=Group.LOCKS,
    summary="CLUSTER blocks reads and writes while it rewrites a table",
    reason="""\
`CLUSTER` writes a new copy of the table, in the order of an index, and builds all indexes anew; it holds an ACCESS
EXCLUSIVE lock until that is done, so every query of the table waits. The order is not kept by later writes.

The extension pg_repack does the same with a short lock. Allow it where the table may be out of use for that long.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(Cluster,),
    check=_check,
)
