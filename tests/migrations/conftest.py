"""The ground that migrations are tested on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from migrate_tasks.settings import read_settings
from tests.migrations.ground import Ground

if TYPE_CHECKING:
    from pathlib import Path


def ground_of(root: Path, url: str) -> Ground:
    """Return an empty project in ``root`` on the database of ``url``."""
    (root / "migrations").mkdir()
    return Ground(read_settings(root, environ={"DATABASE_URL": url, "APP_ENV": "development"}))


@pytest.fixture
def ground(tmp_path: Path, url: str) -> Ground:
    """An empty project on an empty database of the server of the run."""
    return ground_of(tmp_path, url)


@pytest.fixture
def any_ground(tmp_path: Path, any_url: str) -> Ground:
    """The same on each server."""
    return ground_of(tmp_path, any_url)
