"""What happens while a sequence runs, and what came of it: values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater

if TYPE_CHECKING:
    from migrate_tasks.startup.spec import Phase

TIMED_OUT = 124  # as timeout(1) exits


class Outcome(StrEnum):
    """How a phase, or an attempt of one, ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    SKIPPED = "skipped"  # it did not begin
    CANCELLED = "cancelled"  # it was ended since the start-up ends


@dataclass(frozen=True)
class PhaseError:
    """Why an attempt did not succeed; ``exit_code`` is what a process would have ended with.

    ``sqlstate`` is the database's code, where that is what failed.
    """

    message: str
    detail: str | None = None
    hint: str | None = None
    exit_code: int = 1
    sqlstate: str | None = None

    @property
    def kind(self) -> str:
        """One word: transient (another attempt may succeed with nothing changed), timeout, configuration or failure."""
        kinds = {
            TryAgainLater.exit_code: "transient",
            TIMED_OUT: "timeout",
            ConfigurationError.exit_code: "configuration",
        }
        return kinds.get(self.exit_code, "failure")

    @classmethod
    def of(cls, error: MigrateTasksError) -> PhaseError:
        """Return what an exception of ours amounts to."""
        return cls(error.message, error.detail, error.hint, error.exit_code)

    @classmethod
    def refused(cls, error: OSError) -> PhaseError:
        """Return what it means that the system has no room for an attempt, which another may find."""
        reason = (error.strerror or str(error)).lower()
        return cls(f"it could not begin, since the system refused: {reason}", exit_code=TryAgainLater.exit_code)

    @property
    def outcome(self) -> Outcome:
        """What an attempt with this error has come to."""
        return Outcome.TIMED_OUT if self.exit_code == TIMED_OUT else Outcome.FAILED


def exit_status(code: object) -> int:
    """Return what our parent is to see of ``code``, which says failure: 1 to 255, where exit(256) would be success."""
    return (code & 0xFF if isinstance(code, int) else 0) or 1


@dataclass(frozen=True)
class Attempt:
    """One try of a phase that has ended, and the pause that followed it (zero after the last).

    ``waited`` is the part of ``duration`` in which it waited for another replica, which its timeout does not count.
    """

    number: int
    started_at: datetime
    duration: timedelta
    outcome: Outcome
    error: PhaseError | None = None
    waited: timedelta = timedelta(0)
    pause: timedelta = timedelta(0)


@dataclass(frozen=True)
class PhaseResult:
    """How a phase ended.

    ``reason`` is why it was skipped or cancelled; ``error`` why it did not succeed though it was wanted, ``not_again``
    why no further attempt followed; ``outputs`` what it hands on, which may be secret.
    """

    phase: Phase
    outcome: Outcome
    attempts: tuple[Attempt, ...] = ()
    duration: timedelta = timedelta(0)
    error: PhaseError | None = None
    reason: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict, repr=False)
    not_again: str = ""

    @property
    def started_at(self) -> datetime | None:
        """When its first attempt began."""
        return self.attempts[0].started_at if self.attempts else None


@dataclass(frozen=True)
class StartupResult:
    """How every phase of the sequence ended, in the file's order.

    ``error`` is what ended the whole where no phase is to blame: its total_timeout. ``run_id`` names this start-up
    in the database's ``application_name`` and in the state file.
    """

    name: str
    phases: tuple[PhaseResult, ...]
    duration: timedelta
    started_at: datetime
    run_id: str = ""
    error: PhaseError | None = None

    @property
    def failed(self) -> PhaseResult | None:
        """The required phase that ended the start-up, if one did: the first that failed itself."""
        blamed = [p for p in self.phases if p.phase.required and p.error]
        return next((p for p in blamed if p.outcome in (Outcome.FAILED, Outcome.TIMED_OUT)), next(iter(blamed), None))

    @property
    def degraded(self) -> tuple[PhaseResult, ...]:
        """The phases that failed, or could not begin, without being required."""
        return tuple(p for p in self.phases if not p.phase.required and p.error)

    @property
    def outcome(self) -> str:
        """One word: succeeded, degraded or failed."""
        return "failed" if self.failed or self.error else "degraded" if self.degraded else "succeeded"

    @property
    def exit_code(self) -> int:
        """0 for succeeded and degraded, 75, 78 or 124 where that is what went wrong, otherwise 1.

        Whatever else a phase exits with says nothing to who starts us.
        """
        error = self.error or (self.failed.error if self.failed else None)
        if error is None:
            return 0
        return 1 if error.kind == "failure" else error.exit_code


@dataclass(frozen=True)
class PhaseStarted:
    """An attempt of a phase begins; ``number`` of ``total`` is the phase's place in the sequence."""

    phase: Phase
    number: int
    total: int
    attempt: int


@dataclass(frozen=True)
class PhaseOutput:
    """A line that the phase printed, with secrets masked."""

    phase: Phase
    line: str


@dataclass(frozen=True)
class PhaseWaiting:
    """The phase waits for ``what``, and its clock stands still; an empty ``what``: it goes on."""

    phase: Phase
    what: str


@dataclass(frozen=True)
class PhaseEnding:
    """A running attempt is asked to end, since it ran out of time or the start-up ends: ``why``."""

    phase: Phase
    why: str


@dataclass(frozen=True)
class PhaseRetrying:
    """``attempt`` failed, and the next follows after its pause."""

    phase: Phase
    attempt: Attempt


@dataclass(frozen=True)
class PhaseFinished:
    """A phase has ended."""

    result: PhaseResult


@dataclass(frozen=True)
class TimePasses:
    """Sent about ten times a second while phases run or wait."""


PhaseEvent = PhaseStarted | PhaseOutput | PhaseWaiting | PhaseEnding | PhaseRetrying | PhaseFinished | TimePasses
OnPhaseEvent = Callable[[PhaseEvent], None]


def ignore(_: PhaseEvent) -> None:
    """Show nothing."""
