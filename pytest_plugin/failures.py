"""How a test is told that there is no database for it: our message alone, and whole only once.

A traceback would show URLs with passwords, and a thousand tests would show the same migration's error a thousand times.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

TOLD: pytest.StashKey[dict[str, str]] = pytest.StashKey()  # the test that was told each error


@contextmanager
def failures_told(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail with the text of a MigrateTasksError, or, where another test was told it, with its first line."""
    from migrate_tasks.errors import MigrateTasksError

    failure = None
    try:
        yield
    except MigrateTasksError as error:
        told = request.config.stash.setdefault(TOLD, {})
        first = told.setdefault(str(error), request.node.nodeid or "the first test")
        failure = str(error) if first == request.node.nodeid else f"{error.message}\nDETAIL: Told in full by {first}."
    if failure:
        # from None: the error that it tells is being handled, and would be shown, too
        raise pytest.fail.Exception(failure, pytrace=False) from None
