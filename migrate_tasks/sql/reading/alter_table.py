"""Reading ALTER TABLE, one operation an action, and ALTER INDEX (gram.y: AlterTableStmt, partition_cmd, RenameStmt)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migrate_tasks.sql.operations.objects import Alter, Rename
from migrate_tasks.sql.operations.tables import (
    AddColumn,
    AddConstraint,
    AddInlineIndex,
    AlterTable,
    AlterTableOther,
    AttachPartition,
    DetachPartition,
    DropColumn,
    DropConstraint,
    ValidateConstraint,
)
from migrate_tasks.sql.reading.alter_column import alter_column
from migrate_tasks.sql.reading.columns import column_definition
from migrate_tasks.sql.reading.constraints import DEFERRING, ENFORCING, begins_table_constraint, table_constraint
from migrate_tasks.sql.reading.indexes import inline_index
from migrate_tasks.sql.reading.tables import takes_bounds

if TYPE_CHECKING:
    from migrate_tasks.sql.operations.parts import Name, Operation
    from migrate_tasks.sql.reading.cursor import Cursor

FIRING = ("ENABLE REPLICA", "ENABLE ALWAYS", "ENABLE", "DISABLE")
ROW_SECURITY = tuple(f"{word} ROW LEVEL SECURITY" for word in ("ENABLE", "DISABLE", "NO FORCE", "FORCE"))
TRIGGERS = tuple(f"{firing} TRIGGER" for firing in FIRING)
# the other actions, by what follows their words
ALONE = (
    *ROW_SECURITY,
    "SET LOGGED",
    "SET UNLOGGED",
    "SET WITHOUT CLUSTER",
    "SET WITHOUT OIDS",
    "NOT OF",
)
BEFORE_IDENTIFIER = (*(f"{firing} RULE" for firing in FIRING), "SET TABLESPACE", "CLUSTER ON")
BEFORE_NAME = ("INHERIT", "NO INHERIT", "OF")
BEFORE_ITS_OWN = (*TRIGGERS, "OWNER TO", "SET ACCESS METHOD", "REPLICA IDENTITY")
BEFORE_GROUP = ("SET", "RESET", "OPTIONS")
CONSTRAINT_CHANGES = (*DEFERRING, *ENFORCING, "NO INHERIT", "INHERIT")


def alter_table(cursor: Cursor) -> tuple[Operation, ...]:
    """Read ALTER TABLE or ALTER FOREIGN TABLE, of which ALTER is taken."""
    kind = cursor.expect_phrase_of("FOREIGN TABLE", "TABLE").lower()
    if cursor.takes("ALL", "IN", "TABLESPACE"):
        return (_all_in_tablespace(cursor, f"{kind}s"),)
    if_exists = cursor.takes("IF", "EXISTS")
    table = _table(cursor)
    alone = _rename(cursor, table, kind) or _partition(cursor, _base(cursor, table, if_exists=if_exists))
    actions: list[Operation] = [alone or _action(cursor, _base(cursor, table, if_exists=if_exists))]
    while not alone and cursor.takes(","):
        actions.append(_action(cursor, _base(cursor, table, if_exists=if_exists)))
    cursor.ends()
    return tuple(actions)


def _table(cursor: Cursor) -> Name:
    """Take a table's name, with what tells whether its children are meant, too (gram.y: relation_expr)."""
    if cursor.takes("ONLY", "("):
        table = cursor.name()
        cursor.expect(")")
        return table
    cursor.takes("ONLY")
    table = cursor.name()
    cursor.takes("*")
    return table


def _base(cursor: Cursor, table: Name, *, if_exists: bool) -> AlterTable:
    """Return what every action has; its end is not right yet."""
    return AlterTable(start=cursor.offset, end=cursor.offset, table=table, table_if_exists=if_exists)


def _all_in_tablespace(cursor: Cursor, kinds: str) -> Alter:
    """Take what moves all tables or indexes of one tablespace to another."""
    name = cursor.name()
    if cursor.takes("OWNED", "BY"):
        cursor.role()
        while cursor.takes(","):
            cursor.role()
    start = cursor.offset
    cursor.expect("SET", "TABLESPACE")
    cursor.identifier()
    cursor.takes("NOWAIT")
    cursor.ends()
    return Alter(start=start, end=cursor.last_end, kind=f"{kinds} in tablespace", name=name, action="SET TABLESPACE")


def _rename(cursor: Cursor, table: Name, kind: str) -> Rename | None:
    """Take RENAME or SET SCHEMA, beside which no other action stands."""
    start = cursor.offset
    old = table.name
    if cursor.takes("SET", "SCHEMA"):
        new = cursor.identifier()
        return Rename(start=start, end=cursor.last_end, kind=kind, name=table, old=old, new=new, sets_schema=True)
    if not cursor.takes("RENAME"):
        return None
    if cursor.word != "TO":
        kind = (cursor.takes_one_of("CONSTRAINT", "COLUMN") or "COLUMN").lower()
        old = cursor.identifier()
    cursor.expect("TO")
    new = cursor.identifier()
    return Rename(start=start, end=cursor.last_end, kind=kind, name=table, old=old, new=new)


def _partition(cursor: Cursor, base: AlterTable) -> AlterTable | None:
    """Take ATTACH or DETACH PARTITION, beside which no other action stands."""
    match cursor.takes_phrase_of("ATTACH PARTITION", "DETACH PARTITION"):
        case "ATTACH PARTITION":
            attached = AttachPartition(**vars(base), partition=cursor.name())
            return replace(attached, is_default=takes_bounds(cursor), end=cursor.last_end)
        case "DETACH PARTITION":
            name = cursor.name()
            how = cursor.takes_one_of("CONCURRENTLY", "FINALIZE")
            detached = DetachPartition(
                **vars(base), partition=name, concurrently=how == "CONCURRENTLY", finalize=how == "FINALIZE"
            )
            return replace(detached, end=cursor.last_end)
    return None


