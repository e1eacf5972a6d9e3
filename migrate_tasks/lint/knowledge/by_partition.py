"""What is done to a partitioned table partition by partition: by Postgres itself, and by whoever builds an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import derived_name, quoted
from migrate_tasks.sql.operations import Cluster, Name, Reindex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.schema import TableState
    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import CreateIndex

HOW = (
    "The index of a partitioned table cannot be built concurrently: make it on the parent ONLY, build one concurrently"
    " on each partition, each in a migration of its own, and attach them:"
)


def gone_through(step: Step) -> TableState | None:
    """Return the partitioned table whose partitions the operation goes through, each in a transaction of its own.

    Postgres refuses that in a transaction block; the runner then sends it again, outside of any.
    """
    match step.operation:
        case Reindex(kind="INDEX", name=Name() as name, concurrently=False):
            index = step.schema.index(name)
            table = step.schema.table(index.table) if index else None
        case Reindex(kind="TABLE", name=Name() as name, concurrently=False) | Cluster(table=Name() as name):
            table = step.schema.table(name)
        case _:
            return None
    return table if table and table.is_partitioned else None


def index_by_partition(step: Step, index: CreateIndex) -> str:
    """Return the help that tells how each partition's index is built on its own."""
    head = f"CREATE {'UNIQUE ' * index.unique}INDEX"
    columns = tuple(column or "expr" for column in index.columns)
    name = index.name or derived_name(index.table, columns, "idx")

    def of_parts(table: Name, parent: str) -> Iterator[str]:
        yield f"{head} {quoted(parent)} ON ONLY {quoted(table)} {index.rest};"
        for part in step.schema.partitions_of(table):
            own = derived_name(part.name, columns, "idx")
            if part.is_partitioned:
                yield from of_parts(part.name, own)
            else:
                yield f"{head} CONCURRENTLY {quoted(own)} ON {quoted(part.name)} {index.rest};"
            whole, child = quoted(Name(parent, table.schema)), quoted(Name(own, part.name.schema))
            yield f"ALTER INDEX {whole} ATTACH PARTITION {child};"

    return "\n".join([HOW, *of_parts(index.table, name)])
