"""What a run tells while it works. Values: the runner makes them, an edge shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration

if TYPE_CHECKING:
    from datetime import datetime, timedelta

QUERY_SHOWN = 80  # characters of a blocker's query that are shown


@dataclass(frozen=True)
class WaitingForDatabase:
    """No connection yet; another attempt follows."""

    reason: str


@dataclass(frozen=True)
class Holder:
    """The session that has the lock; ``since`` is when it connected, None where we may not see it.

    Behind a pooler no session has it: then ``pid`` is None, and ``since`` is when the run began.
    """

    pid: int | None
    application: str
    host: str
    since: datetime | None

    def __str__(self) -> str:
        session = "behind a pooler" if self.pid is None else f"backend {self.pid}"
        since = f" since {self.since:%H:%M:%S}" if self.since else ""
        return f'"{self.application}" on {self.host} ({session}){since}'


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


@dataclass(frozen=True)
class Blocker:
    """A session that has a lock which a migration waits for; ``since`` is how long its transaction is open.

    ``query`` is the last that it sent, or what it executes now.
    """

    pid: int
    application: str
    user: str
    since: timedelta
    query: str

    def __str__(self) -> str:
        query = " ".join(self.query.split())
        shown = query if len(query) <= QUERY_SHOWN else f"{query[:QUERY_SHOWN]}..."
        return (
            f'backend {self.pid} ("{self.application}", user "{self.user}",'
            f" in a transaction for {format_duration(self.since)}): {shown}"
        )


@dataclass(frozen=True)
class MigrationProgress:
    """A migration is still at work: on which of its statements, from 1, for how long, and who blocks it."""

    name: str
    statement: int
    statements: int
    elapsed: timedelta
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True)
class MigrationRetrying:
    """A migration was rolled back since a lock was not to be had, and is tried again after ``delay``."""

    name: str
    reason: str
    delay: timedelta
    retry: int
    retries: int
    blockers: tuple[Blocker, ...] = ()


@dataclass(frozen=True)
class MigrationResumed:
    """A migration that is not one transaction continues with that statement, from 1, where an earlier run ended."""

    name: str
    statement: int
    statements: int


Event = (
    WaitingForDatabase
    | WaitingForLock
    | MigrationStarted
    | MigrationNotice
    | MigrationProgress
    | MigrationRetrying
    | MigrationResumed
    | MigrationCompleted
)
OnEvent = Callable[[Event], None]


def ignore(_: Event) -> None:
    """Show nothing."""
