"""A column of two bytes."""

from migrate_tasks.lint.knowledge.column_types import GIVING_TYPES, finds_types, instead
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

RULE = Rule(
    name="prefer-bigint-over-smallint",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="a column of type smallint or smallserial",
    reason="""\
A smallint ends at 32,767, which even small tables reach, and the way to a larger type rewrites the table under ACCESS
EXCLUSIVE. It saves six bytes a row only where its neighbours are small, too. Allow it for what cannot become large.""",
    on=GIVING_TYPES,
    check=finds_types(
        "smallint", "int2", "smallserial", "serial2", says=", which ends at 32767", help=instead("bigint")
    ),
)
