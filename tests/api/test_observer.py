"""Looking at the database: seldom, once for all who ask, and never longer than they can wait."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from migrate_tasks.settings import read_settings
from tests.api.asking import client_of, data_of
from tests.api.relay import Relay
from tests.migrations.ground import SESSIONS_OF_RUNS
from tests.support import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from starlette.testclient import TestClient

    from migrate_tasks.postgres.servers.embedded import EmbeddedServer
    from tests.migrations.ground import Ground


def health_of(client: TestClient) -> tuple[int, str, list[str]]:
    """Return the status of the answer, the one word, and the issues."""
    answer = client.get("/health")
    data = data_of(answer)
    return answer.status_code, data["status"], data["issues"]


@pytest.fixture
def relay(url: str) -> Iterator[Relay]:
    """A way to an empty database that can be blocked."""
    made = Relay(url)
    yield made
    made.close()


def client_at(root: Path, url: str) -> TestClient:
    """Return the app of an empty project on the database of ``url``."""
    (root / "migrations").mkdir(exist_ok=True)
    return client_of(read_settings(root, environ={"DATABASE_URL": url}))


def write_state(root: Path, **facts: Any) -> None:
    """Write the state file of a start-up of this process."""
    process = {"pid": os.getpid(), "host": socket.gethostname(), "process": ""}
    document = {"version": 1, "name": "shop", "run_id": "r", "state": "running", **process, "phases": [], **facts}
    (root / ".startup").mkdir(exist_ok=True)
    (root / ".startup" / "state.json").write_text(json.dumps(document))


def test_one_look_for_all(ground: Ground, client: TestClient) -> None:
    """Whoever asks within a second shares one look, over one connection."""
    seen: set[str] = set()
    until_when = time.monotonic() + 2.5

    def ask() -> None:
        while time.monotonic() < until_when:
            seen.add(data_of(client.get("/health"))["observed_at"])

    askers = [threading.Thread(target=ask) for _ in range(8)]
    for asker in askers:
        asker.start()
    most = 0
    while time.monotonic() < until_when:
        most = max(most, ground.one(SESSIONS_OF_RUNS))
    for asker in askers:
        asker.join()

    assert 2 <= len(seen) <= 4
    assert most <= 1


def test_who_asks_later_gets_a_look_of_their_own(ground: Ground, client: TestClient) -> None:
    """After a while what was seen is not told any more: there is another look first."""
    ground.write(m001_a="SELECT 1")
    before = data_of(client.get("/status"))["pending"]
    ground.remove("001-a")
    time.sleep(3.1)

    assert (before, data_of(client.get("/status"))["pending"]) == (1, 0)


def test_a_database_that_says_nothing(tmp_path: Path, relay: Relay) -> None:
    """A database that does not answer is unreachable after a second, and then at once, until it goes on."""
    client = client_at(tmp_path, relay.url)

    with relay.blocked():
        began = time.monotonic()
        first = health_of(client)
        waited = time.monotonic() - began
        second = health_of(client)
        waited_again = time.monotonic() - began - waited
    until(lambda: client.get("/health").status_code == 200, 10)

    assert first == second == (503, "unreachable", ["the database has not answered for 1 s"])
    assert 0.9 < waited < 1.9
    assert waited_again < 0.5


def test_what_was_seen_is_told_for_a_while(tmp_path: Path, relay: Relay) -> None:
    """While a look takes long, who asks at short intervals never waits; soon it is said that there is no answer."""
    client = client_at(tmp_path, relay.url)
    client.get("/health")
    waits, words = list[float](), list[str]()

    with relay.blocked():
        end = time.monotonic() + 7
        while time.monotonic() < end:
            began = time.monotonic()
            words.append(health_of(client)[1])
            waits.append(time.monotonic() - began)
            time.sleep(0.02)

    changes = [word for word, before in zip(words, ["", *words], strict=False) if word != before]
    assert changes == ["ok", "unreachable"]
    assert sorted(waits)[len(waits) * 98 // 100] < 0.2


def test_a_statement_that_takes_long(
    tmp_path: Path, start_server: Callable[..., AbstractContextManager[EmbeddedServer]]
) -> None:
    """A look that has to wait for a lock is given up by the server, and nothing of it is left there."""
    with start_server() as server, psycopg.connect(server.url(), autocommit=True) as connection:
        client = client_at(tmp_path, server.url())
        connection.execute("CREATE TABLE migration_status (migration_name text)")
        with connection.transaction():
            connection.execute("LOCK TABLE migration_status")
            client.get("/health")
            until(lambda: "canceling statement" in health_of(client)[2][0], 5)
            said = health_of(client)
    assert said == (503, "unreachable", ["canceling statement due to statement timeout (SQLSTATE 57014)"])


def test_a_database_that_comes_and_goes(
    tmp_path: Path, start_server: Callable[..., AbstractContextManager[EmbeddedServer]]
) -> None:
    """A server that is down is told of with the reason, and so is that it is back."""
    with start_server() as server:
        client = client_at(tmp_path, server.url())
        up = health_of(client)
        ready = client.get("/ready").status_code
    until(lambda: client.get("/health").status_code == 503, 5)
    code, word, (reason, *_) = health_of(client)
    still_ready = client.get("/ready").status_code
    with start_server():
        until(lambda: client.get("/health").status_code == 200, 5)

    assert up == (200, "ok", [])
    assert (code, word) == (503, "unreachable")
    assert reason.startswith('could not connect to database "app" on socket ')
    assert (ready, still_ready) == (200, 200)


RUNNING = {
    "phases": [
        {"name": "environment", "state": "succeeded"},
        {"name": "database_health", "state": "retrying"},
        {"name": "cache", "state": "waiting", "about": "pod-7", "duration_ms": 1500},
    ]
}
FAILED = {"state": "failed", "phases": [{"name": "database_health", "state": "failed", "error": {"message": "no"}}]}


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        (
            RUNNING,
            ['The start-up "shop" is at work: database_health is retrying, cache is waiting for pod-7'],
        ),
        ({}, ['The start-up "shop" is at work: between two phases']),
        (FAILED, ['The start-up "shop" failed: database_health: no']),
        ({"state": "failed"}, ['The start-up "shop" failed: it could not begin']),
        ({"pid": 2**22 + 1}, ['The start-up "shop" was killed. Run it again: invoke startup']),
        ({"state": "succeeded"}, []),
        ({"version": 7}, []),
        ({"phases": ["what is this"]}, []),
    ],
)
def test_the_start_up_is_told_of(tmp_path: Path, facts: dict[str, Any], told: list[str]) -> None:
    """While there is no database, the state file tells what the start-up is doing, or why it is not."""
    write_state(tmp_path, **facts)

    _, word, issues = health_of(client_at(tmp_path, "postgresql://nobody@127.0.0.1:1/nothing"))

    assert (word, issues[1:]) == ("unreachable", told)


def test_the_start_up_in_short(ground: Ground, client: TestClient) -> None:
    """The state of the start-up, its phases, and for whom it waits are told beside the migrations."""
    write_state(ground.settings.root, started_at="2026-01-01T00:00:00Z", **RUNNING)

    data = data_of(client.get("/status"))

    assert data["startup"] == {
        "name": "shop",
        "state": "running",
        "started_at": "2026-01-01T00:00:00Z",
        "phases": [
            {"name": "environment", "state": "succeeded"},
            {"name": "database_health", "state": "retrying"},
            {"name": "cache", "state": "waiting"},
        ],
    }
    assert data["progress"]["waits_for"] == "pod-7"
    assert data["progress"]["elapsed_ms"] == 1500
