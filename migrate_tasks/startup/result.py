"""What happens while a sequence runs, and what came of it: values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from migrate_tasks.errors import TryAgainLater

if TYPE_CHECKING:
    from migrate_tasks.startup.spec import Phase

TIMED_OUT = 124  # as timeout(1) exits


class Outcome(StrEnum):
    """How a phase, or an attempt of one, ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    SKIPPED = "skipped"


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
    def is_transient(self) -> bool:
        """Return whether another attempt may succeed with nothing changed."""
        return self.exit_code == TryAgainLater.exit_code


@dataclass(frozen=True)
class PhaseResult:
    """How a phase ended after ``attempts``, and how long it took with its pauses."""

    phase: Phase
    outcome: Outcome
    attempts: int = 0
    duration: timedelta = timedelta(0)
    error: PhaseError | None = None


@dataclass(frozen=True)
class StartupResult:
    """How every phase of the sequence ended, in order."""

    name: str
    phases: tuple[PhaseResult, ...]
    duration: timedelta

    @property
    def failed(self) -> PhaseResult | None:
        """The required phase that ended the start-up, if one did."""
        return next((p for p in self.phases if p.phase.required and p.error), None)

    @property
    def degraded(self) -> tuple[PhaseResult, ...]:
        """The phases that failed without being required."""
        return tuple(p for p in self.phases if not p.phase.required and p.error)

    @property
    def outcome(self) -> str:
        """One word: succeeded, degraded or failed."""
        return "failed" if self.failed else "degraded" if self.degraded else "succeeded"

    @property
    def exit_code(self) -> int:
        """0 for succeeded and degraded, otherwise the failed phase's."""
        return self.failed.error.exit_code if self.failed and self.failed.error else 0


@dataclass(frozen=True)
class PhaseStarted:
    """An attempt of a phase begins; ``number`` of ``total`` is the phase's place in the sequence."""

    phase: Phase
    number: int
    total: int
    attempt: int


@dataclass(frozen=True)
class PhaseOutput:
    """A line that the phase printed."""

    phase: Phase
    line: str


@dataclass(frozen=True)
class PhaseRunning:
    """Time passes: sent about ten times a second while a phase runs or waits for its next attempt."""

    phase: Phase


@dataclass(frozen=True)
class PhaseRetrying:
    """An attempt failed, and the next follows after ``delay``."""

    phase: Phase
    error: PhaseError
    delay: timedelta


@dataclass(frozen=True)
class PhaseFinished:
    """A phase has ended."""

    result: PhaseResult


PhaseEvent = PhaseStarted | PhaseOutput | PhaseRunning | PhaseRetrying | PhaseFinished
OnPhaseEvent = Callable[[PhaseEvent], None]


def ignore(_: PhaseEvent) -> None:
    """Show nothing."""
