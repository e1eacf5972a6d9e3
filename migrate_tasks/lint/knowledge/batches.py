"""A change of many rows in batches, as SQL for helps: a loop that is sure to end, or a range of the key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.column_types import base_name
from migrate_tasks.lint.knowledge.conditions import asks_for_null, is_always_true
from migrate_tasks.lint.knowledge.own_types import is_enum
from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.knowledge.remedies import is_in_body
from migrate_tasks.sql.operations import Delete, Merge, Update

if TYPE_CHECKING:
    from migrate_tasks.lint.schema import Schema, TableState
    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import Expression, Name, TypeName

PARAMETER = re.compile(r"\$\d")
OF_OTHERS = re.compile(r"(?<!DELETE\s)\bFROM\b|\b(?:USING|ONLY|RETURNING)\b", re.IGNORECASE)
CONSTANT = re.compile(r"\d+|'(?:[^']|'')*'|TRUE|FALSE")
NEVER_NULL = frozenset({"NOW", "CLOCK_TIMESTAMP", "GEN_RANDOM_UUID", "RANDOM"})
INTEGERS = frozenset(
    {"smallint", "integer", "bigint", "int", "int2", "int4", "int8", "smallserial", "serial", "bigserial"}
)
STRINGS = frozenset({"text", "varchar", "character varying"})
# in which a constant is kept as it is written; of a numeric(5,2), for one, it may not be, and json is never equal
EXACT = INTEGERS | STRINGS | {"boolean", "bool", "uuid", "date", "jsonb", "numeric", "timestamptz", "timestamp"}
SIZE = 1000
BY_RANGES = ', by ranges of the key, in a migration with the directive "no-transaction"'


def in_batches(step: Step, change: Update | Delete | Merge) -> str:
    """Return how a change is made in batches, with SQL where its tables and conditions are plain enough for that."""
    if isinstance(change, Merge):
        return f"{'Remove' if change.matched == 'DELETE' else 'Change'} the rows in batches{BY_RANGES}."
    todo = f"{'Change' if isinstance(change, Update) else 'Remove'} the rows in batches"
    head, key = _head(step, change), _key(step.schema, change.table)
    where = None if is_always_true(change.where) else change.where
    still = _still_to_do(step, change, where)
    if head and key and still is not None:
        loop = _loop(change.table, head, key, still)
        return f"{todo}, each in a transaction of its own, by a migration that does nothing else:\n{loop}"
    todo += BY_RANGES
    if head and key and _has_ranges(step.schema, change.table, key[0]):
        condition = f" AND {_grouped(where)}" if where else ""
        first = f"{head} {quoted(key[0])} BETWEEN 1 AND {SIZE}{condition};"
        return f"{todo}:\n{first}  -- and so on, from the least key to the greatest"
    return f"{todo}."


def _head(step: Step, change: Update | Delete) -> str:
    """Return the statement up to its WHERE; none where other tables, aliases, variables or parameters may be in it."""
    where = change.where
    head = step.source(change.start, where.start) if where else f"{step.text} WHERE"
    words = where.words if where else ()
    is_of_itself = "SELECT" in words and change.table.name.upper() in words  # and may depend on what was changed
    is_plain = not OF_OTHERS.search(head) and "." not in words and not is_of_itself
    is_apart = step.statement.words[0] != "WITH" and not is_in_body(step) and not PARAMETER.search(step.text)
    return head.rstrip() if is_plain and is_apart else ""


def _key(schema: Schema, table: Name) -> tuple[str, ...]:
    """Return the columns of a key that each row has; of a table that is not known "id", and nothing for none."""
    known = schema.table(table)
    if known is None:
        return ("id",)
    for index in schema.indexes_on(table):
        columns = tuple(filter(None, index.columns))
        is_of_all = index.definition is None or index.definition.where is None
        if index.is_unique and is_of_all and len(columns) == len(index.columns) and _are_not_null(known, columns):
            return columns
    return () if known.is_partitioned else ("ctid",)


def _are_not_null(table: TableState, columns: tuple[str, ...]) -> bool:
    found = [table.columns.get(column) for column in columns]
    return bool(found) and all(column and column.is_not_null for column in found)


def _has_ranges(schema: Schema, table: Name, column: str) -> bool:
    """Return whether a column counts up, as far as is known."""
    known = schema.column(table, column)
    return schema.table(table) is None or bool(known and known.type and base_name(known.type) in INTEGERS)


def _loop(table: Name, head: str, key: tuple[str, ...], still: str) -> str:
    columns = ", ".join(map(quoted, key))
    one = columns if len(key) == 1 else f"({columns})"
    condition = f" WHERE {still}" if still else ""
    some = f"{columns} FROM {quoted(table)}{condition} LIMIT {SIZE}"
    change = f"{head} {one} IN (SELECT {some});"
    quote = "$batches$" if "$$" in change else "$$"
    return f"DO {quote} BEGIN LOOP\n  {change}\n  EXIT WHEN NOT FOUND;\n  COMMIT;\nEND LOOP; END {quote};"


def _still_to_do(step: Step, change: Update | Delete, where: Expression | None) -> str | None:
    """Return the condition that a row meets until it is changed; None where that cannot be said."""
    if isinstance(change, Delete):
        return where.text if where else ""
    if None in change.values:
        return None
    given = {column: value for column, value in zip(change.columns, change.values, strict=True) if value}
    if where and any(asks_for_null(where, column) and _is_never_null(value) for column, value in given.items()):
        return where.text
    types = [step.schema.column(change.table, column) for column in given]
    if not all(
        column and column.type and _keeps(step.schema, column.type, value)
        for column, value in zip(types, given.values(), strict=True)
    ):
        return None
    columns, values = ", ".join(map(quoted, given)), ", ".join(value.text for value in given.values())
    differs = f"{columns} IS DISTINCT FROM {values}" if len(given) == 1 else f"({columns}) IS DISTINCT FROM ({values})"
    return f"{_grouped(where)} AND {differs}" if where else differs


def _keeps(schema: Schema, type_name: TypeName, value: Expression) -> bool:
    """Return whether a column of that type has a constant as it is written."""
    name = base_name(type_name)
    is_exact = name in EXACT and not type_name.is_array and (name in STRINGS or not type_name.modifiers)
    is_constant = len(value.words) == 1 and CONSTANT.fullmatch(value.words[0]) is not None
    return is_constant and (is_exact or (is_enum(schema, type_name) and not type_name.is_array))


def _is_never_null(value: Expression) -> bool:
    first, *rest = value.words
    is_cast = rest[:1] == ["::"] and len(rest) > 1
    if CONSTANT.fullmatch(first):
        return not rest or is_cast
    return (first in NEVER_NULL and rest == ["(", ")"]) or (first in {"CURRENT_TIMESTAMP", "CURRENT_DATE"} and not rest)


def _grouped(where: Expression) -> str:
    return f"({where.text})" if "OR" in where.words else where.text
