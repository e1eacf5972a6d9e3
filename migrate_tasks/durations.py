"""Durations as people write them: "1m30s" <-> timedelta. The grammar is that of Compose files."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from datetime import timedelta

UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}
WORD = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h))+")
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
LONGEST_BARE_NUMBER = 3600


def parse_duration(value: str | float) -> timedelta:
    """Return the duration that ``value`` says: a word such as "1m30s", or a number of seconds.

    A bare number above 3600 is taken for milliseconds and refused. Raises ValueError, whose text names
    what was expected.
    """
    text = str(value).strip()
    with suppress(OverflowError):
        if re.fullmatch(r"\d+(?:\.\d+)?", text):
            return _from_bare_number(float(text), text)
        if WORD.fullmatch(text):
            return timedelta(seconds=sum(float(number) * UNITS[unit] for number, unit in PART.findall(text)))
    raise ValueError(f'"{text}" is not a duration: write it as "90s", "2m" or "1m30s"')


def _from_bare_number(number: float, text: str) -> timedelta:
    if number > LONGEST_BARE_NUMBER:
        likely = format_duration(timedelta(milliseconds=number))
        raise ValueError(f'{text} seconds is more than an hour: did you mean "{likely}"?')
    return timedelta(seconds=number)


def format_duration(duration: timedelta) -> str:
    """Return ``duration`` as a word that :func:`parse_duration` reads: "57ms", "2.4s", "120s", "1h5m"."""
    seconds = duration.total_seconds()
    if seconds < 0.9995:  # noqa: PLR2004 -- what is nearer to 1s than to 999ms
        return f"{seconds * 1000:.0f}ms"
    if seconds <= 120:  # noqa: PLR2004 -- people say 120 seconds, and 3 minutes
        return f"{seconds:.1f}".removesuffix(".0") + "s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes, "m"), (rest, "s"))
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def up_to(duration: timedelta) -> str:
    """Return ``duration`` as a word, rounded up where it is rounded."""
    seconds = duration.total_seconds()
    digits = 1000 if seconds < 1 else 10 if seconds <= 120 else 1  # noqa: PLR2004 -- as format_duration shows it
    return format_duration(timedelta(seconds=math.ceil(round(seconds * digits, 3)) / digits))


def milliseconds(duration: timedelta) -> int:
    """Return ``duration`` as JSON has it."""
    return round(duration.total_seconds() * 1000)
