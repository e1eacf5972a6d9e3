"""The keeper of an embedded server: a script that makes, starts, watches and stops one Postgres.

It is run by embedded.py as a process of its own, with only the standard library, and reports on stdout in
one line of JSON. It lives exactly as long as its server: when it dies, the kernel ends the server too
(PR_SET_PDEATHSIG), and when the server dies, it goes.

PostgreSQL refuses to run as root, and initdb wants a user with a name. As root the keeper therefore enters
a user namespace in which it is somebody else (user_namespaces(7)); where that is refused, as in a default
container, it becomes an unprivileged user that may still enter the folders above (capabilities(7),
"Ambient"). Both leave every file outside the data directory as it is.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
FIRST_NAMED_LOCALE_PROVIDER = 17  # initdb --locale-provider=builtin came with PostgreSQL 17

libc = ctypes.CDLL(None, use_errno=True)


class KeeperError(Exception):
    """What the user is told: message and detail."""

    def __init__(self, message: str, detail: str | None = None) -> None:
        super().__init__(message)
        self.report = {"error": message, "detail": detail}


class ServerEnded(Exception):
    """The server is gone, or the keeper was told to go."""


def main(order: dict[str, Any]) -> None:
    """Carry out ``order`` (see EmbeddedServer._start_keeper): the life of a keeper, from start to end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # whatever we inherited
    directory, lock = Path(order["directory"]), order["lock"]
    data = directory / "data"
    try:
        clear_leftovers(directory, Path(order["socket_directory"]))
        become_somebody(directory, Path(order["binaries"]))
        if not data.exists():
            make_data_directory(order, data)
        server = start_server(order, data)
    except KeeperError as error:
        report(error.report)
    else:
        os.write(lock, b"ready\n")
        report({"ready": True})
        keep(server, directory / "users.lock", lock)
    if order["socket_directory"] != order["directory"]:
        shutil.rmtree(order["socket_directory"], ignore_errors=True)


def report(line: dict[str, Any]) -> None:
    """Tell the one who started us; that it may be dead by now changes nothing."""
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(line), flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def keep(server: subprocess.Popen[bytes], users: Path, lock: int) -> None:
    """Wait for the last user to go, for the server to die, or for a signal; then stop the server."""

    def end(*_: object) -> NoReturn:
        raise ServerEnded

    handle = users.open("ab")  # closed, and so unlocked, when we are gone: until then a new user waits
    with contextlib.suppress(ServerEnded):
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, end)
        if server.poll() is None:
            fcntl.flock(handle, fcntl.LOCK_EX)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.ftruncate(lock, 0)
    stop(server)


