"""Many runs of migrations at once: each migration is executed once, and none waits for ever."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.chaos.mixture import MIGRATIONS, Place, is_as_meant
from tests.support import Pooler

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer

StartServer = Callable[..., AbstractContextManager["EmbeddedServer"]]
StartPgBouncer = Callable[..., AbstractContextManager[Pooler]]

LIMIT = 60  # seconds; who is caught in a deadlock waits for minutes

# which of the runs go through PgBouncer
WAYS: dict[str, Callable[[int], bool]] = {
    "direct": lambda _: False,
    "pooled": lambda _: True,
    "mixed": lambda number: number % 2 == 1,
}


def answers_of(processes: list[subprocess.Popen[str]]) -> list[tuple[int, str, str]]:
    """Wait for all, and return what each answered: exit code, stdout, stderr; who takes too long is killed."""
    deadline = time.monotonic() + LIMIT
    try:
        answers = [process.communicate(timeout=max(0.1, deadline - time.monotonic())) for process in processes]
    finally:
        for process in processes:
            process.kill()
    return [(process.returncode, out, err) for process, (out, err) in zip(processes, answers, strict=True)]


def crowd(place: Place, name: str, urls: list[str]) -> None:
    """Start a run for each of ``urls``, all of one fresh database, and see that together they did the work once."""
    with place.fresh_database(name) as project:
        answers = answers_of([project.start("migrate.run", "--json", DATABASE_URL=url) for url in urls])

        assert [(code, err) for code, _, err in answers] == [(0, "")] * len(urls), answers
        done = [json.loads(out)["data"] for _, out, _ in answers]
        assert sum(run["executed"] for run in done) == len(MIGRATIONS)
        assert {run["executed"] + run["skipped"] for run in done} == {len(MIGRATIONS)}
        outcome = place.outcome(name)
        assert is_as_meant(outcome), replace(outcome, schema=[])


@pytest.mark.parametrize("way", WAYS)
def test_many_at_once(
    tmp_path: Path, start_server: StartServer, start_pgbouncer: StartPgBouncer, way: str, *, full: bool
) -> None:
    """Runs that begin together all exit with 0, and each migration is executed once, whichever way they connect."""
    options = {"pool_mode": "transaction", "default_pool_size": "5"}  # fewer sessions than runs
    with start_server() as server, start_pgbouncer(server.url(), **options) as pooler:
        place = Place(server, tmp_path).prepare()
        for turn in range(20 if full else 1):
            name = f"turn{turn}"
            pooled = [WAYS[way](number) for number in range(20 if full else 6)]
            crowd(place, name, [pooler.url(name) if through else server.url(name) for through in pooled])
