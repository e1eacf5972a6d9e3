"""Asking an ASGI app in its own process, without a socket and without a client library."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import psycopg

from migrate_tasks.errors import MigrateTasksError, TryAgainLater

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope


async def ask(app: ASGIApp, method: str, path: str, /, **asked: Any) -> Any:
    """Return the JSON that ``app`` answers, where ``asked`` is the query of a GET and else the body.

    Raises MigrateTasksError for an answer that is an error, TryAgainLater for 503, and what the database says where
    that did not become an answer.
    """
    status, body = 0, b""
    requests: list[Message] = [{"type": "http.request", "body": b"" if method == "GET" else json.dumps(asked).encode()}]

    async def receive() -> Message:
        if not requests:
            await asyncio.Event().wait()  # the client stays
        return requests.pop()

    async def send(message: Message) -> None:
        nonlocal status, body
        status = message.get("status", status)
        body += message.get("body", b"")

    try:
        await app(_scope(method, path, urlencode(asked) if method == "GET" else ""), receive, send)
    except psycopg.Error as error:
        reason = str(error).partition("\n")[0]
        raise MigrateTasksError(f"route {method} {path} failed: {reason}", sqlstate=error.sqlstate) from None
    if status >= HTTPStatus.BAD_REQUEST:
        kind = TryAgainLater if status == HTTPStatus.SERVICE_UNAVAILABLE else MigrateTasksError
        raise kind(f"route {method} {path} answered {status}", detail=body.decode(errors="replace"))
    return json.loads(body)


def _scope(method: str, path: str, query: str) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json"), (b"accept", b"application/json")],
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 80),
    }
