"""UPDATE of all rows of a table in use."""

from __future__ import annotations

from migrate_tasks.lint.knowledge.rules_of_rows import finds_every_row
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import Merge, Update

RULE = Rule(
    name="update-without-where",
    group=Group.LOCKS,
    summary="UPDATE without WHERE changes every row of a table in use",
    reason="""\
`UPDATE` without a condition writes every row anew. Until its transaction ends, nobody else can change any of these
rows; afterwards the table has twice its size, and the WAL and the replicas have as much to do. It may also be that
the condition was forgotten. `WHERE true` and `WHERE 1 = 1` are no conditions. `MERGE` with such an `ON` whose first
`WHEN MATCHED` is `UPDATE` does the same.

Change the rows in batches, by ranges of the key, each batch in a transaction of its own. Allow it for a table of few
rows.
""",
    on=(Update, Merge),
    check=finds_every_row("UPDATE", "changes"),
)
