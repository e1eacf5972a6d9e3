"""The container server: a Postgres that a Docker daemon runs, shared by all processes that name one folder.

Everybody who uses the server holds a shared lock on ``users.lock`` in the folder, which has the server's URL. Who gets
it exclusively is alone: the first one starts the container, and the last one removes it. One who is killed leaves it;
its labels say whose lock it belongs to, and the next start, in whatever folder, removes each container whose lock
nobody holds.

testcontainers finds the daemon, and the address of the container's port. The container is made without it: to each
of its own it gives the label of the process that makes it, and its reaper, where any test uses that, removes what has
the label when this process ends. With pytest-xdist that is a worker, and the others would lose their server.

Not here: how the daemon is spoken to (daemon.py), and whether a container is wanted at all.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from contextlib import ExitStack
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, Self
from urllib.parse import quote

from migrate_tasks.errors import TryAgainLater
from migrate_tasks.postgres.servers.daemon import (
    address_of,
    labels_of,
    last_words,
    network_of_ours,
    open_daemon,
    pull_unless_here,
    raise_if_ended,
    remove_containers,
    remove_leftovers,
)
from migrate_tasks.postgres.servers.locks import open_lock, try_lock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from testcontainers.core.docker_client import DockerClient

PORT = 5432
# not below /var/lib/postgresql: the official image of PostgreSQL 18 refuses a mount where older ones had their data
TMPFS = "/migrate-tasks"
READY_LIMIT = timedelta(seconds=60)
URL_LIMIT = 4096  # bytes
JOIN_LIMIT = 600.0  # seconds; whoever starts the container may have to pull its image


class ContainerServer:
    """A server of ``image``, up while at least one process is inside ``with ContainerServer(...)`` for ``directory``.

    ``options`` are settings of postgresql.conf. Where another user's container is already up, it stays as it is.
    """

    def __init__(self, image: str, directory: Path, options: Mapping[str, str]) -> None:
        self.image = image
        self.directory = directory.resolve()
        self.options = dict(options)
        self._url = ""
        self._stay = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            self.directory.mkdir(mode=0o700, exist_ok=True)
            users = undo.enter_context(open_lock(self._users_lock))
            self._url = self._join(users)
            undo.callback(self._leave, users)
            self._stay = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stay.close()

    def url(self, database: str = "postgres") -> str:
        """Return the URL of ``database``, as the server's superuser."""
        return f"{self._url}/{quote(database, safe='')}"

    @property
    def _users_lock(self) -> Path:
        return self.directory / "users.lock"

    def _join(self, users: IO[bytes]) -> str:
        """Become a user of the server, which is started where nobody is one, and return its URL."""
        deadline = time.monotonic() + JOIN_LIMIT
        while True:
            if try_lock(users, fcntl.LOCK_EX):
                self._start(users)
            # not atomic, see flock(2): somebody else may have come between, so only what is there now counts
            if try_lock(users, fcntl.LOCK_SH):
                url = os.pread(users.fileno(), URL_LIMIT, 0)
                if url:
                    return url.decode()
                fcntl.flock(users, fcntl.LOCK_UN)
            if time.monotonic() > deadline:
                raise TryAgainLater(
                    f"the container of {self.directory} was not ready within {JOIN_LIMIT:.0f} s",
                    hint=f"Look for the process that holds {self._users_lock}, and end it.",
                )
            time.sleep(0.02)

    def _start(self, users: IO[bytes]) -> None:
        """Start the container and write its URL into the lock file; the caller has the exclusive lock."""
        users.truncate(0)
        labels = labels_of(self._users_lock, users)
        with open_daemon() as docker:
            remove_containers(docker, labels)
            remove_leftovers(docker)
            pull_unless_here(docker, self.image)
            url = self._run(docker, labels)
        os.fchmod(users.fileno(), 0o600)  # it has the password
        os.write(users.fileno(), url.encode())

    def _leave(self, users: IO[bytes]) -> None:
        """Remove the container where nobody else uses it; of several that leave at once, one is the last."""
        if try_lock(users, fcntl.LOCK_EX):
            users.truncate(0)
            with open_daemon() as docker:
                remove_containers(docker, labels_of(self._users_lock, users))

    def _run(self, docker: DockerClient, labels: dict[str, str]) -> str:
        """Run the container and return its URL once it takes connections; a failure removes it."""
        password = secrets.token_urlsafe(24)
        container = docker.client.containers.create(
            self.image,
            command=[word for name, value in self.options.items() for word in ("-c", f"{name}={value}")],
            environment={"POSTGRES_PASSWORD": password, "PGDATA": f"{TMPFS}/data"},
            tmpfs={TMPFS: ""},
            ports={f"{PORT}/tcp": None},
            labels=labels,
            network=network_of_ours(docker),
        )
        try:
            container.start()
            url = f"postgresql://postgres:{password}@{address_of(docker, container, PORT)}"
            _wait_until_ready(container, f"{url}/postgres")
        except BaseException:
            container.remove(force=True, v=True)
            raise
        return url


def _wait_until_ready(container: Any, url: str) -> None:
    """Wait for a first connection over TCP; while the image makes its data directory, it has only a socket."""
    from migrate_tasks.postgres.connection import connect  # loads psycopg

    try:
        connect(url, wait=READY_LIMIT, on_failure=lambda _: raise_if_ended(container)).close()
    except TryAgainLater as error:
        error.detail = last_words(container)
        error.hint = "TESTCONTAINERS_HOST_OVERRIDE names the host where the container's port is to be found."
        raise
