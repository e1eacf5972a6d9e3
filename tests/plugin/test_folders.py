"""The folders that dead runs leave behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from migrate_tasks.errors import ConfigurationError
from pytest_plugin import folders
from tests.support import parent_of, server_of_version, until

REMOVE_DEAD = "import sys; from pathlib import Path; from pytest_plugin import folders; folders.remove_dead(Path({!r}))"


def test_a_keeper_that_is_slow_to_hear_that_nobody_is_left(tmp_path: Path) -> None:
    """Whoever removes a server that nobody uses lets its keeper have the lock that it waits for, and stop it."""
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    folder, living = tmp_path / f"run-{dead.pid}-ab", tmp_path / f"run-{os.getpid()}-ab"
    folder.mkdir()
    with server_of_version(18, folder) as server:
        keeper = parent_of(int((server.directory / "data" / "postmaster.pid").read_text().splitlines()[0]))
        os.kill(keeper, signal.SIGSTOP)
        until(lambda: "(stopped)" in Path(f"/proc/{keeper}/status").read_text())
    later = threading.Timer(1, os.kill, (keeper, signal.SIGCONT))
    later.start()
    try:
        subprocess.run([sys.executable, "-c", REMOVE_DEAD.format(str(living))], check=True, timeout=30)
    finally:
        later.join()

    assert not folder.exists()


def test_folders_that_were_made_for_a_run(tmp_path: Path) -> None:
    """A run's folder goes with those above it that were made for it, as far as nobody else uses them."""
    first, second = (tmp_path / "new" / "data" / "migrate-tasks-0" / f"run-{number}-ab" for number in (1, 2))
    for folder in (first, second):
        folders.make_private(folder)

    folders.remove(second)
    assert first.exists()
    folders.remove(first)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """Where no folder can be made, the message names the place."""
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError) as caught:
        folders.make_private(tmp_path / "file" / "migrate-tasks-0" / "run-1-ab")

    assert str(caught.value) == (
        f'"{tmp_path}/file/migrate-tasks-0" could not be made: Not a directory\n'
        "HINT: Name another place: --postgres-directory=DIR."
    )
