"""Operations that may wait for a lock for ever, and everybody else behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import line_of, locked_in_use
from migrate_tasks.lint.knowledge.lock_levels import KINDS, lock_on_unnamed
from migrate_tasks.lint.knowledge.locks import SHARE, SHARE_UPDATE_EXCLUSIVE
from migrate_tasks.lint.knowledge.timeouts import has_timeout, is_locking, is_outside, last_setting, setting_of
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Reindex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Operation


def _check(step: Step) -> Iterator[Finding]:
    mode = SHARE if is_outside(step) else SHARE_UPDATE_EXCLUSIVE  # CONCURRENTLY outside waits without harming anybody
    locked = [f'"{table}"' for table in locked_in_use(step, mode)] or _unnamed(step.operation)
    if not locked or has_timeout(step, "lock_timeout"):
        return
    setting = last_setting(step, "lock_timeout")
    if is_locking(step, mode, setting):
        return  # told there
    why = f"line {line_of(step, setting)} takes lock_timeout away" if setting else "no lock_timeout is set"
    yield step.finding(
        f"waiting for a lock on {locked[0]} may stop all who use it after that, for ever: {why}", _help(step)
    )


def _unnamed(operation: Operation) -> list[str]:
    """Return what is locked one table after the other, if it is so."""
    if not lock_on_unnamed(operation):
        return []
    match operation:
        case Reindex(kind="SCHEMA", name=name):
            return [f'each table of schema "{name}" in turn']
        case Reindex(kind="SYSTEM"):
            return ["each system catalog in turn"]
    return ["each table in turn"]


def _help(step: Step) -> str:
    if is_outside(step):
        return (
            "Outside of a transaction the runner sets none. Write at the head of the file:\n-- migrate: lock_timeout 3s"
        )
    setting = setting_of(step, "lock_timeout", "3s")
    if last_setting(step, "lock_timeout"):
        return f"Take out that line, since the runner sets a timeout where no line does. Or set one:\n{setting}"
    return setting


RULE = Rule(
    name="require-lock-timeout",
    group=Group.LOCKS,
    summary="an operation takes a lock and no lock_timeout limits how long it waits for it",
    reason="""\
An operation that waits for a lock stands in a queue, and everybody who comes after it waits behind it, also for locks
that do not conflict with what is held now: one long report, and a table is out of use until the report ends.
`lock_timeout` ends the waiting; the runner then rolls the migration back, pauses and tries again.

The runner sets `lock_timeout` unless the file sets it anywhere: then it is the file's affair, also before that line.
`SET lock_timeout = 0`, `SET lock_timeout TO DEFAULT` and `RESET` take it away. Outside of transactions the runner
sets none, since what is CONCURRENTLY there waits without harming anybody; `VACUUM FULL`, `CLUSTER` of all tables or of
a partitioned one, `REINDEX` of a schema, a database or a partitioned table, and what a procedure does that commits do
harm, and need the directive `-- migrate: lock_timeout 3s`. The first one is told of those that one line would mend.
""",
    on=KINDS,
    check=_check,
)
