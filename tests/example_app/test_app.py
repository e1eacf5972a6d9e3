"""The application of the example, as uvicorn serves it after a start-up: asked over a socket."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg
import pytest

from example_app.app import create_app
from example_app.asgi import ask
from migrate_tasks import read_settings, run_migrations
from migrate_tasks.errors import MigrateTasksError, TryAgainLater
from tests.support import (
    REPOSITORY,
    Project,
    clean_environment,
    copy_example,
    find_port,
    processes_of,
    until,
    until_stopped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

UVICORN = str(Path(sys.executable).with_name("uvicorn"))
AFTER = ("startup", "--only", "database_migrations,vector_store", "--", UVICORN, "example_app.app:app", "--port")


class Client:
    """A client of the application on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Return the status and the JSON of an answer; ``body`` is sent as JSON, or as it is."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        request = Request(self.root + path, data, {"content-type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def is_there(self) -> bool:
        """Return whether somebody listens."""
        try:
            return self.ask("GET", "/")[0] == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of the application that a start-up handed over to, on an embedded server."""
    root, port = tmp_path_factory.mktemp("service"), find_port()
    process = copy_example(root).start(*AFTER, str(port))
    client = Client(port)
    try:
        until(lambda: process.poll() is not None or client.is_there())
        yield client
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        until_stopped(root / ".postgres")
    assert (process.returncode, processes_of(root)) == (128 + signal.SIGTERM, []), out + err
    assert "Application shutdown complete." in err
    assert "Traceback" not in err


def test_documents(client: Client) -> None:
    """A document is found by a passage of it, and may be there once."""
    document = {"path": "bread.md", "body": "A sourdough starter wants flour and water.\n\nBake it hot."}

    assert client.ask("POST", "/documents", document) == (201, {"path": "bread.md"})
    assert client.ask("POST", "/documents", document) == (409, {"error": "there is one already"})
    status, found = client.ask("GET", "/documents?question=What+does+a+sourdough+starter+want")
    assert (status, found["passages"][0]) == (
        200,
        {"path": "bread.md", "passage": "A sourdough starter wants flour and water."},
    )


def test_threads(client: Client) -> None:
    """What is said in a thread is recalled in its order; what is said nowhere is refused."""
    _, opened = client.ask("POST", "/threads", {"title": "a talk"})
    messages = f"/threads/{opened['thread']}/messages"
    said = [{"author": "user", "content": "hi"}, {"author": "agent", "content": "hello"}]

    assert [client.ask("POST", messages, message) for message in said] == [(201, message) for message in said]
    assert client.ask("GET", messages) == (200, {"messages": said})
    assert client.ask("POST", f"/threads/{uuid.uuid4()}/messages", said[0]) == (
        404,
        {"error": "there is no such thread"},
    )


def test_jobs(client: Client) -> None:
    """The worker of the application does the job that is left to it."""
    client.ask("POST", "/documents", {"path": "tides.md", "body": "Spring tides follow the new moon."})
    status, left = client.ask("POST", "/jobs", {"kind": "embed_document", "payload": {"path": "tides.md"}})
    job = f"/jobs/{left['job']}"
    until(lambda: client.ask("GET", job)[1]["status"] not in ("queued", "running"))

    assert status == 202
    assert client.ask("GET", job) == (
        200,
        {"kind": "embed_document", "status": "done", "attempts": 1, "error_message": None},
    )
    assert client.ask("GET", "/jobs/4711") == (404, {"error": "there is no job 4711"})


def test_what_it_is(client: Client) -> None:
    """The root tells of the agents and workflows, and the migrations are told of where the seed has it."""
    status, told = client.ask("GET", "/")
    migrations = client.ask("GET", "/database/migrations/status")[1]

    assert status == 200
    assert [agent["name"] for agent in told["agents"]] == ["watcher", "reviewer"]
    assert told["tools"] == ["migration_status", "lint", "plan"]
    assert told["jobs"] == ["embed_document", "summarize_thread"]
    assert (migrations["success"], migrations["data"]["completed"]) == (True, 8)


def test_the_lines_of_the_seed(client: Client) -> None:
    """In development on the embedded server, what the seed's lines ask is done without a token, and the page is there.

    A POST may have no body.
    """
    migrations = "/database/migrations"
    reset = client.ask("POST", f"{migrations}/reset", {"migration_name": "problematic-migration"})
    again = client.ask("POST", f"{migrations}/reset", {"migration_name": "008-create-feature-flags"})
    bodies: tuple[Any, ...] = ({}, b"")
    runs = [client.ask("POST", f"{migrations}/run", body)[1]["data"]["executed"] for body in bodies]
    health = client.ask("GET", f"{migrations}/health")

    assert (reset[0], reset[1]["error"]["code"]) == (404, "unknown_migration")
    assert (again[0], again[1]["data"]["migrations"]) == (200, ["008-create-feature-flags"])
    assert runs == [1, 0]
    assert (health[0], health[1]["data"]["status"]) == (200, "ok")
    with urlopen(f"{client.root}{migrations}") as page:
        assert (page.url, page.headers["content-type"]) == (f"{client.root}{migrations}", "text/html; charset=utf-8")
        assert b"008-create-feature-flags" in page.read()


@pytest.mark.parametrize(
    ("asked", "status", "message"),
    [
        (("POST", "/documents"), 400, '"path" must be a text'),
        (("POST", "/documents", {"path": "a", "body": " "}), 400, '"body" must be a text'),
        (("POST", "/documents", {"path": "a\0", "body": "b"}), 400, "the database cannot store this"),
        (("POST", "/documents", b"{"), 400, "the body must be a JSON object"),
        (("POST", "/documents", b"\xff"), 400, "the body must be a JSON object"),
        (("POST", "/documents", b"[" * 100_000), 400, "the body must be a JSON object"),
        (("POST", "/documents", []), 400, "the body must be a JSON object"),
        (("POST", "/threads", b'{"title": "\\ud800"}'), 400, "a text has half a character (a lone surrogate)"),
        (("GET", "/documents"), 400, '"question" must be a text'),
        (("GET", "/threads/1/messages"), 404, "Not Found"),
        (("PUT", "/threads", {}), 405, "Method Not Allowed"),
        (
            ("POST", "/jobs", {"kind": "embed_documents"}),
            400,
            'there is no kind of job "embed_documents". Did you mean "embed_document"?',
        ),
        (("POST", "/jobs", {"kind": "embed_document", "payload": 1}), 400, '"payload" must be an object'),
        (("GET", f"/jobs/{2**70}"), 404, f"there is no job {2**70}"),
    ],
)
def test_what_is_refused(client: Client, asked: tuple[Any, ...], status: int, message: str) -> None:
    """What a client does wrong is told in one sentence, and is never a failure of the service."""
    assert client.ask(*asked) == (status, {"error": message})


def test_a_port_that_is_taken(example: Project) -> None:
    """Where the port is taken the start-up's command says so and ends, and the database is stopped."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = example.invoke(*AFTER, str(port))
    until_stopped(example.root / ".postgres")

    assert said.code == 3  # uvicorn's, for a start that failed
    assert f"[Errno 98] error while attempting to bind on address ('127.0.0.1', {port}): address already in use" in (
        said.err
    )
    assert processes_of(example.root) == []


