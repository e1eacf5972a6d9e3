"""Asking a server over its socket."""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import httpx
from starlette.testclient import TestClient

from migrate_tasks.api import create_app

if TYPE_CHECKING:
    import subprocess

    from starlette.types import ASGIApp

    from migrate_tasks.settings import Settings

PREFIX = "/database/migrations"
TOKEN = "a-token-of-these-tests"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
HERE = ("127.0.0.1", 50000)  # where a client is


def client_of(settings: Settings) -> TestClient:
    """Return a client of an app for ``settings``, in this process, which may do all."""
    return asking(create_app(replace(settings, token=TOKEN)))


def asking(app: ASGIApp, **options: Any) -> TestClient:
    """Return a client that comes from this machine, with the token, and sends JSON."""
    given: dict[str, Any] = {
        "base_url": "http://localhost",
        "client": HERE,
        "headers": HEADERS,
        "raise_server_exceptions": False,
    }
    return TestClient(app, **(given | options))


@dataclass(frozen=True)
class Served:
    """A server in a process of its own, the port it listens on, and the line that it said so with."""

    process: subprocess.Popen[str]
    port: int
    line: str

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send one request, and return the answer."""
        url = f"http://127.0.0.1:{self.port}{PREFIX}{path}"
        return httpx.request(method, url, timeout=60, **{"headers": HEADERS} | options)

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
