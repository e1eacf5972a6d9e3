"""Directives: ``-- migrate:`` comments at the head of a file, which steer how it is executed.

::

    -- migrate: no-transaction            each statement by itself
    -- migrate: transaction               all in one; what cannot be in one is refused
    -- migrate: repeatable                executed after the numbered ones, and again whenever it changes
    -- migrate: idempotent                claims that it can run twice; pytest --migrations tries it
    -- migrate: lock_timeout 10s          instead of the setting of that name
    -- migrate: statement_timeout 10m

Not here: the comments that allow what the linter finds, which may stand anywhere (lint/allows.py).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from migrate_tasks.durations import parse_duration
from migrate_tasks.errors import ConfigurationError, did_you_mean
from migrate_tasks.migrations.migration import NO_DIRECTIVES, Directives
from migrate_tasks.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DIRECTIVE = re.compile(r"^[ \t]*--[ \t]*migrate:[ \t]*([^\r\n]*?)[ \t]*\r?$", re.MULTILINE)
HEAD = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/)*", re.DOTALL)
FLAGS: dict[str, dict[str, Any]] = {
    "no-transaction": {"transaction": False},
    "transaction": {"transaction": True},
    "repeatable": {"repeatable": True},
    "idempotent": {"idempotent": True},
}
TIMEOUTS = ("lock_timeout", "statement_timeout")
OF_THE_LINTER = ("allow", "allow-file")
OTHER_TOOL = ("up", "down")  # dbmate's marks


def parse_directives(sql: str, path: str) -> Directives:
    """Return the directives of the file at ``path``, whose text is ``sql``.

    Raises ConfigurationError for one that is unknown, contradicts another, or stands below the first statement.
    """
    found = NO_DIRECTIVES
    if "migrate:" not in sql:
        return found
    for text, place in _written(sql, path):
        change = _read(text, place)
        if any(getattr(found, key) not in (value, getattr(NO_DIRECTIVES, key)) for key, value in change.items()):
            raise ConfigurationError(f'{place}: directive "{text}" contradicts an earlier one')
        found = replace(found, **change)
    return found


def _written(sql: str, path: str) -> Iterator[tuple[str, str]]:
    """Yield the text and the place of each directive."""
    head = HEAD.match(sql)
    assert head
    for match in DIRECTIVE.finditer(sql):
        if re.split(r"[\s:]", match[1], maxsplit=1)[0] in OF_THE_LINTER:
            continue
        place = f"{path}:{place_of(sql, match.start())}"
        if match.start() < head.end():
            yield match[1], place
        elif not _is_quoted(sql, match.start()):
            raise ConfigurationError(
                f'{place}: directive "{match[1]}" stands below the first statement',
                hint="Move it to the head of the file: it steers how the whole file is executed.",
            )


def _is_quoted(sql: str, offset: int) -> bool:
    """Return whether ``offset`` lies in a string or the body of a function, where nothing is a comment."""
    from migrate_tasks.sql.statements import UnreadableSql, split_statements

    try:
        statements = split_statements(sql)
    except UnreadableSql:
        return True  # told when it is to be executed
    return any(t.start <= offset <= t.end for s in statements for t in s.tokens) or any(
        s.end <= offset <= s.end + len(s.data or "") + 2 for s in statements if s.data
    )


def _read(text: str, place: str) -> dict[str, Any]:
    word, _, value = text.partition(" ")
    if word in TIMEOUTS:
        try:
            return {word: parse_duration(value)}
        except ValueError as error:
            raise ConfigurationError(f'{place}: directive "{word}": {error}') from None
    if text in FLAGS:
        return dict(FLAGS[text])
    known = (*FLAGS, *TIMEOUTS)
    hint = (
        "Those are dbmate's marks. Here a file holds the way up; the way down is a companion named NNN-name.down.sql."
        if word in OTHER_TOOL
        else did_you_mean(word, (*known, *OF_THE_LINTER)) or f"The directives are {', '.join(known)}."
    )
    raise ConfigurationError(f'{place}: unknown directive "{text}"', hint=hint)
