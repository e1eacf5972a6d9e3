"""SET SCHEMA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_made_anew, is_made_here
from migrate_tasks.lint.knowledge.renamed_again import comes_to_nothing
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Rename

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HELP = "Leave a view or a function of the old name in the old schema, until no program uses it any more."


def check(step: Step) -> Iterator[Finding]:
    """Yield each object that is moved and may be in use."""
    move = step.operation
    assert isinstance(move, Rename)
    if not move.sets_schema or is_made_here(step, move.kind, move.name):
        return
    if not is_made_anew(step, move.kind, move.name) and not comes_to_nothing(step, move):
        message = (
            f'moving {move.kind} "{move.name}" to schema "{move.new}" breaks programs that look for it where it was'
        )
        yield step.finding(message, HELP)


RULE = Rule(
    name="ban-set-schema",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="SET SCHEMA of an object that may be in use",
    reason="""\
Programs of the version before look for the object in its old schema, unless the new one is on their search_path, too.
Set the search_path of the programs' role first, or leave a view (of a function: a function that calls it) in the old
place for the time in between.""",
    on=(Rename,),
    check=check,
)
