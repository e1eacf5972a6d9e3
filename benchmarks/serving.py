"""How /health answers under load while a migration runs and while the database is away, beside a naive handler.

    python benchmarks/serving.py [--rate 200] [--seconds 30] [--only ours|naive]

In one window a migration runs for two thirds of the time; then the database is stopped, and started again. Meanwhile
requests are sent at a fixed rate, each at its time whether the ones before were answered or not, and a latency is
counted from that time, so that a server that stalls cannot hide it. Three questions: how many answers were wrong
(said what was not so at any time in the last three seconds), how many connections the server has to the database at
most (pg_stat_activity, ten times a second) and how many sessions there were in all (pg_stat_database, where a dozen are
the benchmark's own), and how long answers take. The naive handler is what one would write by
hand: it connects, asks, and closes, for each request. The bare one asks nothing and always says the same: what it takes
is the machine's and uvicorn's. All are served by uvicorn, one after the other.

The module is not called http, since a script's folder comes first when modules are looked for.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psycopg

from migrate_tasks.postgres.servers.embedded import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPOSITORY = Path(__file__).parent.parent
INVOKE = [sys.executable, str(Path(sysconfig.get_path("scripts"), "invoke"))]
TASKS = """\
from invoke import Collection
from migrate_tasks.tasks import migrate, serve
namespace = Collection(migrate, serve)
"""
PATH = "/database/migrations/health"
BARE = """\
import sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def health(request):
    return JSONResponse({"data": {"status": "ok", "running": 0, "completed": 1}})

app = Starlette(routes=[Route("/database/migrations/health", health)])
config = uvicorn.Config(app, port=int(sys.argv[2]), log_level="warning", access_log=False)
print("listens", flush=True)
uvicorn.Server(config).run()
"""
NAIVE = """\
import sys
import psycopg, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

def health(request):
    try:
        with psycopg.connect(sys.argv[1], connect_timeout=2) as connection:
            rows = dict(connection.execute("SELECT status, count(*) FROM migration_status GROUP BY status").fetchall())
    except psycopg.OperationalError:
        return JSONResponse({"data": {"status": "unreachable"}}, 503)
    except psycopg.errors.UndefinedTable:
        rows = {}
    counts = {status: rows.get(status, 0) for status in ("running", "completed")}
    return JSONResponse({"data": {"status": "ok" if sum(counts.values()) else "degraded", **counts}})

