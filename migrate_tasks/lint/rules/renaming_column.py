"""RENAME of a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_column_made_here, is_made_here
from migrate_tasks.lint.knowledge.renamed_again import comes_to_nothing
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Rename

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HELP = "Add a column of the new name, write both, fill it, read the new one; drop the old one when no program uses it."


def check(step: Step) -> Iterator[Finding]:
    """Yield the renaming of a column that may be in use."""
    rename = step.operation
    assert isinstance(rename, Rename)
    if rename.kind != "column" or is_made_here(step, "view", rename.name):
        return
    if not is_column_made_here(step, rename.name, rename.old) and not comes_to_nothing(step, rename):
        message = f'renaming column "{rename.old}" of "{rename.name}" breaks programs that use the old name'
        yield step.finding(message, HELP)


RULE = Rule(
    name="renaming-column",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="RENAME COLUMN of a column that may be in use",
    reason="""\
There is no moment at which all programs change over: those of the version before, which run until the deployment is
done and again after a rollback, ask for the old name. Either the programs call it by another name than the table does,
or the new column lives beside the old one for a while. A view over the table may also have both names.""",
    on=(Rename,),
    check=check,
)
