"""DELETE of all rows of a table in use."""

from __future__ import annotations

from migrate_tasks.lint.knowledge.rules_of_rows import finds_every_row
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Delete, Merge

RULE = Rule(
    name="delete-without-where",
    group=Group.LOCKS,
    summary="DELETE without WHERE removes every row of a table in use",
    reason="""\
`DELETE` without a condition removes every row, one by one: until its transaction ends nobody else can change them,
triggers and foreign keys are executed for each, and the space is free only after the next vacuum. It may also be that
the condition was forgotten. `WHERE true` and `WHERE 1 = 1` are no conditions. `MERGE` with such an `ON` whose first
`WHEN MATCHED` is `DELETE` does the same.

Remove the rows in batches, or `TRUNCATE` a table that nobody uses. Allow it for a table of few rows.
""",
    on=(Delete, Merge),
    check=finds_every_row("DELETE", "removes"),
)