app = Starlette(routes=[Route("/database/migrations/health", health)])
config = uvicorn.Config(app, port=int(sys.argv[2]), log_level="warning", access_log=False)
print("listens", flush=True)
uvicorn.Server(config).run()
"""
NAMES = {"ours": "migrate-tasks", "naive": "naive handler", "bare": "bare uvicorn"}
PROGRAMS = {"naive": NAIVE, "bare": BARE}
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'web'"  # as whom the servers connect
SESSIONS = "SELECT sessions FROM pg_stat_database WHERE datname = current_database()"
STALE = 3.0  # seconds that an answer may be old
POOL = 100  # connections of the load's own, to the server
LIMIT = 30.0  # seconds for an answer

# what is so: the status of HTTP, the one word, and how many migrations run and are completed
Answer = tuple[int, str, int | None, int | None]
PENDING: Answer = (200, "degraded", 0, 0)
RUNNING: Answer = (200, "ok", 1, 0)
COMPLETED: Answer = (200, "ok", 0, 1)
AWAY: Answer = (503, "unreachable", None, None)


@dataclass
class Truth:
    """From when to when what was so; at a change both are, as nobody can say which came first."""

    spans: list[tuple[Answer, float, float]] = field(default_factory=list)

    def add(self, answer: Answer, since: float, until: float) -> None:
        """Note that this was so."""
        self.spans.append((answer, since, until))

    def holds(self, seen: Seen) -> bool:
        """Return whether that was so, at the latest STALE seconds before it was asked."""
        return any(
            seen.answer == answer and since <= seen.answered and until >= seen.asked - STALE
            for answer, since, until in self.spans
        )


@dataclass(frozen=True)
class Seen:
    """An answer: when its request was due, was sent, and was answered, on the monotonic clock."""

    due: float
    asked: float
    answered: float
    answer: Answer | str


@dataclass(frozen=True)
class Figures:
    """What a contestant came to."""

    seen: list[Seen]
    wrong: list[Seen]
    connections: int
    sessions: int

    def latency(self, share: float) -> float:
        """Return the milliseconds within which that share of the answers came."""
        times = sorted(seen.answered - seen.due for seen in self.seen)
        return times[min(int(len(times) * share), len(times) - 1)] * 1000


async def send_load(port: int, rate: float, until: float) -> list[Seen]:
    """Send requests until then, and return what was answered."""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = asyncio.Queue()
    for _ in range(POOL):
        free.put_nowait(None)
    seen: list[Seen] = []

    async def ask(due: float) -> None:
        streams = await free.get()
        asked = time.monotonic()
        answer: Answer | str
        try:
            async with asyncio.timeout(LIMIT):
                streams = streams or await asyncio.open_connection("127.0.0.1", port)
                answer = await request(*streams)
        except (OSError, EOFError, TimeoutError) as error:
            answer, streams = type(error).__name__, None
        seen.append(Seen(due, asked, time.monotonic(), answer))
        free.put_nowait(streams)

    due = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        while due < until:
            await asyncio.sleep(max(due - time.monotonic(), 0))
            tasks.create_task(ask(due))
            due += 1 / rate
    return seen


async def request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer:
    """Send one request and return what was answered."""
    writer.write(f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.partition("content-length:")[2].split("\r\n")[0])
    data = json.loads(await reader.readexactly(length))["data"]
    status = int(head.split()[1])
    if data["status"] == AWAY[1]:
        return (status, data["status"], None, None)
    return (status, data["status"], data["running"], data["completed"])


class Database:
    """A server of the benchmark's own, which can be stopped and started again."""

    def __init__(self, directory: Path) -> None:
        self._server = EmbeddedServer(directory)
        self._directory = directory
        self._use = ExitStack()

    def __enter__(self) -> Self:
        self._use.enter_context(self._server)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, user: str) -> str:
        """Return its URL for that user."""
        return self._server.url().replace("postgres@", f"{user}@")

    def stop(self) -> None:
        """Stop it, and wait until it has ended."""
        self._use.close()
        while (self._directory / "data" / "postmaster.pid").exists():
            time.sleep(0.01)


@dataclass
class Watcher:
    """Looks ten times a second how many connections there are, while the database is up."""

    url: str
    most: int = 0
    is_done: bool = False

    def run(self) -> None:
        """Look until it is done."""
        while not self.is_done:
            try:
                with psycopg.connect(self.url, autocommit=True, connect_timeout=2) as connection:
                    while not self.is_done:
                        row = connection.execute(CONNECTIONS).fetchone()
                        self.most = max(self.most, row[0] if row else 0)
                        time.sleep(0.1)
            except psycopg.OperationalError:
                time.sleep(0.1)


