"""The guard before the app: pure ASGI, so that it stands before any app, mounted or not.

What it lets through is told in the scope: ``allowed_of(scope)`` says how much may be seen, ``audit.entry_of(scope)`` is
where the app notes what it did. A POST arrives with its whole body, of at most BODY_LIMIT bytes.
"""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from migrate_tasks.api.access import (
    BODY_LIMIT,
    CLOSE,
    TOO_LARGE,
    WRONG_TOKEN,
    Allowed,
    Refusal,
    Request,
    Tokens,
    decide,
    id_of,
)
from migrate_tasks.api.audit import ENTRY, Entry
from migrate_tasks.api.rate import Bucket
from migrate_tasks.render.json import json_bytes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from migrate_tasks.api.access import Access

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]

ALLOWED = "migrate_tasks.allowed"  # a key of the scope
NOT_ASKED = Tokens()
SECOND = 1_000_000_000  # nanoseconds
# ten replicas' scripts may ask at once, and each is told who is at work; after that it is somebody's loop
POSTS = Bucket(interval=10 * SECOND, burst=10)
PAUSE = 0.5  # seconds before a wrong token is answered
MOST_PAUSING = 100  # answers; no right token ever waits for a wrong one, and a flood of those must not fill the memory
BODY_TIME = 10.0  # seconds in which a body must have come
LINGER, LINGER_LIMIT = 1.0, 4 * 1024 * 1024  # seconds and bytes for which what is left of a refused one is read

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
GUESSES = Refusal(
    status=429, code="too_many_requests", message="too many wrong tokens at once", headers=(("retry-after", "1"),)
)
TOO_SLOW = Refusal(
    status=408,
    code="too_slow",
    message=f"the body has not come within {BODY_TIME:.0f} s",
    headers=(CLOSE,),
)
FAILED = Refusal(
    status=500, code="internal_error", message="an error in migrate-tasks", hint="The server's log tells of it."
)


TOO_MANY = Refusal(
    status=429,
    code="too_many_requests",
    message=f"only {POSTS.burst} requests that change something are admitted at once, and then one each 10 s",
)


def allowed_of(scope: Scope) -> Allowed:
    """Return how much the request may see; nothing where it has passed no guard."""
    allowed: Allowed = scope.get(ALLOWED, Allowed(shows_details=False))
    return allowed


class Answer:
    """What is sent to the client: every answer has the guard's headers; its status and a refusal's code are kept."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._is_head = scope["method"] == "HEAD"
        self._send = send
        self.status: int | None = None
        self.code: str | None = None

    async def send(self, message: Message) -> None:
        """Send what the app sends; the guard's headers take the place of the app's."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            names = {name for name, _ in HEADERS}
            kept = [(name, value) for name, value in message.get("headers", ()) if bytes(name).lower() not in names]
            message = {**message, "headers": [*kept, *HEADERS]}
        await self._send(message)

    async def refuse(self, refusal: Refusal, receive: Receive | None = None) -> None:
        """Send the answer no; ``receive`` has what is not read yet of the request."""
        self.code = refusal.code
        body = json_bytes(refusal.document)
        about = (("content-type", "application/json"), ("content-length", str(len(body))), *refusal.headers)
        headers = [(name.encode(), value.encode()) for name, value in about]
        await self.send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await self.send({"type": "http.response.body", "body": b"" if self._is_head else body, "more_body": True})
        if receive:
            await _linger(receive)
        await self.send({"type": "http.response.body", "body": b""})


class Guard:
    """Lets through to ``app`` what ``access`` allows, and answers all else itself.

    An error of the app is answered with 500, and goes on to whoever logs it.
    """

    def __init__(self, app: App, access: Access) -> None:
        self._app = app
        self._access = access
        self._posts = POSTS
        self._pausing = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection, as an ASGI app."""
        if scope["type"] == "websocket":  # there are none, and they know no same-origin policy
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
        else:
            answer, request = Answer(scope, send), Request.of(scope)
            if request.method == "POST":
                await self._audited(request, scope, receive, answer)
            else:
                await self._handle(request, scope, receive, answer)

    async def _audited(self, request: Request, scope: Scope, receive: Receive, answer: Answer) -> None:
        entry = Entry(request.remote, id_of(request.bearer) if request.bearer else None, request.action)
        try:
            await self._handle(request, {**scope, ENTRY: entry}, receive, answer)
        finally:
            entry.status, entry.code = answer.status, answer.code
            entry.write()

    async def _handle(self, request: Request, scope: Scope, receive: Receive, answer: Answer) -> None:
        decision = await self._decide(request)
        if isinstance(decision, Allowed) and request.method == "POST":
            body = await _read_body(receive)
            if body is None:
                return
            decision = body if isinstance(body, Refusal) else self._admit() or decision
            receive = _replay(body, receive) if isinstance(body, bytes) else receive
        if isinstance(decision, Refusal):
            await answer.refuse(decision, receive)
            return
        try:
            await self._app({**scope, ALLOWED: decision}, receive, answer.send)
        except Exception:
            if answer.status is None:
                await answer.refuse(FAILED)
            raise

    async def _decide(self, request: Request) -> Allowed | Refusal:
        tokens = self._access.read_tokens() if request.bearer else NOT_ASKED
        decision = decide(self._access, tokens, request)
        if decision is not WRONG_TOKEN:
            return decision
        if self._pausing >= MOST_PAUSING:
            return GUESSES
        self._pausing += 1
        try:
            await asyncio.sleep(PAUSE)
        finally:
            self._pausing -= 1
        return WRONG_TOKEN

    def _admit(self) -> Refusal | None:
        """Return None for a POST that is in time, and otherwise when to come again."""
        self._posts, wait = self._posts.take(time.monotonic_ns())
        if not wait:
            return None
        seconds = str(math.ceil(wait / SECOND))
        return replace(TOO_MANY, hint=f"Try again in {seconds} s.", headers=(("retry-after", seconds),))


async def _read_body(receive: Receive) -> bytes | Refusal | None:
    """Return the body, or why it is refused; None where the client goes away."""
    body = b""
    try:
        async with asyncio.timeout(BODY_TIME):
            while len(body) <= BODY_LIMIT:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    break
    except TimeoutError:
        return TOO_SLOW
    return body if len(body) <= BODY_LIMIT else TOO_LARGE


async def _linger(receive: Receive) -> None:
    """Read on for a moment: a connection that is closed with bytes unread is reset, and the client may lose the answer.

    See RFC 9112, 9.6.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER):
            read, has_more = 0, True
            while has_more and read < LINGER_LIMIT:
                message = await receive()
                read, has_more = read + len(message.get("body", b"")), message.get("more_body", False)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return what gives the app the body that was read, and then what comes after it."""
    read = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive_again() -> Message:
        return next(read, None) or await receive()

    return receive_again
