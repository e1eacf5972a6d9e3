"""Random sequences with random failures, limits and signals: each ends as a small model of the rules says it may."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from migrate_tasks.errors import Interrupted, TryAgainLater
from migrate_tasks.startup.choice import Choice
from migrate_tasks.startup.processes import children
from migrate_tasks.startup.result import (
    Outcome,
    PhaseEvent,
    PhaseFinished,
    PhaseResult,
    PhaseStarted,
    StartupResult,
)
from migrate_tasks.startup.schedule import is_satisfied
from migrate_tasks.startup.spec import Backoff, Condition, Dependency, Phase, Sequence
from migrate_tasks.startup.stage import Stage, scratch_folder
from migrate_tasks.startup.supervisor import run_sequence
from tests.startup.running import LONG, Witness, a_phase

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterator, Mapping

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a process its descendants' orphans"),
]

AT_ONCE = Backoff(initial=timedelta(milliseconds=1), max=timedelta(milliseconds=1))
WORKS = ("fine", "fine", "slow", "daemon", "wrong", "exit", "later", "later", "hang", "ignore")
SUCCEEDED, FAILED, TIMED_OUT = Outcome.SUCCEEDED, Outcome.FAILED, Outcome.TIMED_OUT


@dataclass(frozen=True)
class Plan:
    """A phase, what it does, and in how many attempts it does not succeed where it is "later"."""

    phase: Phase
    work: str
    failures: int

    def end(self) -> tuple[Outcome, int]:
        """Return how the phase ends, and after how many attempts, where nothing ends it before."""
        most = self.phase.retries + 1
        of_any = most if "any" in self.phase.retry_on else 1
        match self.work:
            case "later" if self.failures < most:
                return SUCCEEDED, self.failures + 1
            case "later":
                return FAILED, most
            case "wrong" | "exit":
                return FAILED, of_any
            case "hang" | "ignore":
                return TIMED_OUT, of_any
            case _:
                return SUCCEEDED, 1


@dataclass(frozen=True)
class Case:
    """A sequence, and what befalls it: at most ``jobs`` at once, and a signal so many seconds after its beginning."""

    plans: tuple[Plan, ...]
    jobs: int | None
    unwanted: frozenset[str]
    signal_after: float | None
    total_timeout: float | None

    @property
    def sequence(self) -> Sequence:
        """The phases, as a file would say them."""
        total = timedelta(seconds=self.total_timeout) if self.total_timeout else None
        return Sequence("random", tuple(plan.phase for plan in self.plans), total)

    def expected(self) -> dict[str, tuple[Outcome, int]]:
        """Return how each phase ends, and after how many attempts, where nothing ends the start-up before."""
        ends: dict[str, tuple[Outcome, int]] = {}
        for plan in sorted(self.plans, key=lambda plan: plan.phase.name):  # each waits for lower names
            name = plan.phase.name
            may_begin = all(
                d.condition is Condition.ENDED or ends[d.name][0] is SUCCEEDED or d.name in self.unwanted
                for d in plan.phase.depends_on
            )
            ends[name] = plan.end() if may_begin and name not in self.unwanted else (Outcome.SKIPPED, 0)
        return ends

    def culprits(self) -> set[str]:
        """Return the required phases any of which ends the start-up."""
        ends = self.expected()
        return {
            plan.phase.name
            for plan in self.plans
            if plan.phase.required
            and plan.phase.name not in self.unwanted
            and ends[plan.phase.name][0] is not SUCCEEDED
        }


def draw_plan(dice: random.Random, name: str, before: list[str]) -> Plan:
    """Return a phase that waits for some of those ``before`` it."""
    work = dice.choice(WORKS)
    edges = dice.sample(before, dice.randint(0, min(2, len(before))))
    phase = a_phase(
        name,
        timeout=0.1 if work in ("hang", "ignore") else LONG,
        grace=0.1 if work == "ignore" else 2,
        required=dice.random() < 0.4,
        retries=dice.choice([0, 1]) if work in ("hang", "ignore") else dice.choice([0, 1, 2]),
        retry_on=dice.choice([("transient",), ("any",)]),
        backoff=AT_ONCE,
        depends_on=tuple(Dependency(edge, dice.choice(list(Condition))) for edge in edges),
    )
    return Plan(phase, work, dice.choice([1, 2]))


def draw(dice: random.Random) -> Case:
    """Return a case: up to seven phases, listed in any order."""
    names = "abcdefg"[: dice.randint(1, 7)]
    plans = [draw_plan(dice, name, list(names[:number])) for number, name in enumerate(names)]
    dice.shuffle(plans)
    ending = dice.random()
    return Case(
        plans=tuple(plans),
        jobs=dice.choice([None, None, 1, 2, 3]),
        unwanted=frozenset(name for name in names if dice.random() < 0.1),
        signal_after=dice.uniform(0, 0.5) if ending < 0.25 else None,
        total_timeout=dice.uniform(0.05, 0.5) if ending > 0.85 else None,
    )


def do(plan: Plan, witness: Witness) -> None:
    """Do the phase's work, in its own process."""
    if plan.work != "fine":
        subprocess.Popen(["sleep", str(LONG)], pass_fds=[witness.writer], start_new_session=plan.work == "daemon")
    match plan.work:
        case "slow":
            time.sleep(0.05)
        case "wrong":
            raise ValueError("it is wrong")
        case "exit":
            os._exit(3)
        case "later" if int(os.environ["STARTUP_ATTEMPT"]) <= plan.failures:
            raise TryAgainLater("not yet")
        case "ignore":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(LONG)
        case "hang":
            time.sleep(LONG)


