"""Tables without a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity
from migrate_tasks.sql.operations import Comment, CreateTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep


def _check(step: FileStep) -> Iterator[Finding]:
    told = {comment.name for comment in step.operations.of(Comment) if comment.kind == "table" and not comment.is_null}
    for create in step.operations.of(CreateTable):
        if not (create.temporary or create.partition_of or create.table in told):
            yield Finding(
                create.start,
                create.end,
                f'table "{create.table}" has no comment in this file',
                f"COMMENT ON TABLE {quoted(create.table)} IS '...';",
            )


RULE = Rule(
    name="require-comment",
    group=Group.DESIGN,
    summary="a table is made without COMMENT ON TABLE in the same file",
    reason="""\
`COMMENT ON TABLE` says what a row is, where everybody finds it: psql shows it with `\\dt+`, and so do the tools that
draw schemas.

Partitions and temporary tables need none.
""",
    severity=Severity.WARNING,
    is_default=False,
    check_file=_check,
)
