"""What a phase's own code can tell the start-up that runs it; without one, nothing happens.

Lines of JSON on a pipe: the worker (worker.py) opens it, the supervisor reads it.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

_pipe: int | None = None
_is_waiting = False


def tell_to(pipe: int) -> None:
    """Write what is told from now on to the file descriptor ``pipe``."""
    global _pipe  # noqa: PLW0603 -- a process does the work of one phase
    _pipe = pipe


def waits_for(what: str) -> None:
    """Say that the phase waits for ``what``, as "held by pod-7": until :func:`goes_on`, its timeout stands still."""
    _wait(what)


def goes_on() -> None:
    """Say that the waiting is over."""
    if _is_waiting:
        _wait("")


def _wait(what: str) -> None:
    global _is_waiting  # noqa: PLW0603 -- same
    _is_waiting = bool(what)
    tell(waiting=what)


def tell(**facts: Any) -> None:
    """Tell the start-up ``facts``; it is no error when nobody listens any more."""
    if _pipe is None:
        return
    line = json.dumps(facts).encode() + b"\n"
    with contextlib.suppress(OSError):
        while line:
            line = line[os.write(_pipe, line) :]
