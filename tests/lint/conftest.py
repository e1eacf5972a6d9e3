"""What the tests of the linter's faces stand on: a project's folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "APP_ENV"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
