"""Test suites ended at any moment, by whatever: others are not touched, and the next run cleans up and passes."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import psycopg
import pytest

from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from pytest_plugin.names import BUILDS, TEMPLATE
from tests.chaos.suites import Ended, Running, Suite, children_of
from tests.support import REPOSITORY, parent_of, processes_of, until

StartServer = Callable[..., AbstractContextManager[EmbeddedServer]]

DEBIANS = ("/usr/bin/python3",)
CACHE = ".pytest_cache/d/migrate-tasks"

# databases that are named nearly as ours; the last two exactly so, but for what says that they are ours
FOREIGN = (
    "migrate_tasks_test_mine",
    "migrate_tasks_testimony",
    "migrate_tasks_test_20240101_backup",
    "migrate_tasks_template_mine",
    "migrate_tasks_template_0123456789abcdef",
)
READ_OURS = "SELECT datname FROM pg_database WHERE datname LIKE 'migrate\\_tasks\\_te%' ORDER BY 1"
READ_LOCKS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"


def make_foreign(url: str) -> None:
    """Make databases that are not ours, one with a comment."""
    with psycopg.connect(url, autocommit=True) as connection:
        for name in FOREIGN:
            connection.execute(f"CREATE DATABASE {name}")
        connection.execute("COMMENT ON DATABASE migrate_tasks_template_mine IS 'do not touch'")


def expect_clean(url: str) -> None:
    """See that there are just the foreign databases and templates, and no lock of anybody."""
    with psycopg.connect(url, autocommit=True) as connection:
        names = {name for (name,) in connection.execute(READ_OURS)}
        assert {name for name in names if not TEMPLATE.fullmatch(name)} == set(FOREIGN[:-1])
        assert FOREIGN[-1] in names
        until(lambda: connection.execute(READ_LOCKS).fetchone() == (0,))


def test_suites_on_one_server(tmp_path: Path, start_server: StartServer, *, full: bool) -> None:
    """Whichever of three suites on a server is killed, the others pass, and its next run does and cleans up."""
    dice, rounds = random.Random(3), 50 if full else 1
    with start_server() as server:
        url = server.url("postgres")
        make_foreign(url)
        suites = [
            Suite.mixed(tmp_path / "two", "--postgres-url", url, "-n", "2", count=24),
            Suite.mixed(tmp_path / "plain", "--postgres-url", url),
            Suite.mixed(tmp_path / "other", "--postgres-url", url),
        ]
        started = time.monotonic()
        suites[0].pass_all()
        length = time.monotonic() - started
        for number in range(rounds):
            victim = suites[dice.choice([0, 0, 1])]
            play_round(suites, victim, dice, length, number)
            victim.pass_all()
            expect_clean(url)


def play_round(suites: list[Suite], victim: Suite, dice: random.Random, length: float, number: int) -> None:
    """Start all suites at once, the victim with a template to make every other time, and kill it at some moment."""
    if number % 2:
        victim.write(f"migrations/{number + 100}-more.sql", "SELECT pg_sleep(0.3)")
    whom, seconds = dice.choice(["controller", "worker", "all"]), dice.uniform(0.3, 1.5) * length
    running = [(suite, suite.start()) for suite in suites]
    time.sleep(seconds)
    next(run for suite, run in running if suite is victim).kill(whom)
    for suite, run in running:
        ended = run.wait()
        told = f"round {number}, {whom} of {victim.root.name} killed after {seconds:.2f} s\n{ended.said}"
        assert suite is victim or ended.code == 0, told


STRIKES = ("all", "keeper", "controller", "worker", "postmaster", "backend", "interrupt all", "interrupt", "terminate")
OF_NO_USE = "the embedded server in pytest's cache is of no use"


@pytest.mark.parametrize("workers", ["0", "2"])
def test_embedded_server(tmp_path: Path, workers: str, *, full: bool) -> None:
    """Whatever is killed or told to end, the next run passes, and neither a folder nor a process is left."""
    dice = random.Random(workers)
    suite = Suite.mixed(tmp_path / "suite", "--postgres-directory", str(tmp_path / "place"), "-n", workers, count=40)
    started = time.monotonic()
    suite.pass_all()
    length = time.monotonic() - started
    for number in range(45 if full else 1):
        if number % 3 == 1:
            suite.write(f"migrations/{number + 100}-more.sql", "SELECT pg_sleep(0.3)")
        strike(
            suite.start(),
            STRIKES[number % len(STRIKES)] if full else dice.choice(STRIKES),
            dice.uniform(0.2, 1.1) * length,
            tmp_path / "place",
        )
        said = suite.pass_all()
        assert OF_NO_USE not in said
        assert folders_in(tmp_path / "place") == []
        until(lambda: processes_of(tmp_path / "place") == [])
    assert left_in_cache(suite) == []


def strike(run: Running, what: str, seconds: float, place: Path) -> None:
    """Let a run go on for some seconds, then strike; it ends by itself, soon."""
    time.sleep(seconds)
    if what in ("keeper", "postmaster", "backend"):
        if victims := servers_in(place)[what]:
            os.kill(victims[-1], signal.SIGKILL)
    elif what.startswith("interrupt"):
        run.kill("all" if what == "interrupt all" else "controller", signal.SIGINT)
    elif what == "terminate":
        run.kill("controller", signal.SIGTERM)
    else:
        run.kill(what)
    run.wait(60)


def servers_in(place: Path) -> dict[str, list[int]]:
    """Return the pids of the keepers, postmasters and backends of all servers in ``place``."""
    postmasters = []
    for file in place.glob("*/run-*/data/postmaster.pid"):
        with suppress(OSError, ValueError, IndexError):
            postmasters.append(int(file.read_text().splitlines()[0]))
    backends = [child for postmaster in postmasters for child in children_of(postmaster) if is_backend(child)]
    return {"keeper": [parent_of(pid) for pid in postmasters], "postmaster": postmasters, "backend": backends}


def is_backend(pid: int) -> bool:
    """Return whether a process of the server is one that serves a client."""
    try:
        return "[local]" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def folders_in(place: Path) -> list[Path]:
    """Return the folders of runs."""
    return list(place.glob("*/run-*"))


def left_in_cache(suite: Suite) -> list[str]:
    """Return what there is besides one cluster and its lock."""
    names = sorted(path.name for path in (suite.root / CACHE).iterdir())
    return names if [re.sub("[0-9a-f]{16}", "X", name) for name in names] != ["cluster-X", "cluster-X.lock"] else []


CRASH = """
import os, signal, time
import psycopg

