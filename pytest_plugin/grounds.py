"""Where the embedded server of a test run lives: a folder of the run's own, which all its processes share.

It lies on a tmpfs where there is room, is copied at its beginning from the cluster that an earlier run left in pytest's
cache (so that there is neither initdb nor a migration to wait for), and is gone when the run ends. What a killed run
left is taken away by the next one. Not here: the folders (folders.py), and what is in the cache (cluster.py).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from migrate_tasks.errors import MigrateTasksError
from pytest_plugin import folders
from pytest_plugin.folders import HOLDER, locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer
    from pytest_plugin.cluster import CachedCluster

KEPT_FOR = 3600  # seconds that a server stays up whose databases are kept
HOLD = """
import fcntl, os, sys, time
with open(sys.argv[1]) as users:
    fcntl.flock(users, fcntl.LOCK_SH)
    print(flush=True)
    end = time.monotonic() + int(sys.argv[3])
    while os.path.exists(sys.argv[2]) and time.monotonic() < end:
        time.sleep(0.1)
"""


@dataclass(frozen=True)
class Grounds:
    """``shared`` is the run's folder, which need not be there yet; ``cache`` is what runs leave to each other.

    ``tell`` shows people a line. ``begun`` is when the run began.
    """

    shared: Path
    cache: Path | None
    tell: Callable[[str], None] = lambda _: None
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def for_run(cls, directory: str, cache: Path | None, tell: Callable[[str], None]) -> Grounds:
        """Return the grounds of a run that this process answers for, in ``directory`` if one is given."""
        return cls(folders.base_for(directory) / f"run-{os.getpid()}-{secrets.token_hex(4)}", cache, tell)

    @contextmanager
    def embedded_server(self, options: Mapping[str, str]) -> Iterator[EmbeddedServer]:
        """Yield the run's server, which is started by the first process that asks for it."""
        from migrate_tasks.postgres.servers.binaries import find_binaries
        from migrate_tasks.postgres.servers.embedded import EmbeddedServer

        def server() -> EmbeddedServer:
            return EmbeddedServer(self.shared, options, binaries=binaries)

        binaries = find_binaries()
        folders.make_private(self.shared)
        with ExitStack() as use:
            with locked(self.shared / "grounds.lock", fcntl.LOCK_EX):
                if not (self.shared / "data").exists():
                    folders.remove_dead(self.shared)
                    self._start_on_copy(server(), use)
            yield use.enter_context(server())

    def _start_on_copy(self, server: EmbeddedServer, use: ExitStack) -> None:
        """Start the server on the cluster from the cache, where there is one that it can start on."""
        cluster = self._cluster()
        if cluster and cluster.load(self.shared / "data"):
            try:
                use.enter_context(server)
            except MigrateTasksError as error:
                shutil.rmtree(self.shared / "data")
                cluster.discard(error.detail or error.message)

    def note_change(self) -> None:
        """Have the cluster go into the cache at the end: it has a template that was not in it."""
        (self.shared / "changed").touch()

    def note_leak(self) -> None:
        """Have the cluster not go into the cache: what a test has left in it would meet the next run's."""
        (self.shared / "leak").touch()

    @property
    def is_changed(self) -> bool:
        """Whether the cluster will go into the cache."""
        has_news = (self.shared / "changed").exists() and not (self.shared / "leak").exists()
        return self.cache is not None and has_news

    def keep(self) -> None:
        """Let the server stay up after the run, for an hour or until the next run."""
        (self.shared / HOLDER).touch()
        holder = subprocess.Popen(
            [
                *(sys.executable, "-I", "-S", "-c", HOLD),
                *(str(self.shared / "users.lock"), str(self.shared / HOLDER), str(KEPT_FOR)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert holder.stdout
        with holder.stdout:
            holder.stdout.readline()
        holder.returncode = 0  # it outlives us: nobody waits for it here

    def close(self) -> None:
        """Wait for the server's end, put the cluster into the cache if it has changed, and remove the folder."""
        if not self.shared.exists() or (self.shared / HOLDER).exists():
            return
        if (self.shared / "keeper.lock").exists():
            with locked(self.shared / "keeper.lock", fcntl.LOCK_EX):
                if self.is_changed:
                    self._save_cluster()
        folders.remove(self.shared)

    def _cluster(self) -> CachedCluster | None:
        from migrate_tasks.postgres.servers.binaries import find_binaries
        from pytest_plugin.cluster import CachedCluster

        return CachedCluster.of_programs(self.cache, find_binaries().directory, self.tell) if self.cache else None

    def _save_cluster(self) -> None:
        data, cluster = self.shared / "data", self._cluster()
        if cluster and data.exists() and not (data / "postmaster.pid").exists():  # else it did not end in order
            cluster.save(data)
