"""A new column that must have a value, of which there is none for the rows that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.columns_in_steps import FILLED, made_key, made_not_null
from migrate_tasks.lint.knowledge.constraint_sql import column_without
from migrate_tasks.lint.knowledge.made_here import is_nobodys
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AddColumn, Name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Column


def check(step: Step) -> Iterator[Finding]:
    """Yield a column that is NOT NULL and has no default."""
    added = step.operation
    assert isinstance(added, AddColumn)
    if _is_required(added.column) and not _may_have_default(step, added.column) and not is_nobodys(step, added.table):
        name = added.column.name
        message = (
            f'adding column "{name}" to "{added.table}" fails if there are rows: it is NOT NULL and has no default'
        )
        yield step.finding(message, _advice(step, added))


def _is_required(column: Column) -> bool:
    return (column.has("not null") or column.has("primary key")) and not column.generated


def _may_have_default(step: Step, column: Column) -> bool:
    """Return whether there is a value; a domain may have a default of its own."""
    if column.default:
        return column.default.words != ("NULL",)
    return column.type is not None and ("serial" in column.type.name or Name(column.type.name) in step.schema.domains)


def _advice(step: Step, added: AddColumn) -> str:
    own = {constraint.kind: constraint for constraint in added.column.constraints}
    if key := own.get("primary key"):
        return made_key(step, added, key)
    return (
        "Give it a DEFAULT; or add it without NOT NULL, let programs fill it, and make it NOT NULL in later migrations:"
        f"\n{column_without(step, added, own['not null'])}\n{FILLED}"
        f"\n{made_not_null(step, added.table, added.column.name)}"
    )


RULE = Rule(
    name="adding-required-field",
    group=Group.COMPATIBILITY,
    summary="ADD COLUMN ... NOT NULL without a DEFAULT",
    reason="""\
Postgres has no value for the rows that are there, and refuses the statement (SQLSTATE 23502) unless the table is empty,
which it is on a developer's machine and not in production. Nor do programs of the version before give the new column a
value: their INSERTs fail. A constant DEFAULT costs nothing since PostgreSQL 11.""",
    on=(AddColumn,),
    check=check,
)
