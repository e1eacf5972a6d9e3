"""What a rule knows when it judges: the operation, the script around it, and what was before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrate_tasks.lint.violation import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from migrate_tasks.lint.schema import Schema
    from migrate_tasks.lint.violation import Edit
    from migrate_tasks.migrations.migration import Directives
    from migrate_tasks.migrations.modes import Script
    from migrate_tasks.sql.operations import Name, Operation
    from migrate_tasks.sql.statements import Statement


@dataclass(frozen=True)
class Target:
    """What the migrations will be executed on and by: the server's major version, and what the runner sees to."""

    postgres_version: int = 14
    lock_timeout: timedelta | None = None  # that the runner sets; None: it sets none
    statement_timeout: timedelta | None = None
    pending: frozenset[str] = frozenset()  # names of migrations that no database has completed


@dataclass
class Transaction:
    """The transaction that an operation is executed in, and what was done in it so far.

    ``is_own`` where the file's own BEGIN has begun it.
    """

    is_own: bool = False
    done: list[Operation] = field(default_factory=list)


@dataclass(frozen=True)
class Held:
    """An operation that was executed before in the file, and the locks on tables in use that it took then.

    The tables are named as they are called now. ``transaction`` is that of the operation, None outside of any.
    """

    operation: Operation
    locks: tuple[tuple[Name, str], ...]
    transaction: Transaction | None

    def renamed(self, old: Name, new: Name) -> Held:
        """Return the same after a table has got another name."""
        return replace(self, locks=tuple((new if name == old else name, mode) for name, mode in self.locks))


@dataclass(frozen=True)
class FileStep:
    """One file, whole. ``operations`` are those of its statements, in order; ``schema`` is what it leaves."""

    name: str
    script: Script
    directives: Directives
    operations: Sequence[Operation]
    schema: Schema
    target: Target

    @property
    def text(self) -> str:
        """The text of the file."""
        return self.script.text


@dataclass(frozen=True)
class Step:
    """One operation, before it is executed. ``transaction`` is None where it runs outside any transaction block.

    ``earlier`` are the operations before it in its file, whatever their transactions; ``held`` tells their locks.
    """

    operation: Operation
    statement: Statement
    name: str
    script: Script
    schema: Schema
    transaction: Transaction | None
    earlier: Sequence[Operation]
    held: Sequence[Held]
    target: Target

    @property
    def held_here(self) -> list[Held]:
        """What was executed before in the same transaction, or where it has none, outside of any."""
        return [held for held in self.held if held.transaction is self.transaction]

    def is_new(self, table: Name) -> bool:
        """Return whether nobody else can use the table yet: this migration has made it, or another pending one."""
        found = self.schema.table(table)
        made_by = found.made_by if found else self.schema.views.get(table)
        return made_by is not None and (made_by == self.name or made_by in self.target.pending)

    def source(self, start: int, end: int) -> str:
        """Return what is written there."""
        return self.script.text[start:end]

    @property
    def text(self) -> str:
        """The operation as it is written."""
        return self.source(self.operation.start, self.operation.end)

    def finding(self, message: str, help: str = "", *, at: int | None = None, edits: tuple[Edit, ...] = ()) -> Finding:  # noqa: A002 -- the word of the field
        """Return a finding about the operation, at its start or at another offset."""
        return Finding(self.operation.start if at is None else at, self.operation.end, message, help, edits)
