"""Handing over to the application after a start-up: as its successor (become), or as its parent (supervise).

Errors have exit code 78, where a shell would say 127 or 126: to whoever starts us again, a command that is not
there is what a wrong startup.yaml is, and no further start mends it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
from typing import TYPE_CHECKING, NoReturn

from migrate_tasks.errors import ConfigurationError, did_you_mean
from migrate_tasks.startup.processes import die_with_parent
from migrate_tasks.startup.worker import REFUSED, flush

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SI_KERNEL = 0x80  # si_code of what no process sent: the terminal did (sigaction(2))
TICK = 1.0  # seconds after which we look ourselves: a thread of tasks.py may have taken SIGCHLD
PYTHON_IGNORES = (signal.SIGPIPE, signal.SIGXFSZ)
FAULTS = {
    signal.SIGSEGV,
    signal.SIGBUS,
    signal.SIGFPE,
    signal.SIGILL,
    signal.SIGABRT,
    signal.SIGTRAP,
    signal.SIGSYS,
}
HEEDED = signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, *PYTHON_IGNORES, *FAULTS}
STOPPED_BY_TERMINAL = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


def command_of(argv: Sequence[str]) -> tuple[str, ...] | None:
    """Return what follows the first ``--`` of ``argv``, or None without one.

    It is for sys.argv, since invoke's own remainder is joined by spaces. Raises ConfigurationError where nothing
    follows.
    """
    if "--" not in argv:
        return None
    command = tuple(argv[argv.index("--") + 1 :])
    if not command:
        raise ConfigurationError(
            "no command follows --", hint="Name the one to hand over to: invoke startup -- uvicorn app:app"
        )
    return command


def find(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the path of the program that ``command`` begins with, searched on the PATH of ``environ``.

    Raises ConfigurationError where there is none that may be executed.
    """
    name, path = command[0], environ.get("PATH", os.defpath)
    if program := shutil.which(name, path=path):
        return program
    if file := shutil.which(name, os.F_OK, path):
        raise ConfigurationError(f'"{file}" is not executable', hint=f"chmod +x {file}")
    if "/" in name:
        raise ConfigurationError(f'there is no program "{name}"', hint=f"The working directory is {os.getcwd()}.")  # noqa: PTH109 -- a text
    others = (program for program in _names_on(path) if program != name)  # it may be a folder's
    raise ConfigurationError(
        f'there is no program "{name}" on PATH',
        detail=f"PATH is {path}.",
        hint=did_you_mean(name, others) or "Install it, or give its path.",
    )


def _names_on(path: str) -> Iterator[str]:
    for directory in path.split(os.pathsep):
        with contextlib.suppress(OSError):
            yield from os.listdir(directory or os.curdir)  # noqa: PTH208 -- names are all that is wanted


def become(command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace this process by ``command``, which keeps its pid, with ``environ`` and no handling of signals of ours.

    What was told to be ignored before Python began stays so, as nohup wants it. Raises ConfigurationError where the
    program cannot be executed.
    """
    program = find(command, environ)
    _reap()
    try:
        _execute(program, command, environ)
    except OSError as error:
        raise _refusal(program, error) from None


def supervise(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run ``command`` with ``environ`` and return its exit code, 128 + n where signal n ended it.

    Every signal that we get and that can be passed on reaches it; one from the terminal has reached it already. It
    stays in our process group, so the terminal is its own. What dies as our child is reaped, as is PID 1's task.
    When we are killed, so is it (unless it became another user, which makes the kernel forget: prctl(2)). Must be
    called in the main thread of a process that has no other, where a signal would meet its default action. Raises
    ConfigurationError where the program cannot be executed.
    """
    program = find(command, environ)
    with _signals_held():
        child = _start(program, command, environ)
        while True:
            info = signal.sigtimedwait(HEEDED, TICK)
            if info and info.si_signo != signal.SIGCHLD:
                _forward(info, child)
            elif (code := _reap(child)) is not None:
                return code if code >= 0 else 128 - code


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Have signals wait until they are asked for."""
    # were it ignored, the kernel would keep no exit code (wait(2)); None is a handler that Python did not make
    handler = signal.signal(signal.SIGCHLD, signal.SIG_DFL) or signal.SIG_DFL
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEEDED)
    try:
        yield
    finally:
        while signal.sigtimedwait(HEEDED, 0):  # what came too late for the child must not end us now
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGCHLD, handler)


def _start(program: str, command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Start the child and return its pid, once the kernel has accepted the program."""
    parent = os.getpid()
    reader, writer = os.pipe()  # closed by a successful exec; otherwise it tells why there was none
    flush()
    child = os.fork()
    if child == 0:
        try:
            die_with_parent(parent)
            _execute(program, command, environ)
        except OSError as error:
            os.write(writer, str(error.errno).encode())
        finally:
            os._exit(1)
    os.close(writer)
    number = os.read(reader, 8)
    os.close(reader)
    if number:
        os.waitpid(child, 0)
        raise _refusal(program, OSError(int(number), os.strerror(int(number))))
    return child


def _execute(program: str, command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace this process, with signals as Python met them; its own handlers end with it (execve(2))."""
    flush()
    for number in (*PYTHON_IGNORES, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.execve(program, list(command), environ)  # noqa: S606 -- no shell is what is wanted


def _forward(info: signal.struct_siginfo, child: int) -> None:
    if info.si_code == SI_KERNEL and os.getpgid(child) == os.getpgrp():
        return
    with contextlib.suppress(PermissionError):  # it became another user; nobody but that one can reach it
        os.kill(child, info.si_signo)


def _reap(child: int = 0) -> int | None:
    """Take note of all children that have ended; return the exit code of ``child`` if it has, negative for a signal.

    Where the terminal has stopped it, we stop too, since that is what the shell waits for.
    """
    code = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG | os.WUNTRACED))[0]:
            pid, status = ended
            if pid != child:
                continue
            if not os.WIFSTOPPED(status):
                code = os.waitstatus_to_exitcode(status)
            elif os.WSTOPSIG(status) in STOPPED_BY_TERMINAL:
                os.kill(os.getpid(), signal.SIGSTOP)
    return code


def _refusal(program: str, error: OSError) -> ConfigurationError:
    """Return what it means that the kernel did not execute a program which is there (execve(2))."""
    hint = {
        errno.ENOENT: "Its first line names an interpreter that is not here; mind a carriage return at its end.",
        errno.ENOEXEC: "Begin a script with a line such as #!/bin/sh; a binary must be for this machine.",
        **REFUSED,
        errno.EACCES: "See that its folder is not mounted with noexec, and that its interpreter is executable.",
    }.get(error.errno or 0)
    return ConfigurationError(f'"{program}" could not be executed: {(error.strerror or "").lower()}', hint=hint)
