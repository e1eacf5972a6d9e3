"""``invoke startup`` and the tasks beside it, and ``run_startup`` for a program that wants to call it itself."""

from __future__ import annotations

import sys
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING

from invoke import Collection, Config, Context, Exit, task

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, did_you_mean
from migrate_tasks.tasks.edge import HELP, edge, say, say_document, say_json, settings_of, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrate_tasks.settings import Settings
    from migrate_tasks.startup.budget import Budget
    from migrate_tasks.startup.result import OnPhaseEvent, StartupResult
    from migrate_tasks.startup.spec import Sequence

FILE = {"file": "the sequence of phases (default: startup.yaml)"}
URL = {"url": HELP["url"]}
JSON = {"json": HELP["json"]}
JOBS = {"jobs": "how many phases may run side by side (default: as many as can)"}


@task(
    name="run",
    default=True,
    help={
        **HELP,
        **FILE,
        **JOBS,
        "only": "run these phases only, with commas between them",
        "skip": "do not run these phases",
        "from": "take what this phase waits for as done",
        "strict": "exit with 1 when it is degraded",
        "junit": "write the result into this file, as JUnit's XML",
    },
)
@edge
def startup_run(
    c: Context,
    *,
    directory: str | None = None,
    url: str | None = None,
    file: str | None = None,
    jobs: str | None = None,
    only: str = "",
    skip: str = "",
    from_: str = "",
    junit: str | None = None,
    strict: bool = False,
    json: bool = False,
) -> None:
    """Run the phases of startup.yaml; what follows -- is then executed: invoke startup -- uvicorn app:app."""
    from migrate_tasks.startup.choice import Choice, unwanted
    from migrate_tasks.startup.handover import command_of
    from migrate_tasks.tasks.startup_project import read_project
    from migrate_tasks.tasks.startup_run import Options, run_and_hand_over

    options = Options(
        command=command_of(sys.argv),
        junit=Path(junit) if junit else None,
        is_strict=strict,
        is_json=json,
    )
    settings = settings_of(c, directory=directory, url=url, startup_file=file)
    project = read_project(settings, c.config)
    reasons = unwanted(project.sequence, only=only, skip=skip, start=from_)
    run_and_hand_over(settings, project, Choice(_jobs(jobs), reasons), options)


@task(help={**FILE, "against": "what may end it too soon: a Kubernetes manifest, Compose file or systemd unit"})
@edge
def check(c: Context, file: str | None = None, against: str | None = None) -> None:
    """Check startup.yaml, its tasks and the settings; nothing is run."""
    from migrate_tasks.postgres.servers import find_database
    from migrate_tasks.render.text import plural
    from migrate_tasks.tasks.startup_project import read_project

    settings = settings_of(c, startup_file=file)
    sequence = read_project(settings, c.config).sequence
    where = find_database(settings)
    if against is None:
        say(f"ok: {plural(len(sequence.phases), 'phase')}, {where}")
        return
    from migrate_tasks.startup.limits import compare
    from migrate_tasks.startup.platforms import read_limits

    limits = read_limits(Path(against))
    shortfalls = compare(_budget(sequence, settings, None), limits)
    for short in shortfalls:
        say(f"warning: {MigrateTasksError(short.message, detail=short.detail, hint=short.hint)}")
    if shortfalls:
        raise Exit(code=1)
    enough = f"{plural(len(limits), 'limit')} of {against} long enough"
    say(f"ok: {plural(len(sequence.phases), 'phase')}, {where}; {enough}")


@task(help={**FILE, **JOBS, **JSON})
@edge
def plan(c: Context, file: str | None = None, jobs: str | None = None, *, json: bool = False) -> None:
    """Show the order of the phases, their limits, and the longest possible time."""
    from migrate_tasks.render.startup_plan import startup_plan_json, startup_plan_text

    sequence, settings = _sequence(c, file)
    budget = _budget(sequence, settings, _jobs(jobs))
    say_json(startup_plan_json(sequence, budget)) if json else say(startup_plan_text(sequence, budget))


