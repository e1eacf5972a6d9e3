"""Where the embedded server of a test run lives: a folder of the run's own, which all its processes share.

It lies on a tmpfs where there is room, is copied at its beginning from the cluster that an earlier run left in pytest's
cache (so that there is neither initdb nor a migration to wait for), and is gone when the run ends. What a killed run
left is taken away by the next one: the folder's name has the process that answers for it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

TMPFS = Path("/dev/shm")  # noqa: S108 -- the folder in it is private
ROOM = 512 * 1024 * 1024  # bytes that must be free on it
KEPT_FOR = 3600  # seconds that a server stays up whose databases are kept
HOLD = """
import fcntl, sys, time
with open(sys.argv[1]) as users:
    fcntl.flock(users, fcntl.LOCK_SH)
    print(flush=True)
    time.sleep(int(sys.argv[2]))
"""


@dataclass(frozen=True)
class Grounds:
    """``shared`` is the run's folder, which need not be there yet; ``cache`` is what runs leave to each other."""

    shared: Path
    cache: Path | None

    @classmethod
    def for_run(cls, directory: str, cache: Path | None) -> Grounds:
        """Return the grounds of a run that this process answers for, in ``directory`` if one is given."""
        base = Path(directory).resolve() if directory else _default_base()
        return cls(base / f"migrate-tasks-{os.geteuid()}" / f"run-{os.getpid()}-{secrets.token_hex(4)}", cache)

    @contextmanager
    def embedded_server(self, options: Mapping[str, str]) -> Iterator[EmbeddedServer]:
        """Yield the run's server, which is started by the first process that asks for it."""
        from migrate_tasks.postgres.servers.binaries import find_binaries
        from migrate_tasks.postgres.servers.embedded import EmbeddedServer

        self.shared.mkdir(mode=0o700, parents=True, exist_ok=True)
        binaries = find_binaries()
        with _locked(self.shared / "grounds.lock", fcntl.LOCK_EX):
            if not (self.shared / "data").exists():
                self._sweep()
                self._copy_cluster(binaries.directory)
        with EmbeddedServer(self.shared, options, binaries=binaries) as server:
            yield server

    def note_change(self) -> None:
        """Have the cluster go into the cache at the end: it has a template that was not in it."""
        (self.shared / "changed").touch()

    @property
    def is_changed(self) -> bool:
        """Whether the cluster will go into the cache."""
        return self.cache is not None and (self.shared / "changed").exists()

    def keep(self) -> None:
        """Let the server stay up after the run, for an hour or until the next run."""
        holder = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", HOLD, str(self.shared / "users.lock"), str(KEPT_FOR)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert holder.stdout
        with holder.stdout:
            holder.stdout.readline()
        (self.shared / "holder").write_text(str(holder.pid), encoding="ascii")
        holder.returncode = 0  # it outlives us: nobody waits for it here

    def close(self) -> None:
        """Wait for the server's end, put the cluster into the cache if it has changed, and remove the folder."""
        if not self.shared.exists() or (self.shared / "holder").exists():
            return
        if (self.shared / "keeper.lock").exists():
            with _locked(self.shared / "keeper.lock", fcntl.LOCK_EX):
                if self.is_changed:
                    self._save_cluster()
        shutil.rmtree(self.shared, ignore_errors=True)
        with suppress(OSError):
            self.shared.parent.rmdir()

    def _cluster(self, binaries: Path) -> Path | None:
        """Return where a cluster of these programs lies in the cache."""
        if self.cache is None:
            return None
        said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, check=True).stdout
        return self.cache / f"cluster-{hashlib.sha256(bytes(binaries) + said).hexdigest()[:16]}"

    def _copy_cluster(self, binaries: Path) -> None:
        cluster = self._cluster(binaries)
        if cluster is None or not cluster.exists():
            return
        new = self.shared / "data.new"
        with _locked(cluster.with_suffix(".lock"), fcntl.LOCK_SH):
            shutil.copytree(cluster, new, symlinks=True)
        new.rename(self.shared / "data")

    def _save_cluster(self) -> None:
        from migrate_tasks.postgres.servers.binaries import find_binaries

        cluster = self._cluster(find_binaries().directory)
        data = self.shared / "data"
        if cluster is None or not data.exists() or (data / "postmaster.pid").exists():
            return  # it did not end in order
        new = cluster.with_suffix(f".new{os.getpid()}")
        shutil.copytree(data, new, symlinks=True)
        with _locked(cluster.with_suffix(".lock"), fcntl.LOCK_EX):
            shutil.rmtree(cluster, ignore_errors=True)
            new.rename(cluster)

    def _sweep(self) -> None:
        """Remove the folders of runs that were killed, and end servers that were only kept."""
        for folder in self.shared.parent.glob("run-*"):
            if folder != self.shared and not _is_alive(_pid_in(folder.name)):
                _remove_dead(folder)


def _default_base() -> Path:
    try:
        found = os.statvfs(TMPFS)
    except OSError:
        return Path(tempfile.gettempdir())
    has_room = found.f_bavail * found.f_frsize >= ROOM and os.access(TMPFS, os.W_OK)
    return TMPFS if has_room else Path(tempfile.gettempdir())


def _pid_in(name: str) -> int:
    return int(name.split("-")[1])


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
    with suppress(OSError, ValueError):
        holder = folder / "holder"
        if holder.exists():
            with suppress(ProcessLookupError):
                os.kill(int(holder.read_text(encoding="ascii")), 15)
            time.sleep(0.05)
        with (folder / "users.lock").open("ab") as users:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with _locked(folder / "keeper.lock", fcntl.LOCK_EX):  # while the keeper stops its server, it has this lock
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[None]:
    with path.open("ab") as lock:
        fcntl.flock(lock, kind)
        yield
