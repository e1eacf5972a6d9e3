"""Tables without a primary key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity
from migrate_tasks.sql.operations import CreateTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep


def _check(step: FileStep) -> Iterator[Finding]:
    for create in step.operations.of(CreateTable):
        if create.temporary or create.partition_of or create.inherits or create.likes:
            continue
        found = step.schema.table(create.table)
        if found and not any(state.constraint.kind == "primary key" for state in found.constraints.values()):
            yield Finding(
                create.start,
                create.end,
                f'table "{create.table}" has no primary key: logical replication cannot send its updates and deletes',
                f"ALTER TABLE {quoted(create.table)} ADD PRIMARY KEY (...);",
            )


RULE = Rule(
    name="require-primary-key",
    group=Group.DESIGN,
    summary="a table has no primary key",
    reason="""\
Without a primary key two equal rows cannot be told apart, logical replication refuses to send `UPDATE` and `DELETE`
unless the table has another replica identity, and tools that copy or repack tables while they are in use need one.

Partitions, temporary tables and those with `INHERITS` or `LIKE` are not looked at. Allow it for tables of events that
are only ever added to.
""",
    severity=Severity.WARNING,
    is_default=False,
    check_file=_check,
)
