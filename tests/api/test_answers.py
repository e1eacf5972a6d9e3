"""GET: the seed's JSON key by key, its statuses, and the other forms that can be asked for."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from migrate_tasks import run_migrations
from migrate_tasks.api import create_app, create_server
from migrate_tasks.api.requests import preferred
from tests.api.asking import TOKEN, asking, client_of, data_of, error_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.api.asking import Answered
    from tests.migrations.ground import Ground

SEED_STATUS = ("total_migrations", "completed", "failed", "running", "pending", "migrations")
SEED_MIGRATION = ("name", "status", "started_at", "completed_at", "error_message", "duration_ms")
SEED_HEALTH = ("healthy", "status", "total_migrations", "completed", "failed", "running", "stuck", "issues")
NO_LOCK = {"held": False, "holder": None, "since": None}
PENDING = "1 pending, from 001-a on. Execute them: invoke migrate.run"


def picked(data: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the entries of ``keys``."""
    return {key: data[key] for key in keys}


def health_of(client: TestClient) -> tuple[int, str, list[str]]:
    """Return the status of the answer, the one word, and the issues."""
    answer = client.get("/health")
    data = data_of(answer)
    return answer.status_code, data["status"], data["issues"]


def test_status_has_the_keys_of_the_seed(ground: Ground, client: TestClient) -> None:
    """GET status is the seed's answer, with more beside it."""
    ground.write(m001_a="CREATE TABLE a ()")
    run_migrations(ground.settings)

    answer = client.get("/status")

    data = data_of(answer)
    migration = data["migrations"][0]
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    assert tuple(data)[: len(SEED_STATUS)] == SEED_STATUS
    assert tuple(migration)[: len(SEED_MIGRATION)] == SEED_MIGRATION
    assert picked(data, SEED_STATUS[:-1]) == {
        "total_migrations": 1,
        "completed": 1,
        "failed": 0,
        "running": 0,
        "pending": 0,
    }
    assert picked(migration, ("name", "status", "error_message")) == {
        "name": "001-a",
        "status": "completed",
        "error_message": None,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", migration["started_at"])
    assert isinstance(migration["duration_ms"], int)
    assert picked(data, ("ready", "environment", "version", "lock", "progress", "startup", "failure")) == {
        "ready": True,
        "environment": "development",
        "version": "0.1.0",
        "lock": NO_LOCK,
        "progress": None,
        "startup": None,
        "failure": None,
    }
    now = datetime.now(UTC)
    assert now - datetime.fromisoformat(data["server_time"]) < timedelta(seconds=10)
    assert now - datetime.fromisoformat(data["observed_at"]) < timedelta(seconds=10)


def test_health_has_the_keys_of_the_seed(ground: Ground, client: TestClient) -> None:
    """GET health is the seed's answer, with more beside it."""
    ground.write(m001_a="CREATE TABLE a ()")
    run_migrations(ground.settings)

    answer = client.get("/health")

    data = data_of(answer)
    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert picked(data, SEED_HEALTH) == {
        "healthy": True,
        "status": "ok",
        "total_migrations": 1,
        "completed": 1,
        "failed": 0,
        "running": 0,
        "stuck": 0,
        "issues": [],
    }


def test_pending_degrades(ground: Ground, client: TestClient) -> None:
    """Pending migrations are 200 for a monitor, and say what to do."""
    ground.write(m001_a="CREATE TABLE a ()")

    assert health_of(client) == (200, "degraded", [PENDING])


def test_failed_is_503(ground: Ground, client: TestClient) -> None:
    """A failed migration is 503 for a monitor, with the place of its error, and the lines around that."""
    ground.write(m001_a="CREATE TABLE a ();\n\nSELECT 1/0;\nSELECT 2;\n")
    path = f"{ground.settings.directory}/001-a.sql"
    client.post("/run")

    assert health_of(client) == (
        503,
        "failed",
        [f"001-a failed: {path}:3:1: division by zero (SQLSTATE 22012). Execute it again: invoke migrate.run"],
    )
    assert data_of(client.get("/status"))["failure"] == {
        "migration": "001-a",
        "file": path,
        "line": 3,
        "message": "division by zero (SQLSTATE 22012)",
        "lines": [
            {"number": 1, "text": "CREATE TABLE a ();"},
            {"number": 2, "text": ""},
            {"number": 3, "text": "SELECT 1/0;"},
            {"number": 4, "text": "SELECT 2;"},
            {"number": 5, "text": ""},
        ],
    }


def test_a_mended_file_has_no_place(ground: Ground, client: TestClient) -> None:
    """Of a file that was changed since it failed, no line is marked: it may be another."""
    ground.write(m001_a="SELECT 1/0")
    client.post("/run")
    ground.write(m001_a="SELECT 1")

    assert data_of(client.get("/status"))["failure"] is None


def test_stuck_is_503(ground: Ground, client: TestClient) -> None:
    """A migration whose process died is 503 for a monitor."""
    ground.write(m001_a="CREATE TABLE a ()")
    run_migrations(ground.settings)
    ground.execute(
        "UPDATE migration_status SET status = 'running',"
        """ metadata = '{"backend_pid": 1, "backend_start": "2026-01-01 00:00:00.000000"}'"""
    )

    assert health_of(client) == (
        503,
        "stuck",
        ["001-a: the process that ran it died (backend 1 is gone). Execute it again: invoke migrate.run"],
    )


def test_files_to_be_mended_are_503(ground: Ground, client: TestClient) -> None:
    """A folder that cannot be read as migrations is told with its hint, and status has nothing to show."""
    ground.settings.directory.rmdir()
    folder = ground.settings.directory
    reason = (
        f'there is no folder "{folder}". Make it and a first migration:'
        f" invoke migrate.new create-users --directory {folder}"
    )

    assert health_of(client) == (503, "failed", [reason])
    assert error_of(client.get("/status")) == (503, "failed", reason, None)


def test_the_form_of_the_draft(ground: Ground, client: TestClient) -> None:
    """Accept: application/health+json gives draft-inadarei-api-health-check-06."""
    ground.write(m001_a="CREATE TABLE a ()")

    answer = client.get("/health", headers={"accept": "application/health+json"})

    said = answer.json()
    at = said["checks"]["database:reachable"][0]["time"]

    def check(count: int, status: str) -> list[dict[str, Any]]:
        counted = {"componentType": "datastore", "observedValue": count, "observedUnit": "migrations"}
        return [{**counted, "status": status, "time": at}]

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/health+json")
    assert said == {
        "status": "warn",
        "releaseId": "0.1.0",
        "description": "migrations of the database",
        "output": PENDING,
        "checks": {
            "database:reachable": [{"componentType": "datastore", "status": "pass", "time": at}],
            "migrations:pending": check(1, "warn"),
            "migrations:running": check(0, "pass"),
            "migrations:failed": check(0, "pass"),
            "migrations:stuck": check(0, "pass"),
        },
    }


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", "text/html"),
        ("*/*", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        ("Application/JSON;q=0.9, text/html;q=0.8", "application/json"),
        ("text/html;q=0, */*", "application/json"),
        ("image/png", "text/html"),
        ("text/html;q=x, application/json;q=0.1", "application/json"),
        (";;;,,q=", "text/html"),
        ("application/json;q=nan", "text/html"),
    ],
)
def test_what_is_preferred(accept: str, chosen: str) -> None:
    """The media type with the greatest weight is taken, and the first where none is wanted."""
    assert preferred(accept, ("text/html", "application/json")) == chosen


