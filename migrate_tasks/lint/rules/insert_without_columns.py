"""INSERT or COPY that does not say for which columns its values are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_nobodys
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Insert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def check(step: Step) -> Iterator[Finding]:
    """Yield what puts rows into a table of an earlier migration by the order of its columns."""
    insert = step.operation
    assert isinstance(insert, Insert)
    if insert.columns is not None or insert.has_defaults or is_nobodys(step, insert.table):
        return
    yield step.finding(
        f'this {insert.how} gives values to the columns of "{insert.table}" in the order in which they happen to be',
        _help(step, insert),
    )


def _help(step: Step, insert: Insert) -> str:
    known = step.schema.table(insert.table)
    if known is None or not known.is_complete:
        return "List the columns after the table's name."
    columns = ", ".join(map(quoted, known.columns))
    return f"List the columns that the values are for after the table's name, all or the first of these: ({columns})"


RULE = Rule(
    name="insert-without-columns",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="INSERT or COPY into a table without a list of its columns",
    reason="""\
Values without a list of columns go by the order in which the table has them. It is not the same everywhere: a column
that was dropped and added again stands last, and a table that was restored from a hand-written schema may have another
order. Where the types fit, the values land in the wrong columns and nothing fails. A list also tells the reader what
the values are. A table that the migration makes itself is not found: its columns stand in the same file.""",
    on=(Insert,),
    check=check,
)
