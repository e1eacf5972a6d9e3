"""Test suites to be killed: projects with migrations and tests of their own, run by pytest as a user runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# each test sees what the migrations made, and nothing else; then it does one of the things that tests do
MIXED = """
import os
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range({count}))
def test_mixed(migrated_db, migrated_connection, number):
    connection = migrated_connection
    assert connection.execute("SELECT name FROM whose").fetchall() == [("{name}",)]
    assert connection.execute("SELECT array_agg(id ORDER BY id) FROM orders").fetchone() == (None,)
    assert connection.execute("SELECT to_regclass('extra')").fetchone() == (None,)
    if number % 4 == 1:
        connection.execute("INSERT INTO orders DEFAULT VALUES")
        assert connection.execute("SELECT id FROM orders").fetchone() == (1,)
        connection.commit()
    if number % 4 == 2:
        with migrated_db.connect(autocommit=True) as other:
            other.execute("UPDATE whose SET name = 'mallory'")
            other.execute("INSERT INTO orders VALUES (5)")
    if number % 8 == 3:
        connection.execute("CREATE TABLE extra (x int)")
        connection.commit()
"""
# the plugins of our own tests cost each run their imports
ALONE = {"PYTEST_ADDOPTS": "-p no:hypothesispytest -p no:asyncio -p no:anyio"}
WHOSE = "CREATE TABLE whose (name text); INSERT INTO whose VALUES ('{name}'); CREATE TABLE orders (id serial);"


@dataclass(frozen=True)
class Ended:
    """What a run of pytest came to."""

    code: int
    said: str  # stdout and stderr


@dataclass(frozen=True)
class Running:
    """A run under way, in a session and a process group of its own."""

    process: subprocess.Popen[str]

    @property
    def workers(self) -> list[int]:
        """The processes of pytest-xdist."""
        return children_of(self.process.pid)

    def kill(self, whom: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the "controller", a "worker", or "all"; nothing happens where it has ended."""
        workers = self.workers
        if self.process.poll() is not None:
            return
        if whom == "all":
            os.killpg(self.process.pid, number)
        elif whom == "worker" and workers:
            os.kill(workers[-1], number)
        else:
            self.process.send_signal(number)

    def wait(self, seconds: float = 120) -> Ended:
        """Wait for its end, and that of all its processes."""
        out, _ = self.process.communicate(timeout=seconds)  # whoever lives has the pipe open
        return Ended(self.process.returncode, out)


@dataclass(frozen=True)
class Suite:
    """A project with tests in ``root``; ``options`` are those of each of its runs."""

    root: Path
    options: tuple[str, ...] = ()

    @classmethod
    def mixed(cls, root: Path, *options: str, count: int = 16, seconds: float = 0.0) -> Suite:
        """Make one whose tests do one thing or another; its migrations take some seconds."""
        suite = cls(root, options)
        suite.write("migrations/001-whose.sql", WHOSE.format(name=root.name))
        suite.write("migrations/002-slow.sql", f"SELECT pg_sleep({seconds / 2}); CREATE TABLE slow (x int)")
        suite.write("test_it.py", MIXED.format(count=count, name=root.name))
        return suite

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def start(
        self,
        *options: str,
        environ: Mapping[str, str] | None = None,
        before: Sequence[str] = (),
        python: Sequence[str] = (sys.executable,),
    ) -> Running:
        """Start pytest in it; ``before`` are words that come before the command."""
        process = subprocess.Popen(
            [*before, *python, "-m", "pytest", "--rootdir", ".", "-c", os.devnull, *self.options, *options],
            cwd=self.root,
            env=clean_environment({**ALONE, "PYTEST_DEBUG_TEMPROOT": str(self.root.parent), **(environ or {})}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        return Running(process)

    def run(self, *options: str, **how: Any) -> Ended:
        """Run pytest in it; see start()."""
        return self.start(*options, **how).wait()

    def pass_all(self, *options: str, **how: Any) -> str:
        """Run it, see that every test passes, and return what it said."""
        ended = self.run(*options, **how)
        assert ended.code == 0, ended.said
        return ended.said


def children_of(pid: int) -> list[int]:
    """Return the pids of a process's children."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
