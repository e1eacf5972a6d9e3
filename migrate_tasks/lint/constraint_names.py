"""The names that Postgres gives constraints that have none (ChooseConstraintName in its source)."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from migrate_tasks.lint.quoting import derived_name

if TYPE_CHECKING:
    from migrate_tasks.lint.schema import TableState
    from migrate_tasks.sql.operations import Constraint

SUFFIXES = {
    "primary key": "pkey",
    "unique": "key",
    "foreign key": "fkey",
    "check": "check",
    "exclude": "excl",
    "not null": "not_null",
}


def name_for(table: TableState, constraint: Constraint) -> str:
    """Return the name that a constraint gets on a table, which has others already."""
    columns = () if constraint.kind == "primary key" else constraint.columns
    suffix = SUFFIXES[constraint.kind]
    names = (derived_name(table.name, columns, f"{suffix}{number or ''}") for number in count())
    return next(name for name in names if name not in table.constraints)