def _action(cursor: Cursor, base: AlterTable) -> AlterTable:
    return replace(_action_without_end(cursor, base), end=cursor.last_end)


def _action_without_end(cursor: Cursor, base: AlterTable) -> AlterTable:
    match cursor.takes_phrase_of("ADD", "DROP CONSTRAINT", "DROP", "ALTER CONSTRAINT", "ALTER", "VALIDATE CONSTRAINT"):
        case "ADD":
            return _add(cursor, base)
        case "DROP CONSTRAINT":
            return _drop_constraint(cursor, base)
        case "DROP":
            return _drop_column(cursor, base)
        case "ALTER CONSTRAINT":
            return _alter_constraint(cursor, base)
        case "ALTER":
            cursor.takes("COLUMN")
            return alter_column(cursor, base)
        case "VALIDATE CONSTRAINT":
            return ValidateConstraint(**vars(base), name=cursor.identifier())
    return AlterTableOther(**vars(base), action=_other(cursor))


def _add(cursor: Cursor, base: AlterTable) -> AlterTable:
    is_column = cursor.takes("COLUMN")
    if_not_exists = cursor.takes("IF", "NOT", "EXISTS")
    if not is_column and not if_not_exists:
        if index := inline_index(cursor):
            return AddInlineIndex(**vars(base), index=index)
        if begins_table_constraint(cursor):
            return AddConstraint(**vars(base), constraint=table_constraint(cursor))
    return AddColumn(**vars(base), column=column_definition(cursor), if_not_exists=if_not_exists)


def _drop_constraint(cursor: Cursor, base: AlterTable) -> DropConstraint:
    if_exists = cursor.takes("IF", "EXISTS")
    name = cursor.identifier()
    return DropConstraint(**vars(base), name=name, if_exists=if_exists, cascade=_cascade(cursor))


def _drop_column(cursor: Cursor, base: AlterTable) -> DropColumn:
    cursor.takes("COLUMN")
    if_exists = cursor.takes("IF", "EXISTS")
    column = cursor.identifier()
    return DropColumn(**vars(base), column=column, if_exists=if_exists, cascade=_cascade(cursor))


def _cascade(cursor: Cursor) -> bool:
    return cursor.takes_one_of("CASCADE", "RESTRICT") == "CASCADE"


def _alter_constraint(cursor: Cursor, base: AlterTable) -> AlterTableOther:
    cursor.identifier()
    while cursor.takes_phrase_of(*CONSTRAINT_CHANGES):
        pass
    return AlterTableOther(**vars(base), action="ALTER CONSTRAINT")


def _other(cursor: Cursor) -> str:
    """Take any other action, and return its words."""
    if phrase := cursor.takes_phrase_of(*ALONE):
        return phrase
    if phrase := cursor.takes_phrase_of(*BEFORE_IDENTIFIER):
        cursor.identifier()
    elif phrase := cursor.takes_phrase_of(*BEFORE_NAME):
        cursor.name()
    elif phrase := cursor.takes_phrase_of(*BEFORE_ITS_OWN):
        _rest_of_other(cursor, phrase)
    else:
        phrase = cursor.expect_one_of(*BEFORE_GROUP)
        cursor.group()
    return phrase


def _rest_of_other(cursor: Cursor, phrase: str) -> None:
    """Take what follows the words that are followed by what nothing else is."""
    if phrase == "OWNER TO":
        cursor.role()
    elif phrase == "REPLICA IDENTITY":
        if cursor.expect_phrase_of("NOTHING", "FULL", "DEFAULT", "USING INDEX") == "USING INDEX":
            cursor.identifier()
    elif not cursor.takes_one_of(*(("DEFAULT",) if phrase == "SET ACCESS METHOD" else ("ALL", "USER"))):
        cursor.identifier()


def alter_index(cursor: Cursor) -> tuple[Operation, ...]:
    """Read ALTER INDEX, of which ALTER is taken."""
    cursor.expect("INDEX")
    if cursor.takes("ALL", "IN", "TABLESPACE"):
        return (_all_in_tablespace(cursor, "indexes"),)
    cursor.takes("IF", "EXISTS")
    name = cursor.name()
    start = cursor.offset
    if cursor.takes("RENAME", "TO"):
        new = cursor.identifier()
        cursor.ends()
        return (Rename(start=start, end=cursor.last_end, kind="index", name=name, old=name.name, new=new),)
    actions = [_index_action(cursor, name)]
    while cursor.takes(","):
        actions.append(_index_action(cursor, name))
    cursor.ends()
    return tuple(actions)


def _index_action(cursor: Cursor, name: Name) -> Alter:
    start = cursor.offset
    action = cursor.takes_phrase_of("ATTACH PARTITION", "NO DEPENDS ON EXTENSION", "DEPENDS ON EXTENSION")
    if action:
        cursor.name()
    else:
        action = _action_of_index(cursor, name)
    return Alter(start=start, end=cursor.last_end, kind="index", name=name, action=action)


def _action_of_index(cursor: Cursor, name: Name) -> str:
    action = cursor.expect_phrase_of("SET TABLESPACE", "SET", "RESET", "ALTER COLUMN", "ALTER")
    match action:
        case "SET TABLESPACE":
            cursor.identifier()
        case "SET" | "RESET":
            cursor.group()
        case _:
            alter_column(cursor, AlterTable(start=cursor.offset, end=cursor.offset, table=name))
            return "ALTER COLUMN"
    return action
