"""What ALTER COLUMN ... TYPE does to the rows: nothing, a rewrite of them all, or a new build of the column's indexes.

Tried with every pair on PostgreSQL 15 and 18 (tests/lint/test_type_changes.py). In Postgres' source this is
ATColumnChangeRequiresRewrite, with the support functions of varchar, numeric, varbit, timestamp, time and interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate_tasks.sql.operations import TypeName


class Change(Enum):
    """What must be done to the rows and to the indexes on the column."""

    NONE = auto()
    INDEXES = auto()  # they are built anew, the table is not
    UNLESS_UTC = auto()  # NONE where the session's TimeZone is UTC, but for INDEXES; REWRITE elsewhere
    REWRITE = auto()
    UNKNOWN = auto()  # a type that is not one of Postgres' own


@dataclass(frozen=True)
class _Type:
    """A type by one of its names; ``limits`` are its modifiers, None where there are none or they are not numbers."""

    name: str
    limits: tuple[int, ...] | None
    fields: str = ""  # of an interval


ALIASES = {
    "character varying": "varchar",
    "char varying": "varchar",
    "national character varying": "varchar",
    "national char varying": "varchar",
    "nchar varying": "varchar",
    "character": "char",
    "national character": "char",
    "national char": "char",
    "nchar": "char",
    "int": "int4",
    "integer": "int4",
    "serial": "int4",
    "serial4": "int4",
    "bigint": "int8",
    "bigserial": "int8",
    "serial8": "int8",
    "smallint": "int2",
    "smallserial": "int2",
    "serial2": "int2",
    "decimal": "numeric",
    "dec": "numeric",
    "real": "float4",
    "float": "float8",
    "double precision": "float8",
    "boolean": "bool",
    "bit varying": "varbit",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "time with time zone": "timetz",
}
OWN = frozenset(
    {
        *ALIASES.values(),
        "text",
        "bpchar",
        "bit",
        "bytea",
        "uuid",
        "json",
        "jsonb",
        "xml",
        "date",
        "inet",
        "cidr",
        "money",
    }
    | {
        "oid",
        "regclass",
        "regtype",
        "regproc",
        "name",
        "macaddr",
        "macaddr8",
        "interval",
        "tsvector",
        "tsquery",
        "point",
        "citext",
    }
    | {"int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange", "pg_lsn"}
)
SAME_BYTES = {
    ("varchar", "text"): Change.NONE,
    ("text", "varchar"): Change.NONE,
    ("xml", "text"): Change.NONE,
    ("xml", "varchar"): Change.NONE,
    ("xml", "bpchar"): Change.NONE,
    ("cidr", "inet"): Change.NONE,
    ("char", "bpchar"): Change.NONE,
    ("oid", "regclass"): Change.NONE,
    ("oid", "regtype"): Change.NONE,
    ("oid", "regproc"): Change.NONE,
    ("regclass", "oid"): Change.NONE,
    ("regtype", "oid"): Change.NONE,
    ("regproc", "oid"): Change.NONE,
    ("text", "bpchar"): Change.INDEXES,
    ("varchar", "bpchar"): Change.INDEXES,
    ("bit", "varbit"): Change.INDEXES,
    ("int4", "oid"): Change.INDEXES,
    ("oid", "int4"): Change.INDEXES,
    ("int4", "regclass"): Change.INDEXES,
    ("regclass", "int4"): Change.INDEXES,
    **dict.fromkeys(
        [("text", "citext"), ("varchar", "citext"), ("citext", "text"), ("citext", "varchar")], Change.INDEXES
    ),
    ("timestamp", "timestamptz"): Change.UNLESS_UTC,
    ("timestamptz", "timestamp"): Change.UNLESS_UTC,
}
WITH_PRECISION = frozenset({"timestamp", "timestamptz", "time", "timetz", "interval"})
MOST_PRECISE = (6,)  # digits of a second, which is what no precision means, too
FIXED = {"char": (1,), "bit": (1,)}  # whose length is never changed without a rewrite, and what it is if not written
FIELDS = ("second", "minute", "hour", "day", "month", "year")
MOST_OF_REAL = 24  # bits of a float that is stored in four bytes


def change_of(old: TypeName, new: TypeName) -> Change:
    """Return what changing a column from one type to another does, where USING says no more than the cast."""
    before, after = _type(old), _type(new)
    if old.is_array or new.is_array:
        return _of_arrays(old, new)
    if before.name == after.name:
        return _of_same(before, after)
    if not {before.name, after.name} <= OWN:
        return Change.UNKNOWN
    found = SAME_BYTES.get((before.name, after.name), Change.REWRITE)
    is_limited = after.limits is not None and (found is not Change.UNLESS_UTC or after.limits != MOST_PRECISE)
    return Change.REWRITE if is_limited else found


def _of_same(before: _Type, after: _Type) -> Change:
    """Return what changing the modifiers of a type does."""
    if before == after:
        return Change.NONE
    if before.name not in OWN:
        return Change.UNKNOWN
    return Change.NONE if _is_wider(before, after) else Change.REWRITE


def _of_arrays(old: TypeName, new: TypeName) -> Change:
    """Return the same for arrays, where only taking the modifiers away is seen to change nothing."""
    before, after = _type(old), _type(new)
    if before.name != after.name or old.is_array != new.is_array:
        return Change.REWRITE if {before.name, after.name} <= OWN else Change.UNKNOWN
    return Change.NONE if before == after or not new.modifiers else _of_array_unlike(before)


def _of_array_unlike(before: _Type) -> Change:
    return Change.REWRITE if before.name in OWN else Change.UNKNOWN


def _is_wider(before: _Type, after: _Type) -> bool:
    """Return whether every value of the one is a value of the other, as Postgres can tell from the modifiers."""
    if before.name in FIXED:
        return False
    if before.name in WITH_PRECISION:
        field = _least_field(before)
        is_precise = field > 0 or (after.limits or MOST_PRECISE) >= (before.limits or MOST_PRECISE)
        return is_precise and _least_field(after) <= field
    if after.limits is None or before.limits is None:
        return after.limits is None
    if before.name == "numeric":
        return before.limits[1:] == after.limits[1:] and before.limits <= after.limits
    return before.limits <= after.limits


def _least_field(of: _Type) -> int:
    """Return the place of the smallest field that an interval keeps."""
    return FIELDS.index(of.fields.split()[-1]) if of.fields else 0


def _type(written: TypeName) -> _Type:
    name = written.name.removeprefix("pg_catalog.")
    name, _, fields = name.partition(" ") if name.startswith("interval ") else (name, "", "")
    limits = tuple(map(int, written.modifiers)) if all(map(_is_number, written.modifiers)) else None
    if name == "float" and limits and limits[0] <= MOST_OF_REAL:
        name = "real"
    name = ALIASES.get(name, name)
    if name == "bpchar" and limits:
        name = "char"
    return _Type(name, _completed(name, limits or None), fields)


def _completed(name: str, limits: tuple[int, ...] | None) -> tuple[int, ...] | None:
    """Return the modifiers with those that mean the same if they are not written."""
    if name == "numeric" and limits:
        return (*limits, 0)[:2]
    return None if name in ("float4", "float8") else limits or FIXED.get(name)


def _is_number(text: str) -> bool:
    return text.strip().removeprefix("-").isdigit()
