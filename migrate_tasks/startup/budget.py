"""How long a start-up may take before something of its own ends it: values.

Not counted is what no phase does: Python's own start, and the database server that is started where none is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING

from migrate_tasks.startup.graph import longest_chain
from migrate_tasks.startup.result import TIMED_OUT, PhaseError
from migrate_tasks.startup.retry import longest_pauses, why_not_again

if TYPE_CHECKING:
    from migrate_tasks.startup.spec import Phase, Sequence

CLEARING = timedelta(milliseconds=300)  # from SIGKILL until the processes and their database sessions are gone
WAITS_FOR_REPLICAS = "migrate.run"  # ours: its wait for another run does not count in `timeout`


class Bound(Enum):
    """Why a start-up cannot take longer: what :attr:`Budget.longest` was computed from."""

    CHAIN = "the chain"
    JOBS = "the jobs"
    TOTAL_TIMEOUT = "total_timeout"


@dataclass(frozen=True, kw_only=True)
class PhaseBudget:
    """What one phase may take; ``lock_wait`` is what the waiting for another replica may add to each attempt."""

    phase: Phase
    lock_wait: timedelta = timedelta(0)

    @property
    def attempts(self) -> int:
        """The most that there can be."""
        return self.phase.retries + 1

    @property
    def attempt(self) -> timedelta:
        """The longest that one attempt can take that ends in time: its wait, its work, and the clearing up after it."""
        return self.lock_wait + self.phase.timeout + CLEARING

    @property
    def late_attempts(self) -> int:
        """The most that can run out of time, and have their grace period: only the last, unless that is tried again."""
        return 1 if why_not_again(self.phase, 0, PhaseError("", exit_code=TIMED_OUT)) else self.attempts

    @property
    def pauses(self) -> timedelta:
        """The longest pauses between the attempts, together."""
        return sum(islice(longest_pauses(self.phase.backoff), self.phase.retries), timedelta(0))

    @property
    def longest(self) -> timedelta:
        """The longest that the phase can take."""
        return min(self._by_attempts, self._by_total_timeout or self._by_attempts)

    @property
    def is_cut(self) -> bool:
        """Whether the phase's ``total_timeout`` ends it before its last attempt could."""
        return self.longest < self._by_attempts

    @property
    def _by_attempts(self) -> timedelta:
        return self.attempt * self.attempts + self.phase.grace_period * self.late_attempts + self.pauses

    @property
    def _by_total_timeout(self) -> timedelta | None:
        total = self.phase.total_timeout
        return None if total is None else total + self.phase.grace_period + CLEARING


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a whole start-up may take.

    ``phases``   in the file's order.
    ``chain``    the names of those that make the longest chain of dependencies, first to last.
    ``longest``  no start-up takes longer than this; ``bound`` says which reason is the nearest.
    ``jobs``     how many phases run at once, None: as many as the graph allows.
    """

    phases: tuple[PhaseBudget, ...]
    chain: tuple[str, ...]
    longest: timedelta
    bound: Bound
    jobs: int | None = None

    @property
    def chain_length(self) -> timedelta:
        """The longest that the phases of the chain can take, one after the other."""
        return sum((p.longest for p in self.phases if p.phase.name in self.chain), timedelta(0))

    @property
    def end(self) -> timedelta:
        """The longest that it takes to end everything that runs, from SIGTERM on: all phases are ended at once."""
        return max((p.phase.grace_period for p in self.phases), default=timedelta(0)) + CLEARING


def budget_of(sequence: Sequence, *, lock_wait: timedelta = timedelta(0), jobs: int | None = None) -> Budget:
    """Return what a start-up of ``sequence`` may take.

    ``lock_wait`` is how long ``migrate.run`` waits for another run on the same database, each time it is tried.
    ``jobs`` limits how many phases run at once: then the bound is Graham's (1969), true of every schedule that leaves
    no slot empty while a phase could begin: chain + (all phases - chain) / jobs.
    """
    parts = tuple(
        PhaseBudget(phase=phase, lock_wait=lock_wait if phase.task == WAITS_FOR_REPLICAS else timedelta(0))
        for phase in sequence.phases
    )
    longest = {part.phase.name: part.longest for part in parts}
    chain = tuple(p.name for p in longest_chain(sequence.phases, lambda p: longest[p.name].total_seconds()))
    budget = Budget(phases=parts, chain=chain, longest=timedelta(0), bound=Bound.CHAIN, jobs=jobs)
    bounds = [(budget.chain_length, Bound.CHAIN)]
    if jobs and jobs < len(parts):
        beside = sum(longest.values(), timedelta(0)) - budget.chain_length
        bounds = [(budget.chain_length + beside / jobs, Bound.JOBS if beside else Bound.CHAIN)]
    if sequence.total_timeout is not None:
        bounds.append((sequence.total_timeout + budget.end, Bound.TOTAL_TIMEOUT))
    time, bound = min(bounds, key=lambda each: each[0])
    return Budget(phases=parts, chain=chain, longest=time, bound=bound, jobs=jobs)
