"""`invoke serve`, over its socket."""

from __future__ import annotations

import json
import signal
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.api.asking import HEADERS, data_of
from tests.api.serving import read_all
from tests.support import Project, find_port, until, until_stopped

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.api.asking import Served

    Serve = Callable[..., AbstractContextManager[Served]]

SLOW = "SELECT pg_sleep({});\nCREATE TABLE a ();\n"
HEAD = "".join(f"\r\n{name}: {value}" for name, value in {"Host": "localhost", **HEADERS}.items())
JSON_TYPE = {"Content-Type": "application/json"}
RUN = f"POST /database/migrations/run HTTP/1.1{HEAD}\r\n\r\n"


def status_of(served: Served) -> dict[str, str]:
    """Return the status of each migration."""
    return {migration["name"]: migration["status"] for migration in data_of(served.get("/status"))["migrations"]}


def audited(said: str) -> list[tuple[str, str | None, int]]:
    """Return the action, the target and the status of each line in ``said``, which has nothing else in it."""
    lines = map(json.loads, said.splitlines())
    return [(line["action"], line["target"], line["status"]) for line in lines]


def test_the_embedded_server_is_up_meanwhile(tmp_path: Path) -> None:
    """Without a database of one's own, the embedded server is up until `invoke serve` has ended, with 143."""
    project = Project(tmp_path)
    project.write(
        "tasks.py",
        "from invoke import Collection\nfrom migrate_tasks.tasks import serve\nnamespace = Collection(serve)\n",
    )
    project.write("migrations/001-a.sql", "CREATE TABLE a ()")
    port = find_port()
    process = project.start("serve", "--port", str(port))
    with process:
        assert process.stdout
        line = process.stdout.readline()
        ran = httpx.post(f"http://127.0.0.1:{port}/database/migrations/run", timeout=30, headers=JSON_TYPE)
        process.send_signal(signal.SIGTERM)
        rest, said = process.stdout.read(), process.stderr and process.stderr.read()
    until_stopped(tmp_path / ".postgres")

    assert line == f"http://127.0.0.1:{port}/database/migrations serves embedded PostgreSQL 18 in .postgres\n"
    assert data_of(ran)["executed"] == 1
    assert (process.returncode, rest, audited(said or "")) == (143, "", [("run", None, 200)])


def test_sigint(serve: Serve) -> None:
    """Ctrl-C ends it, too, without a word, with 130."""
    with serve() as served:
        served.process.send_signal(signal.SIGINT)
        out, err = served.process.communicate(timeout=30)

    assert (served.process.returncode, out, err) == (130, "", "")


def test_old_http(serve: Serve, project: Project) -> None:
    """A client of HTTP/1.0 is answered; one that sends no Host learns nothing but that the process lives."""
    project.write("migrations/001-a.sql", "CREATE TABLE a ()")
    answers = []
    with serve() as served:
        for asked in ("health HTTP/1.0\r\nHost: localhost", "health HTTP/1.0", "live HTTP/1.0"):
            with served.begin(f"GET /database/migrations/{asked}\r\n\r\n") as connection:
                answers.append(read_all(connection))

    assert [answer.partition(b"\r\n")[0].split()[1] for answer in answers] == [b"200", b"421", b"200"]
    assert b'"status": "degraded"' in answers[0]
    assert not any(b"\r\nserver:" in answer.lower() for answer in answers)


def test_a_client_that_goes_away(serve: Serve, project: Project) -> None:
    """A client that goes away does not end the run that it has asked for."""
    project.write("migrations/001-a.sql", SLOW.format(2.5))
    with serve() as served:
        connection = served.begin(RUN)
        until(lambda: status_of(served)["001-a"] == "running")
        connection.close()
        until(lambda: status_of(served) == {"001-a": "completed"})


