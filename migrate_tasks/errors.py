"""Every exception of the product, one class per decision a caller can make.

::

    MigrateTasksError            something failed                        exit code 1
    ├── MigrationFailed          a migration's SQL failed                exit code 1
    ├── Interrupted              by a signal                             exit code 128 + its number
    ├── Refused                  the answer is no (reset in production)  exit code 1
    ├── TryAgainLater            not now: no connection                  exit code 75
    │   └── AnotherRun           not now: another run has the lock       exit code 75
    └── ConfigurationError       settings or files must be mended        exit code 78
        └── UnknownMigration     no file has that name                   exit code 78

Messages follow PostgreSQL's style guide: one short lower-case message without a period, DETAIL for
facts and HINT for the next command, both full sentences. Exit codes follow sysexits.h (75, 78). How an error is
shown is decided in render/, not here.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from signal import Signals

    from migrate_tasks.migrations.events import Holder
    from migrate_tasks.migrations.status import RunResult


# SQLSTATEs that another attempt may not meet: connection lost or refused, serialization, deadlock, lock timeout, too
# many connections, server stopping or starting (the PostgreSQL manual's appendix A)
TRANSIENT = re.compile(r"08...|40001|40P01|53300|55P03|57P0[123]")

# SQLSTATEs that every attempt meets until somebody mends a setting: who connects, to what, and what that one may do
CONFIGURATION = re.compile(r"28...|3D000|42501")


class MigrateTasksError(Exception):
    """Something failed; ``str()`` gives the message, DETAIL and HINT as they are printed.

    ``sqlstate`` is the database's code, where that is what failed.
    """

    exit_code: int = 1

    def __init__(
        self, message: str, *, detail: str | None = None, hint: str | None = None, sqlstate: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail
        self.hint = hint
        self.sqlstate = sqlstate

    def __str__(self) -> str:
        parts = [self.message]
        if self.detail:
            parts.append(f"DETAIL: {self.detail}")
        if self.hint:
            parts.append(f"HINT: {self.hint}")
        return "\n".join(parts)


class MigrationFailed(MigrateTasksError):
    """A migration's SQL failed; what stays true is in the DETAIL, what the run did in ``result``."""

    result: RunResult | None = None


class Interrupted(MigrateTasksError):
    """A signal asked us to end, and everything that was running has ended."""

    def __init__(self, number: Signals, doing: str = "") -> None:
        super().__init__(
            f"interrupted by {number.name}{doing}", hint="Run it again: what is completed stays completed."
        )
        self.exit_code = 128 + number


class Refused(MigrateTasksError):
    """The request is understood and will not be done, here or at all."""


class TryAgainLater(MigrateTasksError):
    """Nothing is wrong with the files; the same command may succeed later."""

    exit_code = 75


class AnotherRun(TryAgainLater):
    """Another run of migrations has the lock; ``holder`` is the session that has it, where that could be seen."""

    holder: Holder | None = None


class ConfigurationError(MigrateTasksError):
    """A setting or a file must be mended before any try can succeed."""

    exit_code = 78


class UnknownMigration(ConfigurationError):
    """There is no migration of the name that was given."""


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return a HINT naming the known word nearest to ``word``, or None where nothing is near."""
    near = get_close_matches(word, list(known), n=1)
    return f'Did you mean "{near[0]}"?' if near else None
