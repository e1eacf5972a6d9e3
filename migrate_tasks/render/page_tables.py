"""The two tables of the status page: the migrations, and the phases of the start-up."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from migrate_tasks.durations import format_duration
from migrate_tasks.migrations.status import Status
from migrate_tasks.render.html import Html, clipped, fill, joined, size
from migrate_tasks.render.page_times import moment, now_of
from migrate_tasks.render.text import plural, status_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from migrate_tasks.api.observation import Observation
    from migrate_tasks.migrations.status import MigrationStatus

WORD, NAME, WORDS, ADDRESS = 24, 120, 200, 260  # bytes that are shown of each
LONGEST = 10**12  # milliseconds that are a duration
# what is left out last where there is no room for all
URGENCY = {Status.FAILED: 0, Status.RUNNING: 1, Status.PENDING: 2, Status.COMPLETED: 3}


def migrations(observation: Observation, room: int, address: str) -> Html:
    """Return the table of the migrations in at most ``room`` bytes, if that is enough for its frame.

    Where there is no room for all, the oldest that are completed are left out first. ``address`` is that of the page.
    """
    found, now = observation.health.report.migrations, now_of(observation)
    if not found:
        return Html()
    rows = [_row(migration, now) for migration in found]
    frame = _migrations((), plural(len(rows), "other"), address)
    by_urgency = sorted(range(len(rows)), key=lambda n: _rank(found[n], n))
    shown = _fitting(by_urgency, rows, room - size(frame))
    left_out = len(rows) - len(shown)
    return _migrations((rows[n] for n in sorted(shown)), plural(left_out, "other") if left_out else "", address)


def _migrations(rows: Iterable[Html], others: str, address: str) -> Html:
    rest = '<p class="soft">{others}: <a href="{address}/status">all as JSON</a></p>'
    return fill(
        "{table}{rest}",
        table=_table("names", "Migrations", ("Name", "Status", "Started (UTC)", "Duration", "By"), rows),
        rest=fill(rest, others=others, address=clipped(address, ADDRESS)) if others else "",
    )


def _table(id_: str, title: object, columns: Iterable[str], rows: Iterable[Html]) -> Html:
    """Return the table; its roles are said since Safari forgets them where a narrow screen shows rows as blocks."""
    return fill(
        '<h2 id="{id}">{title}</h2><table role="table" aria-labelledby="{id}"><thead role="rowgroup"><tr role="row">'
        '{columns}</tr></thead><tbody role="rowgroup">{rows}</tbody></table>',
        id=id_,
        title=title,
        columns=joined(
            fill(
                '<th scope="col" role="columnheader"{kind}>{column}</th>',
                kind=Html(' class="num"') if column == "Duration" else "",
                column=column,
            )
            for column in columns
        ),
        rows=joined(rows),
    )


def _cell(content: object, kind: str = "") -> Html:
    return fill(
        '<td role="cell"{kind}>{content}</td>', kind=fill(' class="{k}"', k=kind) if kind else "", content=content
    )


def _fitting(order: Sequence[int], rows: Sequence[Html], room: int) -> set[int]:
    """Return the places of the ``rows`` that fit, if they are put into the table in that order."""
    sizes = list(accumulate(size(rows[place]) for place in order))
    return set(list(order)[: bisect_right(sizes, room)])


def _rank(migration: MigrationStatus, place: int) -> tuple[int, int]:
    urgency = 0 if _is_odd(migration) else URGENCY[migration.status]
    return urgency, -place if migration.status is Status.COMPLETED else place


def _is_odd(migration: MigrationStatus) -> bool:
    return migration.changed or migration.missing


def _row(migration: MigrationStatus, now: datetime) -> Html:
    if migration.status is Status.RUNNING and migration.started_at:
        took: timedelta | None = max(now - migration.started_at, timedelta(0))
    else:
        took = migration.duration
    return fill(
        '<tr role="row" class="{kind}"><th role="rowheader" scope="row">{name}</th>{cells}</tr>',
        kind="stuck" if migration.died else "degraded" if _is_odd(migration) else migration.status,
        name=clipped(migration.name, NAME),
        cells=joined(
            (
                _cell(status_words(migration), "s"),
                _cell(moment(migration.started_at, now)),
                _cell("" if took is None else format_duration(took), "num"),
                _cell(clipped(migration.by or "", NAME), "by"),
            )
        ),
    )


def startup(observation: Observation, room: int) -> Html:
    """Return how far the start-up is, in at most ``room`` bytes, if that is enough for the frame.

    Anything may stand in the document of the state file. Where there is no room for all phases, the last are left out.
    """
    document = observation.startup or {}
    rows = [_phase(phase) for phase in document.get("phases", ()) if isinstance(phase, dict)]
    if not rows:
        return Html()
    state = clipped(str(document.get("state")), WORD)
    frame = _phases(state, (), plural(len(rows), "other"))
    shown = _fitting(range(len(rows)), rows, room - size(frame))
    left_out = len(rows) - len(shown)
    return _phases(state, rows[: len(shown)], plural(left_out, "other") if left_out else "")


def _phases(state: Html, rows: Iterable[Html], others: str) -> Html:
    return fill(
        "{table}{rest}",
        table=_table("phases", fill("Start-up: {state}", state=state), ("Phase", "State", "Duration"), rows),
        rest=fill('<p class="soft">{others}</p>', others=others) if others else "",
    )


def _phase(phase: Mapping[str, Any]) -> Html:
    state, error, took = clipped(str(phase.get("state")), WORD), phase.get("error"), phase.get("duration_ms")
    about = error.get("message") if isinstance(error, dict) else phase.get("about")
    duration = timedelta(milliseconds=took) if isinstance(took, int) and 0 <= took < LONGEST else None
    return fill(
        '<tr role="row" class="{state}"><th role="rowheader" scope="row">{name}{about}</th>{cells}</tr>',
        state=state,
        name=clipped(str(phase.get("name")), NAME),
        about=fill('<div class="soft">{words}</div>', words=clipped(str(about), WORDS)) if about else "",
        cells=joined((_cell(state, "s"), _cell("" if duration is None else format_duration(duration), "num"))),
    )