@pytest.fixture
def here(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database with the example's migrations, which is this process's own."""
    run_migrations(read_settings(REPOSITORY, environ={"DATABASE_URL": url}))
    for name, value in clean_environment({"DATABASE_URL": url, "APP_ENV": "test"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(REPOSITORY)
    return url


def test_a_worker_that_ends_by_itself(here: str) -> None:
    """Where the worker cannot go on, the application ends with the reason, after it was asked to end."""
    with psycopg.connect(here, autocommit=True) as connection:
        connection.execute("DROP TABLE processing_jobs")

    async def live() -> None:
        app = create_app()
        async with app.router.lifespan_context(app):
            await asyncio.to_thread(until, lambda: not [t for t in threading.enumerate() if t.name == "worker"])

    with pytest.raises(MigrateTasksError) as caught:
        asyncio.run(live())

    assert caught.value.message.partition("\n")[0] == (
        'the background worker has ended by itself: relation "processing_jobs" does not exist'
    )


@pytest.mark.usefixtures("here")
def test_a_database_that_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody answers at the database's address, a client is told to come back later."""
    app = create_app()
    monkeypatch.setenv("DATABASE_URL", f"host={tmp_path} dbname=shop user=app password=s3cret")

    with pytest.raises(TryAgainLater) as caught:
        asyncio.run(ask(app, "POST", "/threads", title="a talk"))

    assert str(caught.value) == 'route POST /threads answered 503\nDETAIL: {"error":"the database did not answer"}'
