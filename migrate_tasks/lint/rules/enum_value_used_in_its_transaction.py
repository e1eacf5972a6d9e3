"""A value of an enum, used in the transaction that adds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding
from migrate_tasks.migrations.modes import UnitKind
from migrate_tasks.sql.enums import uses_new_enum_value
from migrate_tasks.sql.operations import AddEnumValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep
    from migrate_tasks.sql.statements import Statement

HELP = "Write COMMIT; after ALTER TYPE, or put what uses the value into the next migration."


def check(step: FileStep) -> Iterator[Finding]:
    """Yield the first such use in each of the file's own transactions."""
    for unit in step.script.units:
        user = uses_new_enum_value(step.script.statements[unit.first : unit.end])
        if user and unit.kind is UnitKind.BLOCK:
            message = (
                f"{_value(step, user)} is used in the transaction that adds it: Postgres refuses it (SQLSTATE 55P04)"
            )
            yield Finding(user.start, user.end, message, HELP)


def _value(step: FileStep, user: Statement) -> str:
    """Return how the value is called in the message."""
    for operation in step.operations.of(AddEnumValue):
        if operation.value in user.text and operation.start < user.start:
            return f'value "{operation.value}" of enum "{operation.name}"'
    return "a new value of an enum"


RULE = Rule(
    name="enum-value-used-in-its-transaction",
    group=Group.CORRECTNESS,
    summary="a value that ALTER TYPE ... ADD VALUE adds and the same transaction uses",
    reason="""\
Other sessions could not read a row with a value of which they do not know yet, so Postgres refuses to use a new value
before the transaction that adds it has ended (SQLSTATE 55P04, "unsafe use of new value"). The runner sends such a file
statement by statement, unless the file has a BEGIN of its own. Commit in between.""",
    check_file=check,
)
