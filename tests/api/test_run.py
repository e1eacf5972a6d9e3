"""POST run and reset: the tasks' own engine, one run at a time, and what is told of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from migrate_tasks import run_migrations
from migrate_tasks.api import create_app
from migrate_tasks.api.runs import Order
from migrate_tasks.migrations.lock import LOCK_KEY
from tests.api.asking import TOKEN, asking, client_of, data_of, error_of
from tests.migrations.ground import beside
from tests.support import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

    from migrate_tasks.api.runs import Runs
    from tests.api.asking import Answered
    from tests.migrations.ground import Ground

SEED = ("total_migrations", "executed", "skipped", "failed", "duration_ms", "results")
ASYNC = {"prefer": "respond-async"}


@pytest.fixture
def other_run(ground: Ground) -> Iterator[psycopg.Connection]:
    """Another process's run, as far as its lock is concerned."""
    with psycopg.connect(ground.url, autocommit=True, application_name="pod-7") as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        yield connection


def outcomes(answer: Answered) -> list[tuple[str, str]]:
    """Return what became of each migration."""
    return [(result["name"], result["outcome"]) for result in data_of(answer)["results"]]


def test_run(ground: Ground, client: TestClient) -> None:
    """POST run executes what is pending, with the seed's answer; the next look already sees it."""
    ground.write(m001_a="CREATE TABLE a ()", m002_b="CREATE TABLE b ()")
    before = data_of(client.get("/status"))["pending"]

    answer = client.post("/run")

    said = answer.json()
    assert before == 2
    assert (answer.status_code, said["success"], said["message"]) == (200, True, "Migrations completed successfully")
    assert tuple(said["data"]) == SEED
    assert {key: said["data"][key] for key in SEED[:4]} == {
        "total_migrations": 2,
        "executed": 2,
        "skipped": 0,
        "failed": 0,
    }
    assert outcomes(answer) == [("001-a", "executed"), ("002-b", "executed")]
    assert data_of(client.get("/status"))["completed"] == 2
    assert ground.relations == {"a", "b"}


def test_run_up_to_one(ground: Ground, client: TestClient) -> None:
    """`to` names the last migration to execute; one that does not exist is 404."""
    ground.write(m001_a="CREATE TABLE a ()", m002_b="CREATE TABLE b ()")

    unknown = client.post("/run", json={"to": "001-aa"})

    assert outcomes(client.post("/run", json={"to": "001-a"})) == [("001-a", "executed")]
    assert error_of(unknown) == (
        404,
        "unknown_migration",
        'there is no migration "001-aa"',
        'Did you mean "001-a"?',
    )


@pytest.mark.parametrize("request_", [{"params": {"dry_run": "1"}}, {"json": {"dry_run": True}}])
def test_dry_run(ground: Ground, client: TestClient, request_: dict[str, Any]) -> None:
    """A dry run leaves nothing."""
    ground.write(m001_a="CREATE TABLE a ()")

    answer = client.post("/run", **request_)

    assert (answer.status_code, answer.json()["message"]) == (200, "Dry run completed and rolled back")
    assert outcomes(answer) == [("001-a", "tried")]
    assert ground.relations == set()


def test_a_failure(ground: Ground, client: TestClient) -> None:
    """A migration that fails is 500, with what was done before it, and the error's message, detail and hint."""
    ground.write(m001_a="CREATE TABLE a ()", m002_b="SELECT 1/0")
    path = f"{ground.settings.directory}/002-b.sql"

    answer = client.post("/run")

    assert (answer.status_code, answer.json()["message"]) == (500, "Migrations failed: 1 failed")
    assert answer.json()["error"] == {
        "code": "migration_failed",
        "message": f"{path}:1:1: division by zero (SQLSTATE 22012)",
        "detail": 'In "SELECT 1/0". 001-a stays completed; 002-b was rolled back.',
        "hint": f"Mend {path}; the next run continues with it.",
    }
    assert outcomes(answer) == [("001-a", "executed"), ("002-b", "failed")]


