"""The end of a foreign key, for which the other table is locked as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.afterwards import is_last
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Drop, DropColumn, DropConstraint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Constraint, Name

HELP = "Put it at the end of its migration or into one of its own, so that both locks are held for a moment only."


def check(step: Step) -> Iterator[Finding]:
    """Find foreign keys to tables in use that are dropped, by themselves or with a column or a table."""
    match step.operation:
        case DropConstraint(table=table, name=name):
            yield from _findings(step, table, f'foreign key "{name}"', _keys(step, table, name))
        case DropColumn(table=table, column=column):
            keys = [key for key in _keys(step, table) if column in key.columns]
            yield from _findings(step, table, f'column "{column}" with its foreign key', keys)
        case Drop(kind="table", name=table):
            yield from _findings(step, table, f'table "{table}" with its foreign key', _keys(step, table))


def _keys(step: Step, table: Name, name: str | None = None) -> list[Constraint]:
    known = step.schema.table(table)
    states = known.constraints.values() if known and not known.is_temporary else ()
    return [s.constraint for s in states if s.constraint.kind == "foreign key" and name in (None, s.name)]


def _findings(step: Step, table: Name, what: str, keys: Sequence[Constraint]) -> Iterator[Finding]:
    for other in dict.fromkeys(key.references for key in keys):
        if other and other != table and is_in_use(step, other) and not is_last(step):
            yield step.finding(
                f"dropping {what} {blocks(ACCESS_EXCLUSIVE, other)} as well, until the transaction ends"
                " (ACCESS EXCLUSIVE lock)",
                HELP,
            )


RULE = Rule(
    name="dropping-foreign-key",
    group=Group.LOCKS,
    summary="dropping a foreign key locks the table that it points to as well",
    reason="""\
A foreign key has triggers on both tables. To drop it, by itself, with its column or with its table, Postgres takes an
ACCESS EXCLUSIVE lock on the table that it points to as well, which is often the busier one: the lock waits for every
transaction that uses that table, keeps the next ones waiting, readers too, and is held until the transaction ends.

Drop the key at the end of a migration or in one of its own: it is not found where the rest of the transaction is done
in a moment, and locks no other table in use. The runner's lock_timeout and its retries see to the waiting.
""",
    severity=Severity.WARNING,
    lock=ACCESS_EXCLUSIVE,
    on=(DropConstraint, DropColumn, Drop),
    check=check,
)
