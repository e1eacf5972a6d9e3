"""What the body that an operation stands in does as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.remedies import is_in_body
from migrate_tasks.sql.operations import TransactionControl
from migrate_tasks.sql.reading import body_of

if TYPE_CHECKING:
    from migrate_tasks.lint.step import Step


def is_in_committing_body(step: Step) -> bool:
    """Return whether the operation stands in a DO or a procedure that commits, and lets locks go, meanwhile."""
    if not is_in_body(step):
        return False
    body = body_of(step.statement) or step.operations.in_statement(step.statement)
    return any(isinstance(each, TransactionControl) and each.action == "COMMIT" for each in body)
