"""What a run tells while it works. Values: the runner makes them, an edge shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


@dataclass(frozen=True)
class WaitingForDatabase:
    """No connection yet; another attempt follows."""

    reason: str


@dataclass(frozen=True)
class Holder:
    """The session that has the lock; ``since`` is when it connected, None where we may not see it."""

    pid: int
    application: str
    host: str
    since: datetime | None

    def __str__(self) -> str:
        since = f" since {self.since:%H:%M:%S}" if self.since else ""
        return f'"{self.application}" on {self.host} (backend {self.pid}){since}'


@dataclass(frozen=True)
class WaitingForLock:
    """Another run is at work on this database."""

    holder: Holder | None


@dataclass(frozen=True)
class MigrationStarted:
    """A migration's SQL is about to be sent."""

    name: str


@dataclass(frozen=True)
class MigrationNotice:
    """The server said something while a migration ran, as RAISE NOTICE does."""

    name: str
    severity: str
    message: str


@dataclass(frozen=True)
class MigrationCompleted:
    """A migration and its row are committed."""

    name: str
    duration: timedelta


Event = WaitingForDatabase | WaitingForLock | MigrationStarted | MigrationNotice | MigrationCompleted
OnEvent = Callable[[Event], None]


def ignore(_: Event) -> None:
    """Show nothing."""
