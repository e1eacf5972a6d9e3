"""File names of migrations: "007-create-analytics-table.sql", ordered by their numbers.

Pure: nothing here touches the disk.
"""

from __future__ import annotations

import re
import shlex
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, did_you_mean
from migrate_tasks.migrations.migration import MigrationName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

FILE_NAME = re.compile(r"(\d{3,})-[a-z0-9]+(?:-[a-z0-9]+)*\.sql")
DOWN = ".down.sql"  # what the companion of a migration, the file that undoes it, ends in
LONGEST_NAME = 63  # bytes; NAMEDATALEN - 1, as of any identifier of PostgreSQL


def parse_file_name(file_name: str, folder: str, files: Iterable[str]) -> MigrationName:
    """Return the name of the migration in ``file_name``.

    Raises ConfigurationError where it does not fit, with the command that gives the file in ``folder`` a name
    whose number none of the ``files`` there has.
    """
    fits = FILE_NAME.fullmatch(file_name)
    if fits and len(file_name) <= LONGEST_NAME + len(".sql"):
        return MigrationName(int(fits[1]), file_name[:-4])
    if fits:
        raise _too_long(file_name, folder)
    taken = {number_in(other) for other in files if other != file_name}
    own = re.match(r"\d+", file_name)
    is_free = own is not None and int(own[0]) not in taken
    number, words = (int(own[0]), file_name[own.end() :]) if own else (0, file_name)
    better = file_name_for(words, number if is_free else next_number(taken))
    raise ConfigurationError(
        f'file name "{folder}/{file_name}" does not fit "NNN-description.sql"',
        detail="NNN is a number of three or more digits, the description lower-case words joined by hyphens.",
        hint=f"mv {shlex.quote(f'{folder}/{file_name}')} {shlex.quote(f'{folder}/{better}')}",
    )


def _too_long(file_name: str, folder: str) -> ConfigurationError:
    name = file_name.removesuffix(".sql")
    shorter = name[:LONGEST_NAME].rpartition("-")[0]
    if "-" not in shorter:  # the number alone
        shorter = name[:LONGEST_NAME]
    command = f"mv {shlex.quote(f'{folder}/{file_name}')} {shlex.quote(f'{folder}/{shorter}.sql')}"
    return ConfigurationError(
        f'the name of migration "{name}" is too long',
        detail=f"It has {len(name)} characters; an identifier of PostgreSQL has at most {LONGEST_NAME}.",
        hint=command,
    )


def check_companions(downs: Iterable[str], names: Collection[MigrationName], folder: str) -> None:
    """Raise ConfigurationError when one of ``downs``, the files that undo, has no migration to undo."""
    known = {str(name) for name in names}
    for down in sorted(downs):
        name = down.removesuffix(DOWN)
        if name not in known:
            raise ConfigurationError(
                f'"{folder}/{down}" undoes a migration that is not there',
                detail=f'There is no "{folder}/{name}.sql".',
                hint=did_you_mean(name, known) or f"Remove it, or write {folder}/{name}.sql.",
            )


def file_name_for(description: str, number: int) -> str:
    """Return the file name of a migration that somebody describes so: "009-create-users.sql"."""
    plain = unicodedata.normalize("NFKD", description.replace("ß", "ss")).encode("ascii", "ignore").decode()
    without_number = re.sub(r"^\d{3,}-", "", plain.lower().removesuffix(".sql"))
    words = re.findall(r"[a-z0-9]+", without_number)
    return f"{number:03d}-{'-'.join(words) or 'migration'}.sql"


def next_number(taken: Collection[int]) -> int:
    """Return the number after all that are ``taken``."""
    return max(taken, default=0) + 1


def number_in(file_name: str) -> int:
    """Return the number that ``file_name`` begins with, or 0."""
    digits = re.match(r"\d+", file_name)
    return int(digits[0]) if digits else 0


def check_unique(names: Sequence[MigrationName], folder: str) -> None:
    """Raise ConfigurationError when two of the sorted ``names`` have one number."""
    for first, second in pairwise(names):
        if first.number == second.number:
            better = file_name_for(second.name, next_number([name.number for name in names]))
            command = f"mv {shlex.quote(f'{folder}/{second}.sql')} {shlex.quote(f'{folder}/{better}')}"
            raise ConfigurationError(
                f'migrations "{first}" and "{second}" in {folder} have one number',
                detail="The number decides the order, so each may be used once.",
                hint=f"Give the one that was not executed yet the next number, as in: {command}",
            )
