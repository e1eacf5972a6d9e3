"""The file in which a process notes its backends, for who must end them when the process itself is killed.

It is named by an environment variable, which the start-up sets for an attempt of a phase; a pid a line.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

VARIABLE = "STARTUP_BACKENDS"


def note_backend(pid: int) -> None:
    """Append ``pid`` to the file, if there is to be one; that it cannot be written is no reason to fail."""
    if name := os.environ.get(VARIABLE):
        with suppress(OSError), Path(name).open("a", encoding="ascii") as file:
            file.write(f"{pid}\n")


def read_backends(path: Path) -> set[int]:
    """Return the pids in the file; none where nothing was noted. What is no whole line is passed over."""
    try:
        lines = path.read_text(encoding="ascii", errors="replace").splitlines(keepends=True)
    except OSError:
        return set()
    return {int(line) for line in lines if line.endswith("\n") and line.strip().isdecimal()}
