"""DROP DOMAIN."""

from migrate_tasks.lint.knowledge.rules_of_drop import drops
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Drop

RULE = Rule(
    name="ban-drop-domain",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP DOMAIN of a domain that may be in use",
    reason="""\
Programs of the version before still cast to the domain, and with CASCADE all columns of it are lost. Deploy the version
that does without it first. A domain that the migration itself has made is not found.""",
    on=(Drop,),
    check=drops(
        "domain",
        consequence="breaks every program that still casts to it",
        help="First deploy the programs without it; then allow this rule, and say since when nobody uses it.",
    ),
)