@task(help={**FILE, "format": "ascii (default) or mermaid"})
@edge
def graph(c: Context, file: str | None = None, format: str = "ascii") -> None:  # noqa: A002 -- a flag's name
    """Show which phase waits for which."""
    from migrate_tasks.render.startup_graph import startup_graph_ascii, startup_graph_mermaid

    formats = {"ascii": startup_graph_ascii, "mermaid": startup_graph_mermaid}
    draw = formats[_one_of("format", format, formats)]
    say(draw(_sequence(c, file)[0]))


@task(help={**FILE, **JOBS, "format": "kubernetes (default), compose or systemd"})
@edge
def budget(
    c: Context,
    file: str | None = None,
    jobs: str | None = None,
    format: str = "kubernetes",  # noqa: A002 -- a flag's name
) -> None:
    """Show what to set in a platform so that it does not end a start-up too soon."""
    from migrate_tasks.render.budget import PLATFORMS, budget_snippet

    platform = _one_of("format", format, PLATFORMS)
    sequence, settings = _sequence(c, file)
    say(budget_snippet(sequence.name, _budget(sequence, settings, _jobs(jobs)), platform))


@task(
    help={
        "state": "the state file of the start-up (default: that of the last one)",
        "format": "text (default), json, html, or svg",
    }
)
@edge
def analyze(c: Context, state: str | None = None, format: str = "text") -> None:  # noqa: A002 -- a flag's name
    """Show where the time of the last start-up went: the critical chain, and what took how long."""
    from migrate_tasks.render import startup_analysis as render
    from migrate_tasks.render.timeline import startup_timeline
    from migrate_tasks.startup.analysis import analyze
    from migrate_tasks.startup.state_file import read_state_file

    formats = {
        "text": render.startup_analysis_text,
        "json": lambda analysis: dumps(render.startup_analysis_json(analysis), indent=2),
        "html": render.startup_analysis_html,
        "svg": startup_timeline,
    }
    show = formats[_one_of("format", format, formats)]
    text = show(analyze(read_state_file(settings_of(c, state_file=state).state_file)))
    say_document(text if text.endswith("\n") else f"{text}\n")


@task
@edge
def schema(_: Context) -> None:
    """Print the JSON Schema of startup.yaml, for editors."""
    from migrate_tasks.startup.read import read_schema

    say_json(read_schema())


def run_startup(
    settings: Settings | None = None, *, jobs: int | None = None, on_event: OnPhaseEvent | None = None
) -> StartupResult:
    """Run the phases of startup.yaml and return how each ended.

    The phases are tasks of the project's tasks.py; at most ``jobs`` run side by side. Raises ConfigurationError for a
    file that must be mended, Interrupted after SIGINT, SIGTERM or SIGHUP. Must be called in the main thread.
    """
    from migrate_tasks.postgres.servers import open_database
    from migrate_tasks.settings import read_settings
    from migrate_tasks.startup.choice import Choice
    from migrate_tasks.startup.result import ignore
    from migrate_tasks.tasks.startup_project import read_project
    from migrate_tasks.tasks.startup_run import run_followed

    settings = settings or read_settings()
    project = read_project(settings, Config())
    with open_database(settings) as database, project.stage(settings, database) as stage:
        state = project.state(stage, database)
        return run_followed(settings.state_file, state, stage, [on_event or ignore], Choice(jobs))


def _sequence(c: Context, file: str | None) -> tuple[Sequence, Settings]:
    from migrate_tasks.tasks.startup_project import read_project

    settings = settings_of(c, startup_file=file)
    return read_project(settings, c.config).sequence, settings


def _budget(sequence: Sequence, settings: Settings, jobs: int | None) -> Budget:
    from migrate_tasks.startup.budget import budget_of

    return budget_of(sequence, lock_wait=settings.lock_wait, jobs=jobs)


def _jobs(value: str | None) -> int | None:
    if value is None:
        return None
    number = whole_number("jobs", value)
    if not number:
        raise ConfigurationError("--jobs: 0 phases would never come to an end", hint="Say 1 to run one after another.")
    return number


def _one_of(flag: str, value: str, known: Iterable[str]) -> str:
    if value in known:
        return value
    hint = did_you_mean(value, known) or f"It is one of {', '.join(known)}."
    raise ConfigurationError(f'--{flag}: "{value}" is not known', hint=hint)


startup = Collection("startup", startup_run, check, plan, graph, budget, analyze, schema)
