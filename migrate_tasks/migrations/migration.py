"""A migration, as a value: its name, and what its file says."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class MigrationName:
    """The name of a migration; names are ordered by number, so that 1000 comes after 999."""

    number: int
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Migration:
    """One file: its name, its path as messages show it, its SQL, and the SHA-256 of its bytes in hex."""

    name: MigrationName
    path: str
    sql: str = field(repr=False)
    checksum: str