def happen(database: Database, where: Path, began: float, seconds: float) -> Truth:
    """Have the migration run, and the database be stopped and started; return when what was so."""
    truth = Truth()
    time.sleep(max(began + seconds / 15 - time.monotonic(), 0))
    started = time.monotonic()
    subprocess.run(
        [*INVOKE, "migrate.run"],
        cwd=where,
        env=environ(database.url("postgres")),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    completed = time.monotonic()
    time.sleep(max(began + seconds * 0.8 - time.monotonic(), 0))
    stopping = time.monotonic()
    database.stop()
    time.sleep(seconds / 12)
    restarting = time.monotonic()
    database.__enter__()
    up = time.monotonic()
    begins = completed - seconds * 2 / 3  # at the latest: the rest is the command's own
    truth.add(PENDING, began - STALE, begins)
    truth.add(RUNNING, started, completed)
    truth.add(COMPLETED, started + seconds * 2 / 3, up)
    truth.add(AWAY, stopping, up)
    truth.add(COMPLETED, restarting, up + 3 * seconds)
    return truth


def environ(url: str) -> dict[str, str]:
    """Return the environment of a contestant."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MIGRAT", "DATABASE_URL", "PG"))}
    return {**kept, "DATABASE_URL": url, "PYTHONPATH": str(REPOSITORY), "APP_ENV": "development"}


@contextmanager
def serving(name: str, database: Database, where: Path) -> Iterator[int]:
    """Yield the port that the contestant listens on."""
    port = free_port()
    command = [*INVOKE, "serve", "--port", str(port)]
    if name in PROGRAMS:
        command = [sys.executable, "-c", PROGRAMS[name], database.url("web"), str(port)]
    process = subprocess.Popen(command, cwd=where, env=environ(database.url("web")), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        process.stdout.readline()
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.communicate()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    """Wait until somebody listens there."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return


def measure(name: str, rate: float, seconds: float) -> Figures:
    """Have a contestant live through the window."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder, "project")
        (where / "migrations").mkdir(parents=True)
        (where / "tasks.py").write_text(TASKS)
        (where / "migrations" / "001-slow.sql").write_text(f"SELECT pg_sleep({seconds * 2 / 3});\n")
        with Database(Path(folder, "server")) as database, ExitStack() as ends:
            with psycopg.connect(database.url("postgres"), autocommit=True) as connection:
                connection.execute("CREATE ROLE web SUPERUSER LOGIN")
            port = ends.enter_context(serving(name, database, where))
            watcher = Watcher(database.url("postgres"))
            watching = threading.Thread(target=watcher.run)
            watching.start()
            ends.callback(watching.join)
            ends.callback(setattr, watcher, "is_done", True)
            seen, truth = asyncio.run(live(port, partial(happen, database, where, seconds=seconds), rate, seconds))
            with psycopg.connect(database.url("postgres")) as connection:
                row = connection.execute(SESSIONS).fetchone()
    wrong = [] if name == "bare" else [one for one in seen if not truth.holds(one)]
    return Figures(seen, wrong, watcher.most, row[0] if row else 0)


async def live(port: int, happening: Callable[[float], Truth], rate: float, seconds: float) -> tuple[list[Seen], Truth]:
    """Send the load while everything happens; return what was answered, and what was so."""
    await send_load(port, 10, time.monotonic() + 1)  # nobody's first answer counts
    began = time.monotonic()
    told = asyncio.create_task(asyncio.to_thread(happening, began))
    return await send_load(port, rate, began + seconds), await told


def show(name: str, figures: Figures) -> None:
    """Print a contestant's row, and what was wrong in its answers."""
    p50, p99, most = (figures.latency(share) for share in (0.5, 0.99, 1.0))
    print(
        f"{name:14} {len(figures.seen):7} {len(figures.wrong):7} {figures.connections:12} {figures.sessions:12}"
        f" {p50:9.1f} ms {p99:9.1f} ms {most:9.1f} ms"
    )
    for answer, count in Counter(one.answer for one in figures.wrong).most_common(5):
        print(f"{'':14} {count} wrong: {answer}")


def judge(what: str, value: float, target: float, unit: str = "") -> None:
    """Print a value beside its target."""
    print(f"{what:44} {value:8.1f}{unit}  {'met' if value <= target else 'MISSED'}: at most {target:g}{unit}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=200, help="requests a second")
    parser.add_argument("--seconds", type=float, default=30, help="the whole window")
    parser.add_argument("--only", choices=NAMES, help="one of them")
    given = parser.parse_args()
    print(f"{given.rate:g} requests a second for {given.seconds:g} s")
    titles = "".join(f" {title:>12}" for title in ("connections", "sessions", "p50", "p99", "longest"))
    print(f"{'':14} {'answers':>7} {'wrong':>7}{titles}")
    figures = {}
    for name in [given.only] if given.only else NAMES:
        figures[name] = measure(name, given.rate, given.seconds)
        show(NAMES[name], figures[name])
    if ours := figures.get("ours"):
        judge("wrong answers", len(ours.wrong), 0)
        judge("connections to the database", ours.connections, 2)
        judge("latency, 99 of 100 answers", ours.latency(0.99), 100, " ms")


if __name__ == "__main__":
    main()
