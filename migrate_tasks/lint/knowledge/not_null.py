"""What is known of NULLs in a column, so that making it NOT NULL reads no row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import Name


def is_proved_not_null(step: Step, table: Name, column: str) -> bool:
    """Return whether Postgres knows that no row has NULL there: by NOT NULL, or by a constraint that is valid."""
    known, state = step.schema.table(table), step.schema.column(table, column)
    if known is None:
        return False
    if (state and state.is_not_null) or known.is_known_not_null(column):
        return True
    return any(
        found.is_valid and found.constraint.kind == "not null" and column in found.constraint.columns
        for found in known.constraints.values()
    )
