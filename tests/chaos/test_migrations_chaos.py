"""`invoke migrate.run` ended at any moment, by whatever: the next one completes the work, each part of it once."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from tests.chaos.mixture import MIGRATIONS, Outcome, Place, difference, is_as_meant
from tests.support import Pooler, stop_at_once

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support import Project

StartServer = Callable[..., AbstractContextManager[EmbeddedServer]]
StartPgBouncer = Callable[..., AbstractContextManager[Pooler]]
History = list[tuple[Any, ...]]

TRY_AGAIN_LATER = 75
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
HISTORY = """
SELECT migration_name, status, started_at, completed_at
FROM migration_status WHERE migration_name = ANY(%s) ORDER BY 1
"""


@dataclass(frozen=True)
class Peace:
    """A run that nobody disturbs: seconds until it is at work, seconds at work, and what it leaves."""

    start: float
    work: float
    outcome: Outcome


@dataclass(frozen=True)
class Moment:
    """When to strike: so many seconds after the process has started, or after it is seen ``at_work``."""

    seconds: float
    at_work: bool


def history_of(url: str) -> History:
    """Return what the history says, empty where there is none."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT to_regclass('migration_status') IS NOT NULL").fetchone()
        if row != (True,):
            return []
        return connection.execute(HISTORY, [list(MIGRATIONS)]).fetchall()


def is_under_way(history: History) -> bool:
    """Return whether a run has begun its work, and not ended it."""
    statuses = [str(status) for _, status, *_ in history]
    return set(statuses) - {"pending"} != set() and statuses.count("completed") < len(MIGRATIONS)


def until_at_work(process: subprocess.Popen[str], url: str, before: History) -> None:
    """Wait until the history is not as it was ``before``, or the run has ended."""
    while process.poll() is None and history_of(url) == before:
        time.sleep(0.005)


def run_in_peace(place: Place, behind: Pooler | None = None) -> Peace:
    """Run once without disturbing it, and see that everything is as it was meant."""
    with place.fresh_database("peace") as made:
        project, url = (through(behind, made, "peace") if behind else made), made.environ["DATABASE_URL"]
        process, started = project.start("migrate.run"), time.monotonic()
        until_at_work(process, url, [])
        start = time.monotonic() - started
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
        outcome = place.outcome("peace")
        history = history_of(url)
    assert is_as_meant(outcome), replace(outcome, schema=[])
    work = max(ended for *_, ended in history) - min(begun for *_, begun, _ in history)
    return Peace(start, work.total_seconds(), outcome)


def through(pooler: Pooler, project: Project, name: str) -> Project:
    """Return ``project`` with its database behind ``pooler``."""
    return replace(project, environ={**project.environ, "DATABASE_URL": pooler.url(name)})


