"""How an identity column gets its numbers, changed."""

from migrate_tasks.lint.knowledge.rules_of_columns import alters
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import AlterColumn

RULE = Rule(
    name="ban-alter-identity",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="ADD GENERATED, SET GENERATED or DROP IDENTITY",
    reason="""\
GENERATED ALWAYS refuses a number that the program gives; without the identity a row without a number is refused; and a
new identity begins with 1, whatever numbers are in the table. Programs of the version before insert as before. Deploy
the version that is right with both first, and set the sequence behind the largest number.""",
    on=(AlterColumn,),
    check=alters(
        "ADD GENERATED",
        "SET GENERATED",
        "DROP IDENTITY",
        does="changing how numbers are given to",
        consequence="breaks programs that insert rows as before",
        help="First deploy programs whose INSERTs are right before and after; then allow this rule.",
    ),
)
