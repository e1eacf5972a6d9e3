"""How things stand, as seen at one moment: what every answer of the app is made from. Values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from migrate_tasks.migrations.events import Holder
    from migrate_tasks.migrations.status import Health


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A run at work: on which of the statements of which file, from 1, and who blocks it, in words.

    ``name`` and the numbers are None between two files. ``waits_for`` says for whom it waits before it may begin.
    """

    name: str | None = None
    statement: int | None = None
    statements: int | None = None
    elapsed: timedelta
    blockers: tuple[str, ...] = ()
    waits_for: str | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Where a failed migration's SQL failed: the lines around it, of which the one numbered ``line`` is marked."""

    name: str
    path: str
    line: int
    message: str
    lines: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Observation:
    """How things stood at ``at``.

    ``health``     the one-word answer with the report behind it; "unreachable" has an empty report.
    ``is_ready``   whether the schema was ever what this build needs, since this process began (latched).
    ``holder``     who has the lock of the migrations, None: nobody.
    ``progress``   of the run that has it, as far as it can be seen; None: nothing runs.
    ``failure``    the place of the first failed migration's error, where its file still has it.
    ``startup``    the document of the state file (render/json.py, startup_json), None without one.
    ``environment``  APP_ENV; ``version`` of the tool; ``server_time`` the database's clock.
    """

    at: datetime
    health: Health
    is_ready: bool
    environment: str
    version: str
    holder: Holder | None = None
    progress: Progress | None = None
    failure: Failure | None = None
    startup: Mapping[str, Any] | None = None
    server_time: datetime | None = None


# "refused": another run had the lock, or there was no database
RunOutcome = Literal["completed", "failed", "refused"]


@dataclass(frozen=True)
class RunTotals:
    """How many runs this process was asked for, but for dry ones, by how they ended, and how long they took in all."""

    counts: Mapping[RunOutcome, int] = field(default_factory=Counter)
    duration: timedelta = timedelta(0)

    def and_run(self, outcome: RunOutcome, duration: timedelta = timedelta(0)) -> RunTotals:
        """Return these and one more run; where the clock was set back, it took no time."""
        return RunTotals(Counter(self.counts) + Counter([outcome]), self.duration + max(duration, timedelta(0)))
