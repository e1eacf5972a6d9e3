"""The files that are linted: those that were named, and those of their folders before them, which are replayed.

A folder is read as the runner reads it: no sub-folders, no hidden files, in the order of the numbers, what is
repeatable last. Names that the runner would refuse are read too: other tools' files can be linted. What it passes over
though it is named like a migration, a link to nowhere or a folder, is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, did_you_mean
from migrate_tasks.lint.report import Source
from migrate_tasks.migrations.directives import parse_directives
from migrate_tasks.migrations.files import read_sql
from migrate_tasks.migrations.names import DOWN, number_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STDIN = "-"
STDIN_NAME = "<stdin>"


Changed = Callable[[str], Collection[str]]


@dataclass(frozen=True)
class Home:
    """The project's own folder of migrations, and the last one in it that is not judged, if any."""

    directory: Path
    start_after: str | None = None


@dataclass(frozen=True)
class Typed:
    """What was given on standard input, and the file that it is to be taken for, if any."""

    text: str
    path: str | None = None


def read_sources(paths: Sequence[str], home: Home | None = None, changed: Changed | None = None) -> list[list[Source]]:
    """Return the files of each folder up to the last one that is judged, in the order of execution.

    ``paths`` are files and folders; ``changed`` tells the files of a folder that are judged, of those named. A file
    that undoes a migration is by itself. Raises ConfigurationError for what is not there, holds no SQL, or cannot be
    read.
    """
    judged = list(dict.fromkeys(file for path in paths for file in _files_of(path)))
    if changed:
        told = {folder: changed(folder or ".") for folder in {_folder_of(file) for file in judged}}
        judged = [file for file in judged if file in told[_folder_of(file)]]
    groups = [[_source(file)] for file in judged if file.endswith(DOWN)]
    ups = [file for file in judged if not file.endswith(DOWN)]
    for folder in dict.fromkeys(map(_folder_of, ups)):
        own = {file for file in ups if _folder_of(file) == folder}  # maybe no SQL files by their names
        others = [file for file in _sql_files(folder or ".") if file not in own]
        sources = _ordered([*(_source(file) for file in own), *_before(others, own)])
        groups.append(_needed(_later(sources, home, folder or ".")))
    return groups


def read_typed(typed: Typed) -> list[list[Source]]:
    """Return what was typed, among the files of the folder that it is taken to lie in."""
    if typed.path is None:
        return [[Source(STDIN_NAME, "stdin", typed.text)]]
    own = Source(typed.path, _name_of(typed.path), typed.text)
    folder = _folder_of(typed.path) or "."
    if typed.path.endswith(DOWN) or not Path(folder).is_dir():
        return [[own]]
    others = [file for file in _sql_files(folder) if file != os.path.normpath(typed.path)]
    return [_needed(_ordered([own, *_before(others, {typed.path})]))]


def _before(others: Iterable[str], judged: Collection[str]) -> list[Source]:
    """Return the sources of the others, but for those that cannot be read and are executed after the judged ones."""
    last = max(number_in(_name_of(path)) for path in judged)
    found = []
    for path in others:
        try:
            found.append(_source(path, is_judged=False))
        except ConfigurationError:
            if number_in(_name_of(path)) <= last:
                raise
    return found


def _files_of(path: str) -> list[str]:
    """Return the SQL files that a path of the command line names, sorted."""
    if not Path(path).is_dir():
        return [os.path.normpath(path)]
    files = sorted(_entries(path))
    if files:
        return files
    below = next((str(found.parent) for found in sorted(Path(path).rglob("*.sql"))), None)
    raise ConfigurationError(
        f'folder "{path}" has no SQL files',
        hint=f"Sub-folders are not looked into; name the one that is meant: migrate-lint {below}"
        if below
        else "Name the folder of the migrations, or files.",
    )


def _sql_files(folder: str) -> list[str]:
    """Return the paths of the SQL files in a folder that are not ways back, sorted."""
    return sorted(file for file in _entries(folder) if not file.endswith(DOWN))


def _entries(folder: str) -> list[str]:
    with os.scandir(folder) as entries:
        names = [e.name for e in entries if e.name.lower().endswith(".sql") and e.name[0] != "." and _is_seen(e)]
    return [os.path.normpath(f"{folder}/{name}") for name in names]


def _is_seen(entry: os.DirEntry[str]) -> bool:
    """Return whether somebody may take it for a migration, and not a pipe, say."""
    return entry.is_symlink() or entry.is_file() or entry.is_dir()


def _source(path: str, *, is_judged: bool = True) -> Source:
    if Path(path).is_dir():
        raise ConfigurationError(
            f'"{path}" is a folder with the name of a migration, which the runner passes over', hint="Rename it."
        )
    if Path(path).is_symlink() and not Path(path).exists():
        raise ConfigurationError(
            f'link "{path}" leads to no file, so the runner passes it over',
            detail=f"It is a link to {Path(path).readlink()}.",
            hint="Mend the link, or take it away.",
        )
    return Source(path, _name_of(path), read_sql(path), is_judged)


def _folder_of(path: str) -> str:
    """Return the folder of a file as it was typed, "" for the current one."""
    return os.path.dirname(path)  # noqa: PTH120 -- pathlib makes a dot of it


def _name_of(path: str) -> str:
    return Path(path).name.removesuffix(".sql")


def _ordered(sources: Iterable[Source]) -> list[Source]:
    return sorted(sources, key=lambda source: (_is_repeatable(source), number_in(source.name), source.name))


def _is_repeatable(source: Source) -> bool:
    try:
        return parse_directives(source.text, source.path).repeatable
    except ConfigurationError:  # a violation, told when the file is judged
        return False


def _needed(sources: list[Source]) -> list[Source]:
    """Return the sources up to the last one that is judged: what comes later changes nothing for it."""
    last = max((number for number, source in enumerate(sources) if source.is_judged), default=-1)
    return sources[: last + 1]


def _later(sources: list[Source], home: Home | None, folder: str) -> list[Source]:
    """Return the sources of a folder, of which none is judged up to the one that the settings name."""
    if home is None or home.start_after is None or Path(folder).resolve() != home.directory.resolve():
        return sources
    names = [source.name for source in sources]
    if home.start_after not in names:
        raise ConfigurationError(
            f'setting start_after: there is no migration "{home.start_after}"',
            hint=did_you_mean(home.start_after, names) or f"It is the name of a file in {folder}, without .sql.",
        )
    last = names.index(home.start_after)
    return [replace(s, is_judged=s.is_judged and number > last) for number, s in enumerate(sources)]
