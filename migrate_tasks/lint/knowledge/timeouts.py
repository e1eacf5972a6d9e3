"""Whether a timeout holds for an operation: what the file has set, or else what the runner sets.

What that is, is told in migrations/session.py.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from migrate_tasks.lint.knowledge.bodies import is_in_committing_body
from migrate_tasks.lint.knowledge.by_partition import gone_through
from migrate_tasks.lint.knowledge.lock_levels import is_at_least
from migrate_tasks.migrations.modes import Mode
from migrate_tasks.sql.operations import SetParameter

if TYPE_CHECKING:
    from migrate_tasks.lint.done import Done
    from migrate_tasks.lint.step import Step

Parameter = Literal["lock_timeout", "statement_timeout"]
ZERO = re.compile(r"'?\s*0+\s*(us|ms|s|min|h|d)?\s*'?")


def has_timeout(step: Step, parameter: Parameter) -> bool:
    """Return whether the step's operation is executed with that timeout."""
    if setting := last_setting(step, parameter):
        return setting.value is not None and not ZERO.fullmatch(setting.value)
    return _is_set_by_runner(step, parameter)


def is_outside(step: Step) -> bool:
    """Return whether the step's operation is executed outside of any transaction, as the runner sends it in the end."""
    return step.transaction is None or gone_through(step) is not None or is_in_committing_body(step)


def last_setting(step: Step, parameter: Parameter) -> SetParameter | None:
    """Return what in the file has set or reset the parameter last, and still holds."""
    if step.transaction and (here := _last(step.transaction.done, parameter, local=True)):
        return here
    return _last(step.earlier, parameter, local=False)


def _last(done: Done, parameter: Parameter, *, local: bool) -> SetParameter | None:
    """Return the last setting among ``done``, of those of the session only unless ``local``."""
    found = [
        next((setting for setting in reversed(done.of(SetParameter, name)) if local or not setting.local), None)
        for name in (parameter, "all")
    ]
    return max(filter(None, found), key=lambda setting: setting.start, default=None)


def is_locking(step: Step, mode: str, setting: SetParameter | None) -> bool:
    """Return whether a table in use was locked in ``mode`` or a stronger one since a setting, where one line would do.

    Counted are the operations of a transaction that the file begins; those that the runner has each wrapped in one of
    its own; and those outside of any.
    """
    return any(
        is_at_least(taken, mode) and (setting is None or setting.start < earlier.start)
        for taken, earlier in step.latest.items()
    )


def setting_of(step: Step, parameter: Parameter, value: str) -> str:
    """Return the SET that holds for the step's operation: LOCAL only where a transaction has more than it."""
    is_shared = step.transaction is not None and (step.script.mode is Mode.TRANSACTION or step.transaction.is_own)
    return f"SET {'LOCAL ' * is_shared}{parameter} = '{value}';"


def _is_set_by_runner(step: Step, parameter: Parameter) -> bool:
    """Return whether the runner sets the timeout; not where the file does.

    It sets lock_timeout as each transaction begins, and so not outside of them.
    """
    is_lock = parameter == "lock_timeout"
    if step.script.sets_lock_timeout if is_lock else step.script.sets_statement_timeout:
        return False
    directive = step.directives.lock_timeout if is_lock else step.directives.statement_timeout
    if directive is not None:
        return bool(directive)
    if is_lock and is_outside(step):
        return False
    return bool(step.target.lock_timeout if is_lock else step.target.statement_timeout)
