"""`invoke startup` as a user meets it: phases that are tasks, their failures, the exit codes."""

from __future__ import annotations

import json
import re
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks import read_settings, run_startup
from tests.support import Project, Said, without_times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

TASKS = """
import os, sys, time
from invoke import Collection, Exit, task
from migrate_tasks.tasks import migrate, startup

@task
def fine(c):
    print("all is well")

@task
def broken(c):
    raise ValueError("it broke")

@task
def later(c):
    raise Exit("not yet", 75)

@task
def slow(c):
    os.system("sleep 60 & sleep 61")

@task
def unreachable(c):
    raise ConnectionRefusedError("nobody there")

namespace = Collection(migrate, startup, fine, broken, later, slow, unreachable)
"""


@pytest.fixture
def phases(project: Project) -> Project:
    """A project whose tasks end in every way."""
    project.write("tasks.py", TASKS)
    return project


def start(project: Project, *entries: str, **environ: str) -> Said:
    """Run a sequence of the phases ``entries``, each written as a YAML flow mapping without its braces."""
    write_sequence(project, *entries)
    return project.invoke("startup", **environ)


def without_database(text: str) -> str:
    """Return ``text`` without times and without the name of the test's database."""
    text = re.sub(r"(?m)^\d\d:\d\d:\d\d ", "HH ", text)
    return re.sub(r'database ".*', "<database>", without_times(text))


