"""The folders of runs: made for our eyes only, locked, and removed when the run that they were made for is dead.

A folder's name has the process that answers for it; whoever uses the server in it has a lock; see
migrate_tasks/postgres/servers/embedded.py.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.postgres.servers.locks import try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

TMPFS = Path("/dev/shm")  # noqa: S108 -- the folder in it is private
ROOM = 512 * 1024 * 1024  # bytes that must be free on it
STOPPING = 10.0  # seconds that a server may take to stop
LEAVING = 0.5  # seconds that its users may take to go, after they were told to
NAME = re.compile(r"run-(\d+)-[0-9a-f]+")
MADE = "made"  # a file; the first of the folders above that were made for the run
HOLDER = "holder"  # a file; as long as it is there, the server stays up after its run


def base_for(directory: str) -> Path:
    """Return where the folders of runs are: in ``directory`` if one is given, else where there is room."""
    return _base_in(Path(directory).resolve() if directory else _place())


def _base_in(place: Path) -> Path:
    return place / f"migrate-tasks-{os.geteuid()}"


def _place() -> Path:
    try:
        found = os.statvfs(TMPFS)
    except OSError:
        return Path(tempfile.gettempdir())
    has_room = found.f_bavail * found.f_frsize >= ROOM and os.access(TMPFS, os.W_OK)
    return TMPFS if has_room else Path(tempfile.gettempdir())


def make_private(folder: Path) -> None:
    """Make a run's folder, and those above it; raises ConfigurationError where it may not be there."""
    try:
        missing = [parent for parent in folder.parents if not parent.exists()]
        _make(folder)
        if missing:
            (folder / MADE).write_bytes(bytes(missing[-1]))
    except OSError as error:
        raise ConfigurationError(
            f'"{error.filename or folder}" could not be made: {error.strerror}',
            hint="Name another place: --postgres-directory=DIR.",
        ) from None


def _make(folder: Path) -> None:
    while True:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.parent.lstat()
        if found.st_uid != os.geteuid():
            raise ConfigurationError(
                f'"{folder.parent}" belongs to somebody else (user id {found.st_uid})',
                hint="Remove it, or name another place: --postgres-directory=DIR.",
            )
        with suppress(FileNotFoundError):  # another run, which ends just now, has removed the one above it
            folder.mkdir(mode=0o700, exist_ok=True)
            return


def remove(folder: Path) -> None:
    """Remove a run's folder, the one above it if it was the last, and those above that which were made for it."""
    first = folder.parent
    with suppress(OSError):
        first = Path(os.fsdecode((folder / MADE).read_bytes()))
    shutil.rmtree(folder, ignore_errors=True)
    for parent in folder.parents:
        if first not in (parent, *parent.parents):
            return
        with suppress(OSError):
            parent.rmdir()


def remove_dead(living: Path) -> None:
    """Remove the folders of runs that were killed, and end servers that were only kept; ``living`` is our own.

    Also where we have no folder: what dead runs left there may be why there was no room.
    """
    for base in {living.parent, _base_in(TMPFS), _base_in(Path(tempfile.gettempdir()))}:
        for folder in base.glob("run-*"):
            name = NAME.fullmatch(folder.name)
            if name and folder != living and not _is_alive(int(name[1])):
                with suppress(OSError):
                    _remove_dead(folder)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _remove_dead(folder: Path) -> None:
    """Remove a run's folder, unless a process of that run, such as a worker, still uses its server."""
    (folder / HOLDER).unlink(missing_ok=True)
    with (folder / "users.lock").open("ab") as users, (folder / "keeper.lock").open("ab") as keeper:
        if _are_free(users, keeper):
            remove(folder)


def _are_free(users: IO[bytes], keeper: IO[bytes]) -> bool:
    """Return whether nobody uses or keeps the server, which nobody can begin to then; a keeper gets time to stop it.

    A keeper waits for the users' lock, and ends with it: whoever has taken it before the keeper must let go.
    """
    started = time.monotonic()
    while True:
        is_kept = try_lock(users, fcntl.LOCK_EX)
        if is_kept and try_lock(keeper, fcntl.LOCK_EX):
            return True
        is_stopping = is_kept or not try_lock(users, fcntl.LOCK_SH)  # the keeper has it alone; users share it
        fcntl.flock(users, fcntl.LOCK_UN)
        if time.monotonic() - started > (STOPPING if is_stopping else LEAVING):
            return False
        time.sleep(0.02)


@contextmanager
def locked(path: Path, kind: int) -> Iterator[None]:
    """Hold a lock on a file, which is made if need be; raises OSError."""
    with path.open("ab") as lock:
        fcntl.flock(lock, kind)
        yield
