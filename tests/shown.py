"""Pages that show commands with their output: what they show, what comes of it, and what is the same in every run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import clean_environment, without_times

if TYPE_CHECKING:
    from collections.abc import Iterable

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TIME = re.compile(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:[+-]\d\d:\d\d| UTC)?)?|^\d\d:\d\d:\d\d(?= )", re.MULTILINE)
VERSION = re.compile(r"PostgreSQL (\d+)[.\d]*|pgvector [.\d]+")
LOG = re.compile(r"(?:^<time> [a-z]\w* .*\n)+", re.MULTILINE)


def blocks_of(page: str, language: str) -> list[str]:
    """Return what stands in the page's blocks of that language."""
    return [text for found, text in BLOCK.findall(page) if found == language]


def commands_of(block: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the output that it shows."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def output_of(command: str, folder: Path) -> str:
    """Return what a command prints in ``folder``, with this Python's programs first."""
    programs = Path(sys.executable).parent
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=clean_environment({"PATH": f"{programs}:{os.environ['PATH']}"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout.replace(f"{folder}/", "")


def normalized(text: str) -> str:
    """Return ``text`` without what differs from run to run: times, minor versions, and whose line comes first.

    Of phases that run side by side, each has its lines in their order, and they stand as the phases began.
    """
    text = VERSION.sub(r"version \1", TIME.sub("<time>", text))
    text = LOG.sub(lambda log: "".join(_by_phase(log[0].splitlines(keepends=True))), text)
    text = re.sub(r" *\d+%", " #%", re.sub(r" *\+(?=\d)", " +", text))
    return without_times(text).strip()


def _by_phase(lines: list[str]) -> Iterable[str]:
    phases = list(dict.fromkeys(line.split()[1] for line in lines))
    return sorted(lines, key=lambda line: phases.index(line.split()[1]))
