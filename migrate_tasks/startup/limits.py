"""What a platform allows a start-up, and whether the start-up may need more: values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration, up_to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrate_tasks.startup.budget import Budget

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The time after which a platform ends a start-up, or loses patience with it.

    ``does``     what happens then: 'the startupProbe of container "app" may give up'.
    ``after``    when it happens.
    ``is_end``   whether that counts from SIGTERM on, not from the start.
    ``place``    where it is said, or would be: "deployment.yaml:21:11".
    ``setting``  what to write to allow more, with {} for a number, of which each one allows ``unit`` more.
    ``fixed``    what 0 for that number would allow.
    ``detail``   a sentence on how it was computed, where that cannot be seen.
    """

    does: str
    after: timedelta
    place: str
    setting: str
    unit: timedelta = SECOND
    fixed: timedelta = timedelta(0)
    is_end: bool = False
    detail: str | None = None


@dataclass(frozen=True)
class Shortfall:
    """That a limit allows less than is ``needed``."""

    limit: Limit
    needed: timedelta

    @property
    def message(self) -> str:
        """Say where, and what may happen."""
        what = "ending the phases may take" if self.limit.is_end else "the start-up may take"
        happens = f"{self.limit.does} after {format_duration(self.limit.after)}"
        return f"{self.limit.place}: {happens}; {what} {up_to(self.needed)}"

    @property
    def detail(self) -> str | None:
        """Say how the limit was computed."""
        return self.limit.detail

    @property
    def hint(self) -> str:
        """Say what to write."""
        number = math.ceil((self.needed - self.limit.fixed) / self.limit.unit)
        return f"Write: {self.limit.setting.replace('{}', str(number))}"


def compare(budget: Budget, limits: Iterable[Limit]) -> list[Shortfall]:
    """Return which of ``limits`` a start-up that keeps to ``budget`` may meet, in their order."""
    needs = [(limit, budget.end if limit.is_end else budget.longest) for limit in limits]
    return [Shortfall(limit, needed) for limit, needed in needs if limit.after < needed]
