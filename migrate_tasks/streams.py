"""The standard streams of a process, which whoever started it may have closed."""

from __future__ import annotations

import os


def keep_streams_open() -> None:
    """Have files 0, 1 and 2 open, as /dev/null where they were closed, so that nothing else gets their numbers."""
    while (file := os.open(os.devnull, os.O_RDWR)) <= 2:  # noqa: PLR2004 -- stderr
        os.set_inheritable(file, True)
    os.close(file)
