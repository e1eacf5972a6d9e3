"""What anybody may send: never a defect of ours, never a traceback, and what the OpenAPI document says."""

from __future__ import annotations

import importlib.util
import re
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.asking import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.api.asking import Served
    from tests.support import Project

TOKEN = "a-token-of-this-test"
BEARER = f"Bearer {TOKEN}"
PATHS = (
    "",
    "/",
    "/status",
    "/health",
    "/live",
    "/ready",
    "/metrics",
    "/openapi.json",
    "/run",
    "/runs/1",
    "/reset",
    "/x",
)
NAMES = ("Accept", "Authorization", "Content-Type", "Content-Length", "Transfer-Encoding", "Expect", "Host", "Origin")
MORE_NAMES = ("Prefer", "Cookie", "Range", "Upgrade", "Connection", "X-Forwarded-For", "If-None-Match", "X")
VALUES = (
    *(
        "application/json",
        "application/openmetrics-text; version=a",
        "text/html;q=x",
        "*/*;q=1e400",
        BEARER,
        "Bearer \xe4",
    ),
    *("1", "-1", "9" * 5000, "chunked", "100-continue", "respond-async", "localhost", "[::1", "websocket", "close", ""),
)
BODIES = (
    b"",
    b"{}",
    b'{"to": "\\ud800"}',
    b'{"migration_name": 1}',
    b"[" * 5000,
    b"null",
    b"\xff",
    b"9" * 5000,
    b"x" * 20_000,
)

headers = st.tuples(
    st.sampled_from(NAMES + MORE_NAMES), st.sampled_from(VALUES).map(lambda text: text.encode("latin-1")) | st.binary()
)
methods = st.sampled_from(("GET", "POST", "HEAD", "OPTIONS", "PUT", "TRACE", "GET\x00")) | st.text()
queries = st.sampled_from(("", "?to=%ff", "?dry_run=1", "?migration_name=", "?format=json", "?%", "#")) | st.text()


@pytest.fixture
def with_token(project: Project) -> Project:
    """A project with a token, and with a migration that may be executed again after a reset."""
    project.environ["MIGRATE_TASKS_TOKEN"] = TOKEN
    project.write("migrations/001-a.sql", "CREATE TABLE IF NOT EXISTS a (id int);")
    project.invoke("migrate.run")
    return project


def answer_to(port: int, raw: bytes) -> bytes:
    """Send ``raw``, and return all that comes until the server closes the connection."""
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                found += chunk
        except (BrokenPipeError, ConnectionResetError, OSError):  # it has seen enough, and does not read the rest
            pass
    return found


def test_anything(with_token: Project, serve: Callable[..., AbstractContextManager[Served]]) -> None:
    """Whatever stands in method, path, headers and body, no answer is a 500 or has a traceback, nor has the log."""
    del with_token
    with serve() as served:

        @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
        @given(
            methods,
            st.sampled_from(PATHS),
            queries,
            st.lists(headers, max_size=4),
            st.sampled_from(BODIES) | st.binary(),
        )
        def send(method: str, path: str, query: str, given: list[tuple[str, bytes]], body: bytes) -> None:
            first = f"{method} {PREFIX}{path}{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            lines = b"".join(name.encode() + b": " + value + b"\r\n" for name, value in given)
            length = b"Content-Length: %d\r\n" % len(body)
            answer = answer_to(served.port, first.encode(errors="surrogatepass") + lines + length + b"\r\n" + body)
            assert re.match(rb"HTTP/1.1 (?!500)\d\d\d |$", answer), answer
            assert b"Traceback" not in answer

        send()
        assert served.get("/health").status_code == 200
        served.process.terminate()
        _, errors = served.process.communicate(timeout=30)
    assert "Traceback" not in errors


def test_schemathesis(with_token: Project, serve: Callable[..., AbstractContextManager[Served]]) -> None:
    """Schemathesis, which makes requests of the document, valid and not, finds no answer that it does not have."""
    program = Path(sysconfig.get_path("scripts"), "schemathesis")
    if importlib.util.find_spec("schemathesis") is None or not program.exists():
        pytest.skip("schemathesis is not installed")
    with serve() as served:
        location = f"http://127.0.0.1:{served.port}{PREFIX}/openapi.json"
        brief = (
            "--max-examples",
            "10",
            "--phases",
            "examples,coverage,fuzzing",
            "--checks",
            "all",
            "--warnings",
            "off",
        )
        ran = subprocess.run(
            [sys.executable, program, "run", location, "-H", f"Authorization: {BEARER}", *brief, "--seed", "1"],
            cwd=with_token.root,
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout
    assert "No issues found" in ran.stdout
