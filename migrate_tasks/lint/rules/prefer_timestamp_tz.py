"""A time without a time zone."""

from migrate_tasks.lint.knowledge.column_types import GIVING_TYPES, finds_types, instead
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

RULE = Rule(
    name="prefer-timestamp-tz",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="a column of type timestamp without time zone",
    reason="""\
A timestamp without time zone is no moment: it is what a clock on some wall showed, and now() put into it depends on
the session's TimeZone. Two programs with different settings write different things. timestamptz has the same eight
bytes, and is a moment. Allow it where the wall clock is meant: the opening hour of a shop.""",
    on=GIVING_TYPES,
    check=finds_types(
        "timestamp",
        "timestamp without time zone",
        says=", which depends on the time zone of who writes it",
        help=instead("timestamptz", keeps_modifiers=True),
    ),
)
