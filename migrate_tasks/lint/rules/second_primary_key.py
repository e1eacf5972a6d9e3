"""A second primary key of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.remedies import alter_table, is_in_body
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import (
    AddColumn,
    AddConstraint,
    AlterTable,
    CreateTable,
    DropColumn,
    DropConstraint,
    Name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.schema import ConstraintState
    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

ONE_OF_BOTH = 'Let one of them be "UNIQUE NOT NULL", or make one key of all columns: PRIMARY KEY (a, b)'


def _check(step: Step) -> Iterator[Finding]:
    match step.operation:
        case CreateTable() as create if not (create.if_not_exists and step.schema.table(create.table)):
            own = [constraint for column in create.columns for constraint in column.constraints]
            keys = sorted(each.start for each in (*own, *create.constraints) if each.kind == "primary key")
            for start in keys[1:]:
                yield step.finding(_message(create.table), ONE_OF_BOTH, at=start)
        case (AddConstraint() | AddColumn()) as add if _adds_key(step, add) and not is_in_body(step):
            if key := _key_that_stays(step, add):
                yield step.finding(
                    _message(add.table),
                    "Take the first one away in the same statement:\n"
                    + alter_table(add.table, f"DROP CONSTRAINT {quoted(key.name)}, {step.text}"),
                )


def _message(table: Name) -> str:
    return f'table "{table}" has a primary key already, and Postgres refuses a second one'


def _adds_key(step: Step, add: AddConstraint | AddColumn) -> bool:
    if isinstance(add, AddConstraint):
        return add.constraint.kind == "primary key"
    is_there = add.if_not_exists and step.schema.column(add.table, add.column.name)
    return add.column.has("primary key") and not is_there


def _key_that_stays(step: Step, add: AlterTable) -> ConstraintState | None:
    """Return the primary key that the table has; not where the statement takes it away, which is done first."""
    table = step.schema.table(add.table)
    states = table.constraints.values() if table else ()
    key = next((state for state in states if state.constraint.kind == "primary key"), None)
    if key is None:
        return None
    index = step.schema.index(Name(key.name, add.table.schema))
    columns = key.constraint.columns or (index.columns if index else ())  # USING INDEX names none
    for action in step.operations.in_statement(step.statement):
        match action:
            case DropConstraint(name=name) if name == key.name:
                return None
            case DropColumn(column=column) if column in columns:
                return None
    return key if columns else None


RULE = Rule(
    name="second-primary-key",
    group=Group.CORRECTNESS,
    summary="a primary key for a table that has one",
    reason="""\
A table has one primary key; the server refuses another one (SQLSTATE 42P16), also of the same columns and with
`USING INDEX`. What else must be unique is a `UNIQUE` constraint, on columns that are `NOT NULL`. To replace the key,
take the first one away in the same statement; foreign keys that refer to it go first, and come back after it.

In a `DO` nothing is told, since it may ask whether there is a key.
""",
    on=(CreateTable, AddConstraint, AddColumn),
    check=_check,
)
