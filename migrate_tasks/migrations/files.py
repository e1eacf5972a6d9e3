"""The folder of migrations: what is on the disk, read once and whole.

A file may begin with a BOM and may end its lines with CR LF; anything that is not UTF-8 is refused with its
place, since Postgres would store something else than its author meant.

Every command reads every file, so what is done for each is done without pathlib, which takes longer than reading it.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import shlex
from io import FileIO
from pathlib import Path

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.directives import parse_directives
from migrate_tasks.migrations.migration import Migration, MigrationName
from migrate_tasks.migrations.names import (
    DOWN,
    check_companions,
    check_unique,
    file_name_for,
    next_number,
    number_in,
    parse_file_name,
)

SKELETON = """\
-- {title}
--
-- Why:
--
-- Write statements that can run twice (IF NOT EXISTS, CREATE OR REPLACE), and say with COMMENT ON what a new
-- table is for. The whole file runs in one transaction, together with its row in migration_status.

-- CREATE TABLE IF NOT EXISTS {table} (
--   id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
--   created_at TIMESTAMPTZ NOT NULL DEFAULT now()
-- );
--
-- COMMENT ON TABLE {table} IS '...';
"""
END_OF_SKELETON = SKELETON.rpartition("}")[2]


def read_migrations(directory: Path) -> tuple[Migration, ...]:
    """Return the migrations in ``directory`` in the order of their numbers.

    Files that do not end in ``.sql``, hidden files and sub-folders are passed over. Raises
    ConfigurationError for a missing folder, a name that does not fit, a number used twice, a companion without its
    migration, and text that cannot be SQL.
    """
    folder = shown(directory)
    files = _sql_files(directory, folder)
    downs = {file for file in files if file.endswith(DOWN)}
    files = [file for file in files if file not in downs]
    names = sorted(parse_file_name(file, folder, files) for file in files)
    check_unique(names, folder)
    check_companions(downs, names, folder)
    prefix = shown(directory / "_").removesuffix("_")
    return tuple(_read(directory, prefix, name, has_companion=f"{name.name}{DOWN}" in downs) for name in names)


def read_sql(path: str) -> str:
    """Return the SQL in the file at ``path``; raises ConfigurationError for text that cannot be SQL."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 -- pathlib costs more than the reading
            return decode_sql(file.read(), path)
    except FileNotFoundError:
        raise ConfigurationError(f'there is no file "{path}"') from None


def _sql_files(directory: Path, folder: str) -> list[str]:
    """Return the names of the SQL files, sorted."""
    try:
        with os.scandir(directory) as entries:
            return sorted(entry.name for entry in entries if _is_sql(entry))
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigurationError(
            f'there is no folder "{folder}"',
            hint=f"Make it and a first migration: invoke migrate.new create-users --directory {shlex.quote(folder)}",
        ) from None


def write_skeleton(directory: Path, description: str) -> Path:
    """Write the next migration, a commented skeleton, into ``directory`` and return its path."""
    if not re.search(r"\w", description):
        raise ConfigurationError(
            "the description of the migration is empty", hint='Say what it does: invoke migrate.new "create invoices"'
        )
    directory.mkdir(parents=True, exist_ok=True)
    taken = {number_in(file) for file in _sql_files(directory, shown(directory))}
    path = directory / file_name_for(description, next_number(taken))
    with path.open("x", encoding="utf-8") as file:  # "x": never over somebody's work
        file.write(_skeleton(path.stem))
    return path


def _skeleton(name: str) -> str:
    _, *words = name.split("-")
    return SKELETON.format(title=" ".join(words).capitalize(), table=words[-1])


def shown(path: Path) -> str:
    """Return ``path`` as people typed it: relative to the current folder where it lies below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _is_sql(entry: os.DirEntry[str]) -> bool:
    is_named_so = entry.name.lower().endswith(".sql") and not entry.name.startswith(".")
    # a link is followed; unlike DirEntry, Path takes one that leads in a circle for no file
    return is_named_so and (entry.is_file(follow_symlinks=False) or Path(entry).is_file())


def _read(directory: Path, prefix: str, name: MigrationName, *, has_companion: bool) -> Migration:
    with FileIO(f"{directory}/{name.name}.sql") as file:
        content = file.readall()
    place = f"{prefix}{name.name}.sql"
    sql = decode_sql(content, place)
    if not sql.strip() or (sql.endswith(END_OF_SKELETON) and sql == _skeleton(name.name)):
        raise ConfigurationError(
            f'migration "{name}" is {"still the skeleton" if sql.strip() else "empty"}',
            detail="Once completed it would never run again, whatever is written into it later.",
            hint=f"Write its SQL into {place}; a comment is enough where nothing is to be done.",
        )
    checksum = hashlib.sha256(content).hexdigest()
    down = f"{prefix}{name.name}{DOWN}" if has_companion else None
    return Migration(name, place, sql, checksum, parse_directives(sql, place), down)


def decode_sql(content: bytes, place: str) -> str:
    """Return the SQL in ``content``, without a BOM; raises ConfigurationError for what cannot be SQL."""
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        sql = content.decode()
    except UnicodeDecodeError as error:
        file = shlex.quote(place)
        is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        name, option = ("UTF-16", "utf-16") if is_utf16 else ("Latin-1", "latin1")
        raise ConfigurationError(
            f"{place}:{_line_and_column(content, error.start)}: byte 0x{content[error.start]:02x} is not UTF-8",
            hint=f"If the file is {name}: iconv -f {option} -t utf-8 {file} > new.sql && mv new.sql {file}",
        ) from None
    if "\0" in sql:
        raise ConfigurationError(
            f"{place}:{_line_and_column(content, content.index(0))}: a NUL byte cannot be part of SQL",
            hint="If the file is UTF-16, save it as UTF-8.",
        )
    return sql


def _line_and_column(content: bytes, offset: int) -> str:
    before = content[:offset]
    column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
    line = before.count(b"\n") + 1
    return f"{line}:{column}"
