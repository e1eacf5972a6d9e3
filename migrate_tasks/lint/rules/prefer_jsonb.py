"""JSON that is kept as text."""

from migrate_tasks.lint.knowledge.column_types import GIVING_TYPES, finds_types, instead
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

RULE = Rule(
    name="prefer-jsonb",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="a column of type json",
    reason="""\
json is kept as the text that came in: it is parsed anew by each query, cannot be indexed, and has no equality, so
DISTINCT, GROUP BY and UNION fail on it. jsonb is parsed once. Allow json where white space, the order of keys or
double keys have to stay as they are.""",
    on=GIVING_TYPES,
    check=finds_types("json", says=", which has neither equality nor an index", help=instead("jsonb")),
)
