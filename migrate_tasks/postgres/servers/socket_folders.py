"""Short private folders for the sockets of embedded servers whose own paths are too long for one.

Each names the server that it was made for, so that whoever starts a server can take away those of dead ones: a keeper
that was killed removes nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import socket
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.postgres.servers.locks import try_lock

PATH_LIMIT = 107 if sys.platform == "linux" else 103  # bytes; sun_path in unix(7), less its final NUL
# not $TMPDIR, which may be another for the next command; the folders in it are private
PLACE = Path("/tmp")  # noqa: S108
OWNER = "server"  # a file: the path of the server's folder
MAKING = 60.0  # seconds that a folder without that file may still become one with it


def socket_folder_for(directory: Path, port: str) -> Path:
    """Return the server's own folder, or one in /tmp where a socket's path would be too long, or a list for libpq."""
    path = os.fsencode(directory / f".s.PGSQL.{port}")
    if len(path) <= PATH_LIMIT and not set(path) & set(b',"'):
        return directory
    return PLACE / f"migrate-tasks-{os.geteuid()}-{hashlib.sha256(path).hexdigest()[:12]}"


def make_socket_folder(folder: Path, directory: Path) -> None:
    """Make ``folder`` for our eyes only; one that somebody else made in a shared place is refused."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.geteuid() or found.st_mode & 0o077 or folder.is_symlink():
        raise ConfigurationError(
            f'the socket directory "{folder}" belongs to somebody else or is open to others',
            hint="Remove it, or move the project to a shorter path.",
        )
    (folder / OWNER).write_bytes(bytes(directory))


def remove_dead_socket_folders(living: Path) -> None:
    """Remove the folders of servers that are dead, but for ``living``; none that is not ours is looked into."""
    name = re.compile(rf"migrate-tasks-{os.geteuid()}-[0-9a-f]{{12}}")
    for folder in PLACE.iterdir():
        with suppress(OSError):  # another process may be removing it, too
            if name.fullmatch(folder.name) and folder != living and folder.lstat().st_uid == os.geteuid():
                _remove_if_dead(folder)


def _remove_if_dead(folder: Path) -> None:
    try:
        directory = Path(os.fsdecode((folder / OWNER).read_bytes()))
    except FileNotFoundError:  # it is being made, or an earlier release made it
        if time.time() - folder.stat().st_mtime > MAKING:
            folder.rmdir()
        return
    with ExitStack() as locks:
        if directory.is_dir():
            # the users' lock first, as whoever begins to use the server takes it first
            for lock in ("users.lock", "keeper.lock"):
                if not try_lock(locks.enter_context((directory / lock).open("ab")), fcntl.LOCK_EX):
                    return
        elif _answers(folder):  # the server's folder is one that cannot be seen from here
            return
        shutil.rmtree(folder)


def _answers(folder: Path) -> bool:
    """Return whether a server listens in the folder."""
    for path in folder.glob(".s.PGSQL.*[0-9]"):
        with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
            return True
    return False
