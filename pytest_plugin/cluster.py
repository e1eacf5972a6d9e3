"""The cluster that runs leave to each other in pytest's cache, so that a run need not make one: whole, or not there.

It comes with a digest of the names and sizes of its files, since anybody may tidy up there at any time; what does not
agree with it is taken away. No trouble with it ends a run.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_plugin.folders import locked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIGEST = "migrate-tasks.digest"  # in the cluster's folder


@dataclass(frozen=True)
class CachedCluster:
    """One cluster at ``path``; ``tell`` shows people a line."""

    path: Path
    tell: Callable[[str], None]

    @classmethod
    def of_programs(cls, cache: Path, binaries: Path, tell: Callable[[str], None]) -> CachedCluster:
        """Return the one that was made by the programs in ``binaries``."""
        said = subprocess.run([binaries / "postgres", "--version"], capture_output=True, check=True).stdout
        return cls(cache / f"cluster-{hashlib.sha256(bytes(binaries) + said).hexdigest()[:16]}", tell)

    def load(self, data: Path) -> bool:
        """Copy it to ``data``, and return whether it is there: not where there is none, or not a whole one."""
        new = data.with_name("data.new")
        shutil.rmtree(new, ignore_errors=True)
        try:
            with locked(self.path.with_suffix(".lock"), fcntl.LOCK_SH):
                if not self.path.exists():
                    return False
                shutil.copytree(self.path, new, symlinks=True)
            is_whole = (new / DIGEST).read_text(encoding="ascii") == _digest(new)
        except FileNotFoundError:  # of the digest; or pytest --cache-clear came in between
            is_whole = False
        except OSError as error:
            shutil.rmtree(new, ignore_errors=True)
            self.tell(f"the embedded server could not be copied from pytest's cache: {_reason(error)}")
            return False
        if not is_whole:
            shutil.rmtree(new, ignore_errors=True)
            self.discard("files are missing")
            return False
        new.rename(data)
        return True

    def save(self, data: Path) -> None:
        """Put the cluster in ``data``, whose server has ended in order, in its place."""
        new, former = self.path.with_suffix(".new"), self.path.with_suffix(".was")
        try:
            with locked(self.path.with_suffix(".lock"), fcntl.LOCK_EX):
                for left in (new, former):  # by whoever was killed here
                    shutil.rmtree(left, ignore_errors=True)
                shutil.copytree(data, new, symlinks=True)
                (new / DIGEST).write_text(_digest(new), encoding="ascii")
                if self.path.exists():
                    self.path.rename(former)
                new.rename(self.path)
                shutil.rmtree(former, ignore_errors=True)
        except OSError as error:
            shutil.rmtree(new, ignore_errors=True)
            self.tell(f"the embedded server could not be put into pytest's cache: {_reason(error)}")

    def discard(self, reason: str) -> None:
        """Take it away, and say so."""
        self.tell(f"the embedded server in pytest's cache is of no use, and is made anew: {reason}")
        try:
            with locked(self.path.with_suffix(".lock"), fcntl.LOCK_EX):
                shutil.rmtree(self.path, ignore_errors=True)
        except OSError:
            return  # the whole cache is gone


def _digest(folder: Path) -> str:
    """Return the SHA-256 of the names and sizes of all files below ``folder``, in hex."""
    files = (path for path in folder.rglob("*") if path.name != DIGEST and path.is_file() and not path.is_symlink())
    facts = sorted((str(path.relative_to(folder)), path.stat().st_size) for path in files)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _reason(error: OSError) -> str:
    """Return the system's words; those for the first file where shutil has several."""
    first = error.args[0] if isinstance(error, shutil.Error) and error.args else None
    text = str(first[0][-1]) if isinstance(first, list) and first else error.strerror or str(error)
    return text.rpartition("] ")[2].partition(": ")[0].lower()