def test_the_root_is_a_page(client: TestClient) -> None:
    """The root is a page, for programs the status, and ?format= decides for those who cannot send Accept."""

    def kind(**options: Any) -> str:
        return client.get("/", **options).headers["content-type"]

    assert kind() == "text/html; charset=utf-8"
    assert kind(headers={"accept": "application/json"}) == "application/json"
    assert kind(params={"format": "json"}) == "application/json"
    assert kind(params={"format": "html"}, headers={"accept": "application/json"}) == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("shop.example:8443", "http://shop.example:8443/run"),
        ("[::1]:3000", "'http://[::1]:3000/run'"),
        ("a'b", "http://localhost/run"),
        ('"><b>', "http://localhost/run"),
        ("a b;c", "http://localhost/run"),
    ],
)
def test_the_page_says_where_it_is(ground: Ground, client: TestClient, host: str, shown: str) -> None:
    """What is to be typed has the name that the page was asked by, unless that is no name."""
    ground.write(m001_a="CREATE TABLE a ()")

    page = unescape(client.get("/", headers={"host": host}).text)

    assert f"curl -X POST {shown} -H" in page


def test_live_knows_no_database(ground: Ground) -> None:
    """Liveness is told without a look at the database."""
    client = client_of(ground.given(url="postgresql://nobody@127.0.0.1:1/nothing"))

    answer = client.get("/live")

    assert (answer.status_code, answer.json()) == (200, {"success": True, "data": {"alive": True}})


