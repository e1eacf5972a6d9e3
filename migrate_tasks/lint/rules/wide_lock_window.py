"""Two tables under ACCESS EXCLUSIVE in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import line_of, shut
from migrate_tasks.lint.knowledge.lock_levels import KINDS
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


NAME = "wide-lock-window"


def _check(step: Step) -> Iterator[Finding]:
    if step.transaction is None or NAME in step.transaction.told:
        return
    held = step.transaction.shut
    table = next((table for table in shut(step) if held and table not in held), None)
    if table:
        other, earlier = next(iter(held.items()))
        yield step.finding(
            f'"{table}" is locked while "{other}" is locked since line {line_of(step, earlier)}: reads and writes of'
            " both wait until the transaction ends (ACCESS EXCLUSIVE locks)",
            "Put what concerns the second table into a migration of its own.",
        )


RULE = Rule(
    name=NAME,
    group=Group.LOCKS,
    summary="one transaction locks two tables so that nobody can use either",
    reason="""\
The first table stays locked while the migration waits for the second one: the more tables in one transaction, the
longer all of them are out of use. A program that uses the two in the other order makes a deadlock with it, which ends
one of them.

Change one table in a migration. Allow it where both changes must be seen at the same moment. An operation that has to
lock two tables by itself, such as dropping a foreign key, counts as one.
""",
    severity=Severity.WARNING,
    lock=ACCESS_EXCLUSIVE,
    on=KINDS,
    check=_check,
)
