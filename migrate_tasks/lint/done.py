"""What a file has done so far: its operations in order, found by their kind and by what they name."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar, cast, overload

from migrate_tasks.lint.renames import renamed
from migrate_tasks.sql.operations import Drop, Name, Operation, Rename, SetParameter

if TYPE_CHECKING:
    from migrate_tasks.sql.statements import Statement

OperationT = TypeVar("OperationT", bound=Operation)


class Done(Sequence[Operation]):
    """Operations in the order of their statements, to which others are added at the end."""

    def __init__(self, operations: Iterable[Operation] = ()) -> None:
        self._all: list[Operation] = []
        self._of: dict[object, list[Operation]] = {}
        for operation in operations:
            self.append(operation)

    def append(self, operation: Operation) -> None:
        """Add what is done next."""
        kind = type(operation)
        self._all.append(operation)
        self._of.setdefault(kind, []).append(operation)
        for name in _named(operation):
            self._of.setdefault((kind, name), []).append(operation)

    @overload
    def __getitem__(self, at: int) -> Operation: ...

    @overload
    def __getitem__(self, at: slice) -> list[Operation]: ...

    def __getitem__(self, at: int | slice) -> Operation | list[Operation]:
        return self._all[at]

    def __len__(self) -> int:
        return len(self._all)

    def of(self, kind: type[OperationT], named: Name | str | None = None) -> Sequence[OperationT]:
        """Return the operations of a class, of none that is derived from it; all, or those that name an object.

        Named are tables and the objects themselves, by RENAME the new name, too; by SET the parameter in lower case.
        """
        found = self._of.get(kind if named is None else (kind, named), [])
        return cast("list[OperationT]", found)

    def in_statement(self, statement: Statement) -> Sequence[Operation]:
        """Return what a statement has done."""
        first = bisect_left(self._all, statement.start, key=_start)
        return self._all[first : bisect_left(self._all, statement.end, first, key=_start)]


def _start(operation: Operation) -> int:
    return operation.start


def _named(operation: Operation) -> Iterable[Name | str]:
    """Return the names that an operation is looked for by."""
    match operation:
        case SetParameter():
            return (operation.name.lower(),)
        case Rename():
            new = renamed(operation.name, operation.new, sets_schema=operation.sets_schema)
            return dict.fromkeys((operation.name, new))
        case Drop(on_table=Name() as table):
            return dict.fromkeys((operation.name, table))
    name = getattr(operation, "table", None) or getattr(operation, "name", None)
    return (name,) if isinstance(name, Name) else ()