def test_a_lock_that_was_not_to_be_had(ground: Ground) -> None:
    """A migration that met a lock is to be run again as it is, so it is 503."""
    ground.write(m001_a="CREATE TABLE t ()", m002_b="-- migrate: lock_timeout 1ms\nALTER TABLE t ADD COLUMN x int")
    run_migrations(ground.settings, to="001-a")
    client = client_of(ground.given(lock_timeout_retries=0))

    with ground.locked("t"):
        answer = client.post("/run")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"]["code"] == "migration_failed"


def test_files_to_be_mended(ground: Ground, client: TestClient) -> None:
    """Files that cannot be run are 500, with the hint."""
    ground.write(m001_a="")
    path = f"{ground.settings.directory}/001-a.sql"

    assert error_of(client.post("/run")) == (
        500,
        "configuration",
        'migration "001-a" is empty',
        f"Write its SQL into {path}; a comment is enough where nothing is to be done.",
    )


def test_no_database(ground: Ground) -> None:
    """Without a database nobody waits for one: 503, and when to come again."""
    ground.write(m001_a="CREATE TABLE a ()")
    client = client_of(ground.given(url="postgresql://nobody:s3cret@127.0.0.1:1/nothing"))

    answer = client.post("/run")

    assert answer.headers["retry-after"] == "5"
    assert error_of(answer) == (
        503,
        "unavailable",
        'could not connect to database "nothing" on "127.0.0.1:1": connection refused',
        "Start the server, or mend the host and the port in the database's URL.",
    )
    assert "s3cret" not in answer.text


@pytest.mark.parametrize("path", ["/run", "/reset"])
def test_while_another_process_runs(
    ground: Ground, client: TestClient, other_run: psycopg.Connection, path: str
) -> None:
    """While another process runs, 409 names the holder of the lock, and since when."""
    ground.write(m001_a="CREATE TABLE a ()")
    pid = other_run.info.backend_pid

    answer = client.post(path)

    lock = answer.json()["lock"]
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "5")
    assert answer.json()["error"]["code"] == "already_running"
    assert answer.json()["error"]["detail"].startswith(f'The lock is held by "pod-7" on local (backend {pid}) since ')
    assert lock["holder"] == {"application": "pod-7", "host": "local", "backend_pid": pid}
    assert lock == data_of(client.get("/status"))["lock"]
    assert ground.relations == set()


def test_ten_at_once(ground: Ground, client: TestClient) -> None:
    """Of ten who ask at once one runs, and nine get 409 with the holder, and when it began."""
    ground.write(m001_a="SELECT pg_sleep(0.5); CREATE TABLE a ()")
    answers: list[Answered] = []
    askers = [threading.Thread(target=lambda: answers.append(client.post("/run"))) for _ in range(10)]

    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    refused = [answer.json() for answer in answers if answer.status_code == 409]
    ran = [answer for answer in answers if answer.status_code == 200]
    assert (len(ran), len(refused)) == (1, 9)
    assert outcomes(ran[0]) == [("001-a", "executed")]
    assert {(said["error"]["message"], said["lock"]["held"]) for said in refused} == {
        ("another run of migrations is at work", True)
    }
    assert all(said["lock"]["since"] for said in refused)


def test_a_run_that_nobody_waits_for(ground: Ground, client: TestClient) -> None:
    """Prefer: respond-async answers at once, with where to ask what comes of it."""
    ground.write(m001_a="SELECT pg_sleep(0.3); CREATE TABLE a ()")

    answer = client.post("/run", headers=ASYNC)

    place = answer.headers["location"]
    begun = data_of(answer)
    running = data_of(client.get(place))
    until(lambda: data_of(client.get(place))["state"] != "running")
    ended = data_of(client.get(place))
    assert (answer.status_code, place, answer.headers["preference-applied"]) == (
        202,
        f"/runs/{begun['id']}",
        "respond-async",
    )
    assert begun == running
    assert {key: begun[key] for key in ("state", "dry_run", "ended_at", "result")} == {
        "state": "running",
        "dry_run": False,
        "ended_at": None,
        "result": None,
    }
    assert ended["state"] == "succeeded"
    assert ended["result"]["data"]["executed"] == 1
    assert data_of(client.get("/status"))["completed"] == 1


def test_a_run_that_failed_is_told_later(ground: Ground, client: TestClient) -> None:
    """What came of a run that failed is what would have been answered."""
    ground.write(m001_a="SELECT 1/0")

    place = client.post("/run", headers=ASYNC).headers["location"]
    until(lambda: data_of(client.get(place))["state"] == "failed")

    assert data_of(client.get(place))["result"]["message"] == "Migrations failed: 1 failed"


