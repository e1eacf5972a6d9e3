"""Where the time of a start-up went, from the document that it left: values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.startup.result import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERSION = 1
NONE = timedelta(0)
NOTABLE = timedelta(milliseconds=100)  # less between an end and a beginning is the supervisor's own


@dataclass(frozen=True, kw_only=True)
class Try:
    """An attempt: when it began, counted from the beginning of the start-up, and what its time was spent on.

    ``waited`` is the part of ``duration`` in which it waited for another replica, ``pause`` what followed it.
    """

    number: int
    began: timedelta
    duration: timedelta
    waited: timedelta
    pause: timedelta
    outcome: str
    error: str

    @property
    def is_failed(self) -> bool:
        """Whether it ended without success; one that runs has not ended."""
        return self.outcome in {Outcome.FAILED, Outcome.TIMED_OUT, Outcome.CANCELLED}


@dataclass(frozen=True, kw_only=True)
class PhaseTimes:
    """A phase, and its time; ``began`` is None for one that did not begin."""

    name: str
    state: str
    required: bool
    depends_on: tuple[str, ...]
    began: timedelta | None
    duration: timedelta
    attempts: tuple[Try, ...]
    error: str

    @property
    def ended(self) -> timedelta:
        """When it ended, counted from the beginning of the start-up."""
        return (self.began or NONE) + self.duration

    @property
    def worked(self) -> timedelta:
        """The time of the attempt that succeeded, without its waiting."""
        return self._sum(lambda attempt: NONE if attempt.is_failed else attempt.duration - attempt.waited)

    @property
    def failed(self) -> timedelta:
        """The time of attempts that failed, without their waiting."""
        return self._sum(lambda attempt: attempt.duration - attempt.waited if attempt.is_failed else NONE)

    @property
    def waited(self) -> timedelta:
        """The time in which it waited for another replica."""
        return self._sum(lambda attempt: attempt.waited)

    @property
    def paused(self) -> timedelta:
        """The time between its attempts."""
        return self._sum(lambda attempt: attempt.pause)

    def _sum(self, part: Callable[[Try], timedelta]) -> timedelta:
        return sum(map(part, self.attempts), NONE)


class Cause(StrEnum):
    """What a phase that could not begin earlier had waited for."""

    START = "start"
    DEPENDENCY = "dependency"
    SLOT = "slot"  # all jobs were taken


@dataclass(frozen=True)
class Link:
    """A phase of the critical chain: it began when ``after`` had ended, ``gap`` later."""

    phase: PhaseTimes
    cause: Cause
    gap: timedelta
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """Where the time of a start-up went.

    ``phases``  in the file's order.
    ``chain``   the phases that the end of the start-up depended on, first to last: had one of them been faster, so
                would have been the whole.
    """

    name: str
    run_id: str
    state: str
    started_at: datetime
    duration: timedelta
    error: str
    phases: tuple[PhaseTimes, ...]
    chain: tuple[Link, ...]

    @property
    def begun(self) -> tuple[PhaseTimes, ...]:
        """The phases that began."""
        return tuple(phase for phase in self.phases if phase.began is not None)

    @property
    def blame(self) -> tuple[PhaseTimes, ...]:
        """The phases that began, those first that took longest."""
        return tuple(sorted(self.begun, key=lambda phase: phase.duration, reverse=True))

    @property
    def span(self) -> timedelta:
        """The time from the beginning of the first phase to the end of the last."""
        ends = [phase.ended for phase in self.begun]
        return max(ends) - min(phase.began or NONE for phase in self.begun) if ends else NONE

    @property
    def saved(self) -> timedelta:
        """What running side by side has saved, against the same phases one after the other; zero if not notable."""
        return _notable(sum((phase.duration for phase in self.begun), NONE) - self.span)

    @property
    def could_save(self) -> timedelta:
        """What more jobs would have saved if each phase had taken as long as it did; zero if none waited for one."""
        if all(link.cause is not Cause.SLOT for link in self.chain):
            return NONE
        return _notable(self.span - _without_slots(self.begun))


def analyze(document: Mapping[str, Any]) -> Analysis:
    """Return where the time went in the start-up that left ``document``, the JSON of its state file.

    Times of one that still runs are counted as far as the document has them. Raises ConfigurationError for what is no
    such document, or of another version.
    """
    try:
        return _analyze(document)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise ConfigurationError(f"this is no document of a start-up: {type(error).__name__}: {error}") from None


def _analyze(document: Mapping[str, Any]) -> Analysis:
    if document.get("version") != VERSION:
        raise ConfigurationError(
            f"the start-up's document has version {document.get('version')}, not {VERSION}",
            hint="Read it with the version of migrate-tasks that wrote it.",
        )
    zero = datetime.fromisoformat(document["started_at"])
    phases = tuple(_phase(entry, zero) for entry in document["phases"])
    given = document.get("duration_ms")
    return Analysis(
        name=str(document.get("name") or ""),
        run_id=str(document.get("run_id") or ""),
        state=str(document["state"]),
        started_at=zero,
        duration=max((phase.ended for phase in phases), default=NONE) if given is None else _time(given),
        error=_message(document.get("error")),
        phases=phases,
        chain=_chain({phase.name: phase for phase in phases if phase.began is not None}),
    )


def _phase(entry: Mapping[str, Any], zero: datetime) -> PhaseTimes:
    attempts = tuple(
        Try(
            number=int(attempt["number"]),
            began=_since(attempt["started_at"], zero),
            duration=_time(attempt.get("duration_ms")),
            waited=min(_time(attempt.get("waited_ms")), _time(attempt.get("duration_ms"))),
            pause=_time(attempt.get("pause_ms")),
            outcome=str(attempt.get("outcome") or "running"),
            error=_message(attempt.get("error")),
        )
        for attempt in entry.get("attempts") or ()
    )
    given = entry.get("duration_ms")
    return PhaseTimes(
        name=str(entry["name"]),
        state=str(entry["state"]),
        required=bool(entry.get("required", True)),
        depends_on=tuple(d if isinstance(d, str) else str(d["name"]) for d in entry.get("depends_on") or ()),
        began=_since(entry["started_at"], zero) if entry.get("started_at") else None,
        duration=sum((a.duration + a.pause for a in attempts), NONE) if given is None else _time(given),
        attempts=attempts,
        error=_message(entry.get("error")),
    )


def _chain(begun: Mapping[str, PhaseTimes]) -> tuple[Link, ...]:
    """Return the chain from the phase that ended last back to one that nothing held up."""
    links: list[Link] = []
    name = max(begun, key=lambda name: (begun[name].ended, begun[name].began or NONE), default="")
    while name and name not in {link.phase.name for link in links}:
        links.append(_link(begun[name], begun))
        name = links[-1].after
    return tuple(reversed(links))


def _link(phase: PhaseTimes, begun: Mapping[str, PhaseTimes]) -> Link:
    """Return what ``phase`` had waited for: the last of its dependencies; but long after that, for another's end."""
    began = phase.began or NONE
    waited_for = [begun[name] for name in phase.depends_on if name in begun]
    last = max(waited_for, key=lambda other: other.ended, default=None)
    gap = began - (last.ended if last else NONE)
    if gap > NOTABLE:
        freed = [other for other in begun.values() if other is not phase and began - gap < other.ended <= began]
        if freed:
            other = max(freed, key=lambda other: other.ended)
            return Link(phase, Cause.SLOT, began - other.ended, other.name)
    return Link(phase, Cause.DEPENDENCY if last else Cause.START, max(gap, NONE), last.name if last else "")


def _without_slots(phases: tuple[PhaseTimes, ...]) -> timedelta:
    """Return how long ``phases`` would have taken if each had begun when its dependencies had ended."""
    ended: dict[str, timedelta] = {}
    for phase in sorted(phases, key=lambda phase: phase.began or NONE):  # so that what it waited for comes first
        ended[phase.name] = phase.duration + max((ended.get(name, NONE) for name in phase.depends_on), default=NONE)
    return max(ended.values(), default=NONE)


def _since(moment: str, zero: datetime) -> timedelta:
    return max(datetime.fromisoformat(moment) - zero, NONE)


def _time(milliseconds: float | None) -> timedelta:
    return max(timedelta(milliseconds=milliseconds or 0), NONE)


def _message(error: str | Mapping[str, Any] | None) -> str:
    return error if isinstance(error, str) else str((error or {}).get("message", ""))


def _notable(duration: timedelta) -> timedelta:
    return duration if duration > NOTABLE else NONE
