"""An enum."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import CreateType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HELP = "Use text with a CHECK constraint, or a table of the values with a foreign key."


def check(step: Step) -> Iterator[Finding]:
    """Yield each enum that is made."""
    made = step.operation
    assert isinstance(made, CreateType)
    if made.labels is not None:
        yield step.finding(f'values of enum "{made.name}" can be added later, but never removed or reordered', HELP)


RULE = Rule(
    name="creating-enum",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="CREATE TYPE ... AS ENUM",
    reason="""\
Values can be added to an enum and renamed, but not removed or reordered without a new type and a rewrite of each table
that has it; and a new value cannot be used in the transaction that adds it. text with a CHECK constraint can be
changed with NOT VALID and VALIDATE, and a table of values is changed with INSERT and DELETE.""",
    on=(CreateType,),
    check=check,
)
