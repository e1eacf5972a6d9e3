"""Processes that others left behind: who gets them, which they are, and how they are ended.

On Linux a subreaper is given its descendants' orphans (prctl(2)), whatever session or group they put themselves
into; elsewhere only a process group can be ended, and the functions here find nobody.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 1, 36, 37

libc = ctypes.CDLL(None)


def adopt_orphans() -> None:
    """Have the kernel give us our descendants' orphans from now on."""
    if sys.platform == "linux":
        libc.prctl(PR_SET_CHILD_SUBREAPER, 1)


@contextlib.contextmanager
def orphans_adopted() -> Iterator[None]:
    """Have the kernel give us our descendants' orphans inside the block."""
    before = ctypes.c_int()
    if sys.platform == "linux":
        libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(before))
    adopt_orphans()
    try:
        yield
    finally:
        if sys.platform == "linux":
            libc.prctl(PR_SET_CHILD_SUBREAPER, before.value)


def die_with_parent(parent: int) -> None:
    """Be killed when our parent ``parent`` ends (prctl(2), PR_SET_PDEATHSIG); at once if it has ended already."""
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def die_with_pipe(reader: int) -> None:
    """Have our process group killed when the write end of a pipe is closed, as by the death of who has it.

    The kernel sends the signal (fcntl(2), F_SETSIG), so nobody has to live for it but one holder of ``reader``; one
    that cannot (gVisor, perhaps) leaves us with what the other functions here do.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):
        fcntl.fcntl(reader, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(reader, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.set_inheritable(reader, True)


def children() -> set[int]:
    """Return the pids of our children, ended ones too; none where the system does not list them.

    Nor where /proc is that of another pid namespace (unshare --pid without --mount-proc): its pids mean others here.
    """
    found: set[int] = set()
    with contextlib.suppress(OSError):
        if Path("/proc/self").readlink().name != str(os.getpid()):
            return found
    for thread in Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # the thread has ended meanwhile
            found.update(map(int, thread.read_text().split()))
    return found


def end_all(is_meant: Callable[[int], bool] = lambda _: True) -> list[str]:
    """Kill and reap our children that are meant, and their children that we are given then, until there are none.

    Whoever keeps an embedded server is spared: that one ends by itself. Returns who could not be ended, since it
    became another user.
    """
    out_of_reach: dict[int, str] = {}
    while pids := {p for p in children() if p not in out_of_reach and is_meant(p) and not _keeps_a_server(p)}:
        for pid in pids:  # all before we wait for one: they may be starting others meanwhile
            try:
                os.kill(pid, signal.SIGKILL)
            except PermissionError:
                out_of_reach[pid] = f"process {pid} ({_name_of(pid)})"
            except ProcessLookupError:
                pass
        for pid in pids - out_of_reach.keys():
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    return list(out_of_reach.values())


def is_foreign(pid: int) -> bool:
    """Return whether our child ``pid`` is of another session than ours, as whatever comes from a phase is."""
    try:
        return os.getsid(pid) != os.getsid(0)
    except ProcessLookupError:
        return False


def _keeps_a_server(pid: int) -> bool:
    try:
        return b"keeper.py" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "gone"
