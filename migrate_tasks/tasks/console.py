"""What the tasks and the console scripts print with, and what they make of the system's refusals; loads no invoke."""

from __future__ import annotations

import json as json_module
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.streams import keep_streams_open

if TYPE_CHECKING:
    from typing import TextIO


def refused_by_system(error: OSError) -> MigrateTasksError:
    """Return what the system has refused: a file that must be mended, or something that it has too little of."""
    reason = (error.strerror or str(error)).lower()
    if error.filename:
        return ConfigurationError(f'"{error.filename}" could not be used: {reason}')
    return MigrateTasksError(f"the system refused: {reason}")


def settle_streams() -> None:
    """See that the standard streams are there and take any character, and that children can be waited for."""
    keep_streams_open()
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 -- for the process's life
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def say(text: str | None) -> None:
    """Print a line, at once."""
    if text is not None:
        _write(f"{text}\n", sys.stdout)


def say_aside(text: str) -> None:
    """Print a line on stderr."""
    _write(f"{text}\n", sys.stderr)


def say_document(text: str) -> None:
    """Print ``text`` to its last character as UTF-8, whatever the terminal's encoding: it may become a file."""
    stdout: Any = sys.stdout
    if hasattr(stdout, "reconfigure"):
        stdout.reconfigure(encoding="utf-8", errors="strict")
    _write(text, sys.stdout)


def flush() -> None:
    """See that all that was printed is written."""
    _write("", sys.stdout)


def let_go(stream: TextIO) -> None:
    """Let what could not be written go nowhere: the interpreter would try it again, and complain, when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _write(text: str, stream: TextIO) -> None:
    try:
        if text:  # a full disk refuses even nothing
            stream.write(text)
        stream.flush()
    except OSError:
        let_go(stream)
        raise


def say_json(answer: Any) -> None:
    """Print one JSON document."""
    say(json_module.dumps(answer, indent=2, ensure_ascii=False))
