"""How a test is told that there is no database for it: our message alone, and whole only once.

A traceback would show URLs with passwords, and a thousand tests would show the same migration's error a thousand times.
Of a seed that fails the traceback is shown, once, and without the frames that are ours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from migrate_tasks.errors import MigrateTasksError

TOLD: pytest.StashKey[dict[str, str]] = pytest.StashKey()  # the test that was told each error
# what the product says to whoever runs migrations, and what it is to whoever runs tests
HINTS = (
    (r"Run it again; the next run continues with \w+(?: \d+)?\.", "Run the tests again."),
    (r"(Mend .+); the next run continues with \w+(?: \d+)?\.", r"\1, and run the tests again."),
    (r"The names are shown by: invoke migrate\.status", "The names are those of the files, without .sql."),
)


class FailuresTold:
    """A block that fails with the text of a MigrateTasksError, or, where another test was told it, with its first line.

    A class, since what goes through a generator has frames of contextlib's in its traceback.
    """

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request

    def __enter__(self) -> None:
        return

    def __exit__(self, _: object, error: BaseException | None, _trace: object) -> None:
        from migrate_tasks.errors import MigrateTasksError

        if not isinstance(error, MigrateTasksError):
            return
        fit_for_tests(error)
        test = self._request.node.nodeid
        first = self._request.config.stash.setdefault(TOLD, {}).setdefault(str(error), test)
        if first == test:
            __tracebackhide__ = True
            _raise_own(error)
        __tracebackhide__ = False  # where all frames are hidden, pytest adds a line that says so
        short = f"{error.message}\nDETAIL: Told in full by {first or 'the first test'}."
        failure = str(error) if first == test else short
        # from None: the error that it tells is being handled, and would be shown, too
        raise pytest.fail.Exception(failure, pytrace=False) from None


def _raise_own(error: MigrateTasksError) -> None:
    """Raise what a seed has raised, where ``error`` tells of that, as the seed's own frames have it."""
    __tracebackhide__ = True
    from pytest_plugin.recipe import SeedFailed

    if not isinstance(error, SeedFailed):
        return
    own = error.own
    context = own.__context__
    try:
        raise own
    finally:
        own.__context__ = context  # else the error that tells of it would be shown as what it came from


def fit_for_tests(error: MigrateTasksError) -> None:
    """Have the hint of an error speak of tests."""
    for said, meant in HINTS:
        error.hint = re.sub(said, meant, error.hint) if error.hint else None