def write_sequence(project: Project, *entries: str) -> None:
    """Write startup.yaml."""
    project.write("startup.yaml", "phases:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))


def test_succeeds(phases: Project) -> None:
    """A start-up shows each phase, what it printed, and a summary."""
    said = start(phases, "name: one, task: fine, description: The first", "name: two, task: fine")

    assert (said.code, said.err) == (0, "")
    assert without_database(said.out) == (
        "starting: 2 phases on <database>\n"
        "HH one  started: The first\n"
        "HH one  | all is well\n"
        "HH one  succeeded in #ms\n"
        "HH two  started\n"
        "HH two  | all is well\n"
        "HH two  succeeded in #ms\n"
        "\n"
        "phase  outcome    attempts  duration\n"
        "one    succeeded         1 #ms\n"
        "two    succeeded         1 #ms\n"
        "\n"
        "succeeded: 2 of 2 phases succeeded in #ms\n"
    )


def test_a_failure_skips_the_rest(phases: Project) -> None:
    """A required phase that fails ends the start-up with exit code 1, and stderr has the whole report."""
    said = start(phases, "name: one, task: broken", "name: two, task: fine")

    assert said.code == 1
    assert without_times(said.err) == (
        'error: STARTUP FAILED in phase "one" (1/2), after #ms\n'
        "  Output    | Traceback (most recent call last):\n"
        '            |   File "./tasks.py", line 12, in broken\n'
        '            |     raise ValueError("it broke")\n'
        "            | ValueError: it broke\n"
        "  Problem   ValueError: it broke   [failure]\n"
        "  Tried     1 attempt; not again: it has no retries\n"
        "HINT: The phase stands at startup.yaml:2:5.\n"
    )
    assert without_database(said.out) == (
        "starting: 2 phases on <database>\n"
        "HH one  started\n"
        "HH one  | Traceback (most recent call last):\n"
        'HH one  |   File "./tasks.py", line 12, in broken\n'
        'HH one  |     raise ValueError("it broke")\n'
        "HH one  | ValueError: it broke\n"
        "HH one  failed in #ms: ValueError: it broke\n"
        'HH two  skipped: needs phase "one", which failed\n'
        "\n"
        "phase  outcome  attempts  duration\n"
        "one    failed          1 #ms\n"
        "two    skipped         0\n"
        "\n"
        "FAILED: 0 of 2 phases succeeded in #ms\n"
    )


def test_a_failure_that_is_not_required(phases: Project) -> None:
    """Where a phase is not required, the start-up goes on, says so, and exits with 0; with --strict, 1."""
    said = start(phases, "name: one, task: broken, required: false", "name: two, task: fine")
    strict = phases.invoke("startup", "--strict")

    assert (said.code, said.err) == (0, "")
    assert without_times(said.out).splitlines()[-2:] == [
        'warning: phase "one" failed: ValueError: it broke',
        "DEGRADED: 1 of 2 phases succeeded in #ms; WITHOUT one",
    ]
    assert (strict.code, strict.err) == (1, "error: the start-up is degraded, and --strict was given\n")


@pytest.mark.parametrize(
    ("task", "message"), [("later", "not yet"), ("unreachable", "ConnectionRefusedError: nobody there")]
)
def test_only_what_may_pass_is_retried(phases: Project, task: str, message: str) -> None:
    """A failure with exit code 75, or of a connection, is attempted again; the last one decides."""
    said = start(phases, f"name: one, task: {task}, retries: 2")
    broken = start(phases, "name: one, task: broken, retries: 2")

    assert said.code == 75
    assert [line for line in without_database(said.out).splitlines() if "attempt " in line] == [
        f"HH one  attempt 1 of 3 failed: {message}; next attempt in #ms",
        "HH one  attempt 2 of 3 started",
        f"HH one  attempt 2 of 3 failed: {message}; next attempt in #ms",
        "HH one  attempt 3 of 3 started",
    ]
    assert without_times(said.err).splitlines()[-2:] == [
        "  Tried     3 attempts, pauses of #ms and #ms; not again: its retries are used up",
        "HINT: If it only needs longer to come up, raise retries of the phase at startup.yaml:2:5.",
    ]
    assert broken.err.splitlines()[-2:] == [
        "  Tried     1 attempt; not again: retry_on names transient, and this is failure",
        "HINT: The phase stands at startup.yaml:2:5.",
    ]


def test_out_of_time(phases: Project) -> None:
    """A phase that runs out of time is ended with its children, is not retried, and the exit code is 124."""
    said = start(phases, "name: one, task: slow, timeout: 1s, retries: 2")

    assert said.code == 124
    assert said.err.splitlines()[1:] == [
        "  Problem   did not end within 1s   [timeout]",
        "  Tried     1 attempt; not again: retry_on names transient, and this is timeout",
        "DETAIL: It was ended, with every process that it had started.",
        "HINT: If it needs more time, raise the timeout of the phase at startup.yaml:2:5.",
    ]


@pytest.fixture
def manager(phases: Project) -> Iterator[socket.socket]:
    """A service manager's socket, which the project's commands are told of."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        name = f"{phases.root}"[-100:]
        listener.bind(f"\0{name}")
        phases.environ["NOTIFY_SOCKET"] = f"@{name}"
        listener.setblocking(False)
        yield listener


def told(manager: socket.socket) -> list[str]:
    """Return the messages that have come."""
    found = []
    with suppress(BlockingIOError):
        while True:
            found.append(manager.recv(4096).decode())
    return found


def test_systemd_is_told_when_all_is_up(phases: Project, manager: socket.socket) -> None:
    """Systemd is asked for time and told of each phase, then that the service is ready; phases have no word in it."""
    said = start(phases, "name: one, task: fine", 'name: two, run: "echo [$NOTIFY_SOCKET]"')

    assert (said.code, said.err) == (0, "")
    assert "| []\n" in said.out
    assert told(manager) == [
        "EXTEND_TIMEOUT_USEC=30000000",
        "STATUS=0 of 2 phases ended, now one (running)",
        "STATUS=1 of 2 phases ended",
        "STATUS=1 of 2 phases ended, now two (running)",
        "STATUS=2 of 2 phases ended",
        "STATUS=succeeded",
        "READY=1",
    ]


@pytest.mark.parametrize(
    ("phase", "flags"),
    [("name: one, task: broken", ()), ("name: one, task: broken, required: false", ("--strict",))],
    ids=["failed", "strict"],
)
def test_systemd_is_not_told_of_what_is_not_up(
    phases: Project, manager: socket.socket, phase: str, flags: tuple[str, ...]
) -> None:
    """Where the start-up ends with 1, also since it is degraded and that is not enough, nothing is said to be ready."""
    write_sequence(phases, phase)

    assert phases.invoke("startup", *flags).code == 1
    assert told(manager) == [
        "EXTEND_TIMEOUT_USEC=30000000",
        "STATUS=0 of 1 phase ended, now one (running)",
        "STATUS=1 of 1 phase ended",
        "STOPPING=1",
    ]


def test_an_unknown_task(phases: Project) -> None:
    """A task that does not exist is told with its place before anything starts."""
    said = start(phases, "name: one, task: fine", "name: two, task: migrate.rum")

    assert (said.code, said.out) == (78, "")
    assert said.err == (
        'error: startup.yaml:3:23: phase "two" names task "migrate.rum", which does not exist\n'
        'HINT: Did you mean "migrate.run"?\n'
    )


def test_milliseconds(phases: Project) -> None:
    """The seed's 120000 is taken for milliseconds and refused."""
    said = start(phases, "name: one, task: fine, timeout: 120000")

    assert (said.code, said.out) == (78, "")
    assert said.err == (
        'error: startup.yaml:2:38: timeout of phase "one": 120000 seconds is more than an hour: did you mean "120s"?\n'
    )


def test_no_startup_yaml(phases: Project) -> None:
    """Without a startup.yaml the message shows how one begins."""
    said = phases.invoke("startup")

    assert (said.code, said.out) == (78, "")
    assert said.err == (
        "error: there is no startup.yaml in .\n"
        "HINT: Write one, beginning with: phases: [{name: database_migrations, task: migrate.run}]\n"
    )


def test_another_file(phases: Project) -> None:
    """--file names another sequence."""
    phases.write("other.yaml", "phases: [{name: one, task: fine}]")

    assert phases.invoke("startup", "--file", "other.yaml").code == 0


def test_a_result_that_cannot_be_written(phases: Project) -> None:
    """Where --junit cannot be written, that is told before the start; or afterwards, and nothing else is lost."""
    write_sequence(phases, "name: one, task: fine")

    before = phases.invoke("startup", "--junit", "nowhere/report.xml")
    afterwards = phases.invoke("startup", "--junit", "/dev/full", "--", "echo", "handed over")

    assert before == Said(78, "", 'error: "nowhere/report.xml" could not be used: no such file or directory\n')
    assert (afterwards.code, afterwards.err) == (
        0,
        'warning: the result could not be written to "/dev/full": no space left on device\n',
    )
    assert afterwards.out.endswith("handed over\n")


def test_a_failure_never_exits_with_0(phases: Project) -> None:
    """An exit code that the system would cut down to 0 is still a failure."""
    phases.write("tasks.py", TASKS.replace('"not yet", 75', '"not yet", 256'))

    assert start(phases, "name: one, task: later").code == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_phase(phases: Project, number: signal.Signals, code: int) -> None:
    """SIGINT, SIGTERM and SIGHUP end the running phase and then the start-up, with the signal's exit code."""
    write_sequence(phases, "name: one, task: slow", "name: two, task: fine")
    process = phases.start("startup")
    assert process.stdout
    assert any(" started" in line for line in process.stdout)
    process.send_signal(number)
    _, err = process.communicate(timeout=30)

    assert process.returncode == code
    assert err == (
        f'error: interrupted by {number.name} in phase "one"\nHINT: Run it again: what is completed stays completed.\n'
    )


def test_a_failed_migration_stops_the_start_up(example: Project, url: str) -> None:
    """With a syntax error in 004: 001 to 003 completed, 004 failed, 005 not started, no later phase; then mended."""
    path = example.root / "migrations" / "004-mime-types.sql"
    text = path.read_text()
    path.write_text(text.replace("CREATE TABLE IF", "CREATE TABEL IF"))

    said = example.invoke("startup", DATABASE_URL=url, APP_ENV="development")
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT migration_name, status, error_message FROM migration_status ORDER BY 1"
        ).fetchall()
    path.write_text(text)
    mended = example.invoke("startup", DATABASE_URL=url, APP_ENV="development")

    message = 'migrations/004-mime-types.sql:3:8: syntax error at or near "TABEL" (SQLSTATE 42601)'
    assert said.code == 1
    assert said.err.partition("\n  Problem ")[2] == (
        f"  {message}   [failure, SQLSTATE 42601]\n"
        "  Tried     1 attempt; not again: retry_on names transient, and this is failure\n"
        'DETAIL: In "CREATE TABEL IF NOT EXISTS mime_types ( extension TEXT PRIMA...".'
        " 001-setup-pgvector to 003-migrate-data stay completed; 004-mime-types was rolled back.\n"
        "HINT: Mend migrations/004-mime-types.sql; the next run continues with it.\n"
    )
    assert rows == [
        ("001-setup-pgvector", "completed", None),
        ("002-create-functions", "completed", None),
        ("003-migrate-data", "completed", None),
        ("004-mime-types", "failed", message),
    ]
    assert [line.split()[:2] for line in said.out.splitlines()[-13:-3]] == [
        ["environment", "succeeded"],
        ["database_health", "succeeded"],
        ["database_migrations", "failed"],
        ["vector_store", "skipped"],
        ["memory_store", "skipped"],
        ["mcp_tools", "skipped"],
        ["agents_workflows", "skipped"],
        ["api_routes", "skipped"],
        ["application_instance", "skipped"],
        ["background_services", "skipped"],
    ]
    assert (mended.code, mended.err) == (0, "")
    assert "8 migrations: 5 executed, 3 skipped" in mended.out


