"""A domain with a constraint of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import CreateDomain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HELP = "Put the constraint on the columns: there it can be changed with NOT VALID, table by table."


def check(step: Step) -> Iterator[Finding]:
    """Yield a domain that is made with a constraint."""
    made = step.operation
    assert isinstance(made, CreateDomain)
    if made.constraints:
        message = (
            f'domain "{made.name}" has a constraint: changing it later reads and locks every table that has the domain'
        )
        yield step.finding(message, HELP)


RULE = Rule(
    name="ban-create-domain-with-constraint",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    is_default=False,
    summary="CREATE DOMAIN with a CHECK or NOT NULL",
    reason="""\
A constraint of a domain can only be changed for all its columns at once, which reads and locks all their tables. And a
column of such a domain cannot be added to a table without rewriting it. Constraints on the columns can be added and
validated one by one. The rule is off by default: a domain that says what an email address is may be worth that.""",
    on=(CreateDomain,),
    check=check,
)
