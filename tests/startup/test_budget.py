"""The longest time that a start-up may take."""

from __future__ import annotations

import heapq
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_tasks.startup.budget import Bound, PhaseBudget, budget_of
from migrate_tasks.startup.graph import side_by_side
from migrate_tasks.startup.spec import Dependency, Phase, Sequence
from tests.startup.sequences import DIAMOND, LINE, beside_another, in_line, seconds


def test_an_attempt_is_wait_work_and_clearing() -> None:
    """Each attempt counts its timeout, the clearing up and the wait for another replica, and one a grace period."""
    part = PhaseBudget(
        phase=Phase(name="p", timeout=seconds(20), grace_period=seconds(5), retries=2), lock_wait=seconds(60)
    )

    assert part.attempt == seconds(60 + 20 + 0.3)
    assert part.longest == 3 * seconds(80.3) + seconds(5) + seconds(0.2 + 0.4)


@pytest.mark.parametrize("kind", ["timeout", "any", "exit:124"])
def test_attempts_that_are_late_may_be_repeated(kind: str) -> None:
    """Where running out of time is tried again, each attempt may need its grace period."""
    phase = Phase(name="p", timeout=seconds(20), grace_period=seconds(5), retries=1, retry_on=(kind,))

    assert PhaseBudget(phase=phase).longest == 2 * seconds(25.3) + seconds(0.2)


def test_a_total_timeout_cuts_a_phase() -> None:
    """A phase ends at its total_timeout, plus what it takes to end it, where its attempts could take longer."""
    phase = Phase(name="p", timeout=seconds(60), retries=3, total_timeout=seconds(100))
    short, cut = PhaseBudget(phase=replace(phase, retries=0)), PhaseBudget(phase=phase)

    assert (short.longest, short.is_cut) == (seconds(70.3), False)
    assert (cut.longest, cut.is_cut) == (seconds(110.3), True)


def test_a_line_takes_the_sum() -> None:
    """Phases one after the other may take the sum of what each may take."""
    budget = budget_of(LINE)

    assert budget.chain == ("environment", "database_health", "database_migrations", "memory_store")
    assert budget.longest == sum((part.longest for part in budget.phases), timedelta(0)) == seconds(609.1)
    assert budget.bound is Bound.CHAIN


def test_only_migrations_wait_for_replicas() -> None:
    """The wait for another run is added to each attempt of migrate.run, and to no other phase."""
    longer = budget_of(LINE, lock_wait=seconds(300)).longest - budget_of(LINE).longest

    assert longer == 3 * seconds(300)


def test_a_diamond_takes_its_longer_side() -> None:
    """Phases side by side count once, by the longer one."""
    budget = budget_of(DIAMOND)

    assert budget.chain == ("settings", "index", "api")
    assert budget.longest == seconds(20.3 + 70.3 + 110.3)


def test_the_whole_is_cut_by_its_total_timeout() -> None:
    """The start-up ends at its total_timeout, plus the largest grace period, where the chain could take longer."""
    phases = tuple(
        replace(phase, grace_period=seconds(grace)) for phase, grace in zip(DIAMOND.phases, (1, 2, 30, 4), strict=True)
    )
    budget = budget_of(Sequence("shop", phases, seconds(90)))

    assert (budget.longest, budget.bound, budget.end) == (seconds(120.3), Bound.TOTAL_TIMEOUT, seconds(30.3))
    assert budget_of(Sequence("shop", phases, seconds(9000))).bound is Bound.CHAIN


def test_jobs_add_what_must_wait_for_a_slot() -> None:
    """With fewer jobs than phases side by side, the others are shared out among the jobs."""
    ten = Sequence("ten", beside_another(10))

    assert budget_of(ten).longest == seconds(70.3)
    assert budget_of(ten, jobs=10).longest == seconds(70.3)
    assert budget_of(ten, jobs=1).longest == 10 * seconds(70.3)
    assert (budget_of(ten, jobs=2).longest, budget_of(ten, jobs=2).bound) == (5.5 * seconds(70.3), Bound.JOBS)


def test_jobs_change_nothing_for_a_line() -> None:
    """Where nothing runs side by side, a limit of jobs costs nothing."""
    assert budget_of(LINE, jobs=2) == replace(budget_of(LINE), jobs=2)


def test_no_phase_takes_no_time() -> None:
    """A sequence without phases takes no time."""
    assert budget_of(Sequence("none", ())).longest == timedelta(0)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.sets(st.integers(0, 9)), st.integers(0, 100)), min_size=1, max_size=10),
    st.integers(1, 5),
)
def test_no_schedule_takes_longer(given_phases: list[tuple[int, set[int], int]], jobs: int) -> None:
    """Whatever the graph and whatever part of its longest time each phase takes, the start-up keeps to the budget."""
    phases = tuple(
        Phase(name=f"p{n}", timeout=seconds(time), depends_on=tuple(Dependency(f"p{d}") for d in sorted(of) if d < n))
        for n, (time, of, _) in enumerate(given_phases)
    )
    budget = budget_of(Sequence("any", phases), jobs=jobs)
    took = {
        part.phase.name: part.longest.total_seconds() * percent / 100
        for part, (_, _, percent) in zip(budget.phases, given_phases, strict=True)
    }

    assert _run(phases, took, jobs) <= budget.longest.total_seconds() + 1e-3


def _run(phases: tuple[Phase, ...], took: dict[str, float], jobs: int) -> float:
    """Return when the last phase ends if each begins as soon as it can, those first that stand first."""
    now, waiting, ended = 0.0, list(phases), set[str]()
    running: list[tuple[float, str]] = []
    while waiting or running:
        for phase in [p for p in waiting if all(d.name in ended for d in p.depends_on)][: jobs - len(running)]:
            waiting.remove(phase)
            heapq.heappush(running, (now + took[phase.name], phase.name))
        now, name = heapq.heappop(running)
        ended.add(name)
    return now


def test_who_runs_beside_whom() -> None:
    """Two phases may run at the same time where neither waits for the other, directly or not."""
    beside = side_by_side(
        (*in_line(*beside_another(3)), Phase(name="alone"), Phase(name="last", depends_on=(Dependency("p1"),)))
    )

    assert beside == {
        "p1": ("alone",),
        "p2": ("alone", "last"),
        "p3": ("alone", "last"),
        "alone": ("p1", "p2", "p3", "last"),
        "last": ("p2", "p3", "alone"),
    }
