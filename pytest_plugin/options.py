"""The options of the plugin: each has a flag, an environment variable, a key of pytest's ini file, and a default.

A flag wins over the environment, the environment over the ini file. ``DATABASE_URL`` is none of them: no test run may
make databases on a server that nobody pointed it at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

EMBEDDED, CONTAINER, URL = "embedded", "container", "url"
RESTORE, CLONE = "restore", "clone"
IMAGE = "pgvector/pgvector:pg18"
OF_DJANGO = ("--migrations",)
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
YES, NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")


@dataclass(frozen=True)
class Option:
    """One option: ``name`` is the key of the ini file, and the flag with dashes for underscores."""

    name: str
    environ: str
    help: str
    default: str | bool = ""
    flags: tuple[str, ...] = ()  # where they are not made from the name
    choices: tuple[str, ...] = ()
    metavar: str | None = None

    @property
    def dest(self) -> str:
        """Where pytest keeps what the command line says; a name that no other plugin has."""
        return f"migrate_tasks_{self.name}"

    def given_by(self) -> list[str]:
        """Return the flags of the command line; without those that pytest-django has, which pytest would refuse."""
        flags = self.flags or ("--" + self.name.replace("_", "-"),)
        return [flag for flag in flags if flag not in OF_DJANGO or not find_spec("pytest_django")]


OPTIONS = (
    Option("postgres_url", "TEST_DATABASE_URL", "server to make test databases on (never DATABASE_URL)", metavar="URL"),
    Option(
        "postgres_server",
        "PYTEST_POSTGRES_SERVER",
        "where the server comes from (default: url if there is one, else embedded, else container)",
        choices=(EMBEDDED, CONTAINER, URL),
    ),
    Option("postgres_image", "PYTEST_POSTGRES_IMAGE", "image of the container", IMAGE, metavar="IMAGE"),
    Option(
        "postgres_directory",
        "PYTEST_POSTGRES_DIRECTORY",
        "folder for the embedded server's data (default: on a tmpfs with room, else the temporary folder)",
        metavar="DIR",
    ),
    Option(
        "fresh",
        "PYTEST_FRESH",
        "restore: prove what a test wrote, and put that back (default); clone: a new copy of the template a test",
        RESTORE,
        choices=(RESTORE, CLONE),
    ),
    Option(
        "verify_fresh",
        "PYTEST_VERIFY_FRESH",
        "compare each database with a clone after its test, and fail the test where they differ",
        default=False,
    ),
    Option(
        "rebuild_template",
        "PYTEST_REBUILD_TEMPLATE",
        "make the templates anew, unless another run did so since this one began",
        default=False,
    ),
    Option("keep_databases", "PYTEST_KEEP_DATABASES", "keep the database of a failed test", default=False),
    Option("postgres_report", "PYTEST_POSTGRES_REPORT", "tell what was cloned, restored and reused", default=False),
    Option("fixed_url", "PYTEST_FIXED_URL", "the same URL for all tests of a process", default=False),
    Option(
        "migrated_db_env",
        "PYTEST_MIGRATED_DB_ENV",
        "environment variable that is set to the URL of each test's database",
        metavar="NAME",
    ),
    Option(
        "migrations",
        "PYTEST_MIGRATIONS",
        "test the migrations, too: that each applies, has no lint errors, and runs twice and goes down and up where it"
        " says so",
        default=False,
        flags=("--migrations", "--test-migrations"),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for; see OPTIONS."""

    postgres_url: str = field(repr=False)
    postgres_server: str
    postgres_image: str
    postgres_directory: str
    fresh: str
    verify_fresh: bool
    rebuild_template: bool
    keep_databases: bool
    postgres_report: bool
    fixed_url: bool
    migrated_db_env: str
    migrations: bool


def add_options(parser: pytest.Parser) -> None:
    """Add the options to pytest's."""
    group = parser.getgroup("migrate-tasks", "fresh migrated Postgres databases")
    for option in OPTIONS:
        told = f"{option.help} [{option.environ}]"
        if isinstance(option.default, bool):
            group.addoption(*option.given_by(), dest=option.dest, action="store_true", default=None, help=told)
            parser.addini(option.name, option.help, type="bool", default=option.default)
        else:
            choices = option.choices or None
            group.addoption(*option.given_by(), dest=option.dest, metavar=option.metavar, choices=choices, help=told)
            parser.addini(option.name, option.help, default=option.default)


def read_options(config: pytest.Config, environ: Mapping[str, str]) -> Options:
    """Return the options of this run; raises ValueError for a value or a variable that is not known."""
    _refuse_unknown(environ)
    return Options(**{option.name: _read(option, config, environ) for option in OPTIONS})


def _read(option: Option, config: pytest.Config, environ: Mapping[str, str]) -> Any:
    given = config.getoption(option.dest)
    if given is not None:
        return _parse(option, given, option.given_by()[0]) if isinstance(given, str) else given
    text = environ.get(option.environ, "")
    if text.strip():
        return _parse(option, text, option.environ)
    try:
        value = config.getini(option.name)
    except (ValueError, pytest.UsageError) as error:  # of a switch
        raise ValueError(f"{option.name}: {error}") from None
    return value if isinstance(option.default, bool) else _parse(option, value, option.name)


def _parse(option: Option, text: str, source: str) -> str | bool:
    """Return the value that ``text`` stands for; blanks alone are no value. Raises ValueError."""
    text = text.strip()
    if isinstance(option.default, bool):
        if text.lower() not in (*YES, *NO):
            raise ValueError(f'{source}: "{text}" is neither true nor false')
        return text.lower() in YES
    if option.choices and text not in (*option.choices, option.default):
        raise ValueError(f'{source}: "{text}" is not known; {_meant(text, option.choices)}')
    if text and option.metavar == "NAME" and not VARIABLE.fullmatch(text):
        raise ValueError(f'{source}: "{text}" cannot be the name of a variable')
    return text


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    """Refuse a variable that was meant to be one of ours: its name begins as one of them does, or is nearly that."""
    known = {option.environ: option.environ for option in OPTIONS}
    # a variable of ours that has another name than its flag
    likely = {f"PYTEST_{option.name.upper()}": option.environ for option in OPTIONS} | known
    unset = [name for name in known if name not in environ]
    for name in environ.keys() - known.keys():
        is_ours = name.startswith(("PYTEST_POSTGRES_", "PYTEST_MIGRATED_DB_"))
        # others may be another plugin's, or the application's: TEST_DATABASE_NAME
        is_near = name.startswith(("PYTEST_", "TEST_DATABASE_")) and get_close_matches(name, unset, cutoff=0.93)
        if is_ours or is_near:
            raise ValueError(f"unknown environment variable {name}; {_meant(name, tuple(known), likely)}")


def _meant(word: str, known: tuple[str, ...], likely: Mapping[str, str] | None = None) -> str:
    """Return what may have been meant by ``word``, or else what is ``known``; ``likely`` words stand for known ones."""
    likely = likely or {name: name for name in known}
    near = get_close_matches(word, likely, n=1)
    return f'did you mean "{likely[near[0]]}"?' if near else f"it is one of {', '.join(known)}"
