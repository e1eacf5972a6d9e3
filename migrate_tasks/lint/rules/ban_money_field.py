"""Amounts whose currency is the server's setting."""

from migrate_tasks.lint.knowledge.column_types import GIVING_TYPES, finds_types, instead
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

RULE = Rule(
    name="ban-money-field",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="a column of type money",
    reason="""\
money keeps a number without its currency. What it is read and written as, and how many digits it has behind the point,
says lc_monetary, a setting of the server and of each session: the same row is $1.00 here and ¥100 there, and a dump
may not be restored where the setting is another one. Use numeric, with a column for the currency where there are
several.""",
    on=GIVING_TYPES,
    check=finds_types("money", says=", whose currency is the setting lc_monetary", help=instead("numeric")),
)
