"""What a unit file of systemd allows a start-up: values.

After systemd.service(5), systemd.time(7) and systemd.syntax(7).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.startup.limits import Limit

DEFAULT = timedelta(seconds=90)  # DefaultTimeoutStartSec= and DefaultTimeoutStopSec= of systemd-system.conf(5)
PART = re.compile(r"(\d+(?:\.\d*)?)\s*([a-zµμ]*)\s*", re.IGNORECASE)
UNITS = {
    timedelta(microseconds=1): "usec us µs μs",
    timedelta(milliseconds=1): "msec ms",
    timedelta(seconds=1): "seconds second sec s",
    timedelta(minutes=1): "minutes minute min m",
    timedelta(hours=1): "hours hour hr h",
    timedelta(days=1): "days day d",
    timedelta(weeks=1): "weeks week w",
    timedelta(days=30.4375): "months month M",
    timedelta(days=365.25): "years year y",
}
UNIT_OF = {"": timedelta(seconds=1)} | {word: unit for unit, words in UNITS.items() for word in words.split()}
BEFORE = ("ExecCondition", "ExecStartPre")
STARTS = re.compile(r"\bstartup\b")


@dataclass(frozen=True)
class _Setting:
    value: str
    place: str


def parse_time_span(text: str) -> timedelta | None:
    """Return the time that ``text`` says as systemd writes it, such as "1min 30s" or "90"; None: infinity.

    Raises ValueError for what is none.
    """
    text = text.strip()
    if text == "infinity":
        return None
    parts = PART.findall(text)
    if not parts or PART.sub("", text) or any(unit not in UNIT_OF for _, unit in parts):
        raise ValueError(f'"{text}" is not a time span: write it as "90", "1min 30s" or "infinity"')
    return sum((float(number) * UNIT_OF[unit] for number, unit in parts), timedelta(0))


def unit_limits(text: str, file_name: str) -> tuple[Limit, ...]:
    """Return what the unit file ``text`` allows.

    With Type=notify the start has no limit: a start-up extends it while it gets on (EXTEND_TIMEOUT_USEC).
    Raises ConfigurationError for a file without a section [Service] and for a time that is none.
    """
    header, settings = _service(text, file_name)
    start, stop = (_timeout(settings, f"Timeout{which}Sec") for which in ("Start", "Stop"))
    limits = []
    if (start or _default_start(settings)) and _is_limited(settings):
        limits.append(("systemd gives up the start", start, "TimeoutStartSec={}", False))
    limits.append(("systemd kills the unit", stop, "TimeoutStopSec={}", True))
    return tuple(
        Limit(
            does=does,
            after=DEFAULT if given is None else after,
            place=given.place if given else header,
            setting=setting,
            is_end=is_end,
            detail=None if given else "That is systemd's own limit, where the unit says nothing.",
        )
        for does, given, setting, is_end in limits
        if (after := _time(given) if given else DEFAULT) is not None
    )


def _service(text: str, file_name: str) -> tuple[str, list[tuple[str, _Setting]]]:
    """Return the place of the section [Service], and its settings in order."""
    header, section, settings = "", "", []
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        at, line = number, lines[number]
        while line.endswith("\\") and number + 1 < len(lines):
            number += 1
            line = line[:-1] + " " + lines[number]
        number += 1
        if line.strip().startswith("["):
            section = line.strip()
            header = header or (f"{file_name}:{at + 1}:1" if section == "[Service]" else "")
        elif section == "[Service]" and "=" in line and not line.lstrip().startswith(("#", ";")):
            key, _, value = line.partition("=")
            column = len(key) + 2 + len(value) - len(value.lstrip())
            settings.append((key.strip(), _Setting(value.strip(), f"{file_name}:{at + 1}:{column}")))
    if not header:
        raise ConfigurationError(f"{file_name} has no section [Service]", hint="Name the unit file of a service.")
    return header, settings


def _timeout(settings: list[tuple[str, _Setting]], key: str) -> _Setting | None:
    """Return the last that sets ``key``; TimeoutSec= sets both."""
    found = [setting for name, setting in settings if name in (key, "TimeoutSec") and setting.value]
    return found[-1] if found else None


def _time(setting: _Setting) -> timedelta | None:
    try:
        return parse_time_span(setting.value) or None  # 0 is infinity, too
    except ValueError as error:
        raise ConfigurationError(f"{setting.place}: {error}") from None


def _type(settings: list[tuple[str, _Setting]]) -> str:
    given = {name: setting.value for name, setting in settings}
    default = "oneshot" if "ExecStart" not in given else "dbus" if "BusName" in given else "simple"
    return given.get("Type", default)


def _default_start(settings: list[tuple[str, _Setting]]) -> bool:
    """Return whether the start has a limit that nobody set."""
    return _type(settings) != "oneshot"


def _is_limited(settings: list[tuple[str, _Setting]]) -> bool:
    """Return whether the start-up counts as the unit's start, and cannot extend its limit.

    What runs before the main process cannot, whatever the type. With simple, exec and idle the unit is up as soon as
    its process runs.
    """
    if any(name in BEFORE and STARTS.search(setting.value) for name, setting in settings):
        return True
    return _type(settings) not in {"simple", "exec", "idle", "notify", "notify-reload"}