def test_ready_is_latched(ground: Ground, client: TestClient) -> None:
    """Readiness is down until all migrations of this build are completed, and then stays up."""
    ground.write(m001_a="CREATE TABLE a ()")

    def ready() -> tuple[int, Any]:
        answer = client.get("/ready")
        return answer.status_code, answer.json()

    before = ready()
    client.post("/run")
    after = ready()
    ground.write(m002_b="CREATE TABLE b ()")
    client.post("/reset")

    assert before == (503, {"success": False, "data": {"ready": False}})
    assert after == (200, {"success": True, "data": {"ready": True}})
    assert ready() == after
    assert data_of(client.get("/health"))["pending"] == 2


def test_a_newer_build_does_not_matter(ground: Ground) -> None:
    """What a newer build has recorded, pending or running, does not keep an older one from being ready."""
    ground.write(m001_a="CREATE TABLE a ()", m002_b="CREATE TABLE b ()")
    run_migrations(ground.settings)
    ground.execute("UPDATE migration_status SET status = 'pending' WHERE migration_name = '002-b'")
    ground.remove("002-b")

    assert client_of(ground.settings).get("/ready").status_code == 200


@pytest.mark.parametrize("path", ["/", "/status", "/health", "/live", "/ready"])
def test_no_answer_is_kept(client: TestClient, path: str) -> None:
    """No cache keeps an answer, and HEAD has the headers of GET."""
    got, head = client.get(path), client.head(path)

    assert got.headers["cache-control"] == "no-store"
    assert (head.status_code, head.headers["content-type"]) == (got.status_code, got.headers["content-type"])


@pytest.mark.parametrize(
    ("path", "allowed"), [("/health", "GET, HEAD, OPTIONS"), ("/run", "POST, OPTIONS"), ("/reset", "POST, OPTIONS")]
)
def test_methods(client: TestClient, path: str, allowed: str) -> None:
    """OPTIONS tells which methods there are, and so does the answer to another one."""
    options, other = client.options(path), client.delete(path)

    assert (options.status_code, options.headers["allow"], options.content) == (204, allowed, b"")
    assert other.headers["allow"] == allowed
    assert error_of(other) == (405, "method_not_allowed", "this is not for DELETE", f"Allowed: {allowed}.")


def test_nothing_there(client: TestClient) -> None:
    """An unknown path is 404, in the form of every other error."""
    assert error_of(client.get("/nothing")) == (404, "not_found", "there is nothing here", None)


def test_the_whole_server(ground: Ground) -> None:
    """The server has the app where the seed has it, and leads people there."""
    client = asking(create_server(ground.settings))

    def answered(path: str) -> Answered:
        return client.get(path, follow_redirects=False)

    assert answered("/").headers["location"] == "/database/migrations"
    assert answered("/database/migrations").status_code == 200
    assert answered("/database/migrations/").status_code == 200
    assert answered("/database/migrations/health").status_code == 200
    assert answered("/database").status_code == 404
    assert answered("/health").json()["success"] is False


def test_an_error_of_ours_is_not_shown(ground: Ground) -> None:
    """Where something of ours is broken, the client learns that, and no more."""
    app = create_app(ground.given(token=TOKEN))
    app.state.runs.start = None

    answer = asking(app).post("/run")

    assert error_of(answer) == (
        500,
        "internal_error",
        "an error in migrate-tasks",
        "The server's log tells of it.",
    )
