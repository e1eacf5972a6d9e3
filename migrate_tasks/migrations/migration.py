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
    """

    transaction: bool | None = None
    repeatable: bool = False
    lock_timeout: timedelta | None = None
    statement_timeout: timedelta | None = None


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
