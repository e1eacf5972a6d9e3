"""A column of four bytes."""

from migrate_tasks.lint.knowledge.column_types import GIVING_TYPES, finds_types, instead
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

RULE = Rule(
    name="prefer-bigint-over-int",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="a column of type integer or serial",
    reason="""\
An integer ends at 2,147,483,647. A busy table's key gets there in years, an event counter in weeks, and then every
INSERT fails; the way to bigint rewrites the table under ACCESS EXCLUSIVE. In most rows the four bytes more are padding
anyway. Allow it for what cannot become large: a year, a number of pieces.""",
    on=GIVING_TYPES,
    check=finds_types(
        "int", "integer", "int4", "serial", "serial4", says=", which ends at 2147483647", help=instead("bigint")
    ),
)
