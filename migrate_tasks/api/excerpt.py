"""Where a failed migration's SQL failed, and the lines around that place."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING

from migrate_tasks.api.observation import Failure
from migrate_tasks.migrations.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.migrations.status import HistoryRow, StatusReport

AROUND = 3  # lines shown before and after
LONGEST_LINE = 500  # characters shown of a line


def failure_of(report: StatusReport, rows: Mapping[str, HistoryRow], migrations: Iterable[Migration]) -> Failure | None:
    """Return the place of the first failed migration's error.

    None where no migration has failed, the error has no place, or the file is no longer what was executed.
    """
    failed = next((m.name for m in report.migrations if m.status is Status.FAILED and not m.died), None)
    migration = next((m for m in migrations if str(m.name) == failed), None)
    if failed is None or migration is None:
        return None
    row = rows[failed]
    # the run that failed may have seen the folder from somewhere else
    file = re.escape(PurePath(migration.path).name)
    found = re.match(rf"[^\n]*?{file}:(\d+):\d+: (.*)", row.error_message or "", re.DOTALL)
    if not found or row.metadata.get("checksum") != migration.checksum:
        return None
    line = int(found[1])
    return Failure(name=failed, path=migration.path, line=line, message=found[2], lines=_around(migration.sql, line))


def _around(sql: str, line: int) -> tuple[tuple[int, str], ...]:
    lines = list(enumerate((text.rstrip("\r")[:LONGEST_LINE] for text in sql.split("\n")), 1))
    return tuple(lines[max(line - 1 - AROUND, 0) : line + AROUND])
