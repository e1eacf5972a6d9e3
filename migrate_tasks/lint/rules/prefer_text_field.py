"""A string of limited length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.column_types import GIVING_TYPES, base_name, types_given
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.knowledge.column_types import Given
    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

NAMES = ("varchar", "character varying", "char varying")


def check(step: Step) -> Iterator[Finding]:
    """Yield each column of type varchar(n); without the limit it is as good as text."""
    for given in types_given(step.operation):
        if base_name(given.type) in NAMES and given.type.modifiers:
            message = f'column "{given.name}" is {given.type}: making it shorter later rewrites the table'
            yield step.finding(message, _advice(given), at=given.start)


def _advice(given: Given) -> str:
    if given.type.is_array:
        return "Write: text[]"
    length = f"char_length({quoted(given.name)}) <= {given.type.modifiers[0]}"
    return f"Write: text; where the limit matters: CHECK ({length})"


RULE = Rule(
    name="prefer-text-field",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="a column of type varchar(n)",
    reason="""\
In Postgres varchar(n) is neither smaller nor faster than text. A limit in a CHECK constraint can be changed with NOT
VALID and VALIDATE, without keeping anybody waiting; that of a type is changed under ACCESS EXCLUSIVE, and rewrites the
table where it becomes smaller. A varchar without a limit is not found.""",
    on=GIVING_TYPES,
    check=check,
)
