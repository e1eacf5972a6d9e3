"""Lock files: flock(2), which the kernel takes back when a process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def open_lock(path: Path) -> IO[bytes]:
    """Open a lock file, above the standard streams: where those are closed, a child's would take its place."""
    with path.open("a+b") as low:
        return os.fdopen(fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 3), "a+b")


def try_lock(lock: IO[bytes], kind: int) -> bool:
    """Return whether the lock was to be had at once; where it was not, one of another kind held before is lost."""
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
