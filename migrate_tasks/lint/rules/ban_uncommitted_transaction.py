"""A transaction that the file does not end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.words import control_words
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding
from migrate_tasks.sql.transactions import Control, chains, control_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep
    from migrate_tasks.sql.statements import Statement


def check(step: FileStep) -> Iterator[Finding]:
    """Yield the beginning of the transaction that is open at the end of the file."""
    beginning: Statement | None = None
    for statement in step.script.statements:
        control = control_of(statement)
        if control is Control.BEGIN:
            beginning = beginning or statement
        elif control:
            beginning = statement if chains(statement) else None
    if beginning:
        message = f"nothing in this file ends the transaction that {control_words(beginning)} begins here"
        yield Finding(beginning.start, beginning.end, message, "Write at the end:\nCOMMIT;")


RULE = Rule(
    name="ban-uncommitted-transaction",
    group=Group.CORRECTNESS,
    summary="BEGIN without COMMIT or ROLLBACK",
    reason="""\
Who executes the file with psql loses all of it: the session ends, and the server rolls back. The runner commits such a
transaction at the end of the file, which may not be what was meant. Write the COMMIT, or take out the BEGIN: the
runner makes each file one transaction.""",
    check_file=check,
)
