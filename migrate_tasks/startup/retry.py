"""Whether an attempt that failed deserves another, and after which pause: values."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from migrate_tasks.startup.result import PhaseError
    from migrate_tasks.startup.spec import Backoff, Phase


def why_not_again(phase: Phase, attempts: int, error: PhaseError) -> str:
    """Return why no further attempt follows the ``attempts`` made, of which the last ended with ``error``; or "".

    An error of the configuration is never tried again, not even by "any": nothing changes between two attempts.
    """
    if attempts > phase.retries:
        return "its retries are used up" if phase.retries else "it has no retries"
    if error.kind == "configuration":
        return "what is wrong with the configuration is still wrong then"
    if any(_matches(error, kind) for kind in phase.retry_on):
        return ""
    return f"retry_on names {', '.join(phase.retry_on)}, and this is {error.kind}"


def _matches(error: PhaseError, kind: str) -> bool:
    prefix, _, rest = kind.partition(":")
    match prefix:
        case "any":
            return True
        case "exit":
            return error.exit_code == int(rest)
        case "sqlstate":  # "08..." stands for the whole class
            return re.fullmatch(rest, error.sqlstate or "") is not None
        case _:
            return error.kind == kind


def longest_pauses(backoff: Backoff) -> Iterator[timedelta]:
    """Yield the longest pause after each attempt."""
    longest = backoff.max.total_seconds()
    pause = min(backoff.initial.total_seconds(), longest)
    while True:
        yield timedelta(seconds=pause)
        pause = min(pause * backoff.multiplier, longest)  # as numbers: a timedelta would overflow


def pauses(backoff: Backoff, dice: random.Random) -> Iterator[timedelta]:
    """Yield the pause after each attempt; with jitter any time up to the longest, all as likely."""
    for longest in longest_pauses(backoff):
        yield longest * dice.random() if backoff.has_jitter else longest
