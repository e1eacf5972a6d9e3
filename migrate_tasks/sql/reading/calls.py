"""What a statement executes that has a name: functions and procedures that it calls, what was prepared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.reading.cursor import Cursor, NotRead
from migrate_tasks.sql.reading.places import rest_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.sql.operations import Name
    from migrate_tasks.sql.statements import Statement


def called_in(statement: Statement) -> Iterator[Name]:
    """Yield each name that an opening parenthesis follows."""
    cursor = Cursor(statement)
    while not cursor.has_ended:
        try:
            name = cursor.name()
        except NotRead:
            cursor.at += 1
        else:
            if cursor.word == "(":
                yield name


def prepared_by(statement: Statement) -> tuple[str, Statement]:
    """Return the name that a PREPARE gives, and what it is given to, at its place in the script."""
    cursor = Cursor(statement)
    cursor.expect("PREPARE")
    name = cursor.identifier()
    if cursor.word == "(":
        cursor.balanced()
    cursor.expect("AS")
    return name, rest_of(cursor)


def executed_in(statement: Statement) -> str:
    """Return the name of what an EXECUTE executes."""
    cursor = Cursor(statement)
    cursor.expect("EXECUTE")
    return cursor.identifier()
