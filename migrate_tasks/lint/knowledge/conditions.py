"""What a WHERE lets through: every row, those of some keys, or nobody knows how many."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.lint.schema import Schema
    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import Delete, Expression, Name, Update

CONSTANT = re.compile(r"[0-9.]|[EeBbXx]?'|\$[0-9]|:")  # how one begins
LIMIT = re.compile(r"\bLIMIT\s+[0-9$:(]|\bFETCH\s+(?:FIRST|NEXT)\b", re.IGNORECASE)
OPENING, CLOSING = "([", ")]"
LOWER, UPPER = frozenset({">", ">="}), frozenset({"<", "<="})


def is_always_true(where: Expression | None) -> bool:
    """Return whether there is no condition, or one such as ``true`` and ``1 = 1``."""
    if where is None:
        return True
    match _bare(where.words):
        case ["TRUE"] | ["NOT", "FALSE"]:
            return True
        case [left, "=", right]:
            return left == right and CONSTANT.match(left) is not None
    return False


def concerns_few_rows(step: Step, change: Update | Delete) -> bool:
    """Return whether an UPDATE or DELETE is of given keys, of a range of keys, or of what a LIMIT lets through."""
    if change.where is None or is_always_true(change.where):
        return False
    start = step.statement.start if step.statement.words[0] == "WITH" else change.start
    joined = step.source(start, change.where.start)
    return LIMIT.search(joined) is not None or is_limited(change.where, change.table, step.schema)


def is_limited(where: Expression, table: Name, schema: Schema) -> bool:
    """Return whether a condition is met by few rows only."""
    words = _bare(where.words)
    if words[:2] == ["CURRENT", "OF"]:
        return True
    parts = list(_parts(words))
    chosen = [part for part in parts if part[0] not in ("EXISTS", "NOT")]
    return any("LIMIT" in part or "FETCH" in part for part in chosen) or _is_one_limited(parts, table, schema)


def _is_one_limited(parts: Sequence[list[str]], table: Name, schema: Schema) -> bool:
    named: set[str] = set()
    bounds: dict[str, set[str]] = {}
    for column, rest in map(_column, parts):
        if _names_values(rest):
            named.add(column)
        bounds.setdefault(column, set()).update(rest[:1])
    ranges = {column for column, found in bounds.items() if "BETWEEN" in found or (found & LOWER and found & UPPER)}
    return any(set(key) <= named or key[0] in ranges for key in keys_of(table, schema))


def asks_for_null(where: Expression, column: str) -> bool:
    """Return whether only rows with NULL in a column meet a condition."""
    return (column, ["IS", "NULL"]) in map(_column, _parts(_bare(where.words)))


def _names_values(rest: Sequence[str]) -> bool:
    """Return whether a column is compared with values that are written there."""
    match rest:
        case ["=", "ANY", *more]:
            return "SELECT" not in more
        case ["=", "-", *_]:
            return True
        case ["=", value, *_]:
            return CONSTANT.match(value) is not None
        case ["IN", "(", first, *_]:
            return first != "SELECT"
    return False


def keys_of(table: Name, schema: Schema) -> Iterator[tuple[str | None, ...]]:
    """Yield the columns of each unique index; of a table that is not known, "id"."""
    if schema.table(table) is None:
        yield ("id",)
    for index in schema.indexes_on(table):
        if index.is_unique and index.columns:
            yield index.columns


def _column(part: Sequence[str]) -> tuple[str, Sequence[str]]:
    """Return the column that a part begins with, without its table, and what follows it."""
    at = 2 if len(part) > 2 and part[1] == "." else 0  # noqa: PLR2004 -- "o.id" are three words
    word = part[at] if at < len(part) else ""
    column = word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()
    return column, part[at + 1 :]


def _parts(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield what AND joins; nothing where there is an OR."""
    parts: list[list[str]] = [[]]
    depth, is_between = 0, False
    for word in words:
        depth += (word in OPENING) - (word in CLOSING)
        if word == "OR" and not depth:
            return
        if word == "AND" and not depth and not is_between:
            parts.append([])
            continue
        is_between = word == "BETWEEN" if word in ("AND", "BETWEEN") and not depth else is_between
        parts[-1].append(word)
    for part in parts:
        yield _bare(part)


def _bare(words: Sequence[str]) -> list[str]:
    """Return words without parentheses around all of them."""
    bare = list(words)
    while len(bare) > 1 and bare[0] == "(" and _closing(bare) == len(bare) - 1:
        bare = bare[1:-1]
    return bare


def _closing(words: Sequence[str]) -> int:
    """Return where the parenthesis ends with which the words begin."""
    depth = 0
    for at, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if not depth:
            return at
    return -1
