"""The hook, as pre-commit itself runs it: installed from this repository, on what is staged."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
repos:
  - repo: {repository}
    rev: {revision}
    hooks:
      - id: migrate-lint
"""
BEFORE = "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total bigint NOT NULL);\n"


@pytest.fixture
def pre_commit() -> str:
    """The program, where it is installed."""
    program = shutil.which("pre-commit")
    if program is None:
        pytest.skip("pre-commit is not installed: it is not on PATH")
    return program


def run(*command: str, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    """Run a command with an empty home of pre-commit's."""
    # git sets these for what it starts, and they would lead it to another repository
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environ["PRE_COMMIT_HOME"] = str(home)
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, text=True, check=False)


def test_the_hook_fails_on_a_bad_file_and_passes_on_a_good_one(tmp_path: Path, pre_commit: str) -> None:
    """A staged file is judged beside the files that were committed before it."""
    home, migrations = tmp_path / "home", tmp_path / "scratch" / "migrations"
    scratch = migrations.parent
    migrations.mkdir(parents=True)
    revision = run("git", "rev-parse", "HEAD", cwd=REPOSITORY, home=home).stdout.strip()
    (scratch / ".pre-commit-config.yaml").write_text(CONFIG.format(repository=REPOSITORY, revision=revision))
    (migrations / "001-create-orders.sql").write_text(BEFORE)
    run("git", "init", cwd=scratch, home=home)

    told = []
    for text in (
        "ALTER TABLE orders ADD COLUMN note text NOT NULL;\n",
        "COMMENT ON TABLE orders IS 'What was bought.';\n",
    ):
        (migrations / "002-change-orders.sql").write_text(text)
        run("git", "add", ".", cwd=scratch, home=home)
        told.append(run(pre_commit, "run", "--files", "migrations/002-change-orders.sql", cwd=scratch, home=home))

    assert [done.returncode for done in told] == [1, 0], [done.stdout + done.stderr for done in told]
    assert "migrations/002-change-orders.sql:1:" in told[0].stdout
    assert ": adding-required-field: " in told[0].stdout
    assert "001-create-orders" not in told[0].stdout
