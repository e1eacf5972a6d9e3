"""SQL for helps: a statement of the script with CONCURRENTLY in it, the same action in safe steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.violation import Edit
from migrate_tasks.migrations.modes import Mode

if TYPE_CHECKING:
    from migrate_tasks.lint.step import Step
    from migrate_tasks.sql.operations import Name, TypeName

SERIALS = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
GAP = r"(?:\s|--[^\n]*\n|/\*.*?\*/)+"


def alter_table(table: Name, action: str) -> str:
    """Return the statement that does one action to a table."""
    return f"ALTER TABLE {quoted(table)} {action};"


def plain_type(type_name: TypeName | None) -> str:
    """Return a type as SQL, without the sequence that a serial one has."""
    return SERIALS.get(str(type_name), str(type_name))


def inserted(step: Step, after: str, words: str) -> str:
    """Return the operation's text with ``words`` behind the words ``after``, and a semicolon; empty without those.

    In ``after``, a word in brackets need not be there, and "()" stands for options in parentheses.
    """
    offset = _end_of(step, after)
    return f"{step.text[:offset]} {_alike(step, words)}{step.text[offset:]};" if offset else ""


def insertion(step: Step, after: str, words: str) -> tuple[Edit, ...]:
    """Return the edit that puts in words that no transaction may hold; none where others would leave theirs for it."""
    offset = _end_of(step, after)
    if not offset or on_its_own(step):
        return ()
    at = step.operation.start + offset
    return (Edit(at, at, f" {_alike(step, words)}"),)


def is_in_body(step: Step) -> bool:
    """Return whether the operation stands in a DO block or a function, which is always part of a transaction."""
    return step.statement.start != step.operation.start and step.statement.words[0] in ("DO", "CREATE")


def on_its_own(step: Step) -> str:
    """Return where a statement that no transaction may hold must go, empty where it is there already."""
    if is_in_body(step):
        return ", outside the block and in a migration of its own"
    is_alone = len(step.script.statements) == 1
    if step.directives.transaction:
        return f', {"" if is_alone else "in a migration of its own, "}without the directive "transaction"'
    is_free = step.script.mode is not Mode.TRANSACTION and not (step.transaction and step.transaction.is_own)
    return "" if is_alone or is_free else ", in a migration of its own"


def _alike(step: Step, words: str) -> str:
    """Return words in the letters in which the operation's first word is written."""
    return words.lower() if step.text.split(maxsplit=1)[0].islower() else words


def _end_of(step: Step, words: str) -> int:
    """Return where these words, with which the operation may begin, end in its text; 0 where it does not."""
    pattern = ""
    for word in words.split():
        gap = GAP if pattern else ""
        if word == "()":
            pattern += rf"(?:(?:{GAP})?\([^()]*\))?"
        elif word.startswith("["):
            pattern += f"(?:{gap}{word[1:-1]})?"
        else:
            pattern += gap + word
    match = re.match(rf"{pattern}\b", step.text, re.IGNORECASE | re.DOTALL)
    return match.end() if match else 0
