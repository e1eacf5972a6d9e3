"""What the service answers over HTTP: documents, threads, jobs, and how the migrations stand.

A route's work is a plain function of a connection and of what was asked for; it runs in a thread, since psycopg waits.
What a client can do about an error is in HANDLERS; to any other one Starlette answers 500, and the log has it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from example_app import jobs
from example_app.asgi import ask
from example_app.database import connect
from example_app.memory_store import PROBE, MemoryStore, Message
from example_app.settings import read_app_settings
from example_app.vector_store import VectorStore
from migrate_tasks.api import Mounted
from migrate_tasks.api import create_app as create_migrations_app
from migrate_tasks.errors import MigrateTasksError, TryAgainLater, did_you_mean
from migrate_tasks.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from example_app.agents import Registry

Json = dict[str, Any]
Connections = Callable[[], AbstractContextManager[psycopg.Connection]]
Work = Callable[[psycopg.Connection, Json], Json]


def create_routes(registry: Registry, connections: Connections, migrations: ASGIApp) -> list[BaseRoute]:
    """Return all routes; ``connections`` opens one for each request, ``migrations`` tells how the migrations stand."""

    def route(method: str, path: str, work: Work, status: int = 200) -> Route:
        async def answer(request: Request) -> Response:
            asked = {**request.query_params, **await _body(request), **request.path_params}
            return JSONResponse(await run_in_threadpool(do, asked), status)

        def do(asked: Json) -> Json:
            with connections() as connection, connection.transaction():
                return work(connection, asked)

        return Route(path, answer, methods=[method])

    return [
        route("GET", "/", lambda *_: asdict(registry)),
        route("POST", "/documents", add_document, 201),
        route("GET", "/documents", find_passages),
        route("POST", "/threads", open_thread, 201),
        route("POST", "/threads/{thread:uuid}/messages", remember, 201),
        route("GET", "/threads/{thread:uuid}/messages", recall),
        route("POST", "/jobs", partial(enqueue, registry), 202),
        route("GET", "/jobs/{job:int}", look_at_job),
        Mounted("/database/migrations", migrations),
    ]


def add_document(connection: psycopg.Connection, asked: Json) -> Json:
    """Store a document, for the search."""
    path = _text(asked, "path")
    VectorStore(connection).add(path, _text(asked, "body"))
    return {"path": path}


def find_passages(connection: psycopg.Connection, asked: Json) -> Json:
    """Find the passages nearest to a question."""
    store = VectorStore(connection, read_app_settings().search_candidates)
    return {"passages": [{"path": path, "passage": text} for path, text in store.nearest(_text(asked, "question"))]}


def open_thread(connection: psycopg.Connection, asked: Json) -> Json:
    """Begin a thread of the agents' memory."""
    return {"thread": str(MemoryStore(connection).open_thread(_text(asked, "title")))}


def remember(connection: psycopg.Connection, asked: Json) -> Json:
    """Add a message to a thread."""
    message = Message(_text(asked, "author"), _text(asked, "content"))
    MemoryStore(connection).remember(asked["thread"], message)
    return asdict(message)


def recall(connection: psycopg.Connection, asked: Json) -> Json:
    """Return the last messages of a thread."""
    return {"messages": [asdict(message) for message in MemoryStore(connection).recall(asked["thread"])]}


def enqueue(registry: Registry, connection: psycopg.Connection, asked: Json) -> Json:
    """Leave a job to the background worker."""
    kind, payload = _text(asked, "kind"), asked.get("payload", {})
    if kind not in registry.jobs:
        hint = did_you_mean(kind, registry.jobs) or f"There is {', '.join(registry.jobs)}."
        raise HTTPException(400, f'there is no kind of job "{kind}". {hint}')
    if not isinstance(payload, dict):
        raise HTTPException(400, '"payload" must be an object')
    return {"job": jobs.enqueue(connection, kind, payload)}


def look_at_job(connection: psycopg.Connection, asked: Json) -> Json:
    """Tell how far a job is."""
    row = connection.execute(
        "SELECT kind, status, attempts, error_message FROM processing_jobs WHERE id = %s", [asked["job"]]
    ).fetchone()
    if not row:
        raise HTTPException(404, f"there is no job {asked['job']}")
    return dict(zip(("kind", "status", "attempts", "error_message"), row, strict=True))


async def _body(request: Request) -> Mapping[str, Any]:
    """Return the JSON object of a request's body, empty without one; raises HTTPException."""
    if not await request.body():
        return {}
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise HTTPException(400, "the body must be a JSON object")
    return body


def _text(asked: Json, name: str) -> str:
    value = asked.get(name)
    if isinstance(value, str) and value.strip():
        return value
    raise HTTPException(400, f'"{name}" must be a text')


def _told(status: int, message: str | None = None) -> Callable[[Request, Exception], Response]:
    """Return what answers to an exception: with ``message``, or with what the exception says."""
    return lambda _, error: JSONResponse({"error": message or str(error)}, status)


def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


HANDLERS: Mapping[Any, Callable[[Request, Exception], Response]] = {
    HTTPException: _http,
    UnicodeEncodeError: _told(400, "a text has half a character (a lone surrogate)"),
    psycopg.DataError: _told(400, "the database cannot store this"),
    psycopg.errors.ForeignKeyViolation: _told(404, "there is no such thread"),
    psycopg.errors.UniqueViolation: _told(409, "there is one already"),
    psycopg.OperationalError: _told(503, "the database did not answer"),
    TryAgainLater: _told(503, "the database did not answer"),
}


def prove(registry: Registry) -> int:
    """Ask each route in-process, on one connection whose work is taken back; return how many there are.

    Raises MigrateTasksError for one that fails.
    """
    with connect() as connection, connection.transaction(force_rollback=True):
        routes = create_routes(registry, lambda: nullcontext(connection), create_migrations_app(read_settings()))
        asyncio.run(_ask_each(Starlette(routes=routes, exception_handlers=HANDLERS), registry))
    return len(routes)


async def _ask_each(app: Starlette, registry: Registry) -> None:
    question = f"Where is probe {uuid.uuid4()}?"
    await ask(app, "GET", "/")
    await ask(app, "POST", "/documents", path=question, body=question)
    found = await ask(app, "GET", "/documents", question=question)
    _expect("GET /documents", question, in_=[passage["path"] for passage in found["passages"]])
    thread = (await ask(app, "POST", "/threads", title="probe"))["thread"]
    await ask(app, "POST", f"/threads/{thread}/messages", **asdict(PROBE[0]))
    recalled = await ask(app, "GET", f"/threads/{thread}/messages")
    _expect("GET /threads/ID/messages", asdict(PROBE[0]), in_=recalled["messages"])
    job = (await ask(app, "POST", "/jobs", kind=next(iter(registry.jobs))))["job"]
    _expect("GET /jobs/ID", "queued", in_=[(await ask(app, "GET", f"/jobs/{job}"))["status"]])
    status = await ask(app, "GET", "/database/migrations/status")
    _expect("GET /database/migrations/status", True, in_=[status["success"]])


def _expect(route: str, what: object, *, in_: list[Any]) -> None:
    if what not in in_:
        raise MigrateTasksError(f"route {route} does not answer what was stored", detail=f"{what} is not in {in_}.")
