"""CREATE TABLE ... PARTITION OF, which locks the parent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import CreateTable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


BOUNDS = re.compile(
    r"\bFOR\s+VALUES\b.*?(?=\s+(?:PARTITION\s+BY|USING|TABLESPACE)\b|\s+WITH\s*\((?!\s*MODULUS\b)|\s*\Z)|\bDEFAULT\s*\Z",
    re.IGNORECASE | re.DOTALL,
)


def _check(step: Step) -> Iterator[Finding]:
    create = step.operation
    assert isinstance(create, CreateTable)
    parent = create.partition_of
    if parent and create.table not in step.schema.tables and is_in_use(step, parent):
        new, old = quoted(create.table), quoted(parent)
        bounds = BOUNDS.search(step.text)
        written, rest = (bounds[0], step.text[bounds.end() :]) if bounds else ("...", "")
        yield step.finding(
            f'creating partition "{create.table}" {blocks(ACCESS_EXCLUSIVE)} of "{parent}" (ACCESS EXCLUSIVE lock)',
            "Create it as a table of its own, and attach it, which keeps nobody from reading or writing the parent:\n"
            f"CREATE TABLE {new} (LIKE {old} INCLUDING ALL EXCLUDING IDENTITY){rest};\n"
            f"ALTER TABLE {old} ATTACH PARTITION {new} {written};",
        )


RULE = Rule(
    name="creating-partition",
    group=Group.LOCKS,
    summary="CREATE TABLE ... PARTITION OF blocks reads and writes of the parent",
    reason="""\
`CREATE TABLE ... PARTITION OF` takes an ACCESS EXCLUSIVE lock on the parent. It is held only until the transaction
ends, but to get it the migration waits for every transaction that uses the parent, and everybody else waits behind
the migration.

`CREATE TABLE ... (LIKE parent INCLUDING ALL EXCLUDING IDENTITY)` and then `ATTACH PARTITION` takes SHARE UPDATE
EXCLUSIVE on the parent, which blocks neither reads nor writes; there are no rows to check in a new table. Allow it
where no transaction on the parent is long.
""",
    severity=Severity.WARNING,
    lock=ACCESS_EXCLUSIVE,
    on=(CreateTable,),
    check=_check,
)
