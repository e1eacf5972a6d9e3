"""A statement whose effect ends with its transaction, outside of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding
from migrate_tasks.migrations.modes import UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep

HELP = "Put it and what needs it between BEGIN; and COMMIT;"


def check(step: FileStep) -> Iterator[Finding]:
    """Yield the statements of a file that is not one transaction which need one, and have none."""
    for unit in step.script.units:
        if unit.kind is not UnitKind.BLOCK:
            for statement in step.script.statements[unit.first : unit.end]:
                if what := only_in_transaction(statement.words):
                    message = f"{what} outside a transaction: nothing of it is left for the next statement"
                    yield Finding(statement.start, statement.end, message, HELP)


def only_in_transaction(words: tuple[str, ...]) -> str | None:
    """Return what a statement is, if it has an effect in a transaction only."""
    match words:
        case ("LOCK", *_):
            return "LOCK TABLE"
        case ("SAVEPOINT", *_):
            return "SAVEPOINT"
        case ("RELEASE", *_):
            return "RELEASE SAVEPOINT"
        case ("ROLLBACK", "TO", *_) | ("ROLLBACK", "WORK" | "TRANSACTION", "TO", *_):
            return "ROLLBACK TO SAVEPOINT"
        case ("SET", "LOCAL" | "TRANSACTION" | "CONSTRAINTS" as what, *_):
            return f"SET {what}"
        case ("DECLARE", *rest) if not _is_held(rest):
            return "DECLARE CURSOR"
    return None


def _is_held(words: list[str]) -> bool:
    """Return whether a cursor is one WITH HOLD, which stays after the transaction."""
    before = words[: words.index("FOR")] if "FOR" in words else words
    return before[-2:] == ["WITH", "HOLD"]


RULE = Rule(
    name="needs-transaction",
    group=Group.CORRECTNESS,
    summary="LOCK TABLE, SAVEPOINT, SET LOCAL or a cursor in a file that is not one transaction",
    reason="""\
What these statements do ends with the transaction. In a file that is executed statement by statement each has one of
its own, so the lock is let go, and SET LOCAL forgotten, before the next statement begins; plain psql refuses LOCK TABLE
and SAVEPOINT there (SQLSTATE 25P01), and says of SET LOCAL only a warning. Write BEGIN and COMMIT around what belongs
together, or SET without LOCAL: the runner resets the session after each migration.""",
    check_file=check,
)
