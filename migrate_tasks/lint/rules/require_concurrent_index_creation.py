"""CREATE INDEX without CONCURRENTLY."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.constraint_sql import IDENTIFIER
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import SHARE, blocks
from migrate_tasks.lint.knowledge.quoting import derived_name, quoted
from migrate_tasks.lint.knowledge.remedies import inserted, insertion, on_its_own
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import CreateIndex, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HEAD = "CREATE [UNIQUE] INDEX"
TAIL = re.compile(  # what follows the table's name
    rf"CREATE\s.*?\sON\s+(?:ONLY\s+)?{IDENTIFIER}(?:\s*\.\s*{IDENTIFIER})*(?P<tail>.*)", re.IGNORECASE | re.DOTALL
)
BY_PARTITION = (
    "The index of a partitioned table cannot be built concurrently: make it on the parent ONLY, build one concurrently"
    " on each partition, each in a migration of its own, and attach them:"
)


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
                yield step.finding(message, _help_of_partitioned(step, index))
            else:
                sql = inserted(step, HEAD, "CONCURRENTLY")
                help_ = f"Build it concurrently{on_its_own(step)}:\n{sql}"
                is_known = known or table in step.schema.views  # and so not partitioned
                yield step.finding(message, help_, edits=insertion(step, HEAD, "CONCURRENTLY") if is_known else ())


def _help_of_partitioned(step: Step, index: CreateIndex) -> str:
    """Return how each partition's index is built on its own."""
    match = TAIL.fullmatch(step.text)
    tail = match["tail"] if match else f" ({', '.join(quoted(column) for column in index.columns if column)})"
    head = f"CREATE {'UNIQUE ' * index.unique}INDEX"
    columns = tuple(column or "expr" for column in index.columns)
    name = index.name or derived_name(index.table, columns, "idx")

    def of_parts(table: Name, parent: str) -> Iterator[str]:
        yield f"{head} {quoted(parent)} ON ONLY {quoted(table)}{tail};"
        for part in step.schema.partitions_of(table):
            own = derived_name(part.name, columns, "idx")
            if part.is_partitioned:
                yield from of_parts(part.name, own)
            else:
                yield f"{head} CONCURRENTLY {quoted(own)} ON {quoted(part.name)}{tail};"
            whole, child = quoted(Name(parent, table.schema)), quoted(Name(own, part.name.schema))
            yield f"ALTER INDEX {whole} ATTACH PARTITION {child};"

    return "\n".join([BY_PARTITION, *of_parts(index.table, name)])


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
