"""The whole server in production, over its socket: what those are told who send the token, and what all others are."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.api.details import HIDDEN
from tests.api.asking import HEADERS, data_of, error_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.api.asking import Served
    from tests.support import Project

    Serve = Callable[..., AbstractContextManager[Served]]

PATHS = ("/", "", "/?format=json", "/status", "/health", "/metrics", "/ready", "/live", "/openapi.json")
# a migration's name, its SQL, its error's, a phase's, a host's and the state file's
NAMES = ("backfill", "1 / 0", "division", "warm_cache", "pod-7", "run-4711")
STATE = {
    "version": 1,
    "name": "document-service-run-4711",
    "run_id": "run-4711",
    "state": "failed",
    "pid": 1,
    "host": "pod-7",
    "process": "1",
    "started_at": "2026-03-02T10:00:00Z",
    "duration_ms": 7,
    "phases": [{"name": "warm_cache", "state": "failed", "error": {"message": "pod-7 refused"}, "attempts": []}],
}


@pytest.fixture
def production(project: Project) -> Project:
    """A project whose second migration fails, and whose start-up failed."""
    project.environ["APP_ENV"] = "production"
    project.write("migrations/001-a.sql", "CREATE TABLE a ();")
    project.write("migrations/002-backfill.sql", "SELECT 1 / 0;")
    project.write(".startup/state.json", json.dumps(STATE))
    return project


@pytest.mark.usefixtures("production")
def test_what_is_told_to_whom(serve: Serve) -> None:
    """Without the token no answer has a name, SQL or a host; with it they are told; nobody is told the token."""
    with serve() as served:
        place = served.post("/run", headers={**HEADERS, "Prefer": "respond-async"}).headers["location"]
        run = place.removeprefix("/database/migrations")
        while data_of(served.get(run))["state"] == "running":
            pass
        accepts = [{}, {"Accept": "application/health+json"}]
        anonymous = [served.get(path, headers=accept) for path in (*PATHS, run) for accept in accepts]
        told = {path: served.get(path).text for path in (*PATHS, run)}

    said = [answer.text + str(answer.headers) for answer in anonymous]
    assert [name for name in NAMES for text in said if name in text] == []
    for path, expected in {
        "/": ("backfill", "division", "1 / 0", "warm_cache"),
        "/status": ("backfill", "division", "1 / 0", "warm_cache"),
        "/health": ("backfill", "division"),
        "/metrics": ("warm_cache",),
        run: ("backfill", "division"),
    }.items():
        assert [name for name in expected if name not in told[path]] == [], path
    assert HEADERS["Authorization"].split()[1] not in "".join([*said, *told.values()])


@pytest.mark.usefixtures("production")
def test_what_is_told_without_the_token(serve: Serve) -> None:
    """Without the token, counts and statuses are told, and that something is wrong."""
    with serve() as served:
        served.post("/run")
        status, run = data_of(served.get("/status", headers={})), served.get("/health", headers={})

    assert [(m["name"], m["status"], m["error_message"]) for m in status["migrations"]] == [
        ("migration 1", "completed", None),
        ("migration 2", "failed", HIDDEN),
    ]
    assert (status["completed"], status["failed"], status["failure"]) == (1, 1, None)
    assert (run.status_code, data_of(run)["issues"]) == (
        503,
        [f"migration 2 failed: {HIDDEN}. Execute it again: invoke migrate.run"],
    )


@pytest.mark.usefixtures("production")
def test_the_page(serve: Serve) -> None:
    """The page has its own policy, says which header it was chosen by, and where it is; HEAD has no body."""
    with serve() as served:
        page, head = served.get(""), served.ask("HEAD", "")

    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert page.headers["vary"] == "accept"
    assert (head.status_code, head.content, head.headers["vary"]) == (200, b"", "accept")
    assert f"curl -X POST http://127.0.0.1:{served.port}/database/migrations/run " in page.text


@pytest.mark.usefixtures("production")
def test_who_may_change_something(serve: Serve) -> None:
    """Without the token POST is refused, with it a run is executed, and a reset is not, since this is production."""
    with serve() as served:
        answers = [
            served.post("/run", headers={"Content-Type": "application/json"}),
            served.post("/run", headers={**HEADERS, "Authorization": "Bearer another-token-of-these-tests"}),
            served.post("/reset"),
        ]

    assert [error_of(answer)[:2] for answer in answers] == [
        (401, "token_missing"),
        (401, "token_wrong"),
        (403, "refused"),
    ]
    assert {tuple(answer.json()["error"]) for answer in answers} == {("code", "message", "detail", "hint")}


def test_ten_at_once(serve: Serve, project: Project) -> None:
    """Of ten who ask at once one runs, and nine are told who does."""
    project.write("migrations/001-a.sql", "SELECT pg_sleep(1.5); CREATE TABLE a ();")
    with serve() as served, ThreadPoolExecutor(10) as askers:
        answers = list(askers.map(lambda _: served.post("/run"), range(10)))

    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 9]
    holders = [answer.json()["lock"]["holder"] for answer in answers if answer.status_code == 409]
    assert {holder["application"] for holder in holders} == {"migrate-tasks"}
