"""Which transactions a file takes back itself: what they change is not there after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.transactions import Control, control_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from migrate_tasks.sql.statements import Statement


def rolled_back(statements: Sequence[Statement]) -> Collection[int]:
    """Return where the BEGIN of each transaction stands that ends with ROLLBACK."""
    found: set[int] = set()
    following: Control | None = None
    for statement in reversed(statements):
        control = control_of(statement)
        if control is Control.BEGIN and following is Control.ROLLBACK:
            found.add(statement.start)
        following = control or following
    return found
