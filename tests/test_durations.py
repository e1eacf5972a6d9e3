"""Durations as people write them, and back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_tasks.durations import format_duration, milliseconds, parse_duration, up_to

if TYPE_CHECKING:
    from collections.abc import Callable

LAW = settings(deadline=None, database=None)
UNIT_VALUES: dict[str, Callable[[int], timedelta]] = {
    "h": lambda number: timedelta(hours=number),
    "m": lambda number: timedelta(minutes=number),
    "s": lambda number: timedelta(seconds=number),
    "ms": lambda number: timedelta(milliseconds=number),
}


def refusal(value: str | float) -> str:
    """Return the text with which ``value`` is refused."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- the whole text is compared
        parse_duration(value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0s", timedelta(0)),
        ("250ms", timedelta(milliseconds=250)),
        ("90s", timedelta(seconds=90)),
        ("0.5s", timedelta(milliseconds=500)),
        ("2m", timedelta(minutes=2)),
        ("1.5h", timedelta(minutes=90)),
        ("1m30s", timedelta(seconds=90)),
        ("1h2m3s4ms", timedelta(hours=1, minutes=2, seconds=3, milliseconds=4)),
        ("24h", timedelta(days=1)),
        (" 5s\n", timedelta(seconds=5)),
    ],
)
def test_a_word_is_the_sum_of_its_parts(value: str, expected: timedelta) -> None:
    """A word is numbers with units, added up; white space around it does not matter."""
    assert expected == parse_duration(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, timedelta(0)),
        (90, timedelta(seconds=90)),
        ("90", timedelta(seconds=90)),
        (2.5, timedelta(seconds=2.5)),
        ("2.5", timedelta(seconds=2.5)),
        (3600, timedelta(hours=1)),
    ],
)
def test_a_bare_number_is_seconds(value: str | float, expected: timedelta) -> None:
    """A bare number up to an hour is a number of seconds, as text and as a number."""
    assert expected == parse_duration(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (120000, '120000 seconds is more than an hour: did you mean "120s"?'),
        ("120000", '120000 seconds is more than an hour: did you mean "120s"?'),
        (600000, '600000 seconds is more than an hour: did you mean "10m"?'),
        (3601, '3601 seconds is more than an hour: did you mean "3.6s"?'),
        (3600.5, '3600.5 seconds is more than an hour: did you mean "3.6s"?'),
    ],
)
def test_a_bare_number_above_an_hour_is_refused(value: str | float, expected: str) -> None:
    """A bare number above an hour is refused as milliseconds."""
    assert expected == refusal(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", ""),
        ("soon", "soon"),
        ("s", "s"),
        ("5 s", "5 s"),
        ("5S", "5S"),
        ("5d", "5d"),
        ("-5s", "-5s"),
        (-5, "-5"),
        ("1m30", "1m30"),
        ("1,5s", "1,5s"),
        (".5s", ".5s"),
        (True, "True"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_what_is_no_duration_is_refused(value: str | float, shown: str) -> None:
    """What is neither a number nor numbers with units is refused with three ways to write a duration."""
    assert f'"{shown}" is not a duration: write it as "90s", "2m" or "1m30s"' == refusal(value)


@pytest.mark.parametrize("value", ["99999999999999h", "99999999999999999999", 10**20])
def test_what_is_longer_than_python_can_count_is_refused(value: str | float) -> None:
    """A duration beyond what timedelta holds is refused like any other that is none."""
    assert f'"{value}" is not a duration: write it as "90s", "2m" or "1m30s"' == refusal(value)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0ms"),
        (0.057, "57ms"),
        (0.9994, "999ms"),
        (0.9996, "1s"),
        (1, "1s"),
        (1.04, "1s"),
        (2.44, "2.4s"),
        (59.96, "60s"),
        (60, "60s"),
        (90, "90s"),
        (119.96, "120s"),
        (120, "120s"),
        (150, "2m30s"),
        (180, "3m"),
        (3599.6, "1h"),
        (3600, "1h"),
        (3900, "1h5m"),
        (3661, "1h1m1s"),
        (90000, "25h"),
    ],
)
def test_a_duration_is_shown_in_the_unit_that_people_use(seconds: float, expected: str) -> None:
    """A duration is shown rounded: milliseconds below a second, tenths up to two minutes, then whole seconds."""
    assert expected == format_duration(timedelta(seconds=seconds))


@LAW
@given(st.integers(0, 10**9).map(lambda number: timedelta(milliseconds=number)))
def test_what_is_shown_can_be_read(duration: timedelta) -> None:
    """A shown duration is read as what it was, but for the rounding that its length allows."""
    seconds = duration.total_seconds()
    rounding = 0.0005 if seconds < 1 else 0.05 if seconds <= 120 else 0.5

    read = parse_duration(format_duration(duration))

    assert abs((read - duration).total_seconds()) <= rounding + 1e-9


@LAW
@given(st.lists(st.tuples(st.integers(0, 10**5), st.sampled_from(sorted(UNIT_VALUES))), min_size=1))
def test_parts_add_up(parts: list[tuple[int, str]]) -> None:
    """Whatever the parts and their order, the word is worth their sum, to the microsecond."""
    expected = sum((UNIT_VALUES[unit](number) for number, unit in parts), timedelta(0))

    read = parse_duration("".join(f"{number}{unit}" for number, unit in parts))

    assert abs(expected - read) <= timedelta(microseconds=1)


@LAW
@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """Any text is a duration or a ValueError, and nothing else is ever raised."""
    try:
        duration = parse_duration(text)
    except ValueError:
        return

    assert duration >= timedelta(0)


def test_rounded_up() -> None:
    """A limit is never shown shorter than it is."""
    shown = [up_to(timedelta(seconds=s)) for s in (0.0572, 0.3, 20.301, 120, 120.01, 659.4)]

    assert shown == ["58ms", "300ms", "20.4s", "120s", "2m1s", "11m"]


def test_milliseconds() -> None:
    """JSON has whole milliseconds."""
    assert milliseconds(timedelta(seconds=1.2345)) == 1234