@pytest.mark.parametrize("prefer", ["", "respond-async"])
def test_sigterm_while_a_run_is_at_work(serve: Serve, project: Project, prefer: str) -> None:
    """SIGTERM ends a run after its current migration, whether or not somebody waits for it, and then the server."""
    project.write("migrations/001-a.sql", SLOW.format(2.5))
    project.write("migrations/002-b.sql", "-- migrate: no-transaction\nCREATE TABLE b ();")
    with serve() as served:
        with served.begin(RUN.replace("\r\n\r\n", f"\r\nPrefer: {prefer}\r\n\r\n")) as connection:
            until(lambda: status_of(served)["001-a"] == "running")
            served.process.send_signal(signal.SIGTERM)
            answer = read_all(connection).decode()
            code = served.process.wait(30)
        said = served.process.stderr.read() if served.process.stderr else ""
    shown = project.invoke("migrate.status").out

    assert (code, audited(said)) == (143, [("run", None, 202 if prefer else 503)])
    assert answer.startswith("HTTP/1.1 202" if prefer else "HTTP/1.1 503")
    assert ("interrupted by SIGTERM" in answer) is not bool(prefer)
    assert [line.split()[:2] for line in shown.splitlines()[1:3]] == [["001-a", "completed"], ["002-b", "pending"]]


def test_a_migration_that_takes_longer_than_the_grace_period(serve: Serve, project: Project) -> None:
    """A migration that does not end within the grace period is cancelled, and its row says so."""
    project.write("migrations/001-a.sql", SLOW.format(60))
    project.environ["MIGRATE_TASKS_GRACE_PERIOD"] = "300ms"
    with serve() as served, served.begin(RUN):
        until(lambda: status_of(served)["001-a"] == "running")
        served.process.send_signal(signal.SIGTERM)
        code = served.process.wait(10)
    shown = project.invoke("migrate.status").out

    assert code == 143
    assert shown.splitlines()[1].split()[:2] == ["001-a", "failed"]


def test_a_database_that_is_not_there(serve: Serve, project: Project) -> None:
    """Without its database it serves all the same, and says so."""
    project.write("migrations/001-a.sql", "SELECT 1")
    with serve("--url", "postgresql://nobody@127.0.0.1:1/nothing") as served:
        health = served.get("/health")
        live = served.get("/live")

    assert served.line == (
        f'http://127.0.0.1:{served.port}/database/migrations serves database "nothing" on "127.0.0.1:1"\n'
    )
    assert (health.status_code, data_of(health)["status"], live.status_code) == (503, "unreachable", 200)


def test_a_port_that_is_taken(project: Project) -> None:
    """A port in use is an error that may be gone later."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = project.invoke("serve", "--port", str(port))

    assert (said.code, said.out, said.err) == (
        75,
        "",
        f"error: port {port} on 127.0.0.1 is in use\nHINT: End what listens there, or take another port: --port 3001\n",
    )


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--port", "http"], 'error: --port: "http" is not a whole number\n'),
        (["--port", "-1"], 'error: --port: "-1" is not a whole number\n'),
        (["--port", "65536"], "error: --port: there is no port 65536\nHINT: The last one is 65535.\n"),
        (
            ["--host", "192.0.2.1"],
            (
                'error: "192.0.2.1" is no address of this machine\n'
                "HINT: Say --host 127.0.0.1, or 0.0.0.0 for all of them.\n"
            ),
        ),
        (
            ["--host", "nowhere.invalid"],
            (
                'error: "nowhere.invalid" is no address of this machine\n'
                "HINT: Say --host 127.0.0.1, or 0.0.0.0 for all of them.\n"
            ),
        ),
        (
            ["--directory", "migrations", "--url", ""],
            "error: the database's URL is empty\nHINT: Leave --url out, or say which database.\n",
        ),
    ],
)
def test_flags_that_cannot_be(project: Project, flags: list[str], expected: str) -> None:
    """Flags that cannot be are told, with 78, before anything is started."""
    said = project.invoke("serve", *flags)

    assert (said.code, said.out, said.err) == (78, "", expected)


def test_on_every_address(serve: Serve) -> None:
    """With another address it listens there; one of IPv6 is shown in brackets."""
    with serve("--host", "0.0.0.0") as served:
        answered = served.get("/live").status_code

    assert answered == 200
    assert served.line.startswith(f"http://0.0.0.0:{served.port}/database/migrations serves ")
