"""SET TABLESPACE, which copies a table or an index while nobody else can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Alter, AlterTableOther

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Name


def _check(step: Step) -> Iterator[Finding]:
    match step.operation:
        case AlterTableOther(action="SET TABLESPACE", table=table) if is_in_use(step, table):
            yield _finding(step, str(table))
        case Alter(kind="index" | "materialized view", name=name) as alter if alter.action.startswith("SET TABLESPACE"):
            if not _is_new_index(step, name):
                yield _finding(step, str(name))
        case Alter(kind=("tables in tablespace" | "indexes in tablespace") as kind, name=name):
            yield _finding(step, f"{name.name}", f"all {kind.split()[0]} in tablespace ")


def _is_new_index(step: Step, name: Name) -> bool:
    index = step.schema.index(name)
    return index is not None and not is_in_use(step, index.table)


def _finding(step: Step, name: str, kind: str = "") -> Finding:
    return step.finding(
        f'SET TABLESPACE copies {kind}"{name}" and {blocks(ACCESS_EXCLUSIVE)} meanwhile (ACCESS EXCLUSIVE lock)',
        "Move an index by building it anew: REINDEX (CONCURRENTLY, TABLESPACE ...). Move a table with pg_repack, or by"
        " copying its rows in batches to a table that was made there.",
    )


RULE = Rule(
    name="setting-tablespace",
    group=Group.LOCKS,
    summary="SET TABLESPACE blocks reads and writes while it copies a table or an index",
    reason="""\
`SET TABLESPACE` copies the files of the table or the index to the other place under an ACCESS EXCLUSIVE lock: every
query of the table waits until the copy is done. The indexes of a table stay where they are.

`REINDEX (CONCURRENTLY, TABLESPACE ...)` moves an index while it is in use; for tables there is pg_repack with
`--tablespace`. Allow it for what is small.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(Alter, AlterTableOther),
    check=_check,
)