def expect_fresh(connection):
    assert connection.execute("SELECT count(*) FROM whose").fetchone() == (1,)
    assert connection.execute("SELECT to_regclass('extra')").fetchone() == (None,)

def test_crash(migrated_db):
    with migrated_db.connect(autocommit=True) as connection:
        expect_fresh(connection)
        connection.execute("SET synchronous_commit = on")
        connection.execute("INSERT INTO whose VALUES ('mallory')")
        connection.execute("INSERT INTO orders VALUES (7)")
        connection.execute("CREATE TABLE extra (x int)")
    victim = migrated_db.connect()
    os.kill(victim.info.backend_pid, signal.SIGKILL)
    while True:  # until the server has recovered, and counts from zero
        try:
            with migrated_db.connect() as connection:
                assert connection.execute("SELECT count(*) FROM whose").fetchone() == (2,)
            break
        except psycopg.OperationalError:
            time.sleep(0.01)

def test_next(migrated_db):
    with migrated_db.connect() as connection:
        expect_fresh(connection)

def test_one_more(migrated_connection):
    expect_fresh(migrated_connection)
"""


def test_a_backend_is_killed(tmp_path: Path) -> None:
    """After a crash, from which all counts start at zero, a test gets a fresh database all the same."""
    suite = Suite.mixed(tmp_path / "suite", "--postgres-directory", str(tmp_path / "place"))
    suite.write("test_it.py", CRASH)

    suite.pass_all()
    suite.pass_all()


def test_all_sessions_are_ended(tmp_path: Path, start_server: StartServer) -> None:
    """A test that ends every session on the server does not take the next one's database away."""
    with start_server() as server:
        suite = Suite.mixed(tmp_path / "suite", "--postgres-url", server.url("postgres"))
        suite.write("test_it.py", CRASH.replace("os.kill(victim.info.backend_pid, signal.SIGKILL)", TERMINATE))
        suite.pass_all()
        with psycopg.connect(server.url("postgres")) as connection:
            names = [name for (name,) in connection.execute(READ_OURS)]
            assert len(names) == 1


TERMINATE = """victim.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    victim.close()"""

UNLOGGED = """
def test_unlogged(migrated_connection):
    assert migrated_connection.execute("SELECT x FROM cached").fetchall() == [(42,)]
"""


