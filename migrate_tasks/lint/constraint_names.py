"""The names that Postgres gives constraints and indexes that have none (ChooseConstraintName, ChooseIndexName)."""

from __future__ import annotations

from itertools import count, zip_longest
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import derived_name
from migrate_tasks.sql.operations import Name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrate_tasks.lint.schema import Schema, TableState
    from migrate_tasks.sql.operations import Constraint, CreateIndex

SUFFIXES = {
    "primary key": "pkey",
    "unique": "key",
    "foreign key": "fkey",
    "check": "check",
    "exclude": "excl",
    "not null": "not_null",
}


def name_for(table: TableState, constraint: Constraint) -> str:
    """Return the name that a constraint gets on a table, which has others already."""
    columns = () if constraint.kind == "primary key" else constraint.columns
    suffix = SUFFIXES[constraint.kind]
    names = (derived_name(table.name, columns, f"{suffix}{number or ''}") for number in count())
    return next(name for name in names if name not in table.constraints)


def index_name_for(created: CreateIndex, schema: Schema) -> str:
    """Return the name that an index gets without one."""
    words = _keys(created.keys.words) if created.keys else iter(())
    keys: list[str] = []
    for column, key in zip_longest(created.columns, words, fillvalue=None):
        wanted = column or _of_expression(key or ())
        keys.append(next(name for name in _numbered(wanted) if name not in keys))
    names = (derived_name(created.table, tuple(keys), suffix) for suffix in _numbered("idx"))
    return next(name for name in names if Name(name, created.table.schema) not in schema.indexes)


def _numbered(name: str) -> Iterator[str]:
    return (f"{name}{number or ''}" for number in count())


def _of_expression(words: Sequence[str]) -> str:
    """Return what Postgres calls an expression: the name of the function that it is a call of, or "expr"."""
    is_inside = words[:1] == ("(",)
    if is_inside:
        words = words[1 : _closing(words, 0)]
    at = 2 if words[1:2] == (".",) else 0
    if words[at + 1 : at + 2] != ("(",):
        return _of_expression(words) if words[:1] == ("(",) else "expr"
    if is_inside and words[_closing(words, at + 1) + 1 :][:1] not in ((), ("COLLATE",)):
        return "expr"
    return words[at][1:-1] if words[at].startswith('"') else words[at].lower()


def _closing(words: Sequence[str], opening: int) -> int:
    """Return the place of the parenthesis that closes the one at ``opening``."""
    depth = 0
    for at in range(opening, len(words)):
        depth += (words[at] == "(") - (words[at] == ")")
        if not depth:
            return at
    return len(words)


def _keys(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the words of each key of a list of them in parentheses."""
    key: list[str] = []
    depth = 0
    for word in words[1:-1]:
        depth += (word == "(") - (word == ")")
        if word == "," and not depth:
            yield tuple(key)
            key = []
        else:
            key.append(word)
    yield tuple(key)
