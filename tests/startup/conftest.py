"""Fixtures of the tests of start-ups."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import migrate_tasks
from tests.startup.running import PRELUDE, Script, Witness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def witness() -> Iterator[Witness]:
    """A pipe that tells whether the processes which a test started are gone."""
    made = Witness(*os.pipe())
    yield made
    made.close()
    os.close(made.reader)


@pytest.fixture
def script(witness: Witness) -> Iterator[Callable[[str], Script]]:
    """Start Python code after PRELUDE; the witness's write end is its argument."""
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> Script:
        process = subprocess.Popen(
            [sys.executable, "-c", PRELUDE + code, str(witness.writer)],
            pass_fds=[witness.writer],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(migrate_tasks.__file__).parent.parent)},
        )
        started.append(process)
        return Script(process)

    yield start
    for process in started:
        with process:
            process.kill()
