"""A reset of all that was set for the session, also by the runner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep

TAKES_AWAY = {
    ("RESET", "ALL"): "the lock_timeout that the runner has set",
    ("DISCARD", "ALL"): "the settings and the lock of the runner",
    ("SET", "SESSION", "AUTHORIZATION"): "the role that the runner works as",
    ("RESET", "SESSION", "AUTHORIZATION"): "the role that the runner works as",
}


def check(step: FileStep) -> Iterator[Finding]:
    """Yield the statements that change the session under the runner."""
    for statement in step.script.statements:
        for words, what in TAKES_AWAY.items():
            if statement.words[: len(words)] == words:
                message = f"{' '.join(words)} takes away {what}"
                yield Finding(statement.start, statement.end, message, HELP)


HELP = "Take it out: the runner resets the session after each migration. One setting is put back by RESET name;"

RULE = Rule(
    name="reset-all",
    group=Group.CORRECTNESS,
    severity=Severity.WARNING,
    summary="RESET ALL, DISCARD ALL or SET SESSION AUTHORIZATION",
    reason="""\
The runner has set up its session: lock_timeout, so that the migration keeps nobody waiting for long; an advisory lock,
so that no other run is in its way; its role. RESET ALL takes the first away, DISCARD ALL the lock, too
(pg_advisory_unlock_all), and SET SESSION AUTHORIZATION the role. Reset the one setting that you mean. For a role, use
SET LOCAL ROLE.""",
    check_file=check,
)
