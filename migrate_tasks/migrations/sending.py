"""Sending the statements of a file: many in one message, and few enough that progress can be told."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from migrate_tasks.migrations.script import ScriptFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.migrations.modes import Script
    from migrate_tasks.migrations.session import Session

QUICK = 0.01  # seconds; as long as a message takes less, the next one carries twice as many statements
MOST_STATEMENTS = 1000  # in one message


def _to_nobody(_: int) -> None:
    """Tell nobody which statement is reached."""


def send_statements(
    session: Session, script: Script, first: int, end: int, reach: Callable[[int], None] = _to_nobody
) -> None:
    """Send the statements ``first`` to ``end`` (exclusive); ``reach`` is told the number of each message's first one.

    Raises ScriptFailed, with the place in the whole file and the number of the statement.
    """
    size = 1
    while first < end:
        until = _end_of_message(script, first, min(first + size, end))
        started = time.monotonic()
        reach(first)
        _send(session, script, first, until)
        size = min(size * 2, MOST_STATEMENTS) if time.monotonic() - started < QUICK else 1
        first = until


def _send(session: Session, script: Script, first: int, end: int) -> None:
    start = script.statements[first].start
    text = script.text[start : script.statements[end - 1].end]
    try:
        session.send_file(text, script.statements[first].data)
    except ScriptFailed as failed:
        error = failed.error
        position = None if error.position is None else error.position + start
        number = None if error.statement is None else error.statement + first
        raise ScriptFailed(replace(error, position=position, statement=number)) from None


def _end_of_message(script: Script, first: int, end: int) -> int:
    """Return where the message that begins with the statement ``first`` ends, at the latest before ``end``.

    COPY with data goes alone, and so does what has a psql command, which is passed over, beside it.
    """
    statements = script.statements
    if statements[first].data is not None:
        return first + 1
    for number in range(first + 1, end):
        gap = script.text[statements[number - 1].end : statements[number].start]
        if statements[number].data is not None or "\\" in gap:
            return number
    return end
