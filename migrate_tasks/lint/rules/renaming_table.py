"""RENAME of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_made_anew, is_made_here
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.renamed_again import comes_to_nothing, last_name
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Rename

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

ADVICE = (
    "Leave a view of the old name, which can be written to as well, with the GRANTs of the table, until no program uses"
    " it:"
)


def check(step: Step) -> Iterator[Finding]:
    """Yield the renaming of a table that may be in use."""
    rename = step.operation
    assert isinstance(rename, Rename)
    if rename.kind != "table" or rename.sets_schema or is_made_here(step, "table", rename.name):
        return
    if not is_made_anew(step, "table", rename.name) and not comes_to_nothing(step, rename):
        new = last_name(step, rename)
        called = new.name if new.schema == rename.name.schema else str(new)
        yield step.finding(
            f'renaming table "{rename.name}" to "{called}" breaks programs that use the old name',
            f"{ADVICE}\nCREATE VIEW {quoted(rename.name)} AS TABLE {quoted(new)};",
        )


RULE = Rule(
    name="renaming-table",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="RENAME of a table that may be in use",
    reason="""\
There is no moment at which all programs change over: those of the version before, which run until the deployment is
done and again after a rollback, ask for the old name. A view of the old name, made in the same transaction, can be read
and written like the table; drop it when no program uses it any more. Where the file gives the old name to a view or to
another table, or back to the table itself, nothing is found.""",
    on=(Rename,),
    check=check,
)
