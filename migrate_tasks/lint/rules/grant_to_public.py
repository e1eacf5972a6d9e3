"""GRANT to PUBLIC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Grant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    grant = step.operation
    assert isinstance(grant, Grant)
    if not grant.revoke and "public" in grant.roles:
        yield step.finding(
            f"GRANT {', '.join(grant.privileges)} to PUBLIC lets every role do that, also those to come",
            "Name the roles that need it; a role without login that others are members of is enough.",
        )


RULE = Rule(
    name="grant-to-public",
    group=Group.DESIGN,
    summary="a privilege is granted to PUBLIC",
    reason="""\
`PUBLIC` is every role of the server, also those that are made later, and whatever is granted to it cannot be taken
from a single one.

Grant to a role without login, and make those members of it who need the privilege.
""",
    severity=Severity.WARNING,
    is_default=False,
    on=(Grant,),
    check=_check,
)
