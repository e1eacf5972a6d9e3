"""A start-up that is told to a state event by event, on a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from migrate_tasks.startup.result import (
    Attempt,
    Outcome,
    PhaseError,
    PhaseEvent,
    PhaseFinished,
    PhaseOutput,
    PhaseResult,
    PhaseRetrying,
    PhaseStarted,
    PhaseWaiting,
    StartupResult,
    TimePasses,
)
from migrate_tasks.startup.retry import why_not_again
from migrate_tasks.startup.spec import Phase, Sequence
from migrate_tasks.startup.state import Process, StartupState, follow

if TYPE_CHECKING:
    from migrate_tasks.startup.result import OnPhaseEvent

STARTED_AT = datetime(2026, 3, 2, 7, 41, 2, tzinfo=UTC)
REFUSED = PhaseError("connection refused by db:5432", hint="Start the database.", exit_code=75, sqlstate="08001")
BROKEN = PhaseError("ValueError: it broke")
OUT_OF_TIME = PhaseError("did not end within 1s", exit_code=124)


def ms(milliseconds: float) -> timedelta:
    """Return a duration."""
    return timedelta(milliseconds=milliseconds)


def attempt(number: int, error: PhaseError | None = None, *, took: float = 100, pause: float = 0) -> Attempt:
    """Return an attempt that took ``took`` milliseconds."""
    outcome = error.outcome if error else Outcome.SUCCEEDED
    return Attempt(number, STARTED_AT, ms(took), outcome, error, pause=ms(pause))


@dataclass
class Story:
    """A state, what follows it, and ways to tell them the next event."""

    phases: tuple[Phase, ...]
    name: str = "shop"
    seconds: float = 0.0
    results: dict[str, PhaseResult] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = StartupState(
            Sequence(self.name, self.phases),
            STARTED_AT,
            "run-1",
            Process(42, "pod-7", "pid:[1] 99"),
            'database "shop"',
            lambda: self.seconds,
        )
        self.listeners: list[OnPhaseEvent] = []

    def tell(self, event: PhaseEvent) -> None:
        """Tell of any event."""
        follow(self.state, *self.listeners)(event)

    def phase(self, name: str) -> Phase:
        """Return the phase of that name."""
        return self.state[name].phase

    def start(self, name: str, attempt: int = 1) -> None:
        """Begin an attempt."""
        self.tell(PhaseStarted(self.phase(name), self.state[name].number, len(self.phases), attempt))

    def say(self, name: str, *lines: str) -> None:
        """Print lines."""
        for line in lines:
            self.tell(PhaseOutput(self.phase(name), line))

    def wait(self, name: str, what: str) -> None:
        """Wait for another replica, or go on."""
        self.tell(PhaseWaiting(self.phase(name), what))

    def retry(self, name: str, attempt: Attempt) -> None:
        """Fail, with another attempt to follow."""
        self.tell(PhaseRetrying(self.phase(name), attempt))

    def end(
        self,
        name: str,
        outcome: Outcome = Outcome.SUCCEEDED,
        *attempts: Attempt,
        error: PhaseError | None = None,
        reason: str = "",
        took: float = 107,
    ) -> None:
        """End a phase."""
        not_again = why_not_again(self.phase(name), len(attempts), error) if error and attempts else ""
        took_in_all = ms(took if attempts else 0)
        found = PhaseResult(self.phase(name), outcome, attempts, took_in_all, error, reason, not_again=not_again)
        self.results[name] = found
        self.tell(PhaseFinished(found))

    def succeed(self, name: str) -> None:
        """Begin and end a phase, with nothing to tell of it."""
        self.start(name)
        self.end(name, Outcome.SUCCEEDED, attempt(1))

    def pass_time(self, seconds: float) -> None:
        """Let time pass, and tell of it."""
        self.seconds += seconds
        self.tell(TimePasses())

    def finish(self, took: float = 5000, error: PhaseError | None = None) -> StartupState:
        """End the start-up, and return its state; phases of which nothing was told succeeded."""
        results = [
            self.results.get(p.name) or PhaseResult(p, Outcome.SUCCEEDED, (attempt(1),), ms(1)) for p in self.phases
        ]
        self.state.finish(StartupResult(self.name, tuple(results), ms(took), STARTED_AT, "run-1", error))
        return self.state


def tell_a_failure(story: Story) -> None:
    """Tell of a start-up of four phases with everything in it."""
    story.start("environment")
    story.start("migrations")
    story.say("environment", "settings are read")
    story.say("migrations", "::error::no [command] of ours")
    story.seconds = 1
    story.end("environment", Outcome.SUCCEEDED, attempt(1))
    story.retry("migrations", attempt(1, REFUSED, pause=412))
    story.seconds = 2
    story.start("migrations", 2)
    story.wait("migrations", "held by pod-8")
    story.wait("migrations", "held by pod-8")
    story.seconds = 3.5
    story.wait("migrations", "")
    story.say("migrations", "10%\r100%\r")
    story.start("cache")
    story.end("cache", Outcome.TIMED_OUT, attempt(1, OUT_OF_TIME), error=OUT_OF_TIME)
    story.end(
        "migrations", Outcome.FAILED, attempt(1, REFUSED, pause=412), attempt(2, REFUSED), error=REFUSED, took=4200
    )
    story.end("later", Outcome.SKIPPED, reason='needs "migrations", which failed')


def four_phases() -> Story:
    """Return the start-up that :func:`tell_a_failure` tells of, before it begins."""
    return Story(
        (
            Phase(name="environment", description="Load the settings", place="startup.yaml:4:5"),
            Phase(name="migrations", retries=1, place="startup.yaml:8:5"),
            Phase(name="cache", required=False, place="startup.yaml:12:5"),
            Phase(name="later", place="startup.yaml:16:5"),
        )
    )
