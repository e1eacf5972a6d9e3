"""What startup.yaml says, as values: a sequence of phases. How the file is read is in read.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Condition(StrEnum):
    """What a dependency must have come to; the words are Compose's, without "service_"."""

    SUCCEEDED = "completed_successfully"
    ENDED = "completed"


@dataclass(frozen=True)
class Dependency:
    """That a phase waits for the phase ``name``; one that was not wanted (``when``, ``--skip``) holds nobody."""

    name: str
    condition: Condition = Condition.SUCCEEDED


@dataclass(frozen=True, kw_only=True)
class Backoff:
    """The pauses between attempts: at most ``initial``, then ``multiplier`` times as long each time, up to ``max``.

    With ``has_jitter`` each pause is any time up to that (full jitter), so that replicas do not come back together.
    """

    initial: timedelta = timedelta(milliseconds=200)
    max: timedelta = timedelta(seconds=5)
    multiplier: float = 2.0
    has_jitter: bool = True


@dataclass(frozen=True)
class Requirement:
    """That the variable ``name`` has one of ``values``; without values: that it is set (or not), and not empty."""

    name: str
    values: tuple[str, ...] = ()
    is_set: bool = True

    def holds(self, environ: Mapping[str, str]) -> bool:
        """Return whether ``environ`` is so."""
        value = environ.get(self.name, "")
        return value in self.values if self.values else bool(value) is self.is_set


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One entry of startup.yaml, with the file's defaults filled in.

    ``task``, ``run``   exactly one is not empty: an invoke task, or a command of the shell.
    ``required``        whether its failure ends the start-up; otherwise it is degraded.
    ``timeout``         limit of one attempt's work; what it waits for another replica does not count.
    ``total_timeout``   limit of all attempts, with the pauses and the waiting; None: no other than their own.
    ``retries``         further attempts, so 2 means up to 3 attempts.
    ``retry_on``        which failures deserve one: transient, timeout, any, exit:N, sqlstate:XXXXX.
    ``depends_on``      the phases that it waits for; where the file says nothing, the phase above.
    ``when``            what the environment must be like, or it is skipped.
    ``env``             variables for this phase.
    ``env_file``        the path of a file with more of them, or ""; ``env`` wins.
    ``outputs``         the variables that it promises to its dependents.
    ``grace_period``    time between SIGTERM and SIGKILL.
    ``place``, ``work_place``  where the phase, and its task or run, stands: "startup.yaml:14:5".
    """

    name: str
    task: str = ""
    run: str = ""
    description: str = ""
    required: bool = True
    timeout: timedelta = timedelta(seconds=60)
    total_timeout: timedelta | None = None
    retries: int = 0
    retry_on: tuple[str, ...] = ("transient",)
    backoff: Backoff = Backoff()
    depends_on: tuple[Dependency, ...] = ()
    when: tuple[Requirement, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, hash=False)
    env_file: str = ""
    outputs: tuple[str, ...] = ()
    grace_period: timedelta = timedelta(seconds=10)
    place: str = ""
    work_place: str = ""


@dataclass(frozen=True)
class Sequence:
    """The phases as the file lists them, the name of what they start, and the limit of the whole."""

    name: str
    phases: tuple[Phase, ...]
    total_timeout: timedelta | None = None
