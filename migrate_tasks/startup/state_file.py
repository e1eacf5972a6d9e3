"""The state of a start-up as a file, for other processes of the same service: is it up yet, and if not, why.

The file holds no more than the log does (secrets are masked in both), and its readers often have another user than
the entrypoint, which may be root; so its mode is what the umask makes of 0666. It is replaced as a whole, so a reader
never sees half of it. It is not flushed to the disk: after a crash of the machine nothing is running.
"""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.render.json import STARTUP_VERSION, Json, startup_json
from migrate_tasks.startup.result import PhaseOutput, TimePasses
from migrate_tasks.startup.state import Process

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.startup.result import PhaseEvent
    from migrate_tasks.startup.state import StartupState

HINT = "It is written while `invoke startup` runs."
# seconds between two writings, while something happens and while nothing does: to replace a file takes up to 3 ms
# where the file system then begins to write the new one to the disk (auto_da_alloc in ext4(5))
BUSY, IDLE = 0.05, 1.0
KEYS = {"name": str, "run_id": str, "state": str, "pid": int, "host": str, "process": str, "phases": list}
START_TIME = 19  # the place of starttime in /proc/PID/stat after the name, where state is the first (proc(5), field 22)


class StateFile:
    """Keeps the file at ``path`` current; a context manager, whose ``on_event`` is to be told what is new.

    What has become of the start-up when the context is left is written last. Where the file cannot be written, ``warn``
    is called with a line that says why, once, and the start-up goes on.
    """

    def __init__(self, path: Path, state: StartupState, warn: Callable[[str], None]) -> None:
        self._path = path
        self._new = path.with_name(f".{path.name}.{os.getpid()}.new")
        self._state = state
        self._warn = warn
        self._has_warned = self._has_news = False
        self._written = state.clock()

    def __enter__(self) -> Self:
        self.write()
        return self

    def __exit__(self, *_: object) -> None:
        self.write()

    def on_event(self, event: PhaseEvent) -> None:
        """Write the file where events have changed it, soon; while time passes, once a second."""
        self._has_news = self._has_news or not isinstance(event, PhaseOutput | TimePasses)
        if self._state.clock() - self._written >= (BUSY if self._has_news else IDLE):
            self.write()

    def write(self) -> None:
        """Write the file as the state is now."""
        self._written, self._has_news = self._state.clock(), False
        try:
            self._replace(json.dumps(startup_json(self._state), ensure_ascii=False) + "\n")
        except OSError as error:
            with suppress(OSError):
                self._new.unlink(missing_ok=True)
            if not self._has_warned:
                self._has_warned = True
                reason = (error.strerror or str(error)).lower()
                self._warn(f'warning: the state of the start-up could not be written to "{self._path}": {reason}')

    def _replace(self, text: str) -> None:
        make_folder(self._path.parent)
        self._new.unlink(missing_ok=True)  # a process that had our pid was killed while it wrote
        # a link that somebody else has laid there is not followed
        opened = os.open(self._new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        with os.fdopen(opened, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        self._new.replace(self._path)


def make_folder(folder: Path) -> None:
    """Make ``folder`` where there is none, such that git does not see it."""
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="ascii")


def read_state_file(path: Path) -> Json:
    """Return the document in ``path``; its state is "died" where its process has ended without saying how.

    That can be known only on the host, and in the container, in which the start-up runs. Raises ConfigurationError.
    """
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ConfigurationError(f'there is no state of a start-up in "{path}"', hint=HINT) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f'"{path}" could not be read: {reason}') from error
    except (ValueError, RecursionError):
        raise ConfigurationError(
            f'"{path}" is not the state of a start-up: it is no JSON, or cut off', hint=HINT
        ) from None
    is_one = isinstance(found, dict) and all(isinstance(found.get(key), kind) for key, kind in KEYS.items())
    if not is_one or not all(isinstance(phase, dict) for phase in found["phases"]):
        raise ConfigurationError(f'"{path}" is not the state of a start-up', hint=HINT)
    if found.get("version") != STARTUP_VERSION:
        raise ConfigurationError(
            f'"{path}" has version {found.get("version")} of the format, and {STARTUP_VERSION} is known',
            hint="Read it with the migrate-tasks that wrote it.",
        )
    process = Process(found["pid"], found["host"], found["process"])
    return {**found, "state": "died"} if found["state"] == "running" and has_died(process) else found


def this_process() -> Process:
    """Return who we are, for :class:`StartupState`."""
    pid = os.getpid()
    return Process(pid, socket.gethostname(), _mark(pid) or "")


def has_died(process: Process) -> bool:
    """Return whether ``process`` has surely ended; False where that cannot be known from here."""
    if process.host != socket.gethostname():
        return False
    if process.mark:
        if process.mark.partition(" ")[0] != _namespace():
            return False  # another container of the same pod: pids mean something else there
        found = _mark(process.pid)
        if found is not None:
            return found != process.mark
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):  # somebody else's, whom /proc may hide (its hidepid)
        return False
    return False


def _mark(pid: int) -> str | None:
    """Return the pid namespace, and when the process began, in ticks since the machine did.

    In a container every start-up has the pid 1, so that the pid alone tells nothing. Empty for a process that has ended
    and was not waited for, None where there is none to be seen.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return "" if fields[0] in "ZX" else f"{_namespace()} {fields[START_TIME]}"


def _namespace() -> str:
    try:
        return Path("/proc/self/ns/pid").readlink().name
    except OSError:
        return ""
