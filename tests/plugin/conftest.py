"""What all projects of pytester have here."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def without_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the plugins that are installed for our own tests and for the guide: each costs a run its imports."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:asyncio -p no:anyio")
