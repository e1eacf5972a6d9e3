"""BEGIN and COMMIT in a file that the runner would make one transaction anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.words import control_words
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity
from migrate_tasks.sql.transactions import Control, cannot_run_in_transaction, control_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep

HELP = "Take out BEGIN and COMMIT: the runner makes the file and its row in migration_status one transaction."
SPLIT = "Put what stands between BEGIN and COMMIT into a migration of its own, which the runner makes one transaction."


def check(step: FileStep) -> Iterator[Finding]:
    """Yield the first BEGIN of a file that does not ask to be no transaction."""
    if step.directives.transaction is False:
        return
    for statement in step.script.statements:
        if control_of(statement) is Control.BEGIN:
            message = f"{control_words(statement)} of the file's own: executed part by part, it may end half done"
            yield Finding(statement.start, statement.end, message, SPLIT if _is_mixed(step) else HELP)
            return


def _is_mixed(step: FileStep) -> bool:
    """Return whether the file has something, too, that cannot be in a transaction."""
    return any(cannot_run_in_transaction(statement) for statement in step.script.statements)


RULE = Rule(
    name="own-transaction",
    group=Group.CORRECTNESS,
    severity=Severity.WARNING,
    summary="BEGIN and COMMIT in a file, which the runner makes one transaction anyway",
    reason="""\
The runner executes a file in one transaction, together with its row in migration_status: both are there, or neither.
With BEGIN and COMMIT of its own, the file is a row of parts, each recorded by itself, and a failure after the first
COMMIT leaves the migration half done. Take them out. Where the parts are meant, say so at the head of the file:
`-- migrate: no-transaction`.""",
    check_file=check,
)
