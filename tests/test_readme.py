"""The README is run: its commands, and the output that it shows."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.shown import blocks_of, commands_of, normalized, output_of
from tests.support import REPOSITORY, Project, clean_environment, processes_of, until_stopped

if TYPE_CHECKING:
    from pathlib import Path

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
COMMANDS = [line for text in blocks_of(README, "sh") for line in text.splitlines() if "venv" in line]


def test_the_shown_output_is_real(example: Project) -> None:
    """Every console block of the README, run in order on a fresh copy, prints what is shown."""
    for block in blocks_of(README, "console"):
        for command, shown in commands_of(block):
            assert normalized(output_of(command, example.root)) == normalized(shown), command


def test_there_are_two_commands() -> None:
    """The README has exactly two commands to paste, one that starts and one that tests."""
    assert [command.split(" && ")[-1] for command in COMMANDS] == [
        ".venv/bin/invoke startup",
        ".venv/bin/pytest -n auto",
    ]


def test_the_first_command_on_a_fresh_clone(tmp_path: Path, *, full: bool) -> None:
    """Pasted in a fresh copy, the first command ends with 0; again, it executes nothing; nothing is left."""
    if not full:
        pytest.skip("installs from the package index: pytest --full, and .ci/run, do it")
    clone = tmp_path / "clone"
    shutil.copytree(
        REPOSITORY,
        clone,
        ignore=shutil.ignore_patterns(
            ".git", ".venv", ".postgres", ".startup", "__pycache__", ".*_cache", "*.egg-info", ".hypothesis"
        ),
    )
    for counts in ("8 executed, 0 skipped", "0 executed, 8 skipped"):
        done = subprocess.run(
            ["sh", "-c", COMMANDS[0]], cwd=clone, env=clean_environment({}), capture_output=True, text=True, check=False
        )
        until_stopped(clone / ".postgres")

        assert done.returncode == 0, done.stderr
        assert f"8 migrations: {counts}" in done.stdout
    assert processes_of(clone) == []
