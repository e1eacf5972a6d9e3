"""docs/startup.md is run: its examples, the output that it shows, and that its tables leave nothing out."""

from __future__ import annotations

import inspect
import os
import pty
import re
import subprocess
import sys
from fcntl import ioctl
from struct import pack
from termios import TIOCSWINSZ
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.settings import DEFAULTS, PREFIX
from migrate_tasks.startup.read import read_schema
from migrate_tasks.tasks import startup
from migrate_tasks.tasks.startup_collection import startup_run
from tests.shown import blocks_of, commands_of, normalized, output_of
from tests.startup.screen import Screen
from tests.support import INVOKE, REPOSITORY, Project, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = (REPOSITORY / "docs" / "startup.md").read_text(encoding="utf-8")
FILE = re.compile(r"^```\w+\n(?:#|--) (\S+\.(?:py|sql|yaml))\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INTRODUCTION, *PARTS = re.split(r"^## ", GUIDE, flags=re.MULTILINE)
SECTIONS = {part.partition("\n")[0]: part for part in PARTS}
PROJECTS = [title for title, part in SECTIONS.items() if "\n# startup.yaml\n" in part]
OTHERS = [title for title, part in SECTIONS.items() if blocks_of(part, "console") and title not in PROJECTS]
THE_SAME_EACH_TIME = re.compile(r"invoke startup\.(check|plan|graph|budget)\b")
ROW = re.compile(r"^\| (`.*?`) \|", re.MULTILINE)
SPINNER = re.compile("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]")
UP = re.compile(r"(?=\x1b\[\d+A)")  # what takes a table back begins so


@pytest.fixture
def shown_project(tmp_path: Path) -> Project:
    """The project of the guide's introduction, on its own embedded server."""
    project = Project(tmp_path)
    for name, text in FILE.findall(INTRODUCTION):
        project.write(name, text)
    return project


def write_files(project: Project, title: str) -> None:
    """Write the files that a section shows."""
    for name, text in FILE.findall(SECTIONS[title]):
        project.write(name, text)


def keys_of(title: str, before: str, number: int) -> list[str]:
    """Return what stands in the first column of a section's table, the ``number``th after the text ``before``."""
    tables = re.split(r"\n\n", SECTIONS[title].partition(before)[2])
    table = [part for part in tables if part.startswith("|")][number]
    return [name for row in ROW.findall(table) for name in re.findall("`(.*?)`", row)]


def same(command: str, text: str) -> str:
    """Return what of an output must be the same each time."""
    return text.strip() if THE_SAME_EACH_TIME.search(command) else normalized(text)


@pytest.mark.parametrize("title", PROJECTS)
def test_the_examples(shown_project: Project, title: str) -> None:
    """Each section's files, written as they are shown, are such that its commands print what is shown."""
    write_files(shown_project, title)
    for block in blocks_of(SECTIONS[title], "console"):
        for command, shown in commands_of(block):
            assert same(command, output_of(command, shown_project.root)) == same(command, shown), command


@pytest.mark.parametrize("title", OTHERS)
def test_what_is_shown_of_this_repository(example: Project, title: str) -> None:
    """Where a section shows no startup.yaml, its commands print this on the repository's own."""
    write_files(example, title)
    for block in blocks_of(SECTIONS[title], "console"):
        for command, shown in commands_of(block):
            assert same(command, output_of(command, example.root)) == same(command, shown), command


def test_every_example_is_run() -> None:
    """Each block of YAML, Python and SQL names the file that it is, and each section with a startup.yaml runs it."""
    blocks = re.findall(r"^```(?:yaml|python|sql)$", GUIDE, re.MULTILINE)

    assert len(blocks) == len(FILE.findall(GUIDE))
    assert [title for title in PROJECTS if "\n$ invoke startup" not in SECTIONS[title]] == []


def test_the_tables_of_keys() -> None:
    """The tables have all keys of startup.yaml, in the schema's order, and no other."""
    schema = read_schema()

    assert keys_of("The file", "At the top", 0) == list(schema["properties"])
    assert keys_of("The file", "Of a phase", 0) == list(schema["$defs"]["phase"]["properties"])


def test_the_tasks_and_flags() -> None:
    """Each task of the collection and each flag of `invoke startup` is named, and no other."""
    tasks = re.findall(r"^invoke (startup[.\w]*)", SECTIONS["The tasks"], re.MULTILINE)
    flags = re.findall(r"`--([a-z]+)[ `]", "\n".join(re.findall(r"^\| `--.*? \|", SECTIONS["The tasks"], re.MULTILINE)))
    parameters = list(inspect.signature(startup_run.body).parameters)[1:]

    assert sorted(tasks) == sorted("startup" if n == "run" else f"startup.{n}" for n in startup.task_names)
    assert sorted(flags) == sorted(name.rstrip("_") for name in parameters)


def test_the_settings_exist() -> None:
    """Each setting that the guide names by its variable is one."""
    names = re.findall(rf"{PREFIX}([A-Z_]+)", GUIDE)

    assert [name for name in names if name.lower() not in DEFAULTS] == []


def test_the_table_on_a_terminal(shown_project: Project) -> None:
    """The moment that is shown occurs when the first example runs on a terminal."""
    write_files(shown_project, "The file")
    (moment,) = blocks_of(SECTIONS["What is shown"], "text")

    assert without_spinner(moment) in [without_spinner(frame) for frame in frames_of(shown_project)]


def frames_of(project: Project) -> list[str]:
    """Return what a terminal of 100 columns and 24 lines shows, each time before a table is drawn anew."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, pack("HHHH", 24, 100, 0, 0))
    environ = clean_environment({"TERM": "xterm", "NO_COLOR": "1"})
    with subprocess.Popen([sys.executable, INVOKE, "startup"], cwd=project.root, env=environ, stdout=theirs):
        os.close(theirs)
        written = b""
        while True:
            try:
                written += os.read(ours, 4096)
            except OSError:  # the other side is closed
                break
    os.close(ours)
    screen, frames = Screen(100, 24), []
    for part in UP.split(written.decode()):
        screen.feed(part)
        frames.append(screen.text)
    return frames


def without_spinner(text: str) -> str:
    """Return a frame without times and the place of the spinner."""
    return re.sub(" +", " ", SPINNER.sub("*", normalized(text)))