def stop(server: subprocess.Popen[bytes]) -> None:
    """Shut the server down: fast (SIGINT: roll back, checkpoint, end), after a minute at once (SIGQUIT)."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(60)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def start_server(order: dict[str, Any], data: Path) -> subprocess.Popen[bytes]:
    """Start postgres on ``data`` and wait until it takes connections."""
    options = {
        "listen_addresses": "",
        "unix_socket_directories": order["socket_directory"],
        "unix_socket_permissions": "0700",
        **order["options"],
    }
    arguments = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    log = data.parent / "server.log"
    log.unlink(missing_ok=True)  # an earlier keeper's may belong to the user that it was
    with log.open("wb") as output:
        server = subprocess.Popen(
            [f"{order['binaries']}/postgres", "-D", str(data), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: end_with_parent(signal.SIGINT),  # noqa: PLW1509 -- this process has no threads
            env=server_environment(),
            cwd=data,
        )
    while not is_ready(data):
        if server.poll() is not None:
            raise KeeperError("the embedded server could not start", last_words(log.read_text(errors="replace")))
        time.sleep(0.002)
    return server


def is_ready(data: Path) -> bool:
    """Return whether the server says so: line 8 of postmaster.pid (PostgreSQL's src/include/utils/pidfile.h)."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"  # noqa: PLR2004


def make_data_directory(order: dict[str, Any], data: Path) -> None:
    """Make ``data`` under another name and rename it when complete, so that it is there whole or not at all."""
    new = data.with_name(f"data.new.{os.getpid()}")
    binaries = order["binaries"]
    locale = ["--encoding=UTF8", "--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]
    if order["major_version"] >= FIRST_NAMED_LOCALE_PROVIDER:
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    run([f"{binaries}/initdb", "-D", str(new), "-U", "postgres", "-A", "trust", "--no-instructions", *locale])
    create = f'CREATE DATABASE "{order["database"]}";\n'
    run([f"{binaries}/postgres", "--single", "-D", str(new), "postgres"], create)
    new.rename(data)


def run(command: list[str], text: str = "") -> None:
    """Run one of PostgreSQL's programs; what it said goes into the error when it fails."""
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        preexec_fn=lambda: end_with_parent(signal.SIGKILL),
        env=server_environment(),
    )
    if done.returncode:
        program = Path(command[0]).name
        raise KeeperError(f"the embedded server could not be made: {program} failed", last_words(done.stderr))


def last_words(text: str) -> str:
    """Return the lines of ``text`` that say what went wrong, without the server's time stamps."""
    telling = [line for line in text.splitlines() if "FATAL" in line or "PANIC" in line or "error:" in line]
    lines = telling or text.strip().splitlines()[-3:] or ["It said nothing."]
    return " ".join(line.split("] ", 1)[-1].strip() for line in lines[:3])


def server_environment() -> dict[str, str]:
    """Return the environment without what would steer libpq or a server elsewhere, and in English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C"}


def clear_leftovers(directory: Path, socket_directory: Path) -> None:
    """Remove what a killed predecessor left: its processes, half-made data directories, stale lock files.

    We hold keeper.lock, so whatever is here belongs to nobody. Processes are told by their working directory,
    since the pid in a stale postmaster.pid may be anybody's by now; still as root, who sees them in any namespace.
    """
    if not Path("/proc/self/cwd").exists():
        return  # there is no telling: Postgres itself looks after its lock files
    deadline = time.monotonic() + 10
    while pids := processes_in(directory):
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL if time.monotonic() > deadline else signal.SIGINT)
        time.sleep(0.01)
    for half_made in directory.glob("data.new*"):
        shutil.rmtree(half_made, ignore_errors=True)
    (directory / "data" / "postmaster.pid").unlink(missing_ok=True)
    for socket in socket_directory.glob(".s.PGSQL.*"):
        socket.unlink(missing_ok=True)


def processes_in(directory: Path) -> list[int]:
    """Return the pids of the processes of PostgreSQL that work below ``directory``."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if _is_postgres_in(entry, directory)]


def _is_postgres_in(process: Path, directory: Path) -> bool:
    try:
        is_there = directory in (process / "cwd").readlink().parents
        return is_there and (process / "comm").read_text().startswith("postgres")
    except OSError:
        return False


def end_with_parent(number: int) -> None:
    """Have the kernel send us the signal ``number`` when the keeper dies (Linux; elsewhere the next keeper does it)."""
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, number)


def become_somebody(directory: Path, binaries: Path) -> None:
    """Leave root, and leave namelessness: see the module's docstring."""
    uid, data = os.geteuid(), directory / "data"
    with contextlib.suppress(KeyError):
        if uid != 0 and pwd.getpwuid(uid):
            return
    named = next((entry for entry in pwd.getpwall() if entry.pw_uid != 0), None)
    if sys.platform == "linux" and named and namespace_works(named, directory, binaries):
        own(data, uid)
        enter_user_namespace(named.pw_uid, named.pw_gid)
    elif uid == 0 and named:
        own(data, named.pw_uid)
        drop_root(named.pw_uid, named.pw_gid)
    else:
        raise KeeperError(f"PostgreSQL cannot run as user id {uid}", "It wants a user with a name, other than root.")


def namespace_works(named: pwd.struct_passwd, directory: Path, binaries: Path) -> bool:
    """Return whether a namespace can be had here, and both folders be used in it; tried in a child of ours.

    In it root has no rights in the folders of others, such as a closed home.
    """
    child = os.fork()
    if child == 0:
        with contextlib.suppress(OSError):
            if enter_user_namespace(named.pw_uid, named.pw_gid):
                os._exit(not (os.access(directory, os.W_OK | os.X_OK) and os.access(binaries / "postgres", os.X_OK)))
        os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def own(data: Path, uid: int) -> None:
    """Give the data directory to ``uid``, where an earlier keeper ran as another user."""
    if os.geteuid() != 0 or not data.exists() or data.stat().st_uid == uid:
        return
    for path in [data, *data.rglob("*")]:
        os.chown(path, uid, -1, follow_symlinks=False)


def enter_user_namespace(uid: int, gid: int) -> bool:
    """Become ``uid`` in a namespace of our own, where the system lets us; outside we stay who we are."""
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWUSER) != 0:
        return False
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{gid} {outside_gid} 1")
    return True


def drop_root(uid: int, gid: int) -> None:
    """Become ``uid`` for good, keeping only the right to pass the folders above the data directory."""
    # without it access(2), which initdb asks, forgets the capability; with it, it also survives setresuid
    libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    try:
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    except PermissionError as error:
        raise KeeperError(
            "PostgreSQL cannot run as root, and root may not become another user here", str(error)
        ) from None
    mask = 1 << CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable; then bits 32 to 63
    libc.capset(header, sets)
    libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
