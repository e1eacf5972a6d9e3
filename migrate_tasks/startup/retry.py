"""Whether an attempt that failed deserves another, and after which pause: values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from datetime import timedelta

    from migrate_tasks.startup.result import PhaseError
    from migrate_tasks.startup.spec import Backoff


def deserves_retry(error: PhaseError, retry_on: tuple[str, ...]) -> bool:
    """Return whether ``error`` is one of the kinds in ``retry_on``; "sqlstate:08..." stands for the whole class.

    An error of the configuration is never one, not even of "any": nothing changes between two attempts.
    """
    if error.kind == "configuration":
        return False
    return any(_matches(error, kind) for kind in retry_on)


def _matches(error: PhaseError, kind: str) -> bool:
    prefix, _, rest = kind.partition(":")
    match prefix:
        case "any":
            return True
        case "exit":
            return error.exit_code == int(rest)
        case "sqlstate":
            return re.fullmatch(rest, error.sqlstate or "") is not None
        case _:
            return error.kind == kind


def longest_pauses(backoff: Backoff) -> Iterator[timedelta]:
    """Yield the longest pause after each attempt."""
    pause = backoff.initial
    while True:
        yield min(pause, backoff.max)
        pause = min(pause * backoff.multiplier, backoff.max)


def pauses(backoff: Backoff, dice: random.Random) -> Iterator[timedelta]:
    """Yield the pause after each attempt; with jitter any time up to the longest, all as likely."""
    for longest in longest_pauses(backoff):
        yield longest * dice.random() if backoff.has_jitter else longest
