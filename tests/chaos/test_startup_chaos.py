"""`invoke startup` killed at any moment, and many at once: the next one always finishes the work."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks.postgres.servers.embedded import EmbeddedServer
from tests.support import Project, processes_of, until_stopped

if TYPE_CHECKING:
    from pathlib import Path

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def finish(example: Project) -> None:
    """Start once more, and see that everything is completed and nothing of ours is left."""
    said = example.invoke("startup", "--json")
    with EmbeddedServer(example.root / ".postgres") as server, psycopg.connect(server.url()) as connection:
        rows = connection.execute("SELECT status, count(*) FROM migration_status GROUP BY status").fetchall()
    until_stopped(example.root / ".postgres")

    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out)["data"]["state"] == "succeeded"
    assert rows == [("completed", 8)]
    assert processes_of(example.root) == []


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_ended_at_any_moment(example: Project, number: signal.Signals, *, full: bool) -> None:
    """Whenever a start-up is ended, by whatever signal, the next one exits with 0."""
    dice = random.Random(number)
    for _ in range(60 if full else 5):
        process = example.start("startup")
        time.sleep(dice.uniform(0, 1.4))
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

        assert not out or "Traceback" not in err  # before the first line it is Python and invoke that load
        if dice.random() < 0.3:
            remove_data(example.root / ".postgres")
    finish(example)


def remove_data(directory: Path) -> None:
    """Make the next start-up a first one."""
    if (directory / "keeper.lock").exists():
        until_stopped(directory)
        subprocess.run(["rm", "-rf", directory], check=True)


@pytest.mark.parametrize("count", [2, 5])
def test_many_at_once(example: Project, count: int) -> None:
    """Start-ups that begin together all exit with 0, and each migration is executed once."""
    processes = [example.start("startup", "--json") for _ in range(count)]
    answers = [process.communicate(timeout=120) for process in processes]

    assert [(process.returncode, err) for process, (_, err) in zip(processes, answers, strict=True)] == [
        (0, "")
    ] * count
    with EmbeddedServer(example.root / ".postgres") as server, psycopg.connect(server.url()) as connection:
        runs = connection.execute(
            "SELECT count(*), count(DISTINCT metadata->>'run_id') FROM migration_status"
        ).fetchone()
    assert runs == (8, 1)
    finish(example)
