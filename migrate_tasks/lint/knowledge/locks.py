"""The lock modes of tables: which block each other, and what that means for those who use the table.

From the PostgreSQL manual, 13.3.1 "Table-Level Locks". Not here: which operation takes which lock; its rule knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate_tasks.sql.operations import Name

ACCESS_SHARE, ROW_SHARE, ROW_EXCLUSIVE = "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE"
SHARE_UPDATE_EXCLUSIVE, SHARE, SHARE_ROW_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE"
EXCLUSIVE, ACCESS_EXCLUSIVE = "EXCLUSIVE", "ACCESS EXCLUSIVE"
MODES = (
    ACCESS_SHARE,
    ROW_SHARE,
    ROW_EXCLUSIVE,
    SHARE_UPDATE_EXCLUSIVE,
    SHARE,
    SHARE_ROW_EXCLUSIVE,
    EXCLUSIVE,
    ACCESS_EXCLUSIVE,
)  # from the weakest on
_FIRST_CONFLICT = {
    ACCESS_SHARE: ACCESS_EXCLUSIVE,
    ROW_SHARE: EXCLUSIVE,
    ROW_EXCLUSIVE: SHARE,
    SHARE_UPDATE_EXCLUSIVE: SHARE_UPDATE_EXCLUSIVE,
    SHARE: ROW_EXCLUSIVE,
    SHARE_ROW_EXCLUSIVE: ROW_EXCLUSIVE,
    EXCLUSIVE: ROW_SHARE,
    ACCESS_EXCLUSIVE: ACCESS_SHARE,
}  # each mode conflicts with that one and the stronger ones; SHARE alone does not with itself
_BLOCKED = {
    ACCESS_SHARE: ("exclusive locks", "on"),
    ROW_SHARE: ("exclusive locks", "on"),
    ROW_EXCLUSIVE: ("index builds", "on"),
    SHARE_UPDATE_EXCLUSIVE: ("VACUUM and other schema changes", "of"),
    SHARE: ("writes", "to"),
    SHARE_ROW_EXCLUSIVE: ("writes", "to"),
    EXCLUSIVE: ("writes", "to"),
    ACCESS_EXCLUSIVE: ("reads and writes", "of"),
}


def blocks(mode: str, table: Name | str | None = None) -> str:
    """Return what a lock keeps others from, such as ``blocks writes`` or ``blocks writes to "orders"``."""
    what, preposition = _BLOCKED[mode]
    return f"blocks {what}" if table is None else f'blocks {what} {preposition} "{table}"'


def is_conflict(mode: str, other: str) -> bool:
    """Return whether two sessions cannot have these locks on one table at the same time."""
    if mode == other == SHARE:
        return False
    return MODES.index(other) >= MODES.index(_FIRST_CONFLICT[mode])
