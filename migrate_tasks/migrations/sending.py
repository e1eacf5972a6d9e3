"""Sending the statements of a file, many in one message, with marks between them that tell how far the server is."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from migrate_tasks.migrations.script import ScriptFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migrate_tasks.migrations.modes import Script
    from migrate_tasks.migrations.session import Session

SEPARATOR = ";\n"
MOST_STATEMENTS = 1000  # in one message
MARK = "migrate-tasks {}/{} {}"  # the statement, from 1, of how many, of which migration


def mark_of(name: str, statement: int, statements: int) -> str:
    """Return what shows everybody, in pg_stat_activity, which statement is at work; ``statement`` counts from 0."""
    return f"SET LOCAL application_name = '{MARK.format(statement + 1, statements, name)}'"


def send_statements(  # noqa: PLR0913 -- keywords, each with a default
    session: Session,
    script: Script,
    first: int,
    end: int,
    *,
    name: str = "",
    reach: Callable[[int], None] | None = None,
    tail: Sequence[str] = (),
) -> None:
    """Send the statements ``first`` to ``end`` (exclusive), and after the last of them our own of ``tail``.

    With a ``name`` each statement after the first is marked; ``reach`` is told the number of each message's first one.
    Raises ScriptFailed, with the place in the whole file and the number of the statement.
    """
    while first < end:
        until = _end_of_message(script, first, min(first + MOST_STATEMENTS, end))
        is_data = script.statements[first].data is not None
        message = _Message(script, range(first, until), name)
        if until == end and not is_data:
            message.add(*tail)
            tail = ()
        if reach:
            reach(first)
        message.send(session, script.statements[first].data)
        first = until
    if tail:
        message = _Message(script, range(0), name)
        message.add(*tail)
        message.send(session)


class _Message:
    """Statements of a file, and between and after them statements of our own."""

    def __init__(self, script: Script, numbers: range, name: str) -> None:
        self._parts: list[str] = []
        self._numbers: list[int | None] = []  # of the file's statement that each part is
        self._offsets: list[int] = []  # of that statement in the file
        for number in numbers:
            if name and number > numbers.start:
                self.add(mark_of(name, number, len(script.statements)))
            self._parts.append(script.statements[number].text)
            self._numbers.append(number)
            self._offsets.append(script.statements[number].start)
        self._ours = len(self._parts)

    def add(self, *statements: str) -> None:
        """Add statements of our own."""
        for statement in statements:
            self._parts.append(statement)
            self._numbers.append(None)
            self._offsets.append(0)

    def send(self, session: Session, data: str | None = None) -> None:
        """Send it, with the ``data`` of its COPY; raises ScriptFailed."""
        try:
            session.send_file(SEPARATOR.join(self._parts), data)
        except ScriptFailed as failed:
            raise self._located(failed) from None

    def _located(self, failed: ScriptFailed) -> ScriptFailed:
        """Return the error with its number and place in the file; of none where a statement of ours has failed."""
        error = failed.error
        part = error.statement or 0
        starts = [0]
        for text in self._parts:
            starts.append(starts[-1] + len(text) + len(SEPARATOR))
        if error.position is not None and not part:
            # a syntax error fails the whole message, before its first statement
            part = bisect_right(starts, error.position) - 1
        if part >= self._ours:
            return ScriptFailed(replace(error, position=None, statement=None), part - self._ours)
        position = None if error.position is None else error.position - starts[part] + self._offsets[part]
        return ScriptFailed(replace(error, position=position, statement=self._numbers[part]))


def _end_of_message(script: Script, first: int, end: int) -> int:
    """Return where the message that begins with the statement ``first`` ends, at the latest before ``end``.

    COPY with data goes alone.
    """
    if script.statements[first].data is not None:
        return first + 1
    return next((number for number in range(first + 1, end) if script.statements[number].data is not None), end)