def test_a_crash_empties_unlogged_tables(tmp_path: Path) -> None:
    """A template that has lost rows by a crash is used no more: this run says so, and the next one makes another."""
    suite = Suite.mixed(tmp_path / "suite", "--postgres-directory", str(tmp_path / "place"))
    suite.write("migrations/003-unlogged.sql", "CREATE UNLOGGED TABLE cached AS SELECT 42 AS x")
    suite.write("test_it.py", UNLOGGED)
    suite.pass_all()
    suite.pass_all()
    suite.write("test_it.py", CRASH + UNLOGGED)
    crashed = suite.run()
    suite.write("test_it.py", UNLOGGED)

    assert crashed.code == 1
    assert "3 errors" in crashed.said
    assert "the server has crashed, which has emptied the unlogged tables of the template database" in crashed.said
    suite.pass_all()
    suite.pass_all()


def test_a_damaged_cache(tmp_path: Path, *, full: bool) -> None:
    """A cluster in the cache that somebody has damaged is given up with a line, and made anew, once."""
    suite = Suite.mixed(tmp_path / "suite", count=2)
    suite.pass_all()
    damages: list[Callable[[Path], object]] = [
        lambda cluster: next(cluster.glob("base/*/2619")).unlink(),
        lambda cluster: (cluster / "migrate-tasks.digest").unlink(),
        lambda cluster: shutil.rmtree(cluster / "base"),
        lambda cluster: (cluster / "global" / "pg_control").write_bytes(b"x" * 8192),
    ]
    for damage in damages if full else damages[::3]:
        [cluster] = (path for path in (suite.root / CACHE).iterdir() if path.suffix == "")
        damage(cluster)
        assert OF_NO_USE in suite.pass_all()
        assert OF_NO_USE not in suite.pass_all()
    assert left_in_cache(suite) == []


def test_a_killed_save(tmp_path: Path) -> None:
    """What is left of a cluster on its way into the cache is used by nobody, and goes with the next one that does."""
    suite = Suite.mixed(tmp_path / "suite", count=2)
    suite.pass_all()
    [cluster] = (path for path in (suite.root / CACHE).iterdir() if path.suffix == "")
    for suffix in (".new", ".was"):
        shutil.copytree(cluster / "global", cluster.with_suffix(suffix))
    shutil.rmtree(cluster)
    suite.pass_all()

    assert left_in_cache(suite) == []


def test_runs_that_end_together(tmp_path: Path, *, full: bool) -> None:
    """Two runs of a project that write the cache at once, and one that clears it, all pass, and so does the next."""
    suite = Suite.mixed(tmp_path / "suite", count=2)
    for number in range(6 if full else 1):
        suite.write(f"migrations/{number + 100}-more.sql", "SELECT 1")
        runs = [suite.start(), suite.start("--cache-clear"), suite.start()]
        for ended in [run.wait() for run in runs]:
            assert ended.code == 0, ended.said
    assert OF_NO_USE not in suite.pass_all()
    assert left_in_cache(suite) == []


def test_no_cache(tmp_path: Path) -> None:
    """Without pytest's cache, each run makes its own cluster."""
    suite = Suite.mixed(tmp_path / "suite", "-p", "no:cacheprovider", count=2)

    assert "template not made yet" in suite.pass_all()
    assert "template not made yet" in suite.pass_all()
    assert not (suite.root / ".pytest_cache").exists()


@pytest.mark.parametrize("has_cache", [True, False])
def test_a_project_that_is_read_only(tmp_path: Path, *, has_cache: bool) -> None:
    """A project on a file system that cannot be written is tested all the same."""
    suite = Suite.mixed(tmp_path / "suite", count=2)
    if has_cache:
        suite.pass_all()
    ended = in_own_mounts(suite, f"mount --bind {suite.root} {suite.root}; mount -o remount,bind,ro {suite.root}")

    assert ended.code == 0, ended.said
    assert "2 passed" in ended.said


def test_a_cache_on_a_full_disk(tmp_path: Path) -> None:
    """Where the cluster does not fit into the cache the run says so, and leaves nothing of it there."""
    suite = Suite.mixed(tmp_path / "suite", count=2)
    (suite.root / ".pytest_cache").mkdir()
    listing = tmp_path / "listing"
    ended = in_own_mounts(
        suite,
        f"mount -t tmpfs -o size=8m none {suite.root}/.pytest_cache",
        f"ls {suite.root}/{CACHE} >{listing}",
    )

    assert ended.code == 0, ended.said
    assert "could not be put into pytest's cache: no space left on device" in ended.said
    assert re.fullmatch(r"cluster-[0-9a-f]{16}\.lock\n", listing.read_text())


def in_own_mounts(suite: Suite, before: str, after: str = "true") -> Ended:
    """Run pytest in the suite between two commands of the shell, in a mount namespace."""
    if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        pytest.skip("only root can mount")
    script = f'{before}; cd {suite.root}; code=0; "$@" || code=$?; {after}; exit $code'
    return suite.run(before=["unshare", "--mount", "sh", "-euc", script, "sh"])


