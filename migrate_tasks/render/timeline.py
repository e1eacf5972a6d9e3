"""A start-up as a picture: bars along the time, in one SVG that needs nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from migrate_tasks.durations import format_duration
from migrate_tasks.startup.result import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.startup.analysis import Analysis, PhaseTimes, Try

PLOT, ROW, BAR, SIGN, EDGE, TOP = 640, 26, 14, 20, 16, 78  # pixels
LETTER = 7.4  # pixels, at least the width of a letter of a monospaced font of 12 pixels
LONGEST = 60  # letters of a text; a longer one is cut
TICKS = 8  # at most
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)  # seconds between ticks people read easily
LIGHT = (
    "--ground: #fff; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0; --work: #0969da; --waiting: #9a6700;"
    " --failed: #cf222e; --cancelled: #818b98;"
)
DARK = (
    "--ground: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #3d444d; --work: #4493f8; --waiting: #d29922;"
    " --failed: #f85149; --cancelled: #656c76;"
)
STYLE = f"""\
.timeline {{ {LIGHT} background: var(--ground); }}
@media (prefers-color-scheme: dark) {{ .timeline {{ {DARK} }} }}
.timeline text {{ font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  fill: var(--ink); }}
.timeline .title {{ font-size: 14px; font-weight: 600; }}
.timeline .faint {{ fill: var(--faint); }}
.timeline .chain {{ font-weight: 700; }}
.timeline .grid {{ stroke: var(--line); }}
.timeline .pause {{ stroke: var(--faint); stroke-dasharray: 2 3; stroke-width: 2; }}
.timeline .work {{ fill: var(--work); }}
.timeline .failed {{ fill: var(--failed); }}
.timeline .cancelled {{ fill: var(--cancelled); }}
.timeline .running {{ fill: var(--work); opacity: .5; }}
.timeline .waiting {{ fill: url(#hatched); stroke: var(--waiting); }}
.timeline .hatch {{ stroke: var(--waiting); stroke-width: 2; }}"""
LEGEND = (
    ("work", "work"),
    ("waiting", "waiting for another replica"),
    ("failed", "failed"),
    ("cancelled", "cancelled"),
    ("pause", "pause"),
)
CHAIN = "critical chain"
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Return ``text`` with a mark in place of each character that neither XML nor HTML can have."""
    return NO_XML.sub("\ufffd", text)


def startup_timeline(analysis: Analysis) -> str:
    """Return the SVG: a row for each phase, a bar for each attempt, in light or dark as the reader's system is.

    The names of the critical chain are bold. Of an attempt that waited for another replica, the waiting is drawn first.
    """
    return "\n".join(_Timeline(analysis).lines()) + "\n"


class _Timeline:
    """The measures of one picture."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._chain = {link.phase.name for link in analysis.chain}
        self._whole = max([analysis.duration, *(phase.ended for phase in analysis.phases)]) or timedelta(seconds=1)
        self._left = 2 * EDGE + LETTER * max((_columns(_cut(phase.name)) for phase in analysis.phases), default=0)
        right = LETTER * max((len(_said(phase)) for phase in analysis.phases), default=0)
        self._title = _cut(f"{analysis.name or 'start-up'}: {analysis.state} in {format_duration(analysis.duration)}")
        legend = sum(_legend_width(label) for _, label in LEGEND) + LETTER * len(CHAIN)
        self._width = round(max(self._left + PLOT + right, legend, 1.2 * LETTER * _columns(self._title)) + 3 * EDGE)
        self._bottom = TOP + ROW * len(analysis.phases)
        self._height = self._bottom + 3 * EDGE

    def lines(self) -> Iterator[str]:
        """Yield the lines of the SVG."""
        told = "; ".join(f"{phase.name} {_said(phase)}" for phase in self._analysis.phases)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" role="img" aria-labelledby="what told"'
            f' width="{self._width}" height="{self._height}" viewBox="0 0 {self._width} {self._height}">'
        )
        yield f'<title id="what">{_text(self._title)}</title>'
        yield f'<desc id="told">{_text(told)}</desc>'
        yield f"<style>\n{STYLE}\n</style>"
        yield '<defs><pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse"'
        yield ' patternTransform="rotate(45)"><line class="hatch" x1="1" y1="0" x2="1" y2="6"/></pattern></defs>'
        yield f'<rect width="{self._width}" height="{self._height}" fill="var(--ground)"/>'
        yield _letters(EDGE, 28, self._title, "title")
        yield from self._axis()
        for number, phase in enumerate(self._analysis.phases):
            yield from self._row(phase, TOP + ROW * number)
        yield from self._legend()
        yield "</svg>"

    def _at(self, time: timedelta) -> float:
        return round(self._left + PLOT * (time / self._whole), 2)

    def _axis(self) -> Iterator[str]:
        step = _step(self._whole)
        for number in range(int(self._whole / step) + 1):
            x, tick = self._at(number * step), format_duration(number * step) if number else "0"
            yield f'<line class="grid" x1="{x}" x2="{x}" y1="{TOP - 10}" y2="{self._bottom}"/>'
            yield _letters(x, TOP - 18, tick, "faint", anchor="middle")

    def _row(self, phase: PhaseTimes, y: float) -> Iterator[str]:
        base = y + ROW / 2 + 4
        yield _letters(EDGE, base, phase.name, "chain" if phase.name in self._chain else "")
        for attempt in phase.attempts:
            yield from self._attempt(attempt, phase, y + (ROW - BAR) / 2)
        is_begun = phase.began is not None
        yield _letters(
            self._at(phase.ended) + 8 if is_begun else self._left, base, _said(phase), "" if is_begun else "faint"
        )

    def _attempt(self, attempt: Try, phase: PhaseTimes, y: float) -> Iterator[str]:
        ended = attempt.began + attempt.duration
        said = f"{phase.name}, attempt {attempt.number}: {attempt.outcome} in {format_duration(attempt.duration)}"
        waited = f", {format_duration(attempt.waited)} of it waiting" if attempt.waited else ""
        error = f": {attempt.error}" if attempt.error else ""
        yield f"<g><title>{_text(said + waited + error)}</title>"
        if attempt.waited:
            yield self._bar(attempt.began, attempt.waited, y, "waiting")
        if attempt.duration > attempt.waited or not attempt.waited:
            yield self._bar(attempt.began + attempt.waited, attempt.duration - attempt.waited, y, _kind(attempt))
        yield "</g>"
        if attempt.pause:
            middle = y + BAR / 2
            yield (
                f'<line class="pause" x1="{self._at(ended)}" x2="{self._at(ended + attempt.pause)}"'
                f' y1="{middle}" y2="{middle}"/>'
            )

    def _bar(self, began: timedelta, duration: timedelta, y: float, kind: str) -> str:
        width = max(round(PLOT * (duration / self._whole), 2), 2)
        return f'<rect class="{kind}" x="{self._at(began)}" y="{y}" width="{width}" height="{BAR}" rx="2"/>'

    def _legend(self) -> Iterator[str]:
        x, y = float(EDGE), self._bottom + EDGE
        for kind, label in LEGEND:
            if kind == "pause":
                yield f'<line class="pause" x1="{x}" x2="{x + BAR}" y1="{y + BAR / 2}" y2="{y + BAR / 2}"/>'
            else:
                yield f'<rect class="{kind}" x="{x}" y="{y}" width="{BAR}" height="{BAR}" rx="2"/>'
            yield _letters(x + SIGN, y + 11, label, "faint")
            x += _legend_width(label)
        yield _letters(x, y + 11, CHAIN, "chain")


def _legend_width(label: str) -> float:
    return round(SIGN + LETTER * len(label) + EDGE, 1)


def _kind(attempt: Try) -> str:
    kinds = {
        Outcome.SUCCEEDED: "work",
        Outcome.CANCELLED: "cancelled",
        Outcome.FAILED: "failed",
        Outcome.TIMED_OUT: "failed",
    }
    return next((kind for outcome, kind in kinds.items() if attempt.outcome == outcome), "running")


def _said(phase: PhaseTimes) -> str:
    """Return what stands behind a phase's bars."""
    if phase.began is None:
        return phase.state
    attempts = f", {len(phase.attempts)} attempts" if len(phase.attempts) > 1 else ""
    state = "" if phase.state == Outcome.SUCCEEDED else f", {phase.state}"
    return f"{format_duration(phase.duration)}{attempts}{state}"


def _step(whole: timedelta) -> timedelta:
    """Return a round time, of which ``whole`` has at most :data:`TICKS`."""
    small = [number * 10.0**power for power in range(-3, 0) for number in (1, 2, 5)]
    large = [3600 * number * 10.0**power for power in range(6) for number in (2, 5, 10)]
    return next(step for seconds in (*small, *STEPS, *large) if whole / (step := timedelta(seconds=seconds)) <= TICKS)


def _letters(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{_text(_cut(text))}</text>'


def _columns(text: str) -> int:
    """Return how many letters ``text`` is as wide as."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _text(text: str) -> str:
    return escape(printable(text))
