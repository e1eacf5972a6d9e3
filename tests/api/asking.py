"""Asking a server over its socket."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import httpx

if TYPE_CHECKING:
    import subprocess

PREFIX = "/database/migrations"


@dataclass(frozen=True)
class Served:
    """A server in a process of its own, the port it listens on, and the line that it said so with."""

    process: subprocess.Popen[str]
    port: int
    line: str

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request, and return the answer."""
        return httpx.request(method, f"http://127.0.0.1:{self.port}{PREFIX}{path}", timeout=60, **options)

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Send a GET."""
        return self.ask("GET", path, **options)

    def post(self, path: str, **options: Any) -> httpx.Response:
        """Send a POST."""
        return self.ask("POST", path, **options)

    def begin(self, text: str) -> socket.socket:
        """Send ``text`` as it is, and return the connection."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(text.encode())
        return connection


def rest_of(connection: socket.socket) -> bytes:
    """Return what comes until the other end closes the connection."""
    with connection.makefile("rb") as file:
        return file.read()


class Answered(Protocol):
    """An answer of whichever client."""

    status_code: int

    @property
    def headers(self) -> Any:
        """Its headers."""

    def json(self) -> Any:
        """Return what its body says."""


def data_of(answer: Answered) -> dict[str, Any]:
    """Return the data of an answer."""
    data: dict[str, Any] = answer.json()["data"]
    return data


def error_of(answer: Answered) -> tuple[int, str, str, str | None]:
    """Return the status of an answer, and the code, message and hint of its error."""
    document = answer.json()
    assert document["success"] is False
    error = document["error"]
    return answer.status_code, error["code"], error["message"], error["hint"]
