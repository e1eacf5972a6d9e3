"""DROP FUNCTION."""

from migrate_tasks.lint.knowledge.rules_of_drop import drops
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Drop

RULE = Rule(
    name="ban-drop-function",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP FUNCTION or PROCEDURE that may be in use",
    reason="""\
Programs of the version before still call the function, and so may bodies of other functions, of which Postgres keeps no
account. Deploy the version that does without it first. DROP and CREATE of one name in one file replace the function,
and are not found; arguments are not compared. Nor is a function that returns a trigger: no program can call it.""",
    on=(Drop,),
    check=drops(
        "function",
        "procedure",
        "routine",
        "aggregate",
        consequence="breaks every program that still calls it",
        help="First deploy the programs without it; then allow this rule, and say since when nobody uses it.",
    ),
)
