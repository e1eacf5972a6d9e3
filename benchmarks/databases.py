"""What a database of its own costs a test, beside pytest-postgresql, pgtestdbpy and others, all in one run.

    python benchmarks/databases.py [--tests 200] [--tables 30,200] [--workers 0,2] [--kinds read,write,schema]

Each contestant runs the same tests with an open psycopg connection, on the same server (fsync off, on tmpfs where
there is one), over the same socket, with databases made from the same SQL files. They take turns, so that a machine
that gets slower slows all. "shared connection" is the floor: one connection to one database for the whole session,
and a rollback after a test that writes. "raw" is CREATE DATABASE (FILE_COPY), connect, and DROP DATABASE on a kept
connection, once the backend is gone: where DROP finds it still there, as with pgtestdbpy now and then, it sleeps for
100 ms (CountOtherDBBackends in PostgreSQL's procarray.c), and a raw with such luck would be easy to beat. The peers
come from PyPI, into the temporary folder or the one of ``--peers``, with the same versions of pytest and psycopg; a
peer that cannot be had is said to be missing. Slow contestants run fewer tests.

The time of a test is taken around pytest's whole protocol for it: from the beginning of its set-up to the end of its
tear-down. "median" is that of these times. "mean" is the time from the first measured test to the last one, with all
that happens in between, by their number, so that work in the background cannot hide; nor can work that is put off:
"at the end" is the time from the beginning of the last test, which is not among the measured ones, to the end of the
command. With ``-n 2`` median and mean are those of a worker: two tests run at a time.

Then: how long a session with one test takes above the same with the shared connection, and what the plugin costs a
run that does not use it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_tasks.postgres.connection import connect
from migrate_tasks.postgres.servers.binaries import find_binaries
from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from pytest_plugin.server import FAST_AND_LOOSE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

REPOSITORY = Path(__file__).parent.parent
MEMORY = Path("/dev/shm")
WARM_UP = 10  # tests of each process that are not measured
LEAST = 20  # tests that are, however slow the contestant
STARTS, UNUSED_RUNS = 5, 15  # commands whose median is taken
KINDS = ("read", "write", "schema")

TABLES_A_FILE = 10
CREATE_ITEM = """\
CREATE TABLE item_{0} (
    id bigserial PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX item_{0}_name ON item_{0} (name);
CREATE INDEX item_{0}_created_at ON item_{0} (created_at);
"""
ADD_PARENT = "ALTER TABLE item_{0} ADD COLUMN parent_id bigint REFERENCES item_{1};\n"  # for the last one of a file

# Each test has three other tables than the one before. A database that is not fresh fails it: by a row, by a
# sequence that has moved on (not in the shared database, where a rollback leaves them), by a column that exists.
SUITE = """\
import os
import pytest

TABLES = int(os.environ["TABLES"])
EVERY = pytest.mark.parametrize("number", range(int(os.environ["TESTS"])))

def three(number):
    return [f"item_{(3 * number + offset) % TABLES + 1}" for offset in range(3)]

def insert(connection, table):
    return connection.execute(f"INSERT INTO {table} (name) VALUES ('one') RETURNING id").fetchone()[0]

@EVERY
def test_read(connection, number):
    for table in three(number):
        assert connection.execute(f"SELECT id, name FROM {table} WHERE name = 'one'").fetchall() == []

@EVERY
def test_write(connection, number):
    with connection.transaction():
        ids = [insert(connection, table) for table in three(number)]
    assert ids == [1, 1, 1] or "SHARED" in os.environ

@EVERY
def test_schema(connection, number):
    table = three(number)[0]
    with connection.transaction():
        connection.execute(f"ALTER TABLE {table} ADD COLUMN extra text")
        insert(connection, table)

def test_one(connection):
    assert connection.execute("SELECT 1").fetchone() == (1,)
"""

TIMING = """\
import json, os, time
from pathlib import Path
import pytest

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
spans = []

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol():
    started = time.perf_counter()
    done = yield
    spans.append((started, time.perf_counter()))
    return done

def pytest_sessionfinish():
    if spans:
        Path(os.environ["TIMES"], WORKER + ".json").write_text(json.dumps(spans))

"""

SHARED = """\
import psycopg

os.environ["SHARED"] = "yes"

@pytest.fixture(scope="session")
def session_connection():
    name = f"shared_{os.environ['TABLES']}_{WORKER}"
    with psycopg.connect(os.environ["SERVER"], dbname=name, autocommit=True) as connection:
        yield connection

@pytest.fixture
def connection(request, session_connection):
    if request.function.__name__ in ("test_read", "test_one"):
        yield session_connection
    else:
        with session_connection.transaction(force_rollback=True):
            yield session_connection
"""

OURS = """\
@pytest.fixture
def connection(migrated_connection):
    return migrated_connection
"""

RAW = """\
import select, uuid
import psycopg

@pytest.fixture(scope="session")
def admin():
    with psycopg.connect(os.environ["SERVER"], autocommit=True) as connection:
        yield connection

@pytest.fixture
def connection(admin):
    name = f"raw_{uuid.uuid4().hex}"
    admin.execute(f"CREATE DATABASE {name} TEMPLATE prepared_{os.environ['TABLES']} STRATEGY FILE_COPY")
    connection = psycopg.connect(os.environ["SERVER"], dbname=name, autocommit=True)
    yield connection
    socket = os.dup(connection.fileno())
    connection.close()
    # the kernel closes the other end when the backend has exited, and not before (socket_close in pqcomm.c)
    select.select([socket], [], [])
    os.close(socket)
    admin.execute(f"DROP DATABASE {name}")
"""

PYTEST_POSTGRESQL = """\
from psycopg.conninfo import conninfo_to_dict
from pytest_postgresql import factories

at = conninfo_to_dict(os.environ["SERVER"])
files = sorted(Path("migrations").absolute().glob("*.sql"))
server = factories.postgresql_noproc(host=at["host"], port=at["port"], user=at["user"], load=files)
connection = factories.postgresql("server")
"""

# as in its README; it knows nothing of workers, so each gets a template and a role of its own
PGTESTDBPY = """\
from urllib.parse import quote
import pgtestdbpy
import psycopg
from psycopg.conninfo import conninfo_to_dict

def migrate(url):
    with psycopg.connect(url) as connection:
        for path in sorted(Path("migrations").glob("*.sql")):
            connection.execute(path.read_text())

at = conninfo_to_dict(os.environ["SERVER"])
place = {"host": quote(at["host"], safe=""), "port": int(at["port"])}
migrator = pgtestdbpy.Migrator(migrate, db_name=f"pgtestdbpy_{WORKER}", user=f"pgtestdbpy_{WORKER}", **place)
config = pgtestdbpy.Config(user=at["user"], password="", **place)

@pytest.fixture(scope="session")
def db():
    with pgtestdbpy.templates(config, migrator):
        yield

@pytest.fixture
def connection(db):
    with pgtestdbpy.clone(config, migrator) as url:
        with psycopg.connect(url) as connection:
            yield connection
"""


@dataclass(frozen=True)
class Contestant:
    """One way to give a test its connection: conftest.py, the interpreter, and options of pytest."""

    name: str
    conftest: str
    python: Path = field(default=Path(sys.executable))
    options: tuple[str, ...] = ("-p", "no:migrate_tasks")


SHARED_CONNECTION = Contestant("shared connection", SHARED)
RAW_CLONE = Contestant("raw", RAW)
PEERS = {"pytest-postgresql": PYTEST_POSTGRESQL, "pgtestdbpy": PGTESTDBPY}
SLOWNESS = {"pytest-postgresql": 10, "pgtestdbpy": 6, "raw": 4}  # they run one test where others run so many


def count_tests(contestant: Contestant, kind: str, tests: int) -> int:
    """Return how many tests of ``kind`` to measure where the fastest measures ``tests``."""
    # after a change of the schema we too have to make another database
    name = "raw" if contestant.name == "ours" and kind == "schema" else contestant.name
    return min(tests, max(LEAST, tests // SLOWNESS.get(name, 1)))


def install(command: list[str]) -> None:
    """Run an installer; what it said goes into the error where it fails."""
    subprocess.run(command, capture_output=True, text=True, check=True)


def installed(peers: Path, names: Iterable[str]) -> Iterator[Contestant]:
    """Yield the peers that can be had here, each in an environment of its own."""
    ours = [f"{name}=={version(name)}" for name in ("pytest", "pytest-xdist", "psycopg", "psycopg-binary")]
    for name in names:
        python = peers / name / "bin" / "python"
        try:
            install([sys.executable, "-m", "venv", str(peers / name)])
            install([str(python), "-m", "pip", "install", "--quiet", name, *ours])
        except subprocess.CalledProcessError as error:
            print(f"{name} is missing: it could not be installed\n{error.stderr.strip()}\n")
        else:
            found = [str(python), "-c", f"import importlib.metadata as m; print(m.version({name!r}))"]
            print(name, subprocess.run(found, capture_output=True, text=True, check=True).stdout.strip())
            yield Contestant(name, PEERS[name], python, ())


@contextmanager
def server(major: int | None) -> Iterator[EmbeddedServer]:
    """Yield a server with the settings that suit tests, in memory where there is room."""
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        EmbeddedServer(Path(folder, "server"), FAST_AND_LOOSE, binaries=find_binaries(major)) as embedded,
    ):
        yield embedded


def write_migrations(folder: Path, tables: int) -> None:
    """Write the SQL files that make that many tables."""
    folder.mkdir(parents=True)
    for first in range(1, tables + 1, TABLES_A_FILE):
        numbers = range(first, min(first + TABLES_A_FILE, tables + 1))
        parts = [CREATE_ITEM.format(number) for number in numbers]
        if len(numbers) > 1:
            parts.append(ADD_PARENT.format(numbers[-1], numbers[0]))
        (folder / f"{first:03d}-create-items-from-{first}.sql").write_text("".join(parts))


@dataclass(frozen=True)
class Project:
    """A folder with the suite, one project in it for each contestant, and the server that they use."""

    folder: Path
    at: EmbeddedServer
    tables: int

    @contextmanager
    def prepared(self, workers: Iterable[int]) -> Iterator[Project]:
        """Make the databases that "raw" copies and "shared connection" connects to, yield, and drop them."""
        write_migrations(self.folder / "migrations", self.tables)
        template = f"prepared_{self.tables}"
        names = [f"gw{number}" for number in range(max(workers, default=0))]
        shared = [f"shared_{self.tables}_{worker}" for worker in ("alone", *names)]
        with connect(self.at.url("postgres")) as admin:
            admin.execute(f'CREATE DATABASE "{template}"')
            with connect(self.at.url(template)) as connection:
                for path in sorted((self.folder / "migrations").glob("*.sql")):
                    connection.execute(path.read_text())
            with connect(self.at.url(template)) as connection:
                # a new session, so that it leaves the catalog's cache file to the copies
                connection.execute("VACUUM (FREEZE, ANALYZE)")
            for name in shared:
                admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
            try:
                yield self
            finally:
                for name in (template, *shared):
                    admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def of(self, contestant: Contestant) -> Path:
        """Return the folder of the contestant's project; make it where it is not there."""
        here = self.folder / contestant.name.replace(" ", "-")
        if not here.exists():
            write_project(here, contestant, self.folder / "migrations")
        return here

    def run(self, contestant: Contestant, test: str, tests: int, workers: int = 0) -> Run:
        """Run one of the suite's tests ``tests`` times; raises Failed where one fails."""
        options = ["--numprocesses", str(workers)] if workers else []
        environ = {
            "SERVER": self.at.url("postgres"),
            "TABLES": str(self.tables),
            "TESTS": str(tests),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
        }
        return run_pytest(self.of(contestant), contestant, [f"test_suite.py::test_{test}", *options], environ)


def write_project(here: Path, contestant: Contestant, migrations: Path) -> None:
    """Make a project with the suite, the contestant's fixture and a copy of the migrations."""
    here.mkdir(parents=True)
    (here / "pytest.ini").write_text("[pytest]\n")
    (here / "conftest.py").write_text(TIMING + contestant.conftest)
    (here / "test_suite.py").write_text(SUITE)
    shutil.copytree(migrations, here / "migrations")


class Failed(Exception):
    """A contestant's tests failed; with the end of what pytest said."""


@dataclass(frozen=True)
class Run:
    """One command: when it started and ended, and when each test did, worker by worker; seconds of one clock."""

    started: float
    ended: float
    workers: list[list[tuple[float, float]]]

    @property
    def seconds(self) -> float:
        """How long the whole command took."""
        return self.ended - self.started


def run_pytest(where: Path, contestant: Contestant, arguments: Sequence[str], environ: dict[str, str]) -> Run:
    """Run pytest in the folder ``where``; what it prints goes to a file, as in a build."""
    # plugins that are installed here and not beside the peers
    options = ["-q", "-x", "--tb=short", "-p", "no:hypothesispytest", "-p", "no:anyio", *contestant.options]
    with tempfile.TemporaryDirectory() as times, tempfile.TemporaryFile("w+") as output:
        started = time.perf_counter()
        done = subprocess.run(
            [contestant.python, "-m", "pytest", *options, *arguments],
            cwd=where,
            env={**os.environ, **environ, "TIMES": times},
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
        ended = time.perf_counter()
        output.seek(0)
        if done.returncode:
            raise Failed("\n".join(output.read().splitlines()[-15:]))
        return Run(started, ended, [json.loads(path.read_text()) for path in sorted(Path(times).iterdir())])


@dataclass(frozen=True)
class Figures:
    """What the runs of one contestant come to, in milliseconds; ``command`` in seconds."""

    tests: int
    median: float
    mean: float
    end: float
    command: float


def figures(runs: list[Run]) -> Figures:
    """Sum up; the warm-up and the last test of each worker, which tears the session down, are left out."""
    workers = [spans for run in runs for spans in run.workers if len(spans) > WARM_UP + 1]
    times = [end - start for spans in workers for start, end in spans[WARM_UP:-1]]
    walls = [spans[-1][0] - spans[WARM_UP][0] for spans in workers]
    ends = [run.ended - max(spans[-1][0] for spans in run.workers) for run in runs]
    return Figures(
        len(times),
        statistics.median(times) * 1000,
        sum(walls) / len(times) * 1000,
        statistics.median(ends) * 1000,
        statistics.median(run.seconds for run in runs),
    )


Results = dict[str, dict[str, Figures]]  # by kind and contestant


def take_turns(rounds: int, commands: dict[str, Callable[[], Run]], what: str) -> dict[str, list[Run]]:
    """Return the runs of each command, round by round; one that fails is told, and left out from then on."""
    runs: dict[str, list[Run]] = defaultdict(list)
    failed: set[str] = set()
    for number in range(rounds):
        for name, command in commands.items():
            if name in failed:
                continue
            print(f"\r{what}, round {number + 1} of {rounds}: {name:40}", end="", file=sys.stderr, flush=True)
            try:
                runs[name].append(command())
            except Failed as failure:
                failed.add(name)
                print(f"{what}: {name} failed:\n{failure}\n")
    print(f"\r{'':100}\r", end="", file=sys.stderr, flush=True)
    return {name: of_one for name, of_one in runs.items() if name not in failed}


def measure_tests(project: Project, contestants: list[Contestant], workers: int, given: argparse.Namespace) -> Results:
    """Measure each kind of test with that many workers (0: plain pytest)."""
    results: Results = {}
    for kind in given.kinds:
        commands: dict[str, Callable[[], Run]] = {}
        for contestant in contestants:
            tests = count_tests(contestant, kind, given.tests) + (WARM_UP + 1) * max(workers, 1)
            commands[contestant.name] = partial(project.run, contestant, kind, tests, workers)
        runs = take_turns(given.rounds, commands, f"{project.tables} tables, {workers} workers, {kind}")
        results[kind] = {name: figures(of_one) for name, of_one in runs.items()}
    return results


def show(title: str, results: Results) -> None:
    """Print a table of the figures."""
    print(f"{title:40} {'median':>10} {'mean':>10} {'at the end':>11} {'tests':>6} {'command':>9}")
    for kind, of_kind in results.items():
        for name, of_one in of_kind.items():
            print(
                f"{kind:8} {name:31} {of_one.median:7.2f} ms {of_one.mean:7.2f} ms {of_one.end:8.0f} ms"
                f" {of_one.tests:6} {of_one.command:7.2f} s"
            )


def judge(what: str, values: Iterable[float], bound: float, unit: str = "", *, at_least: bool = False) -> None:
    """Print values beside their bound."""
    told = []
    for value in values:
        met = value >= bound if at_least else value <= bound
        told.append(f"{value:7.2f}{unit} {'met' if met else 'MISSED':6}")
    print(f"{what:52} {' '.join(told)} at {'least' if at_least else 'most'} {bound:g}{unit}")


def judge_tests(results: Results) -> None:
    """Print how we stand to the bounds and to the others, by the median and by the mean."""

    def values(kind: str, name: str) -> tuple[float, float] | None:
        of_one = results.get(kind, {}).get(name)
        return (of_one.median, of_one.mean) if of_one else None

    print(f"{'':52} {'by median':16} by mean")
    ours, floor = values("read", "ours"), values("read", SHARED_CONNECTION.name)
    if ours and floor:
        judge("read: ours - shared connection", (a - b for a, b in zip(ours, floor, strict=True)), 1.0, " ms")
    ours = values("schema", "ours")
    if ours and (raw := values("schema", RAW_CLONE.name)):
        judge("schema: ours / raw", (a / b for a, b in zip(ours, raw, strict=True)), 1.2)
    ours = values("write", "ours")
    if ours:
        judge("write: ours", ours, 2.5, " ms")
        for name, bound in (("pgtestdbpy", 10), ("pytest-postgresql", 30)):
            if peer := values("write", name):
                ratios = (a / b for a, b in zip(peer, ours, strict=True))
                judge(f"write: {name} / ours", ratios, bound, at_least=True)
    print()


def make_unlike_others(migrations: Path) -> None:
    """Change the first migration so that nothing that an earlier run left fits it."""
    first = min(migrations.glob("*.sql"))
    with first.open("a") as file:
        file.write(f"\nCOMMENT ON SCHEMA public IS '{uuid.uuid4()}';\n")


def measure_start(project: Project, contestants: list[Contestant], ours: Contestant) -> None:
    """Measure sessions of one test that runs SELECT 1."""

    def cold() -> Run:
        make_unlike_others(project.of(ours) / "migrations")
        return project.run(ours, "one", 1)

    others = [contestant for contestant in contestants if contestant is not ours]
    commands: dict[str, Callable[[], Run]] = {
        "ours, cold": cold,
        "ours, with what the run before left": partial(project.run, ours, "one", 1),
        **{one.name: partial(project.run, one, "one", 1) for one in others},
        **embedded_starts(project),
    }
    runs = take_turns(STARTS, commands, "session start")
    seconds = {name: statistics.median(run.seconds for run in of_one) for name, of_one in runs.items()}
    if SHARED_CONNECTION.name not in seconds:
        return
    floor = seconds.pop(SHARED_CONNECTION.name)
    print(f"a session with one test, above the {floor:.2f} s of the shared connection; {project.tables} tables")
    for name, value in seconds.items():
        if name.startswith("ours"):
            judge(name, [value - floor], 2.5 if "cold" in name else 0.5, " s")
        else:
            print(f"{name:52} {value - floor:7.2f} s")
    print()


def embedded_starts(project: Project) -> dict[str, Callable[[], Run]]:
    """Return the commands for ours on its own embedded server, with this repository's migrations."""
    ours = Contestant("ours", OURS, options=())
    folder = project.folder / "embedded"

    def start() -> Run:
        environ = {"TESTS": "1", "TABLES": "1", "XDG_CACHE_HOME": str(folder / "cache"), "TEST_DATABASE_URL": ""}
        return run_pytest(folder / "project", ours, ["test_suite.py::test_one"], environ)

    def cold() -> Run:
        shutil.rmtree(folder, ignore_errors=True)
        write_project(folder / "project", ours, REPOSITORY / "migrations")
        make_unlike_others(folder / "project" / "migrations")
        return start()

    name = "ours, embedded, migrations of this repository"
    return {f"{name}, cold": cold, f"{name}, again": start}


def measure_unused(folder: Path) -> None:
    """Measure runs of one test without a database, with the plugin and without."""
    (folder / "unused").mkdir()
    (folder / "unused" / "pytest.ini").write_text("[pytest]\n")
    (folder / "unused" / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
    sides = [Contestant("with the plugin", "", options=()), Contestant("without", "")]
    commands: dict[str, Callable[[], Run]] = {
        side.name: partial(run_pytest, folder / "unused", side, [], {}) for side in sides
    }
    runs = take_turns(UNUSED_RUNS, commands, "a run without databases")
    if len(runs) < len(sides):
        return
    with_it, without = (statistics.median(run.seconds for run in runs[side.name]) * 1000 for side in sides)
    print(f"a run that does not use the plugin: {with_it:.0f} ms, without it {without:.0f} ms")
    judge("what the plugin costs it", [with_it - without], 15, " ms")


def numbers(text: str) -> list[int]:
    """Read "30,200"."""
    return [int(part) for part in text.split(",")]


def kinds(text: str) -> list[str]:
    """Read "read,write"."""
    found = text.split(",")
    if unknown := {*found} - {*KINDS}:
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    return found


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", type=int, default=200, help="how many to measure in a round; slow ones run fewer")
    parser.add_argument("--tables", type=numbers, default=[30, 200], help="sizes of the schema")
    parser.add_argument("--workers", type=numbers, default=[0, 2], help="processes of pytest-xdist; 0: plain pytest")
    parser.add_argument("--kinds", type=kinds, default=list(KINDS), help="what the tests do")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", choices=["tests", "start"], help="one of the two parts")
    parser.add_argument("--without", nargs="+", choices=[*PEERS, RAW_CLONE.name], default=[], help="whom to leave out")
    parser.add_argument("--peers", type=Path, help="a folder to keep the peers in (default: a temporary one)")
    parser.add_argument("--version", type=int, help="the server's major version (default: the first one found)")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    given = arguments()
    with tempfile.TemporaryDirectory() as folder, server(given.version) as at:
        here = Path(folder)
        peers = list(installed((given.peers or here / "peers").resolve(), [n for n in PEERS if n not in given.without]))
        ours = Contestant("ours", OURS, options=("--postgres-url", at.url("postgres")))
        raw = [] if RAW_CLONE.name in given.without else [RAW_CLONE]
        contestants = [SHARED_CONNECTION, ours, *peers, *raw]
        print(f"PostgreSQL {at.major_version}, {os.cpu_count()} processors, {given.rounds} rounds\n")
        for tables in given.tables:
            with Project(here / str(tables), at, tables).prepared(given.workers) as project:
                for workers in given.workers if given.only != "start" else ():
                    results = measure_tests(project, contestants, workers, given)
                    show(f"{tables} tables, {f'-n {workers}' if workers else 'one process'}", results)
                    judge_tests(results)
                if given.only != "tests" and tables == given.tables[0]:
                    measure_start(project, contestants, ours)
        if given.only != "tests":
            measure_unused(here)


if __name__ == "__main__":
    main()
