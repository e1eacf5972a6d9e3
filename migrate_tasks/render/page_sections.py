"""The sections of the status page. An empty one stays in the page as a place, for what comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.migrations.status import Status
from migrate_tasks.render.html import Html, clipped, fill, joined
from migrate_tasks.render.page_state import RUN, next_steps, over_http, state_of
from migrate_tasks.render.page_times import moment, now_of
from migrate_tasks.render.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from migrate_tasks.api.observation import Failure, Observation
    from migrate_tasks.migrations.events import Holder
    from migrate_tasks.migrations.status import MigrationStatus

# bytes that are shown of what others have written, such that the page stays small whatever they write
NAME, WORDS, COMMAND, MESSAGE, SQL_LINE = 120, 240, 260, 600, 160
SHOWN_FAILURES, SHOWN_STEPS, SHOWN_BLOCKERS, SHOWN_LINES = 2, 4, 3, 7
CELLS = 40  # migrations that have a cell each in the strip


def counts(observation: Observation) -> Html:
    """Return how many migrations there are of each status, as a strip and in numbers; no names."""
    report, stuck = observation.health.report, observation.health.stuck
    if not report.migrations:
        return Html()
    numbers = {
        "completed": report.count(Status.COMPLETED),
        "running": report.count(Status.RUNNING),
        "failed": report.count(Status.FAILED) - stuck,
        **({"stuck": stuck} if stuck else {}),
        "pending": report.count(Status.PENDING),
    }
    terms = (
        fill(
            "<div{none}><dt>{name}</dt><dd>{number}</dd></div>",
            none=Html() if number else Html(' class="none"'),
            name=name,
            number=number,
        )
        for name, number in numbers.items()
    )
    return fill("{strip}<dl>{terms}</dl>", strip=_strip(numbers), terms=joined(terms))


def _strip(numbers: Mapping[str, int]) -> Html:
    total = sum(numbers.values())
    parts = (
        [(name, 1) for name, number in numbers.items() for _ in range(number)] if total <= CELLS else numbers.items()
    )
    gap = total / 300
    cells, at = [], 0
    for name, width in parts:
        shown = max(width - gap, 0)
        cells.append(
            fill('<rect class="{name}" x="{at}" width="{shown}" height="1"/>', name=name, at=at, shown=f"{shown:.2f}")
        )
        at += width
    return fill(
        '<svg viewBox="0 0 {end} 1" preserveAspectRatio="none" aria-hidden="true">{cells}</svg>',
        end=f"{total - gap:.2f}",
        cells=joined(cells),
    )


def progress(observation: Observation) -> Html:
    """Return what the run at work does, for how long, and for whom it waits."""
    at_work = observation.progress
    if at_work is None:
        return Html()
    waiting = [f"Waits for {at_work.waits_for} before it may begin."] if at_work.waits_for else []
    waiting += [f"Is blocked by {blocker}" for blocker in at_work.blockers[:SHOWN_BLOCKERS]]
    return fill(
        '<h2>At work</h2><div class="card"><h3>{name}</h3>{bar}<p>{how_far}</p>{waiting}</div>',
        name=clipped(at_work.name, NAME) if at_work.name else "A run",
        bar=_bar(at_work.statement, at_work.statements),
        how_far=", ".join(
            [
                *([f"Statement {at_work.statement} of {at_work.statements}"] if at_work.statement else []),
                f"{format_duration(at_work.elapsed)} so far",
            ]
        ),
        waiting=joined(fill("<p>{words}</p>", words=clipped(words, WORDS)) for words in waiting),
    )


def _bar(statement: int | None, statements: int | None) -> Html:
    if statement is None or not statements:
        return Html()
    return fill(
        '<progress max="{all}" value="{done}" aria-label="Statements done">{done} of {all}</progress>',
        all=statements,
        done=statement - 1,
    )


def failures(observation: Observation) -> Html:
    """Return why migrations failed, with the SQL around the place; of a database that is unreachable, why it is."""
    health, failure = observation.health, observation.failure
    failed = [m for m in health.report.migrations if m.status is Status.FAILED]
    cards = [_failed(m, failure if failure and failure.name == m.name else None) for m in failed[:SHOWN_FAILURES]]
    if health.status == "unreachable":
        cards = [_message(issue) for issue in health.issues[:1]]
    if not cards:
        return Html()
    more = len(failed) - SHOWN_FAILURES
    rest = fill('<p class="soft">{more} failed, too.</p>', more=plural(more, "other")) if more > 0 else Html()
    return fill("<h2>{head}</h2>{cards}{rest}", head="Error", cards=joined(cards), rest=rest)


def _message(text: str) -> Html:
    return fill('<div class="card"><p class="message">{text}</p></div>', text=clipped(text, MESSAGE))


def _failed(migration: MigrationStatus, failure: Failure | None) -> Html:
    if failure is None:
        place = sql = Html()
    else:
        place = fill('<p class="place">{path}:{line}</p>', path=clipped(failure.path, NAME), line=failure.line)
        sql = _sql(failure)
    return fill(
        '<div class="card {kind}"><h3>{name}</h3>{place}<p class="message">{message}</p>{sql}</div>',
        kind="stuck" if migration.died else "failed",
        name=clipped(migration.name, NAME),
        place=place,
        message=clipped((failure and failure.message) or migration.error_message or "It is not known why.", MESSAGE),
        sql=sql,
    )


def _sql(failure: Failure) -> Html:
    """Return the lines around the one that failed, of which it is marked for eyes and for ears."""
    first = max([n for n, (number, _) in enumerate(failure.lines) if number <= failure.line], default=0)
    shown = failure.lines[max(0, first - SHOWN_LINES // 2) :][:SHOWN_LINES]
    lines = (
        fill(
            '<li value="{number}">{text}</li>',
            number=number,
            text=fill('<mark><span class="hidden">failed here: </span>{text}</mark>', text=clipped(text, SQL_LINE))
            if number == failure.line
            else clipped(text, SQL_LINE),
        )
        for number, text in shown
    )
    return fill('<ol class="sql">{lines}</ol>', lines=joined(lines)) if shown else Html()


def steps(observation: Observation, *, can_post: bool, needs_token: bool, address: str) -> Html:
    """Return what to do next; ``address`` is that of the page, for whoever may do it over HTTP."""
    shown = [
        fill(
            "<p>{words}</p>{command}{over_http}",
            words=clipped(step.words, WORDS),
            command=_command(step.command) if step.command else "",
            over_http=fill(
                "<p>Or over HTTP:</p>{command}", command=_command(over_http(address, needs_token=needs_token))
            )
            if can_post and step.command == RUN
            else "",
        )
        for step in next_steps(observation)[:SHOWN_STEPS]
    ]
    return fill("<h2>What to do</h2>{shown}", shown=joined(shown))


def _command(command: str) -> Html:
    return fill("<pre><code>{command}</code></pre>", command=clipped(command, COMMAND))


def facts(observation: Observation) -> Html:
    """Return who has the lock, and what else is to be known of the place."""
    now = now_of(observation)
    known = {
        "Lock": _holder(observation.holder, now),
        "Ready": "yes" if observation.is_ready else "not yet: the schema that this build needs was not seen so far",
        "Database clock": moment(observation.server_time, observation.at) if observation.server_time else Html(),
        "Version": clipped(f"migrate-tasks {observation.version}", NAME),
    }
    if state_of(observation) == "unreachable":
        del known["Lock"]
    terms = (fill("<dt>{term}</dt><dd>{value}</dd>", term=term, value=value) for term, value in known.items() if value)
    return fill("<h2>This database</h2><dl>{terms}</dl>", terms=joined(terms))


def _holder(holder: Holder | None, now: datetime) -> Html:
    if holder is None:
        return Html("free")
    session = "behind a pooler" if holder.pid is None else f"backend {holder.pid}"
    return fill(
        "held by “{application}” on {host} ({session}){since}",
        application=clipped(holder.application or "another session", NAME),
        host=clipped(holder.host, NAME),
        session=session,
        since=fill(" since {moment}", moment=moment(holder.since, now)) if holder.since else Html(),
    )
