"""DROP OWNED, which drops whatever a role owns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Other

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    match step.operation:
        case Other(what="DROP OWNED") if not any(other.what == "REASSIGN OWNED" for other in step.earlier.of(Other)):
            yield step.finding(
                "DROP OWNED drops whatever the role owns in this database, tables with their rows too, and takes away"
                " its privileges",
                "Give what it owns to another role before; then only privileges are left to be dropped:\n"
                "REASSIGN OWNED BY old_role TO new_role;\nDROP OWNED BY old_role;",
            )


RULE = Rule(
    name="ban-drop-owned",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="DROP OWNED of a role that may own what is in use",
    reason="""\
What a role owns stands in no migration: it is another thing on each server, and all of it is gone, with its rows; with
`CASCADE` what others have built on it, too. In production the role may own everything.

Drop what is to go by its name. Before `DROP ROLE`, let `REASSIGN OWNED` give what it owns to another role:
of `DROP OWNED` after that in the same file nothing is told, for it takes only privileges.
""",
    on=(Other,),
    check=_check,
)
