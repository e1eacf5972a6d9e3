"""Which failures deserve another attempt, and the pauses before it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_tasks.startup.result import PhaseError
from migrate_tasks.startup.retry import longest_pauses, pauses, why_not_again
from migrate_tasks.startup.spec import Backoff, Phase

KINDS = ("transient", "timeout", "any", "exit:1", "exit:75", "exit:3", "sqlstate:40001", "sqlstate:08...")
seconds = st.integers(1, 3_600_000).map(lambda number: timedelta(milliseconds=number))


@st.composite
def backoffs(draw: st.DrawFn) -> Backoff:
    """Anything that startup.yaml may say."""
    initial, longest = sorted((draw(seconds), draw(seconds)))
    return Backoff(initial=initial, max=longest, multiplier=draw(st.floats(1, 10)), has_jitter=draw(st.booleans()))


@pytest.mark.parametrize(
    ("error", "kinds"),
    [
        (PhaseError("it failed"), {"any", "exit:1"}),
        (PhaseError("not yet", exit_code=75), {"any", "transient", "exit:75"}),
        (PhaseError("too long", exit_code=124), {"any", "timeout"}),
        (PhaseError("exit code 3", exit_code=3), {"any", "exit:3"}),
        (PhaseError("mend it", exit_code=78), set()),
        (PhaseError("serialize", sqlstate="40001", exit_code=75), {"any", "transient", "exit:75", "sqlstate:40001"}),
        (PhaseError("lost", sqlstate="08006"), {"any", "exit:1", "sqlstate:08..."}),
        (PhaseError("syntax", sqlstate="42601"), {"any", "exit:1"}),
    ],
    ids=lambda value: value.message if isinstance(value, PhaseError) else "",
)
def test_a_failure_deserves_what_the_file_says(error: PhaseError, kinds: set[str]) -> None:
    """Each kind stands for its own failures; one of them is enough, and a wrong configuration is never tried."""
    phase = Phase(name="a", task="t", retries=1)

    assert {kind for kind in KINDS if not why_not_again(replace(phase, retry_on=(kind,)), 1, error)} == kinds
    assert bool(why_not_again(replace(phase, retry_on=KINDS), 1, error)) == (not kinds)


@pytest.mark.parametrize(
    ("facts", "error", "why"),
    [
        ({"retries": 0}, PhaseError("not yet", exit_code=75), "it has no retries"),
        ({"retries": 2}, PhaseError("not yet", exit_code=75), "its retries are used up"),
        ({"retries": 9}, PhaseError("it failed"), "retry_on names transient, and this is failure"),
        (
            {"retries": 9, "retry_on": ("transient", "any")},
            PhaseError("mend it", exit_code=78),
            "what is wrong with the configuration is still wrong then",
        ),
    ],
)
def test_why_a_failure_is_not_tried_again_is_told(facts: dict[str, Any], error: PhaseError, why: str) -> None:
    """After three attempts: there are no retries, or no more, or it is not of the kinds that the file names."""
    assert why_not_again(Phase(name="a", task="t", **facts), 3, error) == why


def test_pauses_double_until_the_longest() -> None:
    """Without a word from the file, the longest pauses are 200ms, doubled each time, and never above 5s."""
    found = [pause.total_seconds() for pause in islice(longest_pauses(Backoff()), 7)]

    assert found == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


@given(backoffs(), st.integers())
def test_pauses_are_within_their_bounds(backoff: Backoff, seed: int) -> None:
    """The longest pauses never shrink and never exceed max; a pause is at most that, and just that without jitter."""
    longest = list(islice(longest_pauses(backoff), 101))
    found = list(islice(pauses(backoff, random.Random(seed)), 101))

    assert longest[0] == backoff.initial
    assert all(before <= after <= backoff.max for before, after in pairwise(longest))
    assert all(timedelta(0) <= pause <= most for pause, most in zip(found, longest, strict=True))
    assert backoff.has_jitter or found == longest


def test_jitter_is_any_time_up_to_the_longest() -> None:
    """With full jitter pauses spread over the whole of their range, so that replicas do not come back together."""
    dice, backoff = random.Random(1), Backoff(initial=timedelta(seconds=1))

    found = sorted(next(pauses(backoff, dice)).total_seconds() for _ in range(1000))

    assert found[0] < 0.01
    assert 0.45 < found[500] < 0.55
    assert found[-1] > 0.99
