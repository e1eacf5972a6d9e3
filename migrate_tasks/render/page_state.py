"""What the status page says first: the state in one word and in a sentence, and what to type next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from migrate_tasks.migrations.status import HealthStatus, Status
from migrate_tasks.render.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.api.observation import Observation

HEALTH, WAIT, RUN = "invoke migrate.health", "invoke migrate.wait", "invoke migrate.run"

State = HealthStatus | Literal["running"]


@dataclass(frozen=True)
class Step:
    """What to do, and the command that does it, where there is one."""

    words: str
    command: str = ""


def state_of(observation: Observation) -> State:
    """Return the one word: that of the health, or "running" while a run is at work."""
    health = observation.health
    if health.status == "unreachable":
        return "unreachable"
    is_running = observation.progress is not None or health.report.count(Status.RUNNING)
    return "running" if is_running else health.status


def is_starting(observation: Observation) -> bool:
    """Return whether a start-up is at work, as far as its state file says."""
    return observation.startup is not None and observation.startup.get("state") == "running"


def refresh_after(observation: Observation) -> int:
    """Return after how many seconds the page is to be looked at again: soon, where it soon says something else."""
    state = state_of(observation)
    if state == "running" or is_starting(observation):
        return 3
    return 10 if state == "unreachable" else 30


def sentence(observation: Observation) -> str:
    """Return the state in a sentence that names nobody: whoever may see nothing else sees it."""
    report = observation.health.report
    total, completed = len(report.migrations), report.count(Status.COMPLETED)
    so_far = f"{completed} of {plural(total, 'migration')} {'is' if completed == 1 else 'are'} completed."
    match state_of(observation):
        case "unreachable":
            return "The database does not answer."
        case "running":
            return f"A run is at work: {so_far}"
        case "failed":
            failed = report.count(Status.FAILED) - observation.health.stuck
            return f"{plural(failed, 'migration')} failed; {so_far}"
        case "stuck":
            return f"A process died while it was at work; {so_far}"
        case "ok":
            return _all_is_well(total)
        case _:
            pending = report.count(Status.PENDING)
            return f"{plural(pending, 'migration')} pending; {so_far}" if pending else _files_differ(observation)


def _all_is_well(total: int) -> str:
    match total:
        case 0:
            return "There are no migrations yet."
        case 1:
            return "The one migration is completed."
        case _:
            return f"All {total} migrations are completed."


def _files_differ(observation: Observation) -> str:
    differing = sum(m.changed or m.missing for m in observation.health.report.migrations)
    return f"The database is up to date; {plural(differing, 'completed migration')} no longer as executed."


def next_steps(observation: Observation) -> list[Step]:
    """Return what a person does next, in order, with the commands that are to be typed."""
    match state_of(observation):
        case "unreachable":
            return [
                Step("Start the database, or mend DATABASE_URL. This asks whether it can be reached:", HEALTH),
                Step("And this waits until it can, and the migrations are completed:", WAIT),
            ]
        case "running":
            return [Step("Nothing, while it is at work. This waits until all is completed:", WAIT)]
        case "failed":
            return [Step(f"{_what_to_mend(observation)}, then execute it again:", RUN)]
        case "stuck":
            return [Step("Nothing has to be cleared by hand. Execute it again, and it recovers:", RUN)]
        case "ok":
            return [Step("Nothing. The next change of the schema begins with:", "invoke migrate.new 'what it does'")]
        case _:
            return [*_of_the_pending(observation), *_of_the_files(observation)]


def _what_to_mend(observation: Observation) -> str:
    return f"Mend {observation.failure.path}" if observation.failure else "Mend what the error tells of"


def _of_the_pending(observation: Observation) -> Iterator[Step]:
    if observation.health.report.count(Status.PENDING):
        yield Step("See what would be executed:", "invoke migrate.plan")
        yield Step("Execute it:", RUN)


def _of_the_files(observation: Observation) -> Iterator[Step]:
    for migration in observation.health.report.migrations:
        name = migration.name
        if migration.changed:
            again = shlex.quote(f"{name.partition('-')[2].replace('-', ' ')} 2")
            yield Step(
                f"{name} was changed after it was completed. Put the change into a new migration:",
                f"invoke migrate.new {again}",
            )
            yield Step("Or, where the database is as the file says:", f"invoke migrate.accept {shlex.quote(name)}")
        elif migration.missing:
            yield Step(f"{name} is completed, but its file is gone. Restore it.")


def over_http(address: str, *, needs_token: bool) -> str:
    """Return the command that does over HTTP what ``invoke migrate.run`` does; ``address`` is that of the page."""
    token = ' -H "Authorization: Bearer $MIGRATE_TASKS_TOKEN"' if needs_token else ""
    return f'curl -X POST {shlex.quote(f"{address}/run")} -H "Content-Type: application/json"{token}'
