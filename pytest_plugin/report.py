"""What a run tells at its end: where its databases came from, what tests left behind, what was kept. Values only."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

MINUTE = 60  # seconds
# the id of a test, words that follow it, and a mark: where both are the same, several tests were there for one thing
Left = tuple[str, str, str]


@dataclass
class Summary:
    """One process's account, or that of all.

    ``templates`` are when another run made each, or None where this one did, by what it is of.
    """

    server: str = ""
    templates: dict[str, str | None] = field(default_factory=dict)
    fates: Counter[str] = field(default_factory=Counter)  # databases reused, restored, cloned
    waited: float = 0.0  # seconds
    left: list[Left] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return it as what passes from a worker of pytest-xdist to the controller."""
        return {**asdict(self), "fates": dict(self.fates)}

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Summary:
        """Return what :meth:`to_dict` made a dict of."""
        return cls(**{**given, "fates": Counter(given["fates"])})


def merge(summaries: Iterable[Summary]) -> Summary:
    """Return the account of all processes together."""
    whole = Summary()
    for summary in summaries:
        whole.server = whole.server or summary.server
        whole.templates |= summary.templates
        whole.fates += summary.fates
        whole.waited += summary.waited
        whole.left += summary.left
        whole.kept += summary.kept
    return whole


def describe_left(left: Iterable[Left]) -> list[str]:
    """Return a line for each thing that was left; more than one test is named where they ran beside each other."""
    tests: dict[tuple[str, str], dict[str, None]] = {}
    for test, what, mark in left:
        tests.setdefault((what, mark), {})[test] = None
    return [f"{' or '.join(names)} {what}" for (what, _), names in tests.items()]


def describe(summary: Summary, now: datetime) -> list[str]:
    """Return the lines that --postgres-report asks for."""
    lent = sum(summary.fates.values())
    counts = ", ".join(f"{count} {fate}" for fate, count in sorted(summary.fates.items()))
    waited = summary.waited * 1000
    return [
        summary.server,
        *(f"template of {title}, {_origin(made, now)}" for title, made in sorted(summary.templates.items())),
        f"{lent} databases lent: {counts or 'none'}",
        f"tests waited {waited:.0f} ms for them, {waited / max(lent, 1):.1f} ms each",
    ]


def _origin(made: str | None, now: datetime) -> str:
    if made is None:
        return "made by this run"
    when = datetime.fromisoformat(made)
    seconds = max(0, int((now - when).total_seconds()))
    return f"made {f'{seconds} s ago' if seconds < MINUTE else age(when, now)} by another run"


def age(made: datetime, now: datetime | None = None) -> str:
    """Return how long ago something was made, in words."""
    seconds = int(((now or datetime.now(UTC)) - made).total_seconds())
    for length, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= length:
            count = seconds // length
            return f"{count} {unit}{'s' * (count > 1)} ago"
    return "just now"
