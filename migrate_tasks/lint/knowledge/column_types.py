"""Types that columns are given, wherever a statement gives one; and rules that are about one family of types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import AddColumn, AlterColumnType, CreateTable, TypeName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Column, Operation

GIVING_TYPES = (CreateTable, AddColumn, AlterColumnType)


@dataclass(frozen=True)
class Given:
    """A column and its type; ``column`` is its definition, None where only its type is changed."""

    name: str
    type: TypeName
    start: int  # of the type
    column: Column | None = None


def types_given(operation: Operation) -> Iterator[Given]:
    """Yield the types that an operation gives to columns."""
    match operation:
        case CreateTable():
            for column in operation.columns:
                yield from _of(column)
        case AddColumn():
            yield from _of(operation.column)
        case AlterColumnType():
            yield Given(operation.column, operation.type, operation.type_start)


def finds_types(
    *names: str,
    says: str,
    help: Callable[[Given], str],  # noqa: A002 -- the word of the field
) -> Callable[[Step], Iterator[Finding]]:
    """Return the check that finds columns of these types; ``says`` is what its message tells of them."""

    def check(step: Step) -> Iterator[Finding]:
        for given in types_given(step.operation):
            if base_name(given.type) in names:
                yield step.finding(f'column "{given.name}" is {given.type}{says}', help(given), at=given.start)

    return check


def instead(postgres: str, *, keeps_modifiers: bool = False) -> Callable[[Given], str]:
    """Return the help that names a type to be written in place of the one that is there."""

    def help_of(given: Given) -> str:
        is_serial = "serial" in given.type.name and postgres == "bigint"
        modifiers = given.type.modifiers if keeps_modifiers else ()
        return f"Write: {TypeName('bigserial' if is_serial else postgres, modifiers, given.type.is_array)}"

    return help_of


def base_name(type_name: TypeName) -> str:
    """Return the name of a type without the schema that holds Postgres' own."""
    return type_name.name.removeprefix("pg_catalog.")


def _of(column: Column) -> Iterator[Given]:
    if column.type:
        yield Given(column.name, column.type, column.type_start, column)