@pytest.mark.parametrize("version", [18, 15])
def test_the_example_by_tcp_with_a_password(
    example: Project, start_tcp_server: Callable[[int], AbstractContextManager[str]], version: int
) -> None:
    """The ten phases succeed for an ordinary role, by TCP with a password, and then skip all migrations."""
    with start_tcp_server(version) as address:
        url = f"postgresql://shop:s3cret@{address}/shop"
        first = example.invoke("startup", "--json", DATABASE_URL=url)
        second = example.invoke("startup", DATABASE_URL=url)

    phases = json.loads(first.out)["data"]["phases"]
    assert first.code == 0
    assert [phase["state"] for phase in phases] == ["succeeded"] * 10
    assert "8 migrations: 0 executed, 8 skipped" in second.out


def test_the_python_api(phases: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """run_startup() runs the same phases for a program, and tells how each ended."""
    write_sequence(phases, "name: one, task: fine", "name: two, task: broken, required: false")
    url = phases.environ["DATABASE_URL"]
    monkeypatch.chdir(phases.root)
    monkeypatch.delitem(__import__("sys").modules, "tasks", raising=False)

    result = run_startup(read_settings(Path.cwd(), environ={"DATABASE_URL": url}))

    assert result.outcome == "degraded"
    assert [str(phase.outcome) for phase in result.phases] == ["succeeded", "failed"]


def test_on_a_terminal(phases: Project) -> None:
    """On a terminal a table follows the phases, and the summary stays."""
    import os
    import pty
    import subprocess
    import sys

    from tests.support import INVOKE, clean_environment

    write_sequence(phases, "name: one, task: fine, description: 'The [first] of [/all]'")
    ours, theirs = pty.openpty()
    environ = clean_environment({**phases.environ, "TERM": "xterm", "COLUMNS": "100"})
    with subprocess.Popen([sys.executable, INVOKE, "startup"], cwd=phases.root, env=environ, stdout=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the other side is closed
                break
    os.close(ours)

    assert process.returncode == 0
    assert "The [first] of [/all]" in shown.decode()
    assert without_times(shown.decode()).endswith("succeeded: 1 of 1 phase succeeded in #ms\r\n")


def test_tasks_as_a_package(phases: Project) -> None:
    """A project whose tasks are a package has its startup.yaml and migrations beside the package."""
    (phases.root / "tasks").mkdir()
    (phases.root / "tasks.py").rename(phases.root / "tasks" / "__init__.py")

    assert start(phases, "name: one, task: fine").code == 0


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("startup", "names the start-up itself, which would never end"),
        ("migrate.new", 'names task "migrate.new", which cannot run without its argument: description'),
    ],
)
def test_tasks_that_cannot_be_phases(phases: Project, task: str, message: str) -> None:
    """The start-up itself and tasks with arguments are refused before anything starts."""
    said = start(phases, f"name: one, task: {task}")

    assert (said.code, said.err) == (78, f'error: startup.yaml:2:23: phase "one" {message}\n')


def test_a_failed_command(phases: Project) -> None:
    """A shell command of a task that fails is named with its exit code."""
    phases.write("tasks.py", TASKS.replace('print("all is well")', 'c.run("exit 3")'))

    said = start(phases, "name: one, task: fine")

    assert (said.code, said.err.splitlines()[1]) == (1, '  Problem   command "exit 3" exited with 3   [failure]')
