"""ALTER COLUMN ... TYPE that rewrites a table, reads it or builds an index anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.constraint_sql import LATER
from migrate_tasks.lint.knowledge.in_use import is_in_use
from migrate_tasks.lint.knowledge.locks import ACCESS_EXCLUSIVE, blocks
from migrate_tasks.lint.knowledge.own_types import has_constraint
from migrate_tasks.lint.knowledge.quoting import derived_name, quoted
from migrate_tasks.lint.knowledge.remedies import alter_table
from migrate_tasks.lint.knowledge.type_changes import Change
from migrate_tasks.lint.knowledge.type_effects import (
    change_in,
    checked_constraint,
    old_type,
    rebuilt_index,
    written_type,
)
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.sql.operations import AlterColumnType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.schema import ConstraintState, IndexState
    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

LOCK = f"{blocks(ACCESS_EXCLUSIVE)} meanwhile (ACCESS EXCLUSIVE lock)"
REWRITES = {
    Change.REWRITE: 'rewrites "{}"',
    Change.UNLESS_UTC: 'rewrites "{}" unless the session\'s TimeZone is UTC,',
    Change.UNKNOWN: 'may rewrite "{}", which depends on the type that it has,',
}
STRINGS = ("text", "varchar", "character varying")

OF_DOMAIN = (
    "Leave the type as it is, and add the domain's condition as a CHECK of the table that is NOT VALID, and validated"
    " in a later migration."
)


def check(step: Step) -> Iterator[Finding]:
    """Find changes of columns of tables in use that are more than a change of the catalog."""
    match step.operation:
        case AlterColumnType(table=table) as change if is_in_use(step, table):
            found = change_in(step, change)
            index, constraint = rebuilt_index(step, change, found), checked_constraint(step, change)
            if found in REWRITES:
                yield _finding(step, change, REWRITES[found].format(table), _instead(step, change, found))
            elif index:
                yield _finding(
                    step, change, f'builds index "{index.name}" of "{table}" anew', _index_later(step, change, index)
                )
            elif constraint:
                effect = f'checks "{constraint.name}" again for all rows of "{table}"'
                yield _finding(step, change, effect, _check_later(step, change, constraint))


def _finding(step: Step, change: AlterColumnType, effect: str, help_: str) -> Finding:
    old = old_type(step, change)
    was = f" from {old}" if old else ""
    return step.finding(
        f'changing the type of "{change.column}"{was} to {written_type(step, change)} {effect} and {LOCK}', help_
    )


def _instead(step: Step, change: AlterColumnType, found: Change) -> str:
    """Return what to do in place of a rewrite."""
    old, column = old_type(step, change), quoted(change.column)
    alter = alter_table(change.table, step.text)
    if found is Change.UNLESS_UTC:
        return f"If the times without a zone are UTC, no row needs to be changed:\nSET LOCAL TimeZone = 'UTC';\n{alter}"
    if old and old.name in STRINGS and _is_limit(change):
        name = quoted(derived_name(change.table, (change.column,), "check"))
        condition = f"CHECK (char_length({column}) <= {change.type.modifiers[0]})"
        return "\n".join(
            [
                "Leave the type as it is, and limit the length by a constraint:",
                alter_table(change.table, f"ADD CONSTRAINT {name} {condition} NOT VALID"),
                alter_table(change.table, f"VALIDATE CONSTRAINT {name}") + LATER,
            ]
        )
    if has_constraint(step.schema, change.type):
        return OF_DOMAIN
    return _beside(step, change)


def _beside(step: Step, change: AlterColumnType) -> str:
    add = alter_table(change.table, f"ADD COLUMN {quoted(f'{change.column}_new')} {written_type(step, change)}")
    return (
        "Add a column of the new type, let a trigger set it in new and changed rows, fill the others in batches, and"
        f" change over in a later migration:\n{add}"
    )


def _is_limit(change: AlterColumnType) -> bool:
    """Return whether a string is to be limited to a length, and nothing else."""
    new = change.type
    return new.name in STRINGS and bool(new.modifiers) and not new.is_array and change.using is None


def _index_later(step: Step, change: AlterColumnType, index: IndexState) -> str:
    made = index.definition
    if made is None:
        return _beside(step, change)  # it cannot be dropped without its constraint
    lines = [
        "Drop the index before and build it again afterwards, both concurrently and in migrations of their own:",
        f"DROP INDEX CONCURRENTLY {quoted(index.name)};",
    ]
    if made.columns == index.columns:  # none was renamed since
        on = f"{quoted(index.name.name)} ON {quoted(index.table)} {made.rest}"
        lines += [alter_table(change.table, step.text), f"CREATE {'UNIQUE ' * made.unique}INDEX CONCURRENTLY {on};"]
    return "\n".join(lines)


def _check_later(step: Step, change: AlterColumnType, state: ConstraintState) -> str:
    """Return how the constraint is taken away and added again without a check of the rows."""
    name, expression = quoted(state.name), state.constraint.expression
    lines = [
        "Add the constraint anew without reading the rows, and check them in a later migration:",
        alter_table(change.table, f"DROP CONSTRAINT {name}"),
        alter_table(change.table, step.text),
        alter_table(change.table, f"ADD CONSTRAINT {name} CHECK ({expression.text if expression else ''}) NOT VALID"),
        alter_table(change.table, f"VALIDATE CONSTRAINT {name}") + LATER,
    ]
    return "\n".join(lines)


RULE = Rule(
    name="changing-column-type",
    group=Group.LOCKS,
    summary="a column's type is changed in a way for which the table is rewritten or read",
    reason="""\
`ALTER COLUMN ... TYPE` takes an ACCESS EXCLUSIVE lock on the table, and rewrites it with all its indexes unless the
old values are values of the new type as they are stored: nobody can read or write meanwhile. Programs that have the
old type in mind may break, too.

Not told of is what changes the catalog only, by the type that the column has after the migrations before: a longer
`varchar(n)`, or `varchar` and `text`; a greater precision of `numeric(p,s)` with the same scale, or `numeric`; more
digits of seconds; `cidr` to `inet`; and more. Even then an index that computes with the column is built anew, and a
CHECK of the column is checked again for all rows, which is told. `timestamp` to `timestamptz` rewrites nothing while
the session's TimeZone is UTC.

Otherwise add a column of the new type, keep it up to date by a trigger, fill it in batches, and change over.
""",
    lock=ACCESS_EXCLUSIVE,
    on=(AlterColumnType,),
    check=check,
)
