"""BEGIN inside a transaction, or an end without a beginning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.words import control_words
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding
from migrate_tasks.sql.transactions import Control, chains, control_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep

HELP = "Take it out: the runner makes the file one transaction. Or begin one: BEGIN;"


def check(step: FileStep) -> Iterator[Finding]:
    """Yield each BEGIN that is one too many, and each end of a transaction that the file has not begun."""
    is_open = False
    for statement in step.script.statements:
        control, first = control_of(statement), control_words(statement)
        if control is Control.BEGIN and is_open:
            message = f"{first} inside a transaction begins none: the next COMMIT ends the outer one"
            yield Finding(statement.start, statement.end, message, "Take it out, or write SAVEPOINT name;")
        elif control in (Control.COMMIT, Control.ROLLBACK) and not is_open:
            message = f"{first} without a transaction that this file has begun"
            yield Finding(statement.start, statement.end, message, HELP)
        if control:
            is_open = control is Control.BEGIN or (is_open and chains(statement))


RULE = Rule(
    name="transaction-nesting",
    group=Group.CORRECTNESS,
    summary="BEGIN inside a transaction, COMMIT or ROLLBACK outside of one",
    reason="""\
Postgres has no transactions inside transactions. A second BEGIN is only a warning; the COMMIT that was meant for it
ends the outer one, and what follows runs without any. A COMMIT without a BEGIN counts on a transaction that the tool
has begun, and takes it away. Use savepoints, or take the statements out: the runner makes each file one
transaction.""",
    check_file=check,
)
