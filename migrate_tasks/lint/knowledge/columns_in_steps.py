"""Columns that must have a value, as SQL in steps for helps: NOT NULL, and PRIMARY KEY for a new column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.constraint_sql import LATER, built_before
from migrate_tasks.lint.knowledge.quoting import derived_name, literal, quoted
from migrate_tasks.lint.knowledge.remedies import alter_table, plain_type
from migrate_tasks.sql.operations import Name

if TYPE_CHECKING:
    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import AddColumn, Constraint

NOT_NULL_NOT_VALID = 18  # the first version that knows NOT NULL as a constraint that can be NOT VALID
FILLED = "-- let programs fill it, and fill the other rows in batches"
OTHERS_FILLED = "-- fill the other rows in batches"
KEY_IN_STEPS = (
    "Add the column alone, fill it, make it NOT NULL, build its index in a migration of its own, and let the primary"
    " key take it:"
)
OF_PARTITIONED = (
    "The primary key of a partitioned table cannot take an index, but takes over those of its partitions: give each"
    " partition a primary key of its own by USING INDEX first."
)


def knows_not_null_not_valid(step: Step) -> bool:
    """Return whether all servers can add NOT NULL without reading the rows."""
    return step.target.postgres_version >= NOT_NULL_NOT_VALID


def made_not_null(step: Step, table: Name, column: str) -> str:
    """Return the statements that make a column NOT NULL and read its rows while they can be written to."""
    name, written = quoted(derived_name(table, (column,), "not_null")), quoted(column)
    is_constraint = knows_not_null_not_valid(step)
    condition = f"NOT NULL {written}" if is_constraint else f"CHECK ({written} IS NOT NULL)"
    lines = [
        alter_table(table, f"ADD CONSTRAINT {name} {condition} NOT VALID"),
        alter_table(table, f"VALIDATE CONSTRAINT {name}") + LATER,
    ]
    if not is_constraint:
        lines.append(alter_table(table, f"ALTER COLUMN {written} SET NOT NULL"))
        lines.append(alter_table(table, f"DROP CONSTRAINT {name}"))
    return "\n".join(lines)


def numbered(table: Name, column: str, integer: str) -> str:
    """Return the statements that add a column without a rewrite, and number its new rows, and what is left to do."""
    sequence, written = sequence_of(table, column), quoted(column)
    number = f"nextval({literal(sequence)})"
    return "\n".join(
        [
            alter_table(table, f"ADD COLUMN {written} {integer}"),
            f"CREATE SEQUENCE {sequence} AS {integer} OWNED BY {quoted(table)}.{written};",
            alter_table(table, f"ALTER COLUMN {written} SET DEFAULT {number}"),
            f"-- fill the other rows in batches, with {number}",
        ]
    )


def sequence_of(table: Name, column: str) -> str:
    """Return the name of the sequence that numbers a column."""
    return quoted(Name(derived_name(table, (column,), "seq"), table.schema))


def made_key(step: Step, added: AddColumn, key: Constraint) -> str:
    """Return a sentence, and the statements that add a column and make it the primary key at last."""
    table, column = added.table, added.column
    known = step.schema.table(table)
    if known and known.is_partitioned:
        return OF_PARTITIONED
    written, integer = quoted(column.name), plain_type(column.type)
    if integer != str(column.type) or column.generated == "identity":
        first = [numbered(table, column.name, integer)]
    else:
        first = [alter_table(table, f"ADD COLUMN {written} {integer}"), FILLED]
        if column.default:
            default = alter_table(table, f"ALTER COLUMN {written} SET DEFAULT {column.default.text}")
            first[1:] = [default, OTHERS_FILLED]
    return "\n".join([KEY_IN_STEPS, *first, made_not_null(step, table, column.name), built_before(step, table, key)])
