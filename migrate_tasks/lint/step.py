"""What a rule knows when it judges: the operation, the script around it, and what was before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

from migrate_tasks.lint.done import Done
from migrate_tasks.lint.knowledge.lock_levels import locks_of
from migrate_tasks.lint.violation import Finding

if TYPE_CHECKING:
    from datetime import timedelta

    from migrate_tasks.lint.knowledge.lock_levels import Lock
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

    ``is_own``  where the file's own BEGIN has begun it, or an AND CHAIN.
    ``held``    which operation has taken each lock on a table in use first, by table and mode.
    ``latest``  which operation has taken a lock on a table in use last, by mode; those wrapped by the runner share it.
    ``shut``    the tables in use that nobody can read until it ends, of the first operation that has locked any so.
    ``told``    the rules that have found something in it.
    ``slow``    where something slow begins, 0 for nowhere, by the tables that others may wait for (afterwards.py).

    Tables are named as they are called now, and locks those of when the operation was executed.
    """

    is_own: bool = False
    done: Done = field(default_factory=Done)
    held: dict[Name, dict[str, Operation]] = field(default_factory=dict)
    latest: dict[str, Operation] = field(default_factory=dict)
    shut: dict[Name, Operation] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)
    slow: dict[frozenset[Name], int] = field(default_factory=dict)

    def rename(self, old: Name, new: Name) -> None:
        """Remember the locks on a table by the name that it has now."""
        for mode, operation in self.held.pop(old, {}).items():
            first = self.held.setdefault(new, {}).setdefault(mode, operation)
            self.held[new][mode] = min(first, operation, key=lambda taking: taking.start)
        self.shut = {new if table == old else table: operation for table, operation in self.shut.items()}
        self.slow.clear()


@dataclass(frozen=True)
class FileStep:
    """One file, whole. ``operations`` are those of its statements, in order; ``schema`` is what it leaves.

    ``latest`` is as that of a transaction, for what is executed outside of any.
    """

    name: str
    script: Script
    directives: Directives
    operations: Done
    schema: Schema
    target: Target
    latest: dict[str, Operation] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text of the file."""
        return self.script.text


@dataclass(frozen=True)
class Step:
    """One operation, before it is executed. ``transaction`` is None where it runs outside any transaction block.

    ``earlier`` are the operations before it in its file, whatever their transactions; ``operations`` all of the file.
    ``latest`` are the last that have locked a table in use, by mode, and that the same SET would be enough for.
    """

    operation: Operation
    statement: Statement
    name: str
    script: Script
    directives: Directives
    schema: Schema
    transaction: Transaction | None
    earlier: Done
    operations: Done
    target: Target
    latest: dict[str, Operation]

    @classmethod
    def of(
        cls, whole: FileStep, operation: Operation, statement: Statement, transaction: Transaction | None, earlier: Done
    ) -> Self:
        """Return the step that one operation of a file is."""
        return cls(
            operation,
            statement,
            whole.name,
            whole.script,
            whole.directives,
            whole.schema,
            transaction,
            earlier,
            whole.operations,
            whole.target,
            transaction.latest if transaction else whole.latest,
        )

    @cached_property
    def locks(self) -> tuple[Lock, ...]:
        """The locks that the operation takes, asked for before it is replayed."""
        return locks_of(self.operation, self.schema)

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