def test_an_ordinary_user() -> None:
    """A user who is nobody special runs the tests in a project of his own."""
    if os.geteuid() != 0:
        pytest.skip("whoever runs this is one")
    home = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        suite = Suite.mixed(home / "suite", count=2)
        for path in (home, *home.rglob("*")):
            os.chown(path, 12321, 12321)
        somebody = ["setpriv", "--reuid=12321", "--regid=12321", "--clear-groups"]
        libraries = f"{REPOSITORY}:{sysconfig.get_path('purelib')}"
        if not can_run([*somebody, "env", f"PYTHONPATH={libraries}", *DEBIANS, "-c", "import pytest, psycopg"]):
            pytest.skip("an ordinary user has no Python here that may read this repository and its libraries")
        ended = suite.run(before=somebody, python=DEBIANS, environ={"PYTHONPATH": libraries, "HOME": str(home)})
        assert not Path("/dev/shm/migrate-tasks-12321").exists()
    finally:
        shutil.rmtree(home)

    assert ended.code == 0, ended.said
    assert "2 passed" in ended.said


def can_run(command: list[str]) -> bool:
    """Return whether a command succeeds."""
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


BUILT = """
import os
os.environ["PGAPPNAME"] = f"worker {os.getpid()}"
"""


def test_many_workers_and_no_template(tmp_path: Path, start_server: StartServer) -> None:
    """Of four workers one makes the template, and the others say that they wait; if it is killed, another one does."""
    with start_server() as server:
        url, built = server.url("postgres"), tmp_path / "built"
        suite = Suite.mixed(tmp_path / "suite", "--postgres-url", url, "-n", "4", count=8)
        suite.write("conftest.py", BUILT)
        suite.write("migrations/003-built.sql", f"COPY (SELECT 1) TO PROGRAM 'cat >>{built}'; SELECT pg_sleep(1)")
        said = suite.pass_all()
        assert built.read_text() == "1\n"
        assert said.count("waiting for another process, which makes the template database") == 3

        run = suite.start("--rebuild-template")
        os.kill(builder(url), signal.SIGKILL)
        ended = run.wait()
        assert re.search("[78] passed", ended.said), ended.said
        assert built.read_text() in ("1\n" * 2, "1\n" * 3)
        suite.pass_all("--rebuild-template")
        with psycopg.connect(url) as connection:
            assert len(connection.execute(READ_OURS).fetchall()) == 1


def builder(url: str) -> int:
    """Wait for the one that makes the template, and return its pid."""
    query = "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE classid = %s AND granted"
    with psycopg.connect(url, autocommit=True) as connection:
        until(lambda: connection.execute(query, [BUILDS]).fetchone())
        [name] = connection.execute(query, [BUILDS]).fetchone() or [""]
    time.sleep(0.5)  # it is in the midst of it then
    return int(name.removeprefix("worker "))


MEASURED = """
import os
import psycopg
import pytest

@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish(nodeid):
    with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as connection:
        databases, = connection.execute(
            "SELECT count(*) FROM pg_database WHERE starts_with(datname, 'migrate_tasks_test_')").fetchone()
        connections, = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'").fetchone()
    pages = int(open("/proc/self/statm").read().split()[1])
    with open("measured", "a") as file:
        print(databases, connections, len(os.listdir("/proc/self/fd")), pages * 4096 // 1024, file=file)
"""


def test_a_long_suite(tmp_path: Path, start_server: StartServer, *, full: bool) -> None:
    """Over many tests the databases, connections, files and memory of a process stay as few as they were."""
    count = 3000 if full else 60
    with start_server() as server:
        url = server.url("postgres")
        suite = Suite.mixed(tmp_path / "suite", "-p", "no:xdist", count=count)
        suite.write("conftest.py", MEASURED)
        suite.pass_all("--postgres-url", url, environ={"TEST_DATABASE_URL": url})
        with psycopg.connect(url) as connection:
            assert len(connection.execute(READ_OURS).fetchall()) == 1
    rows = [tuple(map(int, line.split())) for line in (suite.root / "measured").read_text().splitlines()]
    early, late = rows[: count // 2], rows[count // 2 :]
    databases, connections, files, kilobytes = (
        (max(row[i] for row in early), max(row[i] for row in late)) for i in range(4)
    )

    assert max(databases) <= 8
    assert max(connections) <= 16
    assert files[1] <= files[0] + 4
    # pytest itself keeps some kilobytes of each test
    assert kilobytes[1] <= kilobytes[0] + 1024 + 8 * count // 2
