"""Start-ups from a program with a second thread, which may not fork: each attempt gets a fresh interpreter."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.startup.running import LONG
from tests.support import clean_environment, processes_of, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support import Project

TASKS = """
import os, signal, subprocess, sys, threading, time
from invoke import task
from migrate_tasks import ConfigurationError, TryAgainLater
from migrate_tasks.startup import phase

@task
def fine(c):
    print("all is well in", os.getcwd())
    print(threading.active_count(), "thread")

@task
def broken(c):
    raise ValueError("it broke")

@task
def later(c):
    print("attempt", os.environ["STARTUP_ATTEMPT"])
    if os.environ["STARTUP_ATTEMPT"] == "1":
        raise TryAgainLater("not yet")

@task
def hand_on(c):
    return {"SEED": 7}

@task
def take(c):
    print("seed", os.environ["SEED"], os.environ["MODE"], os.environ["STARTUP_PHASE"])

@task
def hang(c):
    subprocess.Popen(["sleep", "30"], start_new_session=True)
    print("begun")
    time.sleep(30)

@task
def wait(c):
    phase.waits_for("held by pod-7")
    time.sleep(0.3)
    phase.goes_on()
"""
PROGRAM = """
import sys, threading, time
from invoke import Config
from migrate_tasks import MigrateTasksError, read_settings
from migrate_tasks.startup.result import PhaseOutput, PhaseWaiting
from migrate_tasks.postgres.servers import open_database
from migrate_tasks.startup.supervisor import run_sequence
from migrate_tasks.tasks.startup_project import read_project

def show(event):
    if isinstance(event, PhaseOutput):
        print(event.line, flush=True)
    if isinstance(event, PhaseWaiting):
        print("waits for", event.what or "nothing", flush=True)

threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
settings = read_settings()
try:
    project = read_project(settings, Config())
    with open_database(settings) as database, project.stage(settings, database) as stage:
        assert stage.command
        print("scratch", stage.scratch, flush=True)
        result = run_sequence(project.sequence, stage, on_event=show)
except MigrateTasksError as error:
    print(error)
    sys.exit(error.exit_code)
for phase in result.phases:
    print(phase.phase.name, phase.outcome, phase.error.message if phase.error else "")
sys.exit(result.exit_code)
"""


@pytest.fixture
def start(project: Project) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start the program on a startup.yaml with ``entries``, each a YAML flow mapping without its braces."""
    started = []

    def start_program(*entries: str) -> subprocess.Popen[str]:
        project.write("tasks.py", TASKS)
        project.write("program.py", PROGRAM)
        project.write("startup.yaml", "phases:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
        process = subprocess.Popen(
            [sys.executable, "program.py"],
            cwd=project.root,
            env=clean_environment(project.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        assert process.stdout
        return process

    yield start_program
    for process in started:
        with process:
            process.kill()


def said(project: Project, process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """Wait for the program, and return its exit code and what it said, but for its scratch folder."""
    out, _ = process.communicate(timeout=LONG)
    lines = project.without_root(out).splitlines()
    return process.returncode, [line for line in lines if not line.startswith("scratch ")]


def scratch_of(process: subprocess.Popen[str]) -> Path:
    """Return the scratch folder, which the program says first."""
    assert process.stdout
    return Path(process.stdout.readline().removeprefix("scratch ").strip())


def test_success(project: Project, start: Callable[..., subprocess.Popen[str]]) -> None:
    """A task runs in the project's folder, without the program's threads, and commands of the shell do too."""
    process = start("name: one, task: fine", "name: two, run: 'echo $STARTUP_PHASE in $(pwd)'")

    assert said(project, process) == (
        0,
        ["all is well in .", "1 thread", "two in .", "one succeeded ", "two succeeded "],
    )


def test_failure(project: Project, start: Callable[..., subprocess.Popen[str]]) -> None:
    """An exception is told with its traceback, and ends the start-up."""
    code, lines = said(project, start("name: one, task: broken", "name: two, task: fine"))

    assert (code, lines[0]) == (1, "Traceback (most recent call last):")
    assert lines[-3:] == [
        "ValueError: it broke",
        "one failed ValueError: it broke",
        'two skipped needs phase "one", which failed',
    ]


def test_retry_and_waiting(project: Project, start: Callable[..., subprocess.Popen[str]]) -> None:
    """What may pass is tried again, and what a phase waits for is told."""
    process = start("name: one, task: later, retries: 1", "name: two, task: wait")

    assert said(project, process) == (
        0,
        [
            "attempt 1",
            "attempt 2",
            "waits for held by pod-7",
            "waits for nothing",
            "one succeeded ",
            "two succeeded ",
        ],
    )


def test_outputs_and_environment(project: Project, start: Callable[..., subprocess.Popen[str]]) -> None:
    """What a task returns reaches the next phase, beside the variables of its own."""
    process = start("name: one, task: hand-on, outputs: [SEED]", "name: two, task: take, env: {MODE: on}")

    assert said(project, process) == (0, ["seed 7 on two", "one succeeded ", "two succeeded "])


def test_timeout(project: Project, start: Callable[..., subprocess.Popen[str]]) -> None:
    """A phase that runs out of time is ended with all that it started."""
    process = start("name: one, task: hang, timeout: 3s, grace_period: 1s")

    assert said(project, process) == (124, ["begun", "one timed out did not end within 3s"])
    assert processes_of(project.root) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_killed(project: Project, start: Callable[..., subprocess.Popen[str]], number: signal.Signals) -> None:
    """Where the program is ended by a signal or killed, nothing of its phases runs on, and its files are removed."""
    process = start("name: one, task: hang, grace_period: 1s")
    folder = scratch_of(process)
    assert process.stdout
    assert process.stdout.readline() == "begun\n"

    process.send_signal(number)

    process.wait(LONG)
    until(lambda: processes_of(project.root) == [])
    until(lambda: not folder.exists())
    assert process.returncode == (143 if number is signal.SIGTERM else -number)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("phases: [{name: one, task: fine}]", 'there is no phase "two" any more'),
        ("[", "startup.yaml:2:1: did not find expected node content"),
    ],
    ids=["other", "nonsense"],
)
def test_a_file_that_is_changed_meanwhile(
    project: Project, start: Callable[..., subprocess.Popen[str]], content: str, message: str
) -> None:
    """Where a phase is not in the file any more, or the file cannot be read, its attempt fails in words."""
    process = start(f"name: one, run: 'echo \"{content}\" > startup.yaml'", "name: two, task: fine")

    assert said(project, process) == (78, ["one succeeded ", f"two failed {message}"])
