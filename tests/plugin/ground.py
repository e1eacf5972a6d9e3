"""A test suite of a user's, its server, and what a run of it says."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import conninfo

if TYPE_CHECKING:
    from pathlib import Path

BOTH = pytest.mark.parametrize("workers", [0, 2], ids=["plain", "xdist"])
USERS = "CREATE TABLE users (id serial PRIMARY KEY, name text);\nINSERT INTO users (name) VALUES ('alice');\n"
# what steers the runs that the tests look at is only what they say themselves
STEERING = re.compile(
    r"PYTEST_(?!DISABLE_PLUGIN|ADDOPTS)|TEST_DATABASE|PG[A-Z]|(MIGRATION_)?DATABASE_URL|MIGRATE_TASKS_|APP_ENV"
)


@dataclass(frozen=True)
class Told:
    """What a run of pytest said; what differs from run to run is shown as "#", and the project's folder as "."."""

    code: int
    text: str
    raw: str = field(repr=False)

    @property
    def outcomes(self) -> dict[str, str]:
        """The outcome of each test, by its name without that of the file."""
        found = re.findall(r"^(PASSED|FAILED|ERROR|SKIPPED) \S+?::(\S+)", self._summary, re.MULTILINE)
        return {name: outcome for outcome, name in found}

    @property
    def not_passed(self) -> dict[str, str]:
        """The outcome of each test that did not pass."""
        return {name: outcome for name, outcome in self.outcomes.items() if outcome != "PASSED"}

    @property
    def failures(self) -> dict[str, str]:
        """The whole text of each failure, by its title."""
        found = re.findall(r"^_+ (\S.*?) _+\n(.*?)(?=^(?:_{4,}|={4,}) )", self.text, re.MULTILINE | re.DOTALL)
        return {title: re.sub(r"^\[gw\d\] .*\n", "", text).strip("\n") for title, text in found}

    def section(self, title: str) -> list[str]:
        """Return the lines below a title between "=" or "-"; none where there is no such title."""
        below = re.split(rf"^[=-]+ {re.escape(title)} [=-]+\n", self.text, maxsplit=1, flags=re.MULTILINE)[1:]
        return (
            re.split(r"^(?:={4,}|-{4,}|_{4,}) ", below[0], maxsplit=1, flags=re.MULTILINE)[0].splitlines()
            if below
            else []
        )

    @property
    def _summary(self) -> str:
        return self.text.rpartition("short test summary info")[2]


@dataclass(frozen=True)
class Suite:
    """A project with a folder of migrations, whose databases are on the server of ``url`` unless it is empty."""

    pytester: pytest.Pytester
    url: str = ""

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.pytester.path

    def migrate(self, **files: str) -> None:
        """Write migrations; the keyword m001_users is the file 001-users.sql."""
        folder = self.root / "migrations"
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            (folder / f"{name[1:].replace('_', '-')}.sql").write_text(text)

    def write(self, text: str, name: str = "test_it.py") -> None:
        """Write a file of tests."""
        self.pytester.makefile(".py", **{name.removesuffix(".py"): text})

    def ini(self, *lines: str) -> None:
        """Write pytest.ini."""
        (self.root / "pytest.ini").write_text("\n".join(["[pytest]", *lines, ""]))

    def run(self, *arguments: str, workers: int = 0, environ: dict[str, str] | None = None) -> Told:
        """Run pytest in a process of its own, with these variables in its environment."""
        with pytest.MonkeyPatch.context() as patch:
            for name in filter(STEERING.match, os.environ):
                patch.delenv(name)
            patch.setenv("COLUMNS", "200")
            for name, value in (({"TEST_DATABASE_URL": self.url} if self.url else {}) | (environ or {})).items():
                patch.setenv(name, value)
            spread = ("-n", str(workers)) if workers else ()
            result = self.pytester.runpytest_subprocess("-rA", *spread, *arguments)
        raw = f"{result.stdout.str()}\n{result.stderr.str()}"
        return Told(int(result.ret), self._without_accidents(raw), raw)

    def names(self, url: str = "") -> list[str]:
        """Return the names of the databases on the server, but for the plugin's templates, which stay there."""
        with psycopg.connect(url or self.url) as connection:
            rows = connection.execute("SELECT datname FROM pg_database ORDER BY 1").fetchall()
        return [name for (name,) in rows if not name.startswith("migrate_tasks_template_")]

    def _without_accidents(self, text: str) -> str:
        for place in (str(self.root), conninfo.conninfo_to_dict(self.url).get("host") if self.url else None):
            text = text.replace(str(place), ".") if place else text
        text = re.sub(r"\b(migrate_tasks_(?:test|template))_[0-9a-f]+(_\w+)?", r"\1_#", text)
        text = re.sub(r"\b\d+(?:\.\d+)? (m?s)\b", r"# \1", text)
        return re.sub(r"[^\s=\"]*/migrate-tasks-\d+/run-\d+-[0-9a-f]+", "RUN", text)
