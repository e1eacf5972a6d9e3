"""Where the time of a start-up went, as text, as JSON and as a page."""

from __future__ import annotations

from datetime import UTC, timedelta
from html import escape
from typing import TYPE_CHECKING, Any

from migrate_tasks.durations import format_duration, milliseconds
from migrate_tasks.render.text import table
from migrate_tasks.render.timeline import DARK, LIGHT, printable, startup_timeline
from migrate_tasks.startup.analysis import NOTABLE, Cause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.startup.analysis import Analysis, Link, PhaseTimes

CHAIN = ("phase", "began", "took", "after")
BLAME = ("phase", "time", "share", "work", "lock wait", "pauses", "failed attempts")


def startup_analysis_text(analysis: Analysis) -> str:
    """Return the chain that made the start-up as long as it was, and what each phase spent its time on."""
    if not analysis.begun:
        return f"{_heading(analysis)}\n\nno phase began"
    parts = [
        _heading(analysis),
        "the critical chain: each phase began when the one above had ended",
        table(CHAIN, [_link_row(link) for link in analysis.chain], right=(1, 2)),
        "where the time went",
        table(BLAME, _blame_rows(analysis), right=(1, 2, 3, 4, 5, 6)),
        *_notes(analysis),
    ]
    return "\n\n".join(parts)


def startup_analysis_json(analysis: Analysis) -> dict[str, Any]:
    """Return the same for programs, with durations in whole milliseconds."""
    data = {
        "name": analysis.name,
        "run_id": analysis.run_id,
        "state": analysis.state,
        "started_at": analysis.started_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "duration_ms": milliseconds(analysis.duration),
        "chain": [
            {
                "phase": link.phase.name,
                "after": link.after or None,
                "cause": link.cause.value,
                "gap_ms": milliseconds(link.gap),
                "began_ms": milliseconds(link.phase.began or timedelta(0)),
                "duration_ms": milliseconds(link.phase.duration),
            }
            for link in analysis.chain
        ],
        "blame": [
            {
                "phase": phase.name,
                "duration_ms": milliseconds(phase.duration),
                "share": round(phase.duration / analysis.duration, 4) if analysis.duration else 0.0,
                "work_ms": milliseconds(phase.worked),
                "waited_ms": milliseconds(phase.waited),
                "pauses_ms": milliseconds(phase.paused),
                "failed_ms": milliseconds(phase.failed),
            }
            for phase in analysis.blame
        ],
        "saved_ms": milliseconds(analysis.saved),
        "could_save_ms": milliseconds(analysis.could_save),
    }
    return {"success": True, "data": data}


def startup_analysis_html(analysis: Analysis) -> str:
    """Return a page that needs nothing else: the timeline, the tables, and the notes."""
    blamed = _html_table(BLAME, _blame_rows(analysis))
    chain = _html_table(CHAIN, [_link_row(link) for link in analysis.chain])
    notes = "".join(f"<p>{_text(note)}</p>" for note in _notes(analysis))
    error = f'<p class="error">{_text(analysis.error)}</p>' if analysis.error else ""
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{_text(_heading(analysis))}</title>
<style>
:root {{ {LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {DARK} }} }}
body {{ margin: 2rem auto; max-width: 75rem; padding: 0 1rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }}
h1 {{ font-size: 1.3rem; }}
h2 {{ font-size: 1.05rem; margin-top: 2rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }}
th {{ color: var(--faint); font-weight: 500; }}
th:first-child, td:first-child, table.chain th:last-child, table.chain td:last-child {{ text-align: left; }}
td {{ font-variant-numeric: tabular-nums; }}
.error {{ color: var(--failed); }}
</style>
</head>
<body>
<h1>{_text(_heading(analysis))}</h1>
{error}
<div class="wide">{startup_timeline(analysis)}</div>
<h2>Where the time went</h2>
<div class="wide"><table>{blamed}</table></div>
<h2>The critical chain</h2>
<p>Each phase began when the one above had ended.</p>
<div class="wide"><table class="chain">{chain}</table></div>
{notes}
</body>
</html>
"""


def _heading(analysis: Analysis) -> str:
    name = f' "{analysis.name}"' if analysis.name else ""
    when = f"{analysis.started_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"start-up{name}, {when}: {analysis.state} in {format_duration(analysis.duration)}"


def _link_row(link: Link) -> tuple[str, ...]:
    began = f"+{format_duration(link.phase.began or timedelta(0))}"
    after = {Cause.START: "the start", Cause.DEPENDENCY: link.after, Cause.SLOT: f"{link.after}, which freed a job"}
    later = f", {format_duration(link.gap)} later" if link.gap > NOTABLE else ""
    return link.phase.name, began, format_duration(link.phase.duration), f"{after[link.cause]}{later}"


def _blame_rows(analysis: Analysis) -> list[tuple[str, ...]]:
    return [_blame_row(phase, analysis.duration) for phase in analysis.blame]


def _blame_row(phase: PhaseTimes, whole: timedelta) -> tuple[str, ...]:
    parts = (phase.worked, phase.waited, phase.paused, phase.failed)
    share = f"{phase.duration / whole:.0%}" if whole else ""
    return phase.name, format_duration(phase.duration), share, *(format_duration(p) if p else "" for p in parts)


def _notes(analysis: Analysis) -> list[str]:
    saved, could = analysis.saved, analysis.could_save
    took = f"{format_duration(could)} less if each phase had taken as long"
    notes = (
        f"Running side by side saved {format_duration(saved)}." if saved else "",
        f"Phases waited for a free job: with more jobs the start-up would have taken {took}." if could else "",
    )
    return [note for note in notes if note]


def _html_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    return f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>"


def _text(text: str) -> str:
    return escape(printable(text))
