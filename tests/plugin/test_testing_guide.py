"""docs/testing.md is run: each of its sections is a project, and its table of options is that of the plugin."""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from pytest_plugin.options import OPTIONS, Option
from tests.support import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_plugin.server import PostgresServer

GUIDE = (REPOSITORY / "docs" / "testing.md").read_text(encoding="utf-8")
FILE = re.compile(r"^```\w+\n(?:#|--) (\S+\.(?:py|sql|ini))\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^```sh\npytest (.*)$", re.MULTILINE)
INTRODUCTION, *PARTS = re.split(r"^## ", GUIDE, flags=re.MULTILINE)
SECTIONS = {part.partition("\n")[0]: part for part in PARTS if FILE.search(part)}
GROUPS = """
import pytest

@pytest.mark.parametrize("turn", range(8))
@pytest.mark.parametrize("group", [pytest.param(g, marks=pytest.mark.xdist_group(g)) for g in "abcd"])
def test_it(migrated_db, group, turn):
    with migrated_db.connect() as connection:
        row = connection.execute("INSERT INTO customers (name) VALUES ('Ann Lee') RETURNING id").fetchone()
    assert row == (1,)
"""
NEEDED_UNSEEN = {  # what the examples of a section need and do not import
    "pytest-xdist": {"xdist"},
    "pytest-asyncio": {"pytest_asyncio"},
    "anyio": {"trio"},
    "SQLAlchemy, asynchronous": {"greenlet", "pytest_asyncio"},
}


def files_of(part: str) -> dict[str, str]:
    """Return the files that a part of the guide shows, by their names."""
    return dict(FILE.findall(part))


def skip_where_missing(title: str, files: dict[str, str]) -> None:
    """Skip the test, and say why, where a package that an example imports is not installed."""
    names = set(NEEDED_UNSEEN.get(title, ()))
    for name, text in files.items():
        for node in ast.walk(ast.parse(text)) if name.endswith(".py") else ():
            match node:
                case ast.Import(names=found):
                    names |= {alias.name.partition(".")[0] for alias in found}
                case ast.ImportFrom(module=str(module)):
                    names.add(module.partition(".")[0])
    missing = sorted(name for name in names if f"{name}.py" not in files and not find_spec(name))
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files below ``folder``."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


@pytest.fixture
def project(pytester: pytest.Pytester, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with the migrations of the guide, whose databases are on the server of this run."""
    monkeypatch.setenv("TEST_DATABASE_URL", postgres_server.url)
    write(pytester.path, files_of(INTRODUCTION))
    return pytester.path


@pytest.mark.parametrize("title", SECTIONS)
def test_the_examples(pytester: pytest.Pytester, project: Path, title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each section's files, written as they are shown, pass with the command that it names, and leave nothing open."""
    files = files_of(SECTIONS[title])
    skip_where_missing(title, files)
    if "async def" in SECTIONS[title]:
        monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest")
    write(project, files)
    command = COMMAND.search(SECTIONS[title])

    result = pytester.runpytest_subprocess(*(command[1].split() if command else ()))

    assert set(result.parseoutcomes()) == {"passed"}
    assert "left behind by tests" not in result.stdout.str()


@pytest.mark.parametrize("workers", [2, 8])
def test_groups_of_pytest_xdist(pytester: pytest.Pytester, project: Path, workers: int, *, full: bool) -> None:
    """With --dist loadgroup, whose tests have another name in their worker, each test has a database of its own."""
    if workers > 2 and not full:
        pytest.skip("eight workers take long: pytest --full has them")
    write(project, {"test_groups.py": GROUPS})

    result = pytester.runpytest_subprocess("-n", str(workers), "--dist", "loadgroup")

    result.assert_outcomes(passed=32)


def row_of(option: Option) -> str:
    """Return the row of an option in the guide."""
    (flag, *others) = option.flags or ("--" + option.name.replace("_", "-"),)
    value = f"={'|'.join(option.choices) or option.metavar}" if not isinstance(option.default, bool) else ""
    flags = ", ".join(f"`{flag}`" for flag in (f"{flag}{value}", *others)).replace("|", "\\|")
    default = f"`{str(option.default).lower()}`" if option.default != "" else ""
    return f"| {flags} | `{option.environ}` | `{option.name}` | {default} | {option.help} |"


def test_the_table_of_options() -> None:
    """The guide's table has each option, with its flags, environment variable, key, default and help, and no other."""
    rows = re.findall(r"^\| `--.*$", GUIDE, re.MULTILINE)

    assert rows == [row_of(option) for option in OPTIONS]


def test_every_example_is_run() -> None:
    """Each block of Python, SQL and ini in the guide names the file that it is."""
    blocks = re.findall(r"^```(?:python|sql|ini)$", GUIDE, re.MULTILINE)

    assert len(blocks) == len(FILE.findall(GUIDE))
