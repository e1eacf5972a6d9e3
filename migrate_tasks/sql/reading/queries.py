"""SELECT and other queries: those that make a table with INTO, and those that set parameters with set_config."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import CreateTable, Expression, Operation, Query, SetParameter
from migrate_tasks.sql.reading.places import QUERIES, find, inside, since, skip_rest, unquoted, whole

if TYPE_CHECKING:
    from migrate_tasks.sql.reading.cursor import Cursor

SCOPES = ("LOCAL", "GLOBAL")
TRUE = frozenset({"TRUE", "'T'", "'TRUE'", "'ON'", "'YES'", "'Y'", "'1'"})


def query(cursor: Cursor, *, into_is_table: bool) -> tuple[Operation, ...]:
    """Return the operations of a query without WITH before it; nothing of it was taken."""
    what = cursor.word
    if what not in QUERIES or what == "WITH" or not (cursor.ahead(1) or what == "SELECT"):
        raise cursor.not_read()
    if what == "SELECT":
        into = find(cursor, "INTO") if into_is_table else None
        if into is not None:
            return (_select_into(cursor, into),)
        cursor.expect("SELECT")
        return selected(cursor)
    if what == "(" and "INTO" in cursor.words:
        raise cursor.not_read()
    skip_rest(cursor)
    return (Query(**whole(cursor), what="SELECT" if what == "(" else what),)


def selected(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operations of a select list, of which SELECT was taken, and of all that follows."""
    first = cursor.at
    settings: list[Operation] = []
    while setting := _set_config(cursor):
        settings.append(setting)
        if not cursor.takes(","):
            break
    is_more = not settings or not cursor.has_ended
    cursor.at = first
    skip_rest(cursor)
    return (*settings, *((Query(**whole(cursor), what="SELECT"),) if is_more else ()))


def _select_into(cursor: Cursor, into: int) -> CreateTable:
    cursor.at = into + 1
    is_scoped = cursor.takes_one_of(*SCOPES) is not None
    temporary = _is_before_name(cursor) and cursor.takes_one_of("TEMPORARY", "TEMP") is not None
    if is_scoped and not temporary:
        raise cursor.not_read()
    unlogged = _is_before_name(cursor) and cursor.takes("UNLOGGED")
    cursor.takes("TABLE")
    table = cursor.name()
    skip_rest(cursor)
    return CreateTable(**whole(cursor), table=table, temporary=temporary, unlogged=unlogged, as_query=True)


def _is_before_name(cursor: Cursor) -> bool:
    """Return whether a name follows the next word, which would otherwise be one: INTO temp FROM."""
    word = cursor.ahead(1)
    return word == "TABLE" or (bool(word) and (word[0].isalpha() or word[0] in '_"') and word not in {"FROM", "WHERE"})


def _set_config(cursor: Cursor) -> SetParameter | None:
    """Take a call of set_config with a constant name, and return what it sets; None for anything else."""
    first = cursor.at
    cursor.takes("PG_CATALOG", ".")
    if not cursor.takes("SET_CONFIG") or cursor.word != "(":
        return None
    call = inside(cursor)
    if cursor.takes("AS"):
        cursor.identifier()
    match _arguments(call) if call else []:
        case [name, value, local] if name.text.startswith("'"):
            pass
        case _:
            return None
    return SetParameter(
        **since(cursor, first),
        name=unquoted(name.text).lower(),
        value=unquoted(value.text),
        local="".join(local.words).upper() in TRUE,
    )


def _arguments(cursor: Cursor) -> list[Expression]:
    arguments = []
    while not cursor.has_ended:
        first, end = cursor.at, find(cursor, ",")
        cursor.at = len(cursor.words) if end is None else end
        if cursor.at == first:
            raise cursor.not_read()
        arguments.append(cursor.span(first))
        cursor.takes(",")
    return arguments
