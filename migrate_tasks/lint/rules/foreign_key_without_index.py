"""Foreign keys whose columns no index begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.quoting import derived_name, quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity
from migrate_tasks.sql.operations import AddColumn, AddConstraint, Constraint, CreateTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.lint.step import FileStep
    from migrate_tasks.sql.operations import Name, Operation


def _check(step: FileStep) -> Iterator[Finding]:
    for table, columns, key in _added(step.operations):
        if _is_there(step, table, columns, key) and not step.schema.is_indexed(table, columns):
            concurrently = "CONCURRENTLY " if is_in_use(step, table) else ""
            name, list_ = quoted(derived_name(table, columns, "idx")), ", ".join(map(quoted, columns))
            yield Finding(
                key.start,
                key.end,
                f'no index begins with {list_} of "{table}": each DELETE in "{key.references}" reads the whole table',
                f"CREATE INDEX {concurrently}{name} ON {quoted(table)} ({list_});",
            )


def _is_there(step: FileStep, table: Name, columns: tuple[str, ...], key: Constraint) -> bool:
    """Return whether a constraint is a foreign key that the file has not taken away again."""
    found = step.schema.table(table)
    keys = found.foreign_keys() if found else ()
    return key.references is not None and any(k.columns == columns and k.references == key.references for k in keys)


def _added(operations: Sequence[Operation]) -> Iterator[tuple[Name, tuple[str, ...], Constraint]]:
    """Yield the constraints that a file has added, with their tables and columns."""
    for operation in operations:
        match operation:
            case CreateTable(table=table):
                columns = operation.columns
                yield from ((table, key.columns, key) for key in operation.constraints)
            case AddColumn(table=table, column=column):
                columns = (column,)
            case AddConstraint(table=table, constraint=key):
                yield table, key.columns, key
                continue
            case _:
                continue
        yield from ((table, (column.name,), key) for column in columns for key in column.constraints)


RULE = Rule(
    name="foreign-key-without-index",
    group=Group.DESIGN,
    summary="no index begins with the columns of a foreign key",
    reason="""\
When a row of the other table is deleted, or its key changes, the server looks for rows that refer to it. Without an
index it reads the whole referring table each time, while the row is locked. Joins along the key are slow as well.

An index that begins with these columns, in any order, is enough, unless it has a WHERE other than that one of them IS
NOT NULL. Allow it where rows of the other
table are never deleted and nobody joins from that side.
""",
    severity=Severity.WARNING,
    is_default=False,
    check_file=_check,
)
