"""ATTACH PARTITION of a table whose rows have to be read for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AttachPartition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Name


def _check(step: Step) -> Iterator[Finding]:
    attach = step.operation
    assert isinstance(attach, AttachPartition)
    part = attach.partition
    if is_in_use(step, part) and not _has_check(step, part):
        check = quoted(f"{part.name}_bounds")
        yield step.finding(
            f'attaching "{part}" to "{attach.table}" reads all its rows and {blocks(ACCESS_EXCLUSIVE)} of "{part}"'
            " meanwhile (ACCESS EXCLUSIVE lock)",
            "In migrations before this one, add and validate a CHECK that says what the partition's bounds say, NOT"
            f" NULL included:\nALTER TABLE {quoted(part)} ADD CONSTRAINT {check} CHECK (...) NOT VALID;\n"
            f"ALTER TABLE {quoted(part)} VALIDATE CONSTRAINT {check};",
        )


def _has_check(step: Step, part: Name) -> bool:
    """Return whether the table has a valid CHECK, which is taken for one that says what the bounds say."""
    found = step.schema.table(part)
    return found is not None and any(
        state.is_valid and state.constraint.kind == "check" for state in found.constraints.values()
    )


RULE = Rule(
    name="attaching-partition",
    group=Group.LOCKS,
    summary="ATTACH PARTITION reads all rows of the table that becomes the partition while nobody can use it",
    reason="""\
`ATTACH PARTITION` has to know that every row fits the bounds. It reads the whole table for that, under an ACCESS
EXCLUSIVE lock on it (and SHARE UPDATE EXCLUSIVE on the parent, which harms nobody), unless a valid CHECK constraint
of the table implies the bounds.

Add such a CHECK as `NOT VALID`, validate it in a migration of its own, then attach, and drop it afterwards. The
columns of the partition key must be NOT NULL, or the CHECK must say so. Any valid CHECK of the table satisfies this
rule. A default partition of the parent is read as well: give it a CHECK that excludes the new bounds.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AttachPartition,),
    check=_check,
)
