"""A server to attack: the guard before an app that tells what reached it, under uvicorn, in a process of its own.

``python -m tests.api.serving FD HOW`` serves on the socket FD; the settings are those of the environment.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from migrate_tasks.api import audit, guard
from migrate_tasks.api.tokens import read_access
from migrate_tasks.settings import read_settings
from tests.support import REPOSITORY, clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN, OTHER = "a-token-that-is-right", "another-token-is-right"
BEARER = f"Authorization: Bearer {TOKEN}"
JSON = "Content-Type: application/json"
PREFIX = "/database/migrations"
BODY_TIME = 0.5  # seconds; the guard's own would keep the tests waiting


async def tell(scope: guard.Scope, receive: guard.Receive, send: guard.Send) -> None:
    """Answer with what has reached the app."""
    body, more = b"", scope["method"] == "POST"
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    if scope["method"] == "POST":
        entry = audit.entry_of(scope)
        entry.target, entry.run_id = body.decode() or None, "run-7"
    if scope["path"].endswith("/crash"):
        raise RuntimeError(TOKEN)
    if scope["path"].endswith("/slow"):
        await asyncio.sleep(1)
    allowed = guard.allowed_of(scope)
    told = {"body": body.decode(), "shows_details": allowed.shows_details, "token": allowed.token_id}
    headers = [(b"content-type", b"application/json"), (b"Cache-Control", b"public")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


def main(descriptor: str, how: str) -> None:
    """Serve until somebody ends us."""
    guard.BODY_TIME = BODY_TIME
    audit.write_to_stderr()
    guarded = guard.Guard(tell, read_access(read_settings(), is_built_in_server=how == "built-in"))
    app: Any = Starlette(routes=[Mount(PREFIX, guarded)]) if how == "mounted" else guarded
    listening = socket.socket(fileno=int(descriptor))
    uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical")).run(sockets=[listening])


@dataclass(frozen=True)
class Answered:
    """An answer: its status, its headers by their names in lower case, and its document."""

    status: int
    headers: dict[str, str]
    document: Any

    @property
    def code(self) -> str | None:
        """Why it was refused; None where it was not."""
        code: str | None = self.document.get("error", {}).get("code")
        return code


@dataclass(frozen=True)
class Served:
    """The server, on 127.0.0.1; what it writes to stderr goes to ``log``."""

    port: int
    log: Path

    def connect(self) -> socket.socket:
        """Return a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def say(self, raw: bytes) -> bytes:
        """Send bytes, and return all that comes until the server closes the connection."""
        with self.connect() as connection:
            connection.sendall(raw)
            return read_all(connection)

    def ask(self, method: str, action: str, *headers: str | bytes, body: bytes = b"") -> Answered:
        """Send a request, well-formed but for what ``headers`` say, and return the answer."""
        return answer_of(self.say(request(method, action, *headers, body=body)))

    def audit(self) -> list[dict[str, Any]]:
        """Return the lines that were written, without their times."""
        found = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith('{"time"')]
        return [{key: value for key, value in line.items() if key != "time"} for line in found]


def request(method: str, action: str, *headers: str | bytes, body: bytes = b"") -> bytes:
    """Return a request as bytes; Host and Content-Length are given unless ``headers`` give them."""
    given = [line.encode() if isinstance(line, str) else line for line in headers]
    names = {line.partition(b":")[0].lower() for line in given}
    lines = [f"{method} {PREFIX}/{action} HTTP/1.1".encode(), b"Connection: close", *given]
    if b"host" not in names:
        lines.append(b"Host: localhost:3000")
    if body and not names & {b"content-length", b"transfer-encoding"}:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


def read_all(connection: socket.socket) -> bytes:
    """Return what comes until the connection ends."""
    found = b""
    try:
        while chunk := connection.recv(65536):
            found += chunk
    except ConnectionResetError:  # it closed before it had read all that we sent
        pass
    return found


def answer_of(raw: bytes) -> Answered:
    """Return the only answer in ``raw``."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = body.partition(b"\r\n")[2].partition(b"\r\n")[0]
    assert len(headers) == len(lines), "a header is there twice"
    return Answered(int(first.split()[1]), headers, json.loads(body) if body else {})


@contextmanager
def serve(folder: Path, how: str = "built-in", **environ: str) -> Iterator[Served]:
    """Yield the server in ``folder``, with ``environ`` as its settings; how: built-in or mounted."""
    log = folder / "log"
    with socket.create_server(("127.0.0.1", 0)) as listening, log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.api.serving", str(listening.fileno()), how],
            cwd=folder,
            env=clean_environment({**environ, "PYTHONPATH": str(REPOSITORY)}),
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            stderr=errors,
        )
        port: int = listening.getsockname()[1]
    try:
        yield Served(port, log)
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    main(*sys.argv[1:])
