"""A statement that fails when it is executed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.repeating import what_it_does, what_makes_it_repeatable
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity
from migrate_tasks.migrations.modes import UnitKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep
    from migrate_tasks.sql.statements import Statement

TWICE = "the file says that it can run twice"
RESUMED = "outside a transaction, an interrupted run may begin with it again"


def check(step: FileStep) -> Iterator[Finding]:
    """Yield each operation that fails on what it has left, where it may be executed again."""
    for statement, why in _repeated(step):
        if statement.words[0] != "DO":  # whose IF knows better
            for operation in step.operations.in_statement(statement):
                clause = what_makes_it_repeatable(operation, step.operations)
                if clause:
                    message = f"{what_it_does(operation)} without {clause} fails when it is executed again: {why}"
                    yield Finding(operation.start, operation.end, message, f"Write {clause}.")


def _repeated(step: FileStep) -> Iterator[tuple[Statement, str]]:
    """Yield the statements that may be executed again, and why."""
    if step.directives.may_run_twice:
        yield from ((statement, TWICE) for statement in step.script.statements)
        return
    for unit in step.script.units:
        if unit.kind is UnitKind.ALONE:
            yield from ((statement, RESUMED) for statement in step.script.statements[unit.first : unit.end])


RULE = Rule(
    name="prefer-robust-stmts",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="CREATE without IF NOT EXISTS or DROP without IF EXISTS where the statement may be executed again",
    reason="""\
In a transaction a migration is done or not begun, so nothing of it is there when it is executed again, and IF NOT
EXISTS only hides that something else of that name was there before. Two cases are left. A file with the directive
`idempotent` or `repeatable` says itself that it can run twice. And a statement that is executed by itself, such as
CREATE INDEX CONCURRENTLY, may be done when the connection is lost before the runner has heard of it. The runner looks
what has become of it; other tools do not.""",
    check_file=check,
)
