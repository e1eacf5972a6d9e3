"""What the phases of one start-up have in common, and what each attempt finds in its environment."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.postgres import noted
from migrate_tasks.startup.attempt import forked, spawned
from migrate_tasks.startup.environment import parse_env_file, parse_outputs
from migrate_tasks.startup.notify import NOTIFY_SOCKET
from migrate_tasks.startup.warden import Orders
from migrate_tasks.startup.worker import Job, be_shell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from migrate_tasks.postgres.backends import Ended
    from migrate_tasks.startup.attempt import Start
    from migrate_tasks.startup.spec import Phase


URLS = ("MIGRATION_DATABASE_URL", "DATABASE_URL")  # of the databases that a phase may have sessions in
LARGEST_OUTPUTS = 16 * 1024 * 1024  # bytes; a program can be given no more than 6 MiB (execve(2))
CLEAR_LIMIT = 2.0  # seconds for their end


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where and with what the phases run.

    ``execute``  does the work of a phase that is a task, in its own process, and returns what the task did.
    ``folder``   the working directory.
    ``environ``  the whole environment, without what a phase says itself.
    ``scratch``  a folder for the files of the attempts, removed with the stage.
    ``further``  what else an attempt of a phase is to find, asked for when it begins.
    ``command``  the command line of a fresh interpreter that starts an attempt where fork is not to be had; empty:
                 it is.
    """

    execute: Callable[[Phase], object]
    folder: Path
    environ: Mapping[str, str]
    scratch: Path
    run_id: str = field(default_factory=lambda: os.urandom(3).hex())
    further: Callable[[Phase], Mapping[str, str]] = lambda _: {}
    command: tuple[str, ...] = ()

    def environ_for(self, phase: Phase, attempt: int, handed: Mapping[str, str]) -> dict[str, str]:
        """Return the whole environment of an attempt; ``handed`` are the outputs of the phases before it.

        The phase's own env wins over its env_file, that over what is handed on, that over the process's. Raises
        ConfigurationError for an env_file that is not there or cannot be read.
        """
        environ = {**self.environ, **self.further(phase), **handed, **_read_env_file(self.folder, phase), **phase.env}
        environ.pop(NOTIFY_SOCKET, None)  # systemd's; a phase has nothing to tell it
        files = self.files_of(phase, attempt)
        return {
            **environ,
            "PGAPPNAME": phase.env.get("PGAPPNAME") or self.tag_of(phase, attempt),
            "STARTUP_RUN_ID": self.run_id,
            "STARTUP_PHASE": phase.name,
            "STARTUP_ATTEMPT": str(attempt),
            "STARTUP_OUTPUT": str(files.outputs),
            noted.VARIABLE: str(files.backends),
        }

    def start_of(self, phase: Phase, attempt: int, environ: Mapping[str, str]) -> Start:
        """Return what starts the attempt, in the ``environ`` that :meth:`environ_for` gave."""
        if self.command:
            facts = {"phase": phase.name, "attempt": attempt, "run_id": self.run_id, "scratch": str(self.scratch)}
            return spawned(self.command, facts, environ)
        return forked(self.job(phase, environ), self.orders(phase, attempt, environ))

    def job(self, phase: Phase, environ: Mapping[str, str]) -> Job:
        """Return what the worker of an attempt is to do."""

        def work() -> object:
            return be_shell(phase.run) if phase.run else self.execute(phase)

        return Job(work, environ, self.folder)

    def orders(self, phase: Phase, attempt: int, environ: Mapping[str, str]) -> Orders:
        """Return what the warden of an attempt has to know."""
        started = time.monotonic()

        def clear() -> Ended | None:
            from migrate_tasks.postgres.backends import terminate_backends

            urls = [environ[name] for name in URLS if environ.get(name)]
            pids = noted.read_backends(self.files_of(phase, attempt).backends)
            return terminate_backends(urls, self.tag_of(phase, attempt), pids, started=started, limit=CLEAR_LIMIT)

        return Orders(
            grace_period=phase.grace_period.total_seconds(),
            clear=clear,
            forsaken=lambda: self._leave(self.files_of(phase, attempt)),
        )

    def _leave(self, files: AttemptFiles) -> None:
        """Remove the files of an attempt, and the folder after those of the last one."""
        files.remove()
        with contextlib.suppress(OSError):
            self.scratch.rmdir()

    def tag_of(self, phase: Phase, attempt: int) -> str:
        """Return the application_name by which the database shows the attempt's sessions.

        It fits whole into the 63 bytes that the server keeps: a phase's name has at most 40, an attempt's number 3.
        """
        return f"startup:{self.run_id}:{attempt}:{phase.name}"

    def files_of(self, phase: Phase, attempt: int) -> AttemptFiles:
        """Return where the attempt writes what."""
        return AttemptFiles(self.scratch / f"{phase.name}.{attempt}")


@dataclass(frozen=True)
class AttemptFiles:
    """The files of one attempt, all beginning with ``stem``."""

    stem: Path

    @property
    def outputs(self) -> Path:
        """What it hands on ($STARTUP_OUTPUT)."""
        return self.stem.with_name(f"{self.stem.name}.output")

    @property
    def backends(self) -> Path:
        """The process ids of its backends, as our own connections note them."""
        return self.stem.with_name(f"{self.stem.name}.backends")

    def read_outputs(self) -> dict[str, str]:
        """Return what the attempt hands on; raises MigrateTasksError for what is no file or not of the grammar."""
        try:
            size = self.outputs.stat().st_size
            if not self.outputs.is_file():  # to read a pipe might take for ever
                raise MigrateTasksError("$STARTUP_OUTPUT is no file any more")
            if size > LARGEST_OUTPUTS:
                raise MigrateTasksError(f"$STARTUP_OUTPUT has {size} bytes, and at most {LARGEST_OUTPUTS} are read")
            return parse_outputs(self.outputs.read_text(encoding="utf-8", errors="replace"), "$STARTUP_OUTPUT")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise MigrateTasksError(f"$STARTUP_OUTPUT could not be read: {(error.strerror or '').lower()}") from None

    def remove(self) -> None:
        """Remove them, since the attempt is over."""
        for path in (self.outputs, self.backends):
            with contextlib.suppress(OSError):  # a folder, if a phase made it one, goes with all
                path.unlink()


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a new folder for a stage; it is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="startup-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_env_file(folder: Path, phase: Phase) -> dict[str, str]:
    if not phase.env_file:
        return {}
    shown = phase.env_file
    try:
        text = (folder / phase.env_file).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else (error.strerror or "").lower()
        raise ConfigurationError(
            f'{phase.place}: env_file "{shown}" of phase "{phase.name}": {reason}', hint="Write it, or mend its name."
        ) from None
    return parse_env_file(text, shown)
