"""The README is run: its commands, and the output that it shows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import REPOSITORY, Project, clean_environment, processes_of, until_stopped, without_times

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
CONSOLE = [text for language, text in BLOCKS if language == "console"]
COMMANDS = [line for language, text in BLOCKS if language == "sh" for line in text.splitlines() if "venv" in line]
TIME = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:[+-]\d\d:\d\d)?)?|^\d\d:\d\d:\d\d(?= )", re.MULTILINE)
BESIDE = re.compile(r"(?:^<time> (?:vector|memory)_store .*\n)+", re.MULTILINE)


def expected_of(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block with the output that it shows for each."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def normalized(text: str) -> str:
    """Return ``text`` without what differs from run to run: times, minor versions, and whose line comes first.

    The lines of two phases that run side by side are told apart, each in its order.
    """
    text = re.sub(r"PostgreSQL (\d+)[.\d]*|pgvector [.\d]+", r"version \1", TIME.sub("<time>", text))
    text = BESIDE.sub(lambda lines: "".join(sorted(lines[0].splitlines(keepends=True), key=_second_word)), text)
    return without_times(text).strip()


def _second_word(line: str) -> str:
    return line.split()[1]


def test_the_shown_output_is_real(example: Project) -> None:
    """Every console block of the README, run in order on a fresh copy, prints what is shown."""
    bin_directory = str(Path(sys.executable).parent)
    for block in CONSOLE:
        for command, shown in expected_of(block):
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=example.root,
                env=clean_environment({"PATH": f"{bin_directory}:{os.environ['PATH']}"}),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )

            assert normalized(done.stdout) == normalized(shown), command


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
