"""A value added to an enum without saying where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_made_here
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import AddEnumValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def check(step: Step) -> Iterator[Finding]:
    """Yield a value that is just added behind the others."""
    added = step.operation
    assert isinstance(added, AddEnumValue)
    if not added.is_placed and not is_made_here(step, "type", added.name):
        message = (
            f'value "{added.value}" becomes the largest of enum "{added.name}", for it is not said where it belongs'
        )
        yield step.finding(message, f"Say where:\n{step.text.rstrip(';').rstrip()} {_place(step, added)};")


def _place(step: Step, added: AddEnumValue) -> str:
    labels = step.schema.enums.get(added.name) or ("another value",)
    last = labels[-1].replace("'", "''")
    return f"AFTER '{last}'"


RULE = Rule(
    name="require-enum-value-ordering",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="ALTER TYPE ... ADD VALUE without BEFORE or AFTER",
    reason="""\
The values of an enum have an order, which ORDER BY and < use, and which cannot be changed later. A value that is added
without a place is the largest. Say BEFORE or AFTER which one it belongs, also where that is the last one.""",
    on=(AddEnumValue,),
    check=check,
)
