"""How RENAME and SET SCHEMA change what is known of the schema, wherever the old name stands in it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.sql.operations import Name

if TYPE_CHECKING:
    from migrate_tasks.lint.schema import Schema, TableState
    from migrate_tasks.sql.operations import Expression, Rename

VIEWS = ("view", "materialized view")


def rename(operation: Rename, schema: Schema) -> None:
    """Change ``schema`` as a RENAME or SET SCHEMA does."""
    if operation.kind == "column":
        if table := schema.table(operation.name):
            _rename_column(schema, table, operation.old, operation.new)
    elif operation.kind == "constraint":
        table = schema.table(operation.name)
        if table and (state := table.constraints.pop(operation.old, None)):
            table.constraints[operation.new] = replace(state, name=operation.new)
    else:
        _rename_object(schema, operation)


def renamed(old: Name, new: str, *, sets_schema: bool) -> Name:
    """Return what a table is called after RENAME TO or SET SCHEMA."""
    if sets_schema:
        return Name(old.name, None if new == "public" else new)
    return Name(new, old.schema)


def _rename_column(schema: Schema, table: TableState, old: str, new: str) -> None:
    table.rename_column(old, new)
    for state in list(table.constraints.values()):
        if expression := state.constraint.expression:
            table.change_constraint(state, expression=_with_word(expression, quoted(old), quoted(new)))
    for index in list(schema.indexes_on(table.name)):
        columns = tuple(new if column == old else column for column in index.columns)
        schema.add_index(replace(index, columns=columns))


def _with_word(expression: Expression, old: str, new: str) -> Expression:
    is_plain = not old.startswith('"')
    pattern = rf"(?<![\w\"']){re.escape(old)}(?![\w\"'])"
    was, becomes = (name.upper() if not name.startswith('"') else name for name in (old, new))
    return replace(
        expression,
        text=re.sub(pattern, lambda _: new, expression.text, flags=re.IGNORECASE if is_plain else 0),
        words=tuple(becomes if word == was else word for word in expression.words),
    )


def _rename_object(schema: Schema, operation: Rename) -> None:
    old = operation.name
    new = renamed(old, operation.new, sets_schema=operation.sets_schema)
    if operation.kind == "table":
        schema.rename_table(old, new)
    elif operation.kind == "index" and (index := schema.remove_index(old)):
        schema.add_index(replace(index, name=new))
    elif operation.kind in ("type", "domain") and old in schema.enums:
        schema.enums[new] = schema.enums.pop(old)
    elif operation.kind in ("type", "domain") and old in schema.domains:
        schema.domains[new] = schema.domains.pop(old)
    elif operation.kind in VIEWS and old in schema.views:
        schema.views[new] = schema.views.pop(old)
