"""ALTER TABLE statements that could be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.in_use import is_in_use
from migrate_tasks.lint.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity
from migrate_tasks.sql.operations import AlterTable, AttachPartition, DetachPartition, ValidateConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep


APART = (AttachPartition, DetachPartition, ValidateConstraint)  # which stand alone, or should


def _check(step: FileStep) -> Iterator[Finding]:
    before: tuple[AlterTable, ...] = ()
    for statement in step.script.statements:
        here = step.operations.in_statement(statement)
        actions = tuple(o for o in here if isinstance(o, AlterTable) and not isinstance(o, APART))
        actions = actions if len(actions) == len(here) and statement.words[:1] == ("ALTER",) else ()
        if actions and before and actions[0].table == before[0].table and is_in_use(step, actions[0].table):
            written = [" ".join(step.text[o.start : o.end].split()) for o in (*before, *actions)]
            yield Finding(
                statement.start,
                statement.end,
                f'the statement before alters "{actions[0].table}", too: one ALTER TABLE would lock it, and read its'
                " rows, once",
                f"ALTER TABLE {quoted(actions[0].table)} {', '.join(written)};",
            )
        before = actions


RULE = Rule(
    name="multiple-alter-table",
    group=Group.DESIGN,
    summary="two ALTER TABLE statements of one table could be one",
    reason="""\
One `ALTER TABLE` with several actions takes the lock once, and reads or rewrites the rows once for all of them.

Two statements in a row are meant, of the same table. `VALIDATE CONSTRAINT` is left out, since it belongs into a
transaction of its own, and so are `ATTACH` and `DETACH PARTITION` and `RENAME`, which stand alone.
""",
    severity=Severity.WARNING,
    is_default=False,
    check_file=_check,
)
