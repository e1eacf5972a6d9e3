"""EXECUTE in the body of a DO, whose SQL nobody has read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Do

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    assert isinstance(step.operation, Do)
    for at in step.operation.dynamic:
        yield step.finding(
            "what this EXECUTE does is not known before it is executed, so no rule has judged it",
            "Write the statement itself where its text does not change. Or look at it yourself, and allow it.",
            at=at,
        )


RULE = Rule(
    name="unchecked-dynamic-sql",
    group=Group.CORRECTNESS,
    summary="EXECUTE in a DO block, whose SQL is not judged",
    reason="""\
The text that `EXECUTE` is given is made while the block runs, so nobody can say before what it will do: it may drop a
table or lock one, and no rule sees it. Many blocks need none: DDL can stand in a `DO` block as it is.

Allow it where the text has to be made, such as for the names of partitions, once you have looked at what it does.
""",
    severity=Severity.WARNING,
    on=(Do,),
    check=_check,
)
