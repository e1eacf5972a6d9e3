"""VACUUM FULL, which rewrites a table while nobody else can use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Vacuum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    vacuum = step.operation
    assert isinstance(vacuum, Vacuum)
    if not vacuum.full or (vacuum.table and not is_in_use(step, vacuum.table)):
        return
    what = f'"{vacuum.table}"' if vacuum.table else "every table"
    yield step.finding(
        f"VACUUM FULL rewrites {what} and {blocks(ACCESS_EXCLUSIVE)} meanwhile (ACCESS EXCLUSIVE lock)",
        f"Make the space reusable instead:\nVACUUM (ANALYZE){' ' + quoted(vacuum.table) if vacuum.table else ''};",
    )


RULE = Rule(
    name="ban-vacuum-full",
    group=Group.LOCKS,
    summary="VACUUM FULL blocks reads and writes while it rewrites a table",
    reason="""\
`VACUUM FULL` writes a new copy of the table and of all its indexes, and holds an ACCESS EXCLUSIVE lock until that is
done: every query of the table waits, for minutes or hours. It also needs as much free disk space as the new copy.

A plain `VACUUM` makes the space reusable without blocking anybody; to give it back to the system while the table is
in use, there are the extensions pg_repack and pg_squeeze. Allow it where the table may be out of use for that long.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(Vacuum,),
    check=_check,
)
