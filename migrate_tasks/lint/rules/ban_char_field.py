"""A string that is filled up with blanks."""

from migrate_tasks.lint.knowledge.column_types import GIVING_TYPES, finds_types, instead
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

RULE = Rule(
    name="ban-char-field",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="a column of type char(n)",
    reason="""\
Postgres fills a char(n) up with blanks, stores them, and then leaves them out of some comparisons and not of others
(LIKE and regular expressions see them). It is no faster than text, and char without a length is char(1). Use text,
with a CHECK where the length matters. The type "char" in quotes is another one, and is not found.""",
    on=GIVING_TYPES,
    check=finds_types(
        "char",
        "character",
        "bpchar",
        "nchar",
        "national char",
        "national character",
        says=", which is filled up with blanks",
        help=instead("text"),
    ),
)
