"""A column that is named twice where it may be named once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import CreateTable, Insert, Update

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

LONGEST = 63  # bytes; Postgres cuts what is longer
FAILS = {Update: "assigned", Insert: "listed", CreateTable: "defined"}


def check(step: Step) -> Iterator[Finding]:
    """Yield each column that the operation names again."""
    operation = step.operation
    match operation:
        case Update() | Insert():
            named = [(column, operation.start) for column in operation.columns or ()]
        case CreateTable():
            named = [(column.name, column.start) for column in operation.columns]
        case _:
            return
    seen: set[bytes] = set()
    for name, start in named:
        cut = name.encode()[:LONGEST]
        if cut in seen:
            message = f'column "{name}" is {FAILS[type(operation)]} more than once: Postgres refuses the statement'
            yield step.finding(message, "Leave one of them.", at=start)
        seen.add(cut)


RULE = Rule(
    name="ban-duplicate-column-assignments",
    group=Group.CORRECTNESS,
    summary="a column twice in UPDATE ... SET, in the list of an INSERT or in CREATE TABLE",
    reason="""\
Postgres refuses all of these (SQLSTATE 42601 or 42701), and in a long list they are hard to see. Two assignments to
parts of one column (`a[1] = ..., a[2] = ...`) are right, and are not found.""",
    on=(Update, Insert, CreateTable),
    check=check,
)
