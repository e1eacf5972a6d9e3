"""Whether a timeout holds for an operation: what the file has set, or else what the runner sets.

What that is, is told in migrations/session.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from migrate_tasks.migrations.directives import parse_directives
from migrate_tasks.migrations.modes import Mode
from migrate_tasks.sql.operations import SetParameter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.lint.step import Held, Step, Transaction
    from migrate_tasks.sql.operations import Operation

Parameter = Literal["lock_timeout", "statement_timeout"]
ZERO = re.compile(r"'?\s*0+\s*(us|ms|s|min|h|d)?\s*'?")


def has_timeout(step: Step, parameter: Parameter) -> bool:
    """Return whether the step's operation is executed with that timeout."""
    if setting := last_setting(step, parameter):
        return setting.value is not None and not ZERO.fullmatch(setting.value)
    return _is_set_by_runner(step, parameter)


def last_setting(step: Step, parameter: Parameter) -> SetParameter | None:
    """Return what in the file has set or reset the parameter last, and still holds."""
    for operation in reversed(step.earlier):
        if not isinstance(operation, SetParameter) or operation.name.lower() not in (parameter, "all"):
            continue
        if not operation.local or _is_in_transaction(step, operation):
            return operation
    return None


def since_setting(step: Step, parameter: Parameter) -> Sequence[Held]:
    """Return the operations before for which the same line of the file would be enough as for the step's own.

    These are the ones of a transaction that the file begins; those that the runner has each wrapped in one of its own;
    and those outside of any.
    """
    done = [held for held in step.held if _is_of_one(held.transaction, step.transaction)]
    setting = last_setting(step, parameter)
    places = [at for at, held in enumerate(done) if held.operation is setting]
    return done[places[0] + 1 :] if places else done


def setting_of(step: Step, parameter: Parameter, value: str) -> str:
    """Return the SET that holds for the step's operation: LOCAL only where a transaction has more than it."""
    is_shared = step.transaction is not None and (step.script.mode is Mode.TRANSACTION or step.transaction.is_own)
    return f"SET {'LOCAL ' * is_shared}{parameter} = '{value}';"


def _is_of_one(transaction: Transaction | None, other: Transaction | None) -> bool:
    if transaction is None or other is None or transaction.is_own or other.is_own:
        return transaction is other
    return True


def _is_in_transaction(step: Step, operation: Operation) -> bool:
    return step.transaction is not None and any(operation is done for done in step.transaction.done)


def _is_set_by_runner(step: Step, parameter: Parameter) -> bool:
    """Return whether the runner sets the timeout; not where the file does, nor lock_timeout outside transactions."""
    is_lock = parameter == "lock_timeout"
    if step.script.sets_lock_timeout if is_lock else step.script.sets_statement_timeout:
        return False
    directives = parse_directives(step.script.text, step.script.path)
    directive = directives.lock_timeout if is_lock else directives.statement_timeout
    if directive is not None:
        return bool(directive)
    if is_lock and step.transaction is None:
        return False
    return bool(step.target.lock_timeout if is_lock else step.target.statement_timeout)
