"""ALTER TABLE statements that could be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity
from migrate_tasks.sql.operations import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterColumnType,
    AlterTable,
    AttachPartition,
    CreateTable,
    DetachPartition,
    DropColumn,
    DropConstraint,
    ValidateConstraint,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.lint.step import FileStep


APART = (AttachPartition, DetachPartition, ValidateConstraint)  # which stand alone, or should


def _check(step: FileStep) -> Iterator[Finding]:
    before: tuple[AlterTable, ...] = ()
    made = {operation.table for operation in step.operations if isinstance(operation, CreateTable)}
    for statement in step.script.statements:
        here = step.operations.in_statement(statement)
        actions = tuple(o for o in here if isinstance(o, AlterTable) and not isinstance(o, APART))
        actions = actions if len(actions) == len(here) and statement.words[:1] == ("ALTER",) else ()
        is_used = bool(actions) and actions[0].table not in made and is_in_use(step, actions[0].table)
        if is_used and _can_be_one(before, actions):
            written = [" ".join(step.text[o.start : o.end].split()) for o in (*before, *actions)]
            yield Finding(
                statement.start,
                statement.end,
                f'the statement before alters "{actions[0].table}", too: one ALTER TABLE would lock it, and read its'
                " rows, once",
                f"ALTER TABLE {quoted(actions[0].table)} {', '.join(written)};",
            )
        before = actions


def _can_be_one(before: Sequence[AlterTable], actions: Sequence[AlterTable]) -> bool:
    """Return whether it is one table, and no action comes after one that Postgres would execute later.

    It drops and changes types first, whatever the order in the statement (AlterTablePass in its source).
    """
    if not before or actions[0].table != before[0].table:
        return False
    given = {part for part in map(_given, before) if part}
    return not any(_taken(action) in given for action in actions)


def _given(action: AlterTable) -> tuple[str, str] | None:
    """Return the column or the constraint that an action adds or changes."""
    match action:
        case AddColumn(column=column):
            return "column", column.name
        case AlterColumnType(column=name):
            return "column", name
        case AlterColumn(column=name, action=what) if not what.startswith("DROP"):
            return "column", name
        case AddConstraint(constraint=added) if added.name:
            return "constraint", added.name
    return None


def _taken(action: AlterTable) -> tuple[str, str] | None:
    """Return the column or the constraint that must be there before the whole statement for an action."""
    match action:
        case DropColumn(column=name) | AlterColumnType(column=name):
            return "column", name
        case AlterColumn(column=name, action=what) if what.startswith("DROP"):
            return "column", name
        case DropConstraint(name=name):
            return "constraint", name
    return None


RULE = Rule(
    name="multiple-alter-table",
    group=Group.DESIGN,
    summary="two ALTER TABLE statements of one table could be one",
    reason="""\
One `ALTER TABLE` with several actions takes the lock once, and reads or rewrites the rows once for all of them.

Two statements in a row are meant, of the same table. `VALIDATE CONSTRAINT` is left out, since it belongs into a
transaction of its own, and so are `ATTACH` and `DETACH PARTITION` and `RENAME`, which stand alone; and so is what takes
away or changes the type of something that the statement before has given, since one statement would do that first.
""",
    severity=Severity.WARNING,
    is_default=False,
    check_file=_check,
)
