"""TRUNCATE ... CASCADE, which empties other tables as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Truncate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    truncate = step.operation
    assert isinstance(truncate, Truncate)
    if not truncate.cascade or not is_in_use(step, truncate.table):
        return
    names = [f'"{state.name}"' for state, _ in step.schema.referencing(truncate.table)]
    known = f": {', '.join(dict.fromkeys(names))}" if names else ""
    yield step.finding(
        f'TRUNCATE ... CASCADE of "{truncate.table}" empties every table that refers to it, too{known}',
        "Name the tables that are to be emptied, and leave CASCADE out.",
    )


RULE = Rule(
    name="ban-truncate-cascade",
    group=Group.COMPATIBILITY,
    summary="TRUNCATE ... CASCADE empties every table that refers to the one that is named",
    reason="""\
`CASCADE` empties every table with a foreign key to the named one, and every table with a foreign key to those,
whatever `ON DELETE` says, and also the rows that refer to nothing. A table that was added since the script was tried
is emptied as well.

Name all tables that are to be emptied in one `TRUNCATE`: without `CASCADE` the server refuses where one is missing.
""",
    on=(Truncate,),
    check=_check,
)
