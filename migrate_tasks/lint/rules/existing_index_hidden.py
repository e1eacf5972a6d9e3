"""CREATE INDEX CONCURRENTLY IF NOT EXISTS, which is content with an index that was never finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import CreateIndex, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    create = step.operation
    assert isinstance(create, CreateIndex)
    if create.concurrently and create.if_not_exists and create.name:
        index = quoted(Name(create.name, create.table.schema))
        yield step.finding(
            f'if an earlier attempt has left index "{create.name}" half-built, IF NOT EXISTS takes it for done',
            f"Leave IF NOT EXISTS out, or remove what may be there before:\nDROP INDEX CONCURRENTLY IF EXISTS {index};",
        )


RULE = Rule(
    name="existing-index-hidden",
    group=Group.CORRECTNESS,
    summary="CREATE INDEX CONCURRENTLY IF NOT EXISTS is content with an INVALID index",
    reason="""\
A `CREATE INDEX CONCURRENTLY` that fails leaves an INVALID index: no query uses it, every write maintains it, and a
unique one may refuse rows. `IF NOT EXISTS` only looks at the name, so the next attempt does nothing and succeeds.

Off by default, since the runner makes it safe: after such a statement it looks at the index, and fails with the name
of the INVALID one; and what a broken run has left half-built it drops before it tries again. Switch the rule on where
something else executes the files.
""",
    severity=Severity.WARNING,
    is_default=False,
    on=(CreateIndex,),
    check=_check,
)