@contextmanager
def signalled(after: float | None) -> Iterator[None]:
    """Send ourselves a SIGTERM so many seconds after the beginning; whoever does not heed it lives on."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    sender = None
    if after is not None:
        sender = os.fork()
        if sender == 0:
            time.sleep(after)
            os.kill(os.getppid(), signal.SIGTERM)
            os._exit(0)
    try:
        yield
    finally:
        if sender:
            os.waitpid(sender, 0)
        signal.signal(signal.SIGTERM, before)


def run(case: Case, witness: Witness, on_event: Callable[[PhaseEvent], None]) -> StartupResult | None:
    """Run a case; None where the signal ended it."""
    plans = {plan.phase.name: plan for plan in case.plans}
    with scratch_folder() as scratch:
        stage = Stage(
            execute=lambda phase: do(plans[phase.name], witness),
            folder=Path.cwd(),
            environ=dict(os.environ),
            scratch=scratch,
        )
        unwanted = dict.fromkeys(case.unwanted, "not wanted")
        try:
            return run_sequence(case.sequence, stage, Choice(case.jobs, unwanted), on_event=on_event)
        except Interrupted:
            return None


def expect_order(case: Case, events: list[PhaseEvent]) -> dict[str, PhaseResult]:
    """See that every phase ended once, began only when it might, and never too many at once; returns their ends."""
    ended: dict[str, PhaseResult] = {}
    running: set[str] = set()
    for event in events:
        if isinstance(event, PhaseStarted):
            running.add(event.phase.name)
            assert event.attempt <= event.phase.retries + 1
            assert event.phase.name not in ended
            assert all(d.name in ended and is_satisfied(d, ended[d.name]) for d in event.phase.depends_on)
        elif isinstance(event, PhaseFinished):
            name = event.result.phase.name
            assert name not in ended
            ended[name] = event.result
            running.discard(name)
        assert len(running) <= (case.jobs or len(case.plans))
    assert set(ended) == {plan.phase.name for plan in case.plans}
    assert running == set()
    return ended


def expect_ends(case: Case, ended: Mapping[str, PhaseResult], *, may_stop: bool) -> None:
    """See that each phase ended as the model says, or was ended with the start-up, where that may be."""
    expected = case.expected()
    for name, result in ended.items():
        as_expected = (result.outcome, len(result.attempts)) == expected[name]
        if result.outcome is Outcome.CANCELLED:
            assert may_stop
            assert (result.error, bool(result.reason)) == (None, True)
        elif result.outcome is Outcome.SKIPPED:
            unmet = [d for d in result.phase.depends_on if not is_satisfied(d, ended[d.name])]
            assert as_expected or may_stop
            assert bool(result.error) != bool(result.reason)
            assert not result.error or unmet
        else:
            assert as_expected
            assert (result.outcome is SUCCEEDED) == (result.error is None)


def expect_whole(case: Case, result: StartupResult) -> None:
    """See what came of the whole: it failed by a culprit or by its limit, or was degraded, or succeeded."""
    culprits, failed = case.culprits(), result.failed
    if result.error:
        assert case.total_timeout
        assert (result.outcome, result.exit_code) == ("failed", 124)
    elif failed:
        assert failed.phase.name in culprits
        assert failed.error
        assert (result.outcome, result.exit_code) == ("failed", failed.error.exit_code)
    else:
        assert not culprits
        assert result.outcome == ("degraded" if result.degraded else "succeeded")
        assert result.exit_code == 0


def play(case: Case) -> None:
    """Run a case, and see that it ends as it may, and leaves nothing."""
    before = (children(), len(os.listdir("/dev/fd")))  # noqa: PTH208 -- counted, not used
    witness = Witness(*os.pipe())
    events: list[PhaseEvent] = []
    with signalled(case.signal_after):
        result = run(case, witness, events.append)
    is_gone = witness.all_gone(0)
    os.close(witness.reader)

    ended = expect_order(case, events)
    assert result or case.signal_after is not None
    may_stop = result is None or bool(case.culprits()) or case.total_timeout is not None
    expect_ends(case, ended, may_stop=may_stop)
    if result:
        assert result.phases == tuple(ended[plan.phase.name] for plan in case.plans)
        expect_whole(case, result)
    assert is_gone
    assert (children(), len(os.listdir("/dev/fd"))) == before  # noqa: PTH208 -- same


def test_any_sequence_ends_as_the_model_says(*, full: bool) -> None:
    """Whatever a sequence is and whatever befalls it, it ends, as the model of the rules says, and leaves nothing."""

    @settings(max_examples=2000 if full else 60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.randoms(note_method_calls=False, use_true_random=False))
    def check(dice: random.Random) -> None:
        case = draw(dice)
        note(str(case))
        play(case)

    check()


def test_the_model_knows_the_rules() -> None:
    """The model says of a small sequence what a reader of the rules would say."""
    first = Plan(a_phase("a", required=False, retries=1), "later", 2)
    needy = Plan(a_phase("b", depends_on=(Dependency("a"),)), "fine", 1)
    after = Plan(a_phase("c", depends_on=(Dependency("a", Condition.ENDED),)), "fine", 1)
    case = Case((first, needy, after), None, frozenset(), None, None)

    assert case.expected() == {"a": (FAILED, 2), "b": (Outcome.SKIPPED, 0), "c": (SUCCEEDED, 1)}
    assert case.culprits() == {"b"}
