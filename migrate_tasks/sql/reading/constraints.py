"""Reading constraints, of a table and of a column; with or without a name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrate_tasks.sql.operations.parts import Constraint
from migrate_tasks.sql.reading.indexes import key_element, takes_included, takes_nulls_distinct

if TYPE_CHECKING:
    from migrate_tasks.sql.operations.parts import ConstraintKind, Name
    from migrate_tasks.sql.reading.cursor import Cursor

DEFERRING = ("NOT DEFERRABLE", "DEFERRABLE", "INITIALLY DEFERRED", "INITIALLY IMMEDIATE")
ENFORCING = ("NOT ENFORCED", "ENFORCED")
NOT_CHECKED = frozenset({"NOT VALID", "NOT ENFORCED"})
AS_IF_UNSAID = ("NOT DEFERRABLE", "INITIALLY IMMEDIATE")
# what gram.y lets stand after each kind of a table's constraint (processCASbits)
ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "check": ("NOT VALID", "NO INHERIT", *ENFORCING, *AS_IF_UNSAID),
    "not null": ("NOT VALID", "NO INHERIT", *AS_IF_UNSAID),
    "foreign key": ("NOT VALID", *DEFERRING, *ENFORCING),
    "unique": DEFERRING,
    "primary key": DEFERRING,
    "exclude": DEFERRING,
}
ACTIONS = ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")


@dataclass(frozen=True)
class Reference:
    """What REFERENCES says."""

    table: Name
    on_delete: str | None


def begins_table_constraint(cursor: Cursor) -> bool:
    """Return whether a constraint of the table is next, and no column."""
    if cursor.word == "EXCLUDE":
        return cursor.ahead(1) in {"USING", "("}
    return cursor.word in {"CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY", "FOREIGN", "NOT"}


def table_constraint(cursor: Cursor) -> Constraint:
    """Take a constraint of a table, with all that belongs to it."""
    start = cursor.offset
    name = cursor.identifier() if cursor.takes("CONSTRAINT") else None
    constraint = replace(_element(cursor, start), name=name)
    not_valid = _takes_attributes(cursor, constraint.kind)
    return replace(constraint, end=cursor.last_end, not_valid=not_valid)


def _element(cursor: Cursor, start: int) -> Constraint:
    """Take what follows the name; its end is not right yet."""
    match cursor.expect_phrase_of("CHECK", "NOT NULL", "UNIQUE", "PRIMARY KEY", "FOREIGN KEY", "EXCLUDE"):
        case "CHECK":
            return Constraint(start, start, "check", expression=cursor.group())
        case "NOT NULL":
            return Constraint(start, start, "not null", columns=(cursor.identifier(),))
        case "UNIQUE":
            return _key(cursor, start, "unique")
        case "PRIMARY KEY":
            return _key(cursor, start, "primary key")
        case "FOREIGN KEY":
            columns = _columns(cursor, period=True)
            cursor.expect("REFERENCES")
            target = reference(cursor)
            return Constraint(
                start, start, "foreign key", columns=columns, references=target.table, on_delete=target.on_delete
            )
    return Constraint(start, start, "exclude", columns=_excluded(cursor))


def _key(cursor: Cursor, start: int, kind: ConstraintKind) -> Constraint:
    if cursor.takes("USING", "INDEX"):
        return Constraint(start, start, kind, using_index=cursor.identifier())
    if kind == "unique":
        takes_nulls_distinct(cursor)
    columns = _columns(cursor)
    takes_included(cursor)
    takes_index_parameters(cursor)
    return Constraint(start, start, kind, columns=columns)


def _columns(cursor: Cursor, *, period: bool = False) -> tuple[str, ...]:
    """Take names in parentheses; PERIOD may stand before the last one, or WITHOUT OVERLAPS after it."""
    cursor.expect("(")
    columns: list[str] = []
    while not columns or cursor.takes(","):
        is_last = period and cursor.word == "PERIOD" and cursor.ahead(1) not in {",", ")"} and cursor.takes("PERIOD")
        columns.append(cursor.identifier())
        if is_last or (not period and cursor.takes("WITHOUT", "OVERLAPS")):
            break
    cursor.expect(")")
    return tuple(columns)


def _excluded(cursor: Cursor) -> tuple[str, ...]:
    if cursor.takes("USING"):
        cursor.identifier()
    cursor.expect("(")
    columns = [_excluded_element(cursor)]
    while cursor.takes(","):
        columns.append(_excluded_element(cursor))
    cursor.expect(")")
    takes_included(cursor)
    takes_index_parameters(cursor)
    if cursor.takes("WHERE"):
        cursor.group()
    return tuple(column for column in columns if column is not None)


def _excluded_element(cursor: Cursor) -> str | None:
    column = key_element(cursor)
    cursor.expect("WITH")
    if cursor.takes("OPERATOR"):
        cursor.group()
    else:
        cursor.expression_until(",")
    return column


def takes_index_parameters(cursor: Cursor) -> None:
    """Take WITH (...) and USING INDEX TABLESPACE, where they are next."""
    if cursor.takes("WITH"):
        cursor.group()
    if cursor.takes("USING", "INDEX", "TABLESPACE"):
        cursor.identifier()


def reference(cursor: Cursor) -> Reference:
    """Take what follows REFERENCES, but for the attributes."""
    table = cursor.name()
    if cursor.word == "(":
        _columns(cursor, period=True)
    if cursor.takes("MATCH"):
        cursor.expect_one_of("FULL", "PARTIAL", "SIMPLE")
    on_delete = None
    while event := cursor.takes_phrase_of("ON DELETE", "ON UPDATE"):
        action = _action(cursor)
        on_delete = action if event == "ON DELETE" else on_delete
    return Reference(table, on_delete)


def _action(cursor: Cursor) -> str:
    action = cursor.expect_phrase_of(*ACTIONS)
    if action.startswith("SET") and cursor.word == "(":
        cursor.identifiers()
    return action


def _takes_attributes(cursor: Cursor, kind: ConstraintKind) -> bool:
    """Take what follows a table's constraint, and return whether it is one that no row was checked against."""
    taken: set[str] = set()
    while attribute := cursor.takes_phrase_of(*ATTRIBUTES[kind]):
        taken.add(attribute)
    return not taken.isdisjoint(NOT_CHECKED)
