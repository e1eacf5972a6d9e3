"""A name that Postgres cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep

LONGEST = 63  # bytes (NAMEDATALEN - 1)
NEVER_TOO_LONG = 15  # characters, of four bytes at most


def check(step: FileStep) -> Iterator[Finding]:
    """Yield each name that is too long, where it stands first."""
    told: set[str] = set()
    for statement in step.script.statements:
        for token, source in zip(statement.tokens, statement.sources, strict=True):
            name = _name(source) if len(source) > NEVER_TOO_LONG else ""
            length = len(name.encode())
            if length > LONGEST and name not in told:
                told.add(name)
                cut = name.encode()[:LONGEST].decode(errors="ignore")
                message = f'name "{name}" has {length} bytes: Postgres cuts it to "{cut}"'
                yield Finding(token.start, token.end + 1, message, f"Give it a name of at most {LONGEST} bytes.")


def _name(source: str) -> str:
    """Return the name that a token is; empty where it is none."""
    if source[0] == '"':
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
