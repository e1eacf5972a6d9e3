"""Constraints as SQL in steps that keep nobody waiting, for helps; built from what the script says of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.lint.constraint_names import name_for
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.remedies import alter_table
from migrate_tasks.lint.schema import TableState

if TYPE_CHECKING:
    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import AddColumn, Constraint, Name

IDENTIFIER = r'(?:"(?:[^"]|"")+"|[^\s".(]+)'
NAMED = re.compile(rf"CONSTRAINT\s+{IDENTIFIER}\s+", re.IGNORECASE)
KEY = re.compile(
    r"(?:UNIQUE|PRIMARY\s+KEY)\s*(?P<nulls>NULLS\s+(?:NOT\s+)?DISTINCT)?\s*(?P<keys>\([^()]*\))"
    r"\s*(?P<include>INCLUDE\s*\([^()]*\))?\s*(?P<rest>(?:NOT\s+DEFERRABLE|DEFERRABLE|INITIALLY)\b.*)?",
    re.IGNORECASE | re.DOTALL,
)
LATER = "  -- in a later migration"


def name_of(step: Step, table: Name, constraint: Constraint) -> str:
    """Return the name that a constraint has, or that Postgres would give it."""
    known = step.schema.table(table) or TableState(table, "")
    return constraint.name or name_for(known, constraint)


def checked_later(step: Step, table: Name, constraint: Constraint) -> str:
    """Return the statements that add a constraint NOT VALID and then validate it."""
    name = quoted(name_of(step, table, constraint))
    add = alter_table(table, f"ADD CONSTRAINT {name} {_definition(step, constraint)} NOT VALID")
    return f"{add}\n{alter_table(table, f'VALIDATE CONSTRAINT {name}')}{LATER}"


def built_before(step: Step, table: Name, constraint: Constraint) -> str:
    """Return the statements that build the index of a UNIQUE or PRIMARY KEY concurrently, and then make it one."""
    name = quoted(name_of(step, table, constraint))
    columns = ", ".join(map(quoted, constraint.columns))
    match = KEY.fullmatch(_definition(step, constraint))
    keys, nulls, include, rest = (
        match.group("keys", "nulls", "include", "rest") if match else (f"({columns})", "", "", "")
    )
    index = " ".join(
        filter(None, (f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {quoted(table)} {keys}", include, nulls))
    )
    kind = constraint.kind.upper()
    action = " ".join(filter(None, (f"ADD CONSTRAINT {name} {kind} USING INDEX {name}", rest)))
    return f"{index};\n{alter_table(table, action)}{LATER}"


def column_without(step: Step, operation: AddColumn, constraint: Constraint) -> str:
    """Return the statement that adds the column without one of its constraints."""
    before = step.source(operation.start, constraint.start).rstrip()
    return alter_table(operation.table, before + step.source(constraint.end, operation.end))


def _definition(step: Step, constraint: Constraint) -> str:
    """Return the constraint without its name, as one of the table, though it may be written as one of a column."""
    written = NAMED.sub("", step.source(constraint.start, constraint.end), count=1)
    columns = ", ".join(map(quoted, constraint.columns))
    head = written.upper()
    if constraint.kind == "foreign key" and not head.startswith("FOREIGN"):
        return f"FOREIGN KEY ({columns}) {written}"
    if constraint.kind in ("unique", "primary key") and "(" not in written:
        return re.sub(
            r"\A(UNIQUE(?:\s+NULLS\s+(?:NOT\s+)?DISTINCT)?|PRIMARY\s+KEY)",
            rf"\1 ({columns})",
            written,
            flags=re.IGNORECASE,
        )
    return written
