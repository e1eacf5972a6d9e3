"""File names of migrations: "007-create-analytics-table.sql", ordered by their numbers.

Pure: nothing here touches the disk.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE_NAME = re.compile(r"(\d{3,})-[a-z0-9]+(?:-[a-z0-9]+)*\.sql")


@dataclass(frozen=True, order=True)
class MigrationName:
    """The name of a migration; names are ordered by number, so that 1000 comes after 999."""

    number: int
    name: str

    def __str__(self) -> str:
        return self.name


def parse_file_name(file_name: str, folder: str, next_number: int) -> MigrationName:
    """Return the name of the migration in ``file_name``.

    Raises ConfigurationError with a ready command where it does not fit; ``folder`` and ``next_number`` are for that.
    """
    fits = FILE_NAME.fullmatch(file_name)
    if fits:
        return MigrationName(int(fits[1]), file_name.removesuffix(".sql"))
    raise ConfigurationError(
        f'file name "{folder}/{file_name}" does not fit "NNN-description.sql"',
        detail="NNN is a number of three or more digits, the description lower-case words joined by hyphens.",
        hint=f"mv {shlex.quote(f'{folder}/{file_name}')} {folder}/{suggest_file_name(file_name, next_number)}",
    )


def suggest_file_name(text: str, next_number: int) -> str:
    """Return the file name for a migration that somebody calls ``text``: "009-create-users.sql"."""
    words = re.findall(r"[a-z0-9]+", text.lower().removesuffix(".sql"))
    number = int(words.pop(0)) if words and words[0].isdigit() and len(words) > 1 else next_number
    return f"{number:03d}-{'-'.join(words) or 'migration'}.sql"


def number_in(file_name: str) -> int:
    """Return the number that ``file_name`` begins with, or 0."""
    digits = re.match(r"\d+", file_name)
    return int(digits[0]) if digits else 0


def check_unique(names: Iterable[MigrationName], folder: str) -> None:
    """Raise ConfigurationError when two of the sorted ``names`` have one number."""
    for first, second in pairwise(names):
        if first.number == second.number:
            raise ConfigurationError(
                f'migrations "{first}" and "{second}" in {folder} have one number',
                detail="The number decides the order, so each may be used once.",
                hint=f"Give the newer one the next free number: invoke migrate.new {second.name.split('-', 1)[1]}",
            )
