"""A migration, as a value: its name, and what its file says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


@dataclass(frozen=True, order=True)
class MigrationName:
    """The name of a migration; names are ordered by number, so that 1000 comes after 999."""

    number: int
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Directives:
    """What the ``-- migrate:`` comments at the head of a file ask for.

    ``transaction`` is None where the file does not say; the timeouts are None where the settings decide.
    ``idempotent`` changes nothing of how it is executed: it is a claim, which ``pytest --migrations`` puts to the test.
    """

    transaction: bool | None = None
    repeatable: bool = False
    idempotent: bool = False
    lock_timeout: timedelta | None = None
    statement_timeout: timedelta | None = None

    @property
    def may_run_twice(self) -> bool:
        """Return whether the file says that it can be executed again on what it has left."""
        return self.repeatable or self.idempotent


NO_DIRECTIVES = Directives()


@dataclass(frozen=True)
class Migration:
    """One file: its name, its path as messages show it, its SQL, the SHA-256 of its bytes in hex, its directives.

    ``down`` is the path of its companion, the file that undoes it; None where there is none.
    """

    name: MigrationName
    path: str
    sql: str = field(repr=False)
    checksum: str
    directives: Directives = NO_DIRECTIVES
    down: str | None = None
