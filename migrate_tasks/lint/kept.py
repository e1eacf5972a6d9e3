"""What a file executes later than where it stands: the bodies of its functions, and what it has prepared.

A function is known from where it is made on. What it does is judged where it is called, at its place in the body: there
it is mended or allowed. Not looked at: calls in anything but a query or a CALL, and what EXECUTE computes in a body.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import CreateFunction, Name, Operation, Other, Query
from migrate_tasks.sql.reading import NotRead, body_of, operations_of
from migrate_tasks.sql.reading.calls import called_in, executed_in, prepared_by
from migrate_tasks.sql.statements import UnreadableSql, split_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.sql.statements import Statement


@dataclass(frozen=True)
class _Body:
    """A statement that makes a function, or one that was prepared."""

    statement: Statement

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """What it does when it is executed, as far as it can be read."""
        try:
            return (body_of if self.statement.words[0] == "CREATE" else operations_of)(self.statement)
        except NotRead:
            return ()


@dataclass
class Kept:
    """What a file has made and prepared so far, by name; the latest of each name."""

    functions: dict[Name, _Body] = field(default_factory=dict)
    prepared: dict[str, _Body] = field(default_factory=dict)

    def executed_by(self, operation: Operation, statement: Statement) -> Iterator[tuple[Operation, Statement]]:
        """Yield what an operation of a statement executes, with where it is written, in order and each body once."""
        self._keep(operation, statement)
        yield from self._executed_by(operation, statement, set())

    def _keep(self, operation: Operation, statement: Statement) -> None:
        if operation.start != statement.start:
            return
        match operation:
            case CreateFunction(name=name, returns_trigger=False):
                self.functions[name] = _Body(statement)
            case Other(what="PREPARE"):
                given, prepared = prepared_by(statement)
                self.prepared[given] = _Body(prepared)

    def _executed_by(
        self, operation: Operation, statement: Statement, told: set[_Body]
    ) -> Iterator[tuple[Operation, Statement]]:
        for body in self._bodies(operation, statement):
            if body not in told:
                told.add(body)
                for inner in body.operations:
                    yield inner, body.statement
                    yield from self._executed_by(inner, body.statement, told)

    def _bodies(self, operation: Operation, statement: Statement) -> Iterator[_Body]:
        match operation:
            case Query(what="SELECT" | "VALUES" | "CALL") if self.functions:
                for written in _written(operation, statement):
                    for name in called_in(written):
                        if name in self.functions:
                            yield self.functions[name]
            case Other(what="EXECUTE") if self.prepared:
                for written in _written(operation, statement):
                    if (called := executed_in(written)) in self.prepared:
                        yield self.prepared[called]


def _written(operation: Operation, statement: Statement) -> tuple[Statement, ...]:
    """Return the operation as a statement of its own; none where its place is not exact."""
    if (operation.start, operation.end) == (statement.start, statement.end):
        return () if statement.words[0] in ("DO", "CREATE") else (statement,)
    try:
        return split_statements(statement.text[operation.start - statement.start : operation.end - statement.start])
    except UnreadableSql:
        return ()
