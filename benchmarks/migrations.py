"""How fast migrations run, beside dbmate, yoyo and a loop written by hand, all in one run.

    python benchmarks/migrations.py [--rounds 5] [--only pending|completed] [--without yoyo]

Two questions: how long 1,000 files of two statements take on an empty database (``pending``), and how long
10,000 files take where all are completed (``completed``). The contestants take turns, so that a machine that
gets slower slows all. Each has a server with default durability (fsync and synchronous_commit on), over TCP;
each round a fresh database, after a checkpoint, and afterwards the tables are counted. dbmate comes from npm and
yoyo from PyPI, into the temporary folder or the one of ``--peers``; a peer that cannot be had is said to be missing.

"process" is the whole command. "inside" is what a script itself measures, without interpreter and imports, but
with connecting and reading the files. "memory" is the peak resident size (ru_maxrss, which on Linux is never less
than this script's own when it starts the command).
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from migrate_tasks.postgres.connection import connect
from migrate_tasks.postgres.servers.binaries import find_binaries
from migrate_tasks.postgres.servers.embedded import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

INVOKE = [sys.executable, str(Path(sysconfig.get_path("scripts"), "invoke"))]
TASKS = """\
from invoke import Collection
from migrate_tasks.tasks import migrate
namespace = Collection(migrate)
"""
EMPTY_TASKS = "from invoke import task\n\n@task\ndef nothing(c):\n    pass\n"

CREATE_ITEM = """\
CREATE TABLE item_{0} (id bigint PRIMARY KEY, name text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX item_{0}_name ON item_{0} (name);
"""
COUNT_ITEMS = "SELECT count(*) FROM pg_indexes WHERE indexname ~ '^item_[0-9]+_name$'"

RUN_MIGRATIONS = """\
import sys, time
from migrate_tasks import read_settings, run_migrations
started = time.perf_counter()
run_migrations(read_settings(url=sys.argv[1]))
print(time.perf_counter() - started)
"""

# what anybody would write by hand; the second argument is synchronous_commit
RAW = """\
import sys, time
from pathlib import Path
import psycopg
started = time.perf_counter()
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    connection.execute("SET synchronous_commit = " + sys.argv[2])
    connection.execute("CREATE TABLE history (name text PRIMARY KEY, completed_at timestamptz DEFAULT now())")
    for path in sorted(Path("migrations").glob("*.sql")):
        with connection.transaction():
            connection.execute(path.read_text())
            connection.execute("INSERT INTO history (name) VALUES (%s)", (path.stem,))
print(time.perf_counter() - started)
"""


@dataclass(frozen=True)
class Contestant:
    """One way to run migrations: the command for a database's URL, and whether it prints its own time last."""

    name: str
    command: Callable[[str], list[str]]
    times_itself: bool = False


@dataclass(frozen=True)
class Run:
    """One command's seconds from start to end, those that it measured itself, and its peak memory in MB."""

    process: float
    inside: float | None
    memory: float


Runs = dict[str, list[Run]]
Databases: TypeAlias = "Callable[[Contestant], AbstractContextManager[str]]"

INVOKE_RUN = Contestant("invoke migrate.run", lambda url: [*INVOKE, "migrate.run", "--url", url])
IN_PROCESS = Contestant("run_migrations()", lambda url: [sys.executable, "-c", RUN_MIGRATIONS, url], times_itself=True)
RAW_SYNCHRONOUS = Contestant("raw psycopg", lambda url: [sys.executable, "-c", RAW, url, "on"], times_itself=True)
RAW_ASYNCHRONOUS = Contestant(
    "raw psycopg, asynchronous commit", lambda url: [sys.executable, "-c", RAW, url, "off"], times_itself=True
)
EMPTY = Contestant("invoke --list, empty tasks.py", lambda _: [*INVOKE, "--list", "--search-root", "../empty"])


def dbmate(peers: Path) -> Contestant:
    """Install dbmate; its program is taken from its package, so that Node is not counted."""
    install(["npm", "install", "--no-audit", "--no-fund", "--prefix", str(peers / "dbmate"), "dbmate"])
    program = next((peers / "dbmate").glob("node_modules/@dbmate/*/bin/dbmate*"))
    # without --no-dump-schema it would also run pg_dump
    options = ["--migrations-dir", "../dbmate", "--no-dump-schema"]
    return Contestant("dbmate", lambda url: [str(program), "--url", url, *options, "migrate"])


def yoyo(peers: Path) -> Contestant:
    """Install yoyo, with psycopg 3, into an environment of its own."""
    install([sys.executable, "-m", "venv", str(peers / "yoyo")])
    programs = peers / "yoyo" / "bin"
    install([str(programs / "python"), "-m", "pip", "install", "--quiet", "yoyo-migrations", "psycopg[binary]"])
    options = ["--batch", "--no-config-file", "migrations", "--database"]
    return Contestant(
        "yoyo", lambda url: [str(programs / "yoyo"), "apply", *options, url.replace("://", "+psycopg://", 1)]
    )


def install(command: list[str]) -> None:
    """Run an installer; what it said goes into the error where it fails."""
    subprocess.run(command, capture_output=True, text=True, check=True)


def installed(peers: Path, names: Iterable[str]) -> Iterator[Contestant]:
    """Yield the peers that can be had here."""
    for name in names:
        try:
            yield {"dbmate": dbmate, "yoyo": yoyo}[name](peers)
        except subprocess.CalledProcessError as error:
            print(f"{name} is missing: {error.cmd[0]} could not install it\n{error.stderr.strip()}\n")
        except (OSError, StopIteration) as error:
            print(f"{name} is missing: {error or 'it is not made for this system'}\n")


@contextmanager
def project(files: int) -> Iterator[Path]:
    """Yield a project's folder with that many migrations; beside it the same ones for dbmate, and an empty project."""
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        for name in ("project/migrations", "dbmate", "empty"):
            (here / name).mkdir(parents=True)
        (here / "project" / "tasks.py").write_text(TASKS)
        (here / "empty" / "tasks.py").write_text(EMPTY_TASKS)
        for number in range(1, files + 1):
            name, sql = f"{number:05d}-create-item-{number}.sql", CREATE_ITEM.format(number)
            (here / "project" / "migrations" / name).write_text(sql)
            (here / "dbmate" / name).write_text(f"-- migrate:up\n{sql}-- migrate:down\nDROP TABLE item_{number};\n")
        yield here / "project"


@dataclass(frozen=True)
class Server:
    """A server of the benchmark's own, listening on 127.0.0.1."""

    embedded: EmbeddedServer

    def url(self, database: str) -> str:
        """Return the URL of ``database`` as every contestant reads it."""
        return f"postgresql://postgres@127.0.0.1:{self.embedded.options['port']}/{database}?sslmode=disable"

    @contextmanager
    def database(self, name: str = "fresh") -> Iterator[str]:
        """Make a database, yield its URL, and drop it; what others have written is on the disk before."""
        with connect(self.embedded.url()) as admin:
            admin.execute(f'CREATE DATABASE "{name}"')
            admin.execute("CHECKPOINT")
            try:
                yield self.url(name)
            finally:
                admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def server(version: int | None) -> Iterator[Server]:
    """Yield a server with default settings, but for where it listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        options = {"listen_addresses": "127.0.0.1", "port": str(free.getsockname()[1])}
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedServer(Path(folder, "server"), options, binaries=find_binaries(version)) as embedded,
    ):
        yield Server(embedded)


def measure(contestant: Contestant, url: str, where: Path) -> Run:
    """Run the command of ``contestant`` in the folder ``where``; what it prints goes to a file, as in a build."""
    with tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        process = subprocess.Popen(contestant.command(url), cwd=where, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        lines = output.read().splitlines()
    if process.returncode:
        raise SystemExit("\n".join([f"{contestant.name} failed:", *lines[-5:]]))
    unit = 1 if sys.platform == "darwin" else 1024  # bytes; getrusage(2)
    return Run(took, float(lines[-1]) if contestant.times_itself else None, usage.ru_maxrss * unit / 1e6)


def take_turns(contestants: list[Contestant], rounds: int, databases: Databases, where: Path) -> Runs:
    """Return the runs of each contestant, round by round, each on the database that ``databases`` gives it."""
    runs: Runs = defaultdict(list)
    for number in range(rounds):
        for contestant in contestants:
            with databases(contestant) as url:
                runs[contestant.name].append(measure(contestant, url, where))
            print(f"\rround {number + 1} of {rounds}: {contestant.name:40}", end="", file=sys.stderr, flush=True)
    print(f"\r{'':60}\r", end="", file=sys.stderr)
    return runs


def check_items(url: str, files: int) -> None:
    """See that every file was executed."""
    with connect(url) as connection:
        assert connection.execute(COUNT_ITEMS).fetchone() == (files,)


def measure_pending(at: Server, peers: list[Contestant], files: int, rounds: int) -> Runs:
    """Measure ``files`` pending migrations on a fresh database."""

    @contextmanager
    def fresh(_: Contestant) -> Iterator[str]:
        with at.database() as url:
            yield url
            check_items(url, files)

    with project(files) as where:
        return take_turns([INVOKE_RUN, IN_PROCESS, *peers, RAW_SYNCHRONOUS, RAW_ASYNCHRONOUS], rounds, fresh, where)


def measure_completed(at: Server, peers: list[Contestant], files: int, rounds: int) -> Runs:
    """Measure ``files`` completed migrations; yoyo, which would take minutes to get there, is left out."""
    ours = [INVOKE_RUN, IN_PROCESS]
    others = [peer for peer in peers if peer.name != "yoyo"]
    with project(files) as where, at.database("ours") as our_url, at.database("theirs") as their_url:

        @contextmanager
        def completed(contestant: Contestant) -> Iterator[str]:
            yield our_url if contestant in ours else their_url

        for contestant in (INVOKE_RUN, *others):
            with completed(contestant) as url:
                first = measure(contestant, url, where)
                check_items(url, files)
            print(f"{contestant.name + ', the first time':40} {first.process:8.1f} s, {first.memory:.0f} MB (once)")
        return take_turns([*ours, *others, EMPTY], rounds, completed, where)


def show(title: str, runs: Runs) -> None:
    """Print a table of medians."""
    print(f"{title}\n{'':36} {'process (min to max)':>28} {'inside (min to max)':>28} {'memory':>9}")
    for name, of_one in runs.items():
        inside = [run.inside for run in of_one if run.inside is not None]
        memory = statistics.median(run.memory for run in of_one)
        print(f"{name:36} {spread([run.process for run in of_one]):>28} {spread(inside):>28} {memory:6.0f} MB")


def spread(seconds: list[float]) -> str:
    """Return the median, the least and the most in milliseconds; nothing for nothing."""
    if not seconds:
        return ""
    return f"{statistics.median(seconds) * 1000:.0f} ms ({min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f})"


def judge(what: str, value: float, target: float, unit: str = "") -> None:
    """Print a value beside its target."""
    print(f"{what:66} {value:6.2f}{unit}  {'met' if value <= target else 'MISSED'}: at most {target:g}{unit}")


def process(runs: Runs, contestant: str) -> float:
    """Return the median seconds of the whole command."""
    return statistics.median(run.process for run in runs[contestant])


def inside(runs: Runs, contestant: Contestant) -> float:
    """Return the median seconds that a script measured itself."""
    return statistics.median(run.inside or 0.0 for run in runs[contestant.name])


def judge_pending(runs: Runs) -> None:
    """Print how we stand to the others where all is pending."""
    for peer, target in (("dbmate", 0.8), ("yoyo", 0.25)):
        if peer in runs:
            judge(f"invoke migrate.run / {peer}", process(runs, INVOKE_RUN.name) / process(runs, peer), target)
    for raw in (RAW_SYNCHRONOUS, RAW_ASYNCHRONOUS):
        judge(f"run_migrations() / {raw.name}, both inside", inside(runs, IN_PROCESS) / inside(runs, raw), 1.25)


def judge_completed(runs: Runs) -> None:
    """Print how long nothing takes us."""
    judge("invoke migrate.run, nothing to do", process(runs, INVOKE_RUN.name), 0.5, " s")
    judge("its memory", max(run.memory for run in runs[INVOKE_RUN.name]), 150, " MB")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--files", type=int, help="how many migrations (1000 pending, 10000 completed)")
    parser.add_argument("--only", choices=["pending", "completed"], help="one of the two questions")
    parser.add_argument("--without", nargs="+", choices=["dbmate", "yoyo"], default=[], help="peers to leave out")
    parser.add_argument("--peers", type=Path, help="a folder to keep the peers in (default: a temporary one)")
    parser.add_argument("--version", type=int, help="the server's major version (default: the first one found)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server(given.version) as at:
        peers = list(installed((given.peers or Path(folder)).resolve(), sorted({"dbmate", "yoyo"} - {*given.without})))
        print(f"PostgreSQL {at.embedded.major_version}, {given.rounds} rounds\n")
        if given.only != "completed":
            files = given.files or 1_000
            runs = measure_pending(at, peers, files, given.rounds)
            show(f"{files:,} pending files of two statements", runs)
            judge_pending(runs)
            print()
        if given.only != "pending":
            files = given.files or 10_000
            runs = measure_completed(at, peers, files, given.rounds)
            show(f"{files:,} completed files, nothing to do", runs)
            judge_completed(runs)


if __name__ == "__main__":
    main()
