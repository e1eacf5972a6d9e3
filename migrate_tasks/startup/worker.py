"""The process that does a phase's work, in a process group of its own.

It never returns into the code that it was forked from.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.startup import phase
from migrate_tasks.startup.explain import explain
from migrate_tasks.startup.processes import die_with_parent, die_with_pipe
from migrate_tasks.startup.result import PhaseError, exit_status

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

Work = Callable[[], object]
SHELL = "/bin/sh"
ASK_TO_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# what to do where the kernel executes a program with no environment of this size (execve(2))
REFUSED = {errno.E2BIG: "A command and each variable may have 128 KiB, and all together a quarter of: ulimit -s"}


@dataclass(frozen=True)
class Job:
    """What a worker is to do, and where: ``work`` is called in ``folder`` with ``environ`` as the whole environment.

    What it returns are its outputs where that is a mapping.
    """

    work: Work
    environ: Mapping[str, str]
    folder: Path


@dataclass(frozen=True)
class Files:
    """What a worker prints to, tells how it went on, and is killed by the end of."""

    output: int
    report: int
    guard: int


def do(job: Job, files: Files, parent: int) -> NoReturn:
    """Do ``job``, tell how it went, and exit.

    What asks to end is blocked until the work begins, so that it is neither lost nor taken for another's.
    """
    code = 1
    try:
        os.setpgid(0, 0)
        die_with_pipe(files.guard)
        die_with_parent(parent)
        _settle(files.output)
        phase.tell_to(files.report)
        error, outputs = _attempt(job)
        phase.tell(error=asdict(error) if error else None, outputs=outputs)
        code = error.exit_code if error else 0
    finally:
        flush()
        os._exit(code)


def be_shell(command: str) -> NoReturn:
    """Become the shell that runs ``command``; its exit code says how it went. Raises ConfigurationError."""
    flush()
    phase.tell(is_shell=True)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and that would be inherited
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execv(SHELL, [SHELL, "-c", command])  # noqa: S606 -- that is what "run" means
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise ConfigurationError(
            f'"{SHELL}" could not be executed: {reason}', hint=REFUSED.get(error.errno or 0)
        ) from None


def _settle(output: int) -> None:
    """Print into the pipe, read nothing, and meet SIGTERM as KeyboardInterrupt, on which psycopg cancels."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number in ASK_TO_END:
        signal.signal(number, signal.default_int_handler)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115


def _attempt(job: Job) -> tuple[PhaseError | None, dict[str, str]]:
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ASK_TO_END)
        os.environ.clear()
        os.environ.update(job.environ)
        os.chdir(job.folder)
        return None, _texts(job.work())
    except MigrateTasksError as error:
        return explain(error), {}
    except KeyboardInterrupt:
        return PhaseError("the phase was interrupted", exit_code=128 + signal.SIGINT), {}
    except SystemExit as left:
        return _left(left.code), {}
    except BaseException as error:  # noqa: BLE001 -- the phase is the user's code: whatever it raises ends this attempt
        with contextlib.suppress(OSError, ValueError):  # it may have closed its stderr
            traceback.print_exception(error.with_traceback(_of_the_phase(error.__traceback__)))
        return explain(error), {}


def _texts(given: object) -> dict[str, str]:
    """Return what a task returned as variables; None and True are spelt as a shell would expect."""
    words: dict[Any, str] = {None: "", True: "true", False: "false"}
    if not isinstance(given, Mapping):
        return {}
    return {str(name): words[v] if v is None or isinstance(v, bool) else str(v) for name, v in given.items()}


def _of_the_phase(trace: TracebackType | None) -> TracebackType | None:
    """Return ``trace`` from the phase's own code on, without the frames of invoke and ours that called it."""
    inner = trace
    while inner and inner.tb_frame.f_globals.get("__name__", "").split(".")[0] in ("invoke", __name__.split(".")[0]):
        inner = inner.tb_next
    return inner or trace


def _left(code: object) -> PhaseError | None:
    """Return what sys.exit(code) amounts to."""
    if code is None or code == 0:
        return None
    return PhaseError(f"exit code {code}" if isinstance(code, int) else str(code), exit_code=exit_status(code))


def flush() -> None:
    """Write out what Python holds back, before it is forked twice or lost."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or never open and so None
            stream.flush()
