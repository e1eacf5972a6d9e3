"""A name that Postgres cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding
from migrate_tasks.lint.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep

LONGEST = 63  # bytes (NAMEDATALEN - 1)
SHORTEST_QUOTED = 2


def check(step: FileStep) -> Iterator[Finding]:
    """Yield each name that is too long, where it stands first."""
    told: set[str] = set()
    for statement in step.script.statements:
        for word in words_of(statement):
            name = _name(word.source)
            length = len(name.encode())
            if length > LONGEST and name not in told:
                told.add(name)
                cut = name.encode()[:LONGEST].decode(errors="ignore")
                message = f'name "{name}" has {length} bytes: Postgres cuts it to "{cut}"'
                yield Finding(word.start, word.end, message, f"Give it a name of at most {LONGEST} bytes.")


def _name(source: str) -> str:
    """Return the name that a token is; empty where it is none."""
    if source[0] == '"' and len(source) > SHORTEST_QUOTED:
        return source[1:-1].replace('""', '"')
    is_word = (source[0].isalpha() or source[0] == "_") and source[-1] not in "'\""
    return source if is_word else ""


RULE = Rule(
    name="identifier-too-long",
    group=Group.CORRECTNESS,
    summary="a name of more than 63 bytes",
    reason="""\
Postgres cuts names at 63 bytes and says so in a NOTICE, which nobody reads. Two long names that begin alike are then
one: the second CREATE fails, or IF NOT EXISTS silently makes nothing. Programs that look for the whole name in the
catalog find nothing. A name with letters beyond ASCII reaches the limit sooner, for it counts bytes.""",
    check_file=check,
)
