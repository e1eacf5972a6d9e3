"""The embedded server: a Postgres of one's own, in a folder, on a unix socket.

Everybody who uses the server holds a shared lock on ``users.lock``. The keeper (keeper.py), a process of
its own, started the server, owns ``keeper.lock`` while it lives, and waits for the exclusive lock on
``users.lock``: the kernel hands it over when the last user has ended, however it ended, and the keeper
stops the server. So nothing is left behind, and nothing is stopped under somebody. A child that was forked
off a user holds its parent's lock too.

Not here: how the server is made, started and stopped (keeper.py), and which programs it has (binaries.py).
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import pwd
import select
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self
from urllib.parse import quote

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.postgres.servers.binaries import find_binaries
from migrate_tasks.postgres.servers.locks import open_lock, try_lock
from migrate_tasks.postgres.servers.socket_folders import (
    make_socket_folder,
    remove_dead_socket_folders,
    socket_folder_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrate_tasks.postgres.servers.binaries import Binaries

KEEPER = Path(__file__).with_name("keeper.py")
DATABASE = "app"
PORT = 5432
NO_ROOM = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}  # no folder is to blame
START_LIMIT = 60.0  # seconds; crash recovery of a large database may take that long


class EmbeddedServer:
    """A server in ``directory``, up while at least one process is inside ``with EmbeddedServer(...)``.

    ``options`` are settings of postgresql.conf for a server that this use has to start; where another
    user's is already up, it stays as it is. ``binaries`` are the programs to start it with; None means
    those that are found.
    """

    def __init__(
        self, directory: Path, options: Mapping[str, str] | None = None, *, binaries: Binaries | None = None
    ) -> None:
        self.directory = directory.resolve()  # as the server's processes are seen to work in it
        self.options = {"port": str(PORT), **(options or {})}
        self._binaries = binaries
        self._lock = ExitStack()

    def __enter__(self) -> Self:
        with _problems_explained(self.directory), ExitStack() as undo:
            self.directory.mkdir(mode=0o700, exist_ok=True)
            _refuse_foreign(self.directory)
            (self.directory / ".gitignore").write_text("*\n", encoding="ascii")
            self._join(undo.enter_context(open_lock(self.directory / "users.lock")))
            self._lock = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    @property
    def major_version(self) -> int:
        """The major version of the server, from its data directory."""
        return int(self._version_file.read_text(encoding="ascii"))

    def url(self, database: str = DATABASE) -> str:
        """Return the URL of ``database``, as the server's superuser."""
        host = quote(str(self.socket_directory), safe="")
        return f"postgresql://postgres@/{quote(database)}?host={host}&port={self.options['port']}"

    @property
    def socket_directory(self) -> Path:
        """The server's own folder, or one in /tmp where a socket's path would be too long, or a list for libpq."""
        return socket_folder_for(self.directory, self.options["port"])

    @property
    def _version_file(self) -> Path:
        return self.directory / "data" / "PG_VERSION"

    def _join(self, users: IO[bytes]) -> None:
        """Become a user of the server, and see that it is up: start it, or wait for the one who does."""
        deadline = time.monotonic() + START_LIMIT
        while not try_lock(users, fcntl.LOCK_SH):
            _wait(deadline, self._too_slow("stop"))
        with open_lock(self.directory / "keeper.lock") as keeper:
            while not try_lock(keeper, fcntl.LOCK_EX):
                if (self.directory / "keeper.lock").read_bytes() == b"ready\n":
                    return
                _wait(deadline, self._too_slow("start"))
            keeper.truncate(0)
            self._start_keeper(keeper)

    def _too_slow(self, verb: str) -> TryAgainLater:
        return TryAgainLater(
            f"the embedded server in {self.directory} did not {verb} within {START_LIMIT:.0f} s",
            hint="Look for the process that holds keeper.lock there, and end it.",
        )

    def _start_keeper(self, lock: IO[bytes]) -> None:
        """Start the keeper, which inherits ``lock``, and wait for its one line: ready, or what is wrong."""
        binaries = self._binaries or find_binaries(self.major_version if self._version_file.exists() else None)
        socket_directory = self.socket_directory
        remove_dead_socket_folders(socket_directory)
        if socket_directory != self.directory:
            make_socket_folder(socket_directory, self.directory)
        order = {
            "directory": str(self.directory),
            "binaries": str(binaries.directory),
            "major_version": binaries.major_version,
            "socket_directory": str(socket_directory),
            "database": DATABASE,
            "options": self.options,
            "lock": lock.fileno(),
        }
        with (
            (self.directory / "keeper.log").open("wb") as log,
            subprocess.Popen(
                # -I -S: only the standard library, whatever the environment says
                [sys.executable, "-I", "-S", str(KEEPER), json.dumps(order)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=[lock.fileno()],
                start_new_session=True,
                cwd=self.directory,
            ) as process,
        ):
            assert process.stdout
            readable, _, _ = select.select([process.stdout], [], [], START_LIMIT)
            process.returncode = 0  # it outlives us: nobody waits for it here
            if not readable:
                raise self._too_slow("start")
            line = process.stdout.readline()
        _raise_unless_ready(line, self.directory)


def _raise_unless_ready(line: bytes, directory: Path) -> None:
    report: dict[str, str] = json.loads(line) if line else {"error": "the keeper of the embedded server said nothing"}
    if "error" in report:
        raise MigrateTasksError(
            report["error"],
            detail=report.get("detail"),
            hint=f"Look into {directory / 'server.log'} and {directory / 'keeper.log'}.",
        )


def _wait(deadline: float, too_slow: TryAgainLater) -> None:
    if time.monotonic() > deadline:
        raise too_slow
    time.sleep(0.005)


def _refuse_foreign(directory: Path) -> None:
    """Refuse a folder of another user: what root makes in it, for one, its owner could not use any more."""
    owner = directory.stat().st_uid
    if owner == os.geteuid():
        return
    name = str(owner)
    with suppress(KeyError):
        name = pwd.getpwuid(owner).pw_name
    raise ConfigurationError(
        f'"{directory}" belongs to user "{name}", and this process runs as user id {os.geteuid()}',
        hint=f'Run it as that user, or hand the folder over: chown -R {os.geteuid()} "{directory}"',
    )


@contextmanager
def _problems_explained(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(
            f'the embedded server may not use "{error.filename or directory}": {reason}',
            hint=f'Let user id {os.geteuid()} write in "{directory.parent}", or set DATABASE_URL.',
        ) from None