def test_an_unknown_run(client: TestClient) -> None:
    """A run that is not known is 404."""
    assert error_of(client.get("/runs/1")) == (
        404,
        "unknown_run",
        "there is no run of that id",
        "The last runs are kept.",
    )


def test_run_and_task_agree(ground: Ground, client: TestClient) -> None:
    """A task that runs beside waits for the run over HTTP, and finds all done."""
    ground.write(m001_a="SELECT pg_sleep(2.5); CREATE TABLE a ()")
    results: list[int] = []

    def by_task() -> None:
        results.append(run_migrations(ground.settings).count("skipped"))

    client.post("/run", headers=ASYNC)
    until(lambda: data_of(client.get("/status"))["lock"]["held"], 5)
    with beside(by_task):
        pass

    assert results == [1]
    assert ground.rows() == [("001-a", "completed")]


def test_reset(ground: Ground, client: TestClient) -> None:
    """POST reset sets one migration, or all, back to pending, and says which; nothing is dropped."""
    ground.write(m001_a="CREATE TABLE a ()", m002_b="CREATE TABLE b ()")
    run_migrations(ground.settings)

    one = client.post("/reset", json={"migration_name": "001-a"})
    pending = data_of(client.get("/status"))["pending"]
    rest = client.post("/reset")

    assert (one.status_code, one.json()) == (
        200,
        {
            "success": True,
            "message": "1 migrations are pending again",
            "data": {"reset": 1, "migrations": ["001-a"]},
        },
    )
    assert pending == 1
    assert data_of(rest) == {"reset": 1, "migrations": ["002-b"]}
    assert ground.relations == {"a", "b"}


def test_reset_of_nothing(ground: Ground, client: TestClient) -> None:
    """A migration that does not exist is 404, with the name that may have been meant."""
    ground.write(m001_setup="CREATE TABLE a ()")

    assert error_of(client.post("/reset", json={"migration_name": "001-setpu"})) == (
        404,
        "unknown_migration",
        'there is no migration "001-setpu"',
        'Did you mean "001-setup"?',
    )


@pytest.mark.parametrize(
    ("app_env", "unset"), [("production", ""), ("staging", ""), (None, " APP_ENV is not set, which counts as")]
)
def test_reset_outside_of_development(ground: Ground, app_env: str | None, unset: str) -> None:
    """Outside of development nothing is reset, whatever the environment is called: 403 with the reason."""
    ground.write(m001_a="CREATE TABLE a ()")
    run_migrations(ground.settings)
    client = client_of(ground.given(app_env=app_env))

    answer = client.post("/reset")

    error = answer.json()["error"]
    named = app_env or "production"
    assert (answer.status_code, error["code"]) == (403, "refused")
    assert error["message"] == f'migration status cannot be reset in environment "{named}"'
    assert error["detail"].startswith(f"A reset makes the next run execute completed migrations again.{unset}")
    assert ground.rows() == [("001-a", "completed")]


def test_a_run_is_told_to_listeners(ground: Ground) -> None:
    """Whoever counts runs is told of each that has ended, before its answer leaves, and may fail at it."""
    ground.write(m001_a="CREATE TABLE a ()")
    app = create_app(replace(ground.settings, token=TOKEN))
    told: list[tuple[bool, int]] = []
    app.state.runs.listeners.append(lambda run, ended: told.append((run.order.dry_run, ended.result.total)))
    app.state.runs.listeners.append(lambda run, _: run.nothing)

    answer = asking(app).post("/run?dry_run=1")

    assert (answer.status_code, told) == (200, [(True, 1)])


def test_only_the_last_runs_are_kept(ground: Ground, client: TestClient) -> None:
    """Runs are remembered, but not for ever."""
    first = client.post("/run", headers=ASYNC).headers["location"]
    until(lambda: data_of(client.get(first))["state"] == "succeeded")

    runs: Runs = client.app.state.runs  # type: ignore[attr-defined]
    for _ in range(50):
        runs.start(Order(dry_run=True)).ended.result()

    assert client.get(first).status_code == 404
    assert ground.relations == set()
