"""Moments as the status page shows them: in UTC, and how long ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from migrate_tasks.render.html import Html, fill
from migrate_tasks.render.text import plural

if TYPE_CHECKING:
    from migrate_tasks.api.observation import Observation

# each unit, and up to how much of it people say it
UNITS = (
    ("second", timedelta(seconds=1), 90),
    ("minute", timedelta(minutes=1), 90),
    ("hour", timedelta(hours=1), 36),
    ("day", timedelta(days=1), 60),
    ("month", timedelta(days=30.44), 24),
)


def now_of(observation: Observation) -> datetime:
    """Return the moment that others are told from: by the database's clock, which wrote them, where it is known."""
    return observation.server_time or observation.at


def moment(when: datetime | None, now: datetime) -> Html:
    """Return ``when`` as HTML, for people and for programs; nothing for None."""
    if when is None:
        return Html()
    utc = when.astimezone(UTC)
    return fill(
        '<time datetime="{iso}">{absolute}</time> <span class="soft">{ago}</span>',
        iso=f"{utc:%Y-%m-%dT%H:%M:%SZ}",
        absolute=f"{utc:%Y-%m-%d %H:%M:%S}",
        ago=ago(when, now),
    )


def ago(when: datetime, now: datetime) -> str:
    """Return how long before ``now`` it was, in one unit; clocks that differ a little make it "just now"."""
    passed = now - when
    if passed < timedelta(seconds=1):
        return "just now" if passed > timedelta(minutes=-1) else "in the future"
    for name, unit, most in UNITS:
        number = passed // unit
        if number < most:
            return f"{plural(number, name)} ago"
    return f"{plural(passed // timedelta(days=365.25), 'year')} ago"