def spread(count: int, peace: Peace, dice: random.Random) -> list[Moment]:
    """Return ``count`` moments, a fourth of them while a run starts, the others evenly over its work, shuffled."""
    starting = max(1, count // 4)
    parts = [(starting, peace.start * 1.1, False), (count - starting, peace.work, True)]
    moments = [
        Moment(length * (number + dice.random()) / parts_count, at_work)
        for parts_count, length, at_work in parts
        for number in range(parts_count)
    ]
    dice.shuffle(moments)
    return moments


def rounds(moments: list[Moment], dice: random.Random) -> Iterator[list[Moment]]:
    """Yield the moments in groups of one to three, each for one database."""
    rest = list(moments)
    while rest:
        size = dice.choice([1, 1, 2, 3])
        yield rest[:size]
        del rest[:size]


def wait_for(moment: Moment, process: subprocess.Popen[str], url: str, before: History) -> None:
    """Wait until ``moment``; of the seconds at work, as many are left as migrations."""
    if not moment.at_work:
        time.sleep(moment.seconds)
        return
    until_at_work(process, url, before)
    left = len(MIGRATIONS) - sum(status == "completed" for _, status, *_ in before)
    time.sleep(moment.seconds * left / len(MIGRATIONS))


def strike(project: Project, url: str, moment: Moment, number: signal.Signals) -> tuple[int, str, str]:
    """Start a run, send it the signal ``number`` at ``moment``, and return its exit code and what it said."""
    before = history_of(url)
    process = project.start("migrate.run")
    wait_for(moment, process, url, before)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def finish(place: Place, project: Project, name: str, peace: Peace, blows: object) -> None:
    """Run once more, and see that everything is as after a run in peace; ``blows`` are told where it is not."""
    said = project.invoke("migrate.run")
    told = f"{blows}\n{said.out}{said.err}"  # a text, which pytest shows whole
    assert said.code == 0, told
    differs = "\n".join(difference(place.outcome(name), peace.outcome))
    assert not differs, f"{told}{differs}"


def kill(place: Place, count: int, behind: Pooler | None = None) -> None:
    """Kill ``count`` runs, one to three in a row, and finish after each row; half of them at least are hit at work."""
    dice, hits = random.Random(count), 0
    peace = run_in_peace(place, behind)
    for number, blows in enumerate(rounds(spread(count, peace, dice), dice)):
        name = f"round{number}"
        with place.fresh_database(name) as made:
            url = made.environ["DATABASE_URL"]
            project = through(behind, made, name) if behind else made
            for moment in blows:
                code, _, _ = strike(project, url, moment, signal.SIGKILL)
                hits += code == -signal.SIGKILL and is_under_way(history_of(url))
            finish(place, project, name, peace, blows)
    assert hits >= count / 2, f"{hits} of {count} were at work"


@pytest.mark.parametrize("version", [18, 15])
def test_killed(tmp_path: Path, start_server: StartServer, version: int, *, full: bool) -> None:
    """Whenever runs are killed, the next one completes the rest, and each part of each migration took effect once."""
    with start_server(version=version) as server:
        kill(Place(server, tmp_path).prepare(), 200 if full else 8)


def test_killed_behind_a_pooler(
    tmp_path: Path, start_server: StartServer, start_pgbouncer: StartPgBouncer, *, full: bool
) -> None:
    """Through PgBouncer in transaction mode it is just the same."""
    with start_server() as server, start_pgbouncer(server.url(), pool_mode="transaction") as pooler:
        kill(Place(server, tmp_path).prepare(), 40 if full else 2, pooler)


def stop_in_between(servers: ExitStack, place: Place, project: Project, moment: Moment) -> bool:
    """Stop and start the server while a run is under way; return whether it was at work at that moment."""
    url = project.environ["DATABASE_URL"]
    process = project.start("migrate.run")
    wait_for(moment, process, url, [])
    hit = process.poll() is None and is_under_way(history_of(url))
    stop_at_once(place.server)
    servers.enter_context(EmbeddedServer(place.server.directory, place.server.options))
    out, err = process.communicate(timeout=120)

    assert process.returncode in (0, TRY_AGAIN_LATER), (moment, out, err)
    assert "Traceback" not in err, (moment, err)
    return hit


def test_server_stopped(tmp_path: Path, start_server: StartServer, *, full: bool) -> None:
    """Whenever the server stops without warning, a run gives up for now or waits, and the next completes."""
    count, dice, hits = (60 if full else 4), random.Random(4), 0
    with ExitStack() as servers:
        place = Place(servers.enter_context(start_server(**DURABLE)), tmp_path).prepare()
        peace = run_in_peace(place)
        for number, moment in enumerate(spread(count, peace, dice)):
            with place.fresh_database(f"round{number}") as project:
                hits += stop_in_between(servers, place, project, moment)
                finish(place, project, f"round{number}", peace, moment)
    assert hits >= count / 2, f"{hits} of {count} were at work"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_told_to_end(tmp_path: Path, start_server: StartServer, number: signal.Signals, *, full: bool) -> None:
    """A run that is told to end while at work says so with its exit code, without a traceback; the next completes."""
    dice = random.Random(number)
    with start_server() as server:
        place = Place(server, tmp_path).prepare()
        peace = run_in_peace(place)
        moments = [moment for moment in spread(60 if full else 5, peace, dice) if moment.at_work]
        for index, moment in enumerate(moments):
            with place.fresh_database(f"round{index}") as project:
                url = project.environ["DATABASE_URL"]
                code, _, err = strike(project, url, moment, number)
                # once all is done it is Python that ends, which a signal ends in its own way
                assert code == 128 + number or not is_under_way(history_of(url)), (moment, code, err)
                assert "Traceback" not in err or not is_under_way(history_of(url)), (moment, err)
                finish(place, project, f"round{index}", peace, moment)
