"""How a file is to be executed: in one transaction, statement by statement, or as its own BEGIN and COMMIT say.

A file that is not one transaction is a row of units. A unit takes effect as a whole or not at all, and progress is
recorded between units, so that a run can continue where another one ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.changes import checksum_of
from migrate_tasks.places import Places, place_of
from migrate_tasks.sql.enums import uses_new_enum_value
from migrate_tasks.sql.session import sets
from migrate_tasks.sql.statements import Statement, UnreadableSql, split_statements
from migrate_tasks.sql.transactions import (
    Control,
    cannot_run_in_transaction,
    chains,
    control_of,
    head,
    may_commit,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.migrations.migration import Directives


class Mode(StrEnum):
    """How the statements of a file are divided into transactions."""

    TRANSACTION = "transaction"
    OWN_TRANSACTIONS = "own transactions"
    NO_TRANSACTION = "no transaction"


class UnitKind(StrEnum):
    """Whose transaction a unit is: the author's, ours, or none at all."""

    BLOCK = "block"
    WRAPPED = "wrapped"
    ALONE = "alone"


@dataclass(frozen=True)
class Unit:
    """The statements ``first`` to ``end`` (exclusive) of a script, which succeed or fail together."""

    kind: UnitKind
    first: int
    end: int


@dataclass(frozen=True)
class Script:
    """The text of a file, read: its statements, how they are to be executed, and why not in one transaction.

    ``sets_lock_timeout`` and ``sets_statement_timeout`` tell that the file sees to those itself.
    """

    path: str
    text: str = field(repr=False)
    statements: tuple[Statement, ...] = field(repr=False)
    mode: Mode = Mode.TRANSACTION
    reason: str = ""
    units: tuple[Unit, ...] = ()
    sets_lock_timeout: bool = False
    sets_statement_timeout: bool = False

    @cached_property
    def places(self) -> Places:
        """The places of offsets in its text."""
        return Places(self.text)

    @property
    def checksum(self) -> str:
        """Return the normalised checksum."""
        return checksum_of(self.statements)


def read_script(text: str, path: str, directives: Directives) -> Script:
    """Return the script in ``text``.

    Raises ConfigurationError, with the place, for what cannot be read as SQL, and for what cannot be in a transaction
    where the file asks for one.
    """
    try:
        statements = split_statements(text)
    except UnreadableSql as error:
        raise ConfigurationError(
            f"{path}:{place_of(text, error.offset)}: {error.message}", hint=f"Mend {path}; nothing was executed."
        ) from None
    return script_of(statements, text, path, directives)


def script_of(statements: tuple[Statement, ...], text: str, path: str, directives: Directives) -> Script:
    """Return the script that has these statements; raises ConfigurationError as :func:`read_script`."""
    mode, reason, culprit = _mode(statements, directives)
    if directives.transaction and culprit:
        raise ConfigurationError(
            f"{path}:{place_of(text, culprit.start)}: {reason}, but the file is to be one transaction",
            hint='Take out the directive "transaction", or put the statement into a file of its own.',
        )
    _refuse_prepared(statements, text, path)
    return Script(
        path,
        text,
        statements,
        mode,
        reason,
        () if mode is Mode.TRANSACTION else units_of(statements),
        sets_lock_timeout=any(sets(s, "lock_timeout") for s in statements),
        sets_statement_timeout=any(sets(s, "statement_timeout") for s in statements),
    )


def _mode(statements: Sequence[Statement], directives: Directives) -> tuple[Mode, str, Statement | None]:
    """Return the mode, why it is not a transaction, and the statement that is the reason."""
    if directives.transaction is False:
        return Mode.NO_TRANSACTION, 'directive "no-transaction"', None
    for statement in statements:
        if control_of(statement):
            return Mode.OWN_TRANSACTIONS, f"{head(statement, 1)} is the file's own", statement
    for statement in statements:
        what = cannot_run_in_transaction(statement)
        if what:
            return Mode.NO_TRANSACTION, f"{what} cannot run in a transaction", statement
        if may_commit(statement) and head(statement, 1) == "DO":
            return Mode.NO_TRANSACTION, "DO commits by itself", statement
    user = uses_new_enum_value(statements)
    if user:
        return Mode.NO_TRANSACTION, "an enum value cannot be used in the transaction that adds it", user
    return Mode.TRANSACTION, "", None


def _refuse_prepared(statements: Sequence[Statement], text: str, path: str) -> None:
    for statement in statements:
        if control_of(statement) is Control.PREPARE:
            raise ConfigurationError(
                f"{path}:{place_of(text, statement.start)}: PREPARE TRANSACTION cannot be part of a migration",
                detail="The transaction would stay open, with its locks, until somebody ends it.",
                hint="Write COMMIT.",
            )


def units_of(statements: Sequence[Statement]) -> tuple[Unit, ...]:
    """Return the units of a script that is not one transaction."""
    units: list[Unit] = []
    controls = [control_of(statement) for statement in statements]
    # "DDL; COMMIT; CREATE INDEX CONCURRENTLY" counts on a transaction that the tool has begun
    counts_on_ours = next((c for c in controls if c), Control.BEGIN) is not Control.BEGIN
    block = 0 if counts_on_ours else None
    for number, (statement, control) in enumerate(zip(statements, controls, strict=True)):
        if block is None and control is Control.BEGIN:
            block = number
        elif block is None:
            alone = control or cannot_run_in_transaction(statement) or may_commit(statement)
            units.append(Unit(UnitKind.ALONE if alone else UnitKind.WRAPPED, number, number + 1))
        elif control in (Control.COMMIT, Control.ROLLBACK):
            units.append(Unit(UnitKind.BLOCK, block, number + 1))
            block = number + 1 if chains(statement) else None
    if block is not None and block < len(statements):
        units.append(Unit(UnitKind.BLOCK, block, len(statements)))
    return tuple(units)
