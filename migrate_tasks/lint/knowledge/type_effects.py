"""What one ALTER COLUMN ... TYPE does to its table, by what is known of the column; of types alone, type_changes.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.own_types import has_constraint, is_enum
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.type_changes import Change, change_of
from migrate_tasks.sql.operations import SetParameter

if TYPE_CHECKING:
    from migrate_tasks.lint.schema import ConstraintState, IndexState
    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import AlterColumnType, Expression, TypeName

UTC = frozenset({"utc", "gmt", "etc/utc", "etc/gmt", "0"})
TIME_ZONE = frozenset({"timezone", "time zone"})
USING = re.compile(r"\bUSING\s*\Z", re.IGNORECASE)
COLLATE = re.compile(r"\bCOLLATE\b.*", re.IGNORECASE | re.DOTALL)


def old_type(step: Step, change: AlterColumnType) -> TypeName | None:
    """Return the type that the column had, if it is known."""
    known = step.schema.column(change.table, change.column)
    return known.type if known else None


def written_type(step: Step, change: AlterColumnType) -> str:
    """Return the new type, with its collation as it is written."""
    end = change.using.start if change.using else change.end
    collation = COLLATE.search(USING.sub("", step.source(change.type_start, end)))
    return f"{change.type} {' '.join(collation[0].split())}" if collation else str(change.type)


def change_in(step: Step, change: AlterColumnType) -> Change:
    """Return what is done to the rows, and to the indexes that just have the column."""
    old = old_type(step, change)
    if has_constraint(step.schema, change.type) or not _is_cast(change):
        return Change.REWRITE
    if old is None:
        return Change.UNKNOWN
    found = change_of(old, change.type)
    if found is Change.UNKNOWN and (is_enum(step.schema, old) or is_enum(step.schema, change.type)):
        return Change.REWRITE
    if found is Change.UNLESS_UTC and _is_utc(step):
        return Change.INDEXES
    return Change.INDEXES if found is Change.NONE and _is_collated(step, change) else found


def rebuilt_index(step: Step, change: AlterColumnType, found: Change) -> IndexState | None:
    """Return an index that is built anew: one on the column if ``found`` says so, or one that computes something."""
    for index in step.schema.indexes_on(change.table):
        if (found is Change.INDEXES and change.column in index.columns) or _computes(index, change.column):
            return index
    return None


def checked_constraint(step: Step, change: AlterColumnType) -> ConstraintState | None:
    """Return a valid CHECK that names the column, for which all rows are read again even if none is changed."""
    known = step.schema.table(change.table)
    for state in known.constraints.values() if known else ():
        is_check = state.is_valid and state.constraint.kind == "check"
        if is_check and _names(state.constraint.expression, change.column):
            return state
    return None


def _computes(index: IndexState, column: str) -> bool:
    """Return whether an index has to do with the column, and has an expression or a WHERE at all.

    Postgres takes none of those over (CheckIndexCompatible).
    """
    definition = index.definition
    if definition is None or (definition.where is None and None not in index.columns):
        return False
    return _names(definition.where, column) or _names(definition.keys, column)


def _is_cast(change: AlterColumnType) -> bool:
    """Return whether USING says no more than that the column is cast to the new type."""
    if change.using is None:
        return True
    words = [word.lower() if not word.startswith('"') else word for word in change.using.words]
    while len(words) > 1 and words[0] == "(" and words[-1] == ")":
        words = words[1:-1]
    column, table = quoted(change.column), quoted(change.table.name)
    written = str(change.type).replace(" ", "")
    plain = (column, f"{table}.{column}")
    casts = [form for name in plain for form in (name, f"{name}::{written}", f"cast({name}as{written})")]
    return "".join(words).replace(" ", "") in casts


def _is_collated(step: Step, change: AlterColumnType) -> bool:
    return written_type(step, change) != str(change.type)


def _is_utc(step: Step) -> bool:
    """Return whether the file has set the session's time zone to UTC before."""
    settings = [setting for name in TIME_ZONE for setting in step.earlier.of(SetParameter, name)[-1:]]
    last = max(settings, key=lambda setting: setting.start, default=None)
    return last is not None and str(last.value).lower() in UTC


def _names(expression: Expression | None, column: str) -> bool:
    words = expression.words if expression else ()
    return any((word[1:-1] if word.startswith('"') else word.lower()) == column for word in words)
