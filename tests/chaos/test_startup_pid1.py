"""`invoke startup` as the first process of a container: PID 1 of a PID namespace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.startup.running import LONG, metronome
from tests.support import INVOKE, TASKS, clean_environment, parent_of, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support import Project

IN_A_NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
GRACE = 1.0  # seconds
SEQUENCE = """
phases:
  - name: seed
    run: (sleep 0.05 &) ; true
  - name: hang
    grace_period: 1s
    run: |
      trap '' TERM
      setsid sleep 30 &
      for number in 1 2 3; do (sleep 0.01 &); done
      touch begun
      while :; do sleep 1; done
  - name: beside
    depends_on: [seed]
    run: exec sleep 30
"""


@pytest.fixture
def container(project: Project) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start `invoke startup` as PID 1; skipped where the system does not let us."""
    refused = subprocess.run([*IN_A_NAMESPACE, "true"], capture_output=True, text=True, check=False)
    if refused.returncode:
        pytest.skip(f"no PID namespace here: {refused.stderr.strip()}")
    project.write("tasks.py", TASKS)
    project.write("startup.yaml", SEQUENCE)
    started = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*IN_A_NAMESPACE, sys.executable, str(INVOKE), "startup"],
            cwd=project.root,
            env=clean_environment(project.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with process:
            process.kill()


def inside(outer: int) -> int:
    """Return the pid, as seen from here, of the namespace's first process."""
    children = Path(f"/proc/{outer}/task/{outer}/children")
    until(children.read_text)
    return int(children.read_text())


def family(pid: int) -> dict[int, str]:
    """Return the states of a process and all below it ("Z": a zombie)."""
    states, parents = {}, {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            states[int(process.name)] = (process / "stat").read_text().rpartition(")")[2].split()[0]
            parents[int(process.name)] = parent_of(int(process.name))
    found = {pid}
    while new := {child for child, parent in parents.items() if parent in found} - found:
        found |= new
    return {each: states[each] for each in found if each in states}


@pytest.mark.skipif(shutil.which("unshare") is None, reason="unshare is not here")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"])
def test_pid_1_ends_in_time(
    project: Project, container: Callable[[], subprocess.Popen[str]], number: signal.Signals, code: int
) -> None:
    """As PID 1, a start-up has no zombie, and a signal ends it within the grace period with 128 + its number."""
    outer = container()
    until((project.root / "begun").exists)
    first = inside(outer.pid)
    until(lambda: "Z" not in family(first).values())
    everybody = family(first)

    with metronome() as lateness:
        sent = time.monotonic()
        os.kill(first, number)
        out, err = outer.communicate(timeout=LONG)
        took, late = time.monotonic() - sent, lateness()

    said = f'error: interrupted by {number.name} in phases "hang", "beside"'
    hint = "HINT: Run it again: what is completed stays completed."
    assert (outer.returncode, err) == (code, f"{said}\n{hint}\n"), out
    assert took < GRACE + 0.5 + late
    assert len(everybody) > 5
    assert [pid for pid in everybody if Path(f"/proc/{pid}").exists()] == []


def test_a_namespace_with_the_proc_of_another(project: Project) -> None:
    """Where /proc is another namespace's, whose pids mean nothing here, a daemon does not hold up its phase."""
    outside = IN_A_NAMESPACE[:3]
    refused = subprocess.run([*outside, "true"], capture_output=True, text=True, check=False)
    if refused.returncode:
        pytest.skip(f"no PID namespace here: {refused.stderr.strip()}")
    project.write("startup.yaml", 'phases: [{name: one, run: "setsid sleep 30 & true", timeout: 10s}]\n')

    done = subprocess.run(
        [*outside, sys.executable, str(INVOKE), "startup"],
        cwd=project.root,
        env=clean_environment(project.environ),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
