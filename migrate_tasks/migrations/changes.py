"""What has changed in a file since it was executed: nothing, only its looks, or what it does."""

from __future__ import annotations

import difflib
import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.migrations.status import HistoryRow
    from migrate_tasks.sql.statements import Statement

LONGEST_DIFF = 40  # lines that are shown


class Change(StrEnum):
    """How a file differs from what was executed; cosmetic: in comments, white space and the case of keywords."""

    NONE = "none"
    COSMETIC = "cosmetic"
    REAL = "real"


def change_of(migration: Migration, row: HistoryRow) -> Change:
    """Return how the file of ``migration`` differs from what ``row`` says was executed."""
    recorded = row.metadata.get("checksum")
    if recorded in (None, migration.checksum):
        return Change.NONE
    is_cosmetic = row.metadata.get("normalised_checksum") == normalised_checksum(migration.sql)
    return Change.COSMETIC if is_cosmetic else Change.REAL


def normalised_checksum(sql: str) -> str:
    """Return the SHA-256, in hex, of the tokens of ``sql`` without comments and white space."""
    from migrate_tasks.sql.statements import UnreadableSql, split_statements

    try:
        return checksum_of(split_statements(sql))
    except UnreadableSql:
        return hashlib.sha256(sql.encode()).hexdigest()


def checksum_of(statements: Sequence[Statement]) -> str:
    """Return the normalised checksum of a script that is split already."""
    from migrate_tasks.sql.statements import normalised_statements

    return hashlib.sha256(normalised_statements(statements).encode()).hexdigest()


def diff_of(before: str, after: str) -> tuple[int, str]:
    """Return the first line, from 1, at which ``after`` differs from ``before``, and the unified diff."""
    old, new = before.splitlines(), after.splitlines()
    first = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))) + 1
    lines = list(difflib.unified_diff(old, new, "as it was executed", "as it is now", n=1, lineterm=""))
    if len(lines) > LONGEST_DIFF:
        lines = [*lines[:LONGEST_DIFF], f"... and {len(lines) - LONGEST_DIFF} more lines"]
    return first, "\n".join(f"  {line}" for line in lines)
