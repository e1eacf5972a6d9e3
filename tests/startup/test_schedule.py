"""Which phases may begin, and which never can."""

from __future__ import annotations

import pytest

from migrate_tasks.startup.result import Outcome, PhaseError, PhaseResult
from migrate_tasks.startup.schedule import is_satisfied, may_begin, skipped
from migrate_tasks.startup.spec import Condition, Dependency, Phase, Sequence

A = Phase(name="a", task="t")
ERROR = PhaseError("it is wrong", exit_code=75)
RESULTS = {
    "succeeded": PhaseResult(A, Outcome.SUCCEEDED),
    "failed": PhaseResult(A, Outcome.FAILED, error=ERROR),
    "timed-out": PhaseResult(A, Outcome.TIMED_OUT, error=ERROR),
    "not-wanted": PhaseResult(A, Outcome.SKIPPED, reason="not wanted: X is not set"),
    "blocked": PhaseResult(A, Outcome.SKIPPED, error=ERROR),
    "cancelled": PhaseResult(A, Outcome.CANCELLED, reason="interrupted by SIGTERM"),
}


@pytest.mark.parametrize("how", RESULTS)
def test_a_condition_is_met_by_what_it_says(how: str) -> None:
    """Success, and not being wanted, satisfy everybody; every other end only who waits for an end."""
    assert is_satisfied(Dependency("a", Condition.SUCCEEDED), RESULTS[how]) == (how in ("succeeded", "not-wanted"))
    assert is_satisfied(Dependency("a", Condition.ENDED), RESULTS[how])


def test_a_phase_begins_when_all_that_it_waits_for_is_done() -> None:
    """A phase may begin when each of its dependencies has ended, and as it needs."""
    both = Phase(name="c", task="t", depends_on=(Dependency("a"), Dependency("b", Condition.ENDED)))

    assert may_begin(A, {})
    assert not may_begin(both, {"a": RESULTS["succeeded"]})
    assert not may_begin(both, {"a": RESULTS["failed"], "b": RESULTS["succeeded"]})
    assert may_begin(both, {"a": RESULTS["succeeded"], "b": RESULTS["failed"]})


@pytest.mark.parametrize(
    ("how", "word", "exit_code"),
    [
        ("failed", "failed", 75),
        ("timed-out", "timed out", 75),
        ("blocked", "was skipped", 75),
        ("cancelled", "was cancelled", 1),
    ],
)
def test_who_can_never_begin_is_told_why(how: str, word: str, exit_code: int) -> None:
    """A phase whose dependency did not come to what it needs is skipped, with the dependency's exit code."""
    waiting = Phase(name="b", task="t", depends_on=(Dependency("a"),))
    further = Phase(name="c", task="t", depends_on=(Dependency("b"),))

    found = skipped(Sequence("shop", (A, waiting, further)), {"a": RESULTS[how]}, {})

    assert found == [
        PhaseResult(waiting, Outcome.SKIPPED, error=PhaseError(f'needs phase "a", which {word}', exit_code=exit_code))
    ]


@pytest.mark.parametrize("how", ["succeeded", "not-wanted"])
def test_nobody_is_blocked_by_success(how: str) -> None:
    """A phase that succeeded or was not wanted blocks nobody, and neither does one that has not ended."""
    waiting = Phase(name="b", task="t", depends_on=(Dependency("a"),))
    sequence = Sequence("shop", (A, waiting))

    assert skipped(sequence, {"a": RESULTS[how]}, {}) == skipped(sequence, {}, {}) == []


@pytest.mark.parametrize("how", RESULTS)
def test_an_unwanted_phase_is_over_when_all_before_it_is(how: str) -> None:
    """A phase that nobody wants is skipped once what it waits for has ended, however that was: its place is kept."""
    waiting = Phase(name="b", task="t", depends_on=(Dependency("a"),))
    sequence = Sequence("shop", (A, waiting))
    result = PhaseResult(waiting, Outcome.SKIPPED, reason="--skip b")

    assert skipped(sequence, {}, {"b": "--skip b"}) == []
    assert skipped(sequence, {"a": RESULTS[how]}, {"b": "--skip b"}) == [result]
