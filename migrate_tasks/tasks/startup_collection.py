"""``invoke startup``, and ``run_startup`` for a program that wants to call it itself."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from invoke import Collection, Config, Context, Executor, Exit, FilesystemLoader, task
from invoke.exceptions import CollectionNotFound, UnexpectedExit

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater, did_you_mean
from migrate_tasks.tasks.edge import HELP, edge, root_of, say, say_json, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from migrate_tasks.postgres.servers import Database
    from migrate_tasks.settings import Settings
    from migrate_tasks.startup.result import OnPhaseEvent, StartupResult
    from migrate_tasks.startup.spec import Phase, Sequence


@task(
    name="run",
    default=True,
    help={**HELP, "file": "the sequence of phases (default: startup.yaml)"},
)
@edge
def startup_run(
    c: Context,
    directory: str | None = None,
    url: str | None = None,
    file: str | None = None,
    *,
    json: bool = False,
) -> None:
    """Run the phases of startup.yaml."""
    from migrate_tasks.render.json import startup_json
    from migrate_tasks.render.startup import failure, summary

    settings = settings_of(c, directory=directory, url=url, startup_file=file)
    result = _run_startup(settings, c.config, _unseen if json else _shown)
    say_json(startup_json(result)) if json else say(f"\n{summary(result)}")
    failed = result.failed
    if failed and failed.error:
        raise Exit(f"error: {failure(failed, failed.error)}", result.exit_code)


@contextmanager
def _shown(sequence: Sequence, database: Database) -> Iterator[OnPhaseEvent]:
    """Show a start-up: a live table on a terminal, lines elsewhere."""
    from migrate_tasks.render.startup import heading, phase_event_text

    say(heading(sequence, database.description))
    if sys.stdout.isatty():
        from migrate_tasks.render.live import LiveView

        with LiveView(sequence) as view:
            yield view.show
    else:
        yield lambda event: say(phase_event_text(event))


@contextmanager
def _unseen(_sequence: Sequence, _database: Database) -> Iterator[OnPhaseEvent]:
    from migrate_tasks.startup.result import ignore

    yield ignore


def run_startup(settings: Settings | None = None, *, on_event: OnPhaseEvent | None = None) -> StartupResult:
    """Run the phases of startup.yaml and return how each ended.

    The phases are tasks of the project's tasks.py. Raises ConfigurationError for a file that must be
    mended, Interrupted after SIGINT, SIGTERM or SIGHUP. Must be called in the main thread.
    """
    from migrate_tasks.settings import read_settings
    from migrate_tasks.startup.result import ignore

    return _run_startup(settings or read_settings(), Config(), lambda *_: nullcontext(on_event or ignore))


def _run_startup(
    settings: Settings,
    config: Config,
    view: Callable[[Sequence, Database], AbstractContextManager[OnPhaseEvent]],
) -> StartupResult:
    from migrate_tasks.postgres.servers import open_database
    from migrate_tasks.startup.supervisor import run_sequence

    sequence = _sequence(settings.startup_file)
    namespace = _namespace(config, settings.root)
    _check_tasks(sequence, namespace)
    with open_database(settings) as database, view(sequence, database) as on_event:
        return run_sequence(
            sequence,
            lambda phase: _execute(namespace, config, phase),
            environ=_phase_environment(settings, database),
            on_event=on_event,
        )


def _sequence(file: Path) -> Sequence:
    """Return the sequence in ``file``, checked, and leave psycopg loaded for the phases that will be forked.

    The library that checks takes as long to load as psycopg does; so it is loaded in a child, beside it.
    """
    from migrate_tasks.startup.attempt import Attempt
    from migrate_tasks.startup.read import check_sequence, read_sequence

    check = Attempt(lambda: check_sequence(file), {}, say)
    import migrate_tasks.migrations.runner  # noqa: F401

    error = check.join()
    if error:
        raise ConfigurationError(error.message, detail=error.detail, hint=error.hint)
    return read_sequence(file)


def _phase_environment(settings: Settings, database: Database) -> dict[str, str]:
    """Return what every phase is to find: the database and the environment that were chosen."""
    found = (os.environ.get("MIGRATION_DATABASE_URL"), os.environ.get("DATABASE_URL"))
    urls = {"DATABASE_URL": database.url, "MIGRATION_DATABASE_URL": database.url}
    return {**settings.to_environ(), **({} if settings.url and settings.url in found else urls)}


def _execute(namespace: Collection, config: Config, phase: Phase) -> None:
    """Call the phase's task as invoke does; an error of ours that left it as Exit is ours again."""
    try:
        Executor(namespace, config.clone()).execute(namespace.transform(phase.task))
    except UnexpectedExit as left:
        error = MigrateTasksError(f'command "{left.result.command}" exited with {left.result.exited}')
        error.exit_code = left.result.exited if left.result.exited == TryAgainLater.exit_code else 1
        raise error from None
    except Exit as left:
        if isinstance(left.__cause__, MigrateTasksError):
            raise left.__cause__ from None
        if left.code:
            error = MigrateTasksError(left.message or f"exit code {left.code}")
            error.exit_code = left.code
            raise error from None


def _namespace(config: Config, root: Path) -> Collection:
    """Return the tasks of the project in ``root``: those that invoke has loaded, or else those on the disk."""
    name = config.tasks.collection_name
    module = sys.modules.get(name)
    if module is None or root_of(module) != root:
        try:
            module, _ = FilesystemLoader(start=str(root), config=config).load()
        except CollectionNotFound:
            raise ConfigurationError(f"there is no {name}.py in {root} or above it") from None
    return Collection.from_module(module)


def _check_tasks(sequence: Sequence, namespace: Collection) -> None:
    known = {name for task_name, aliases in namespace.task_names.items() for name in (task_name, *aliases)}
    for phase in sequence.phases:
        name, where = namespace.transform(phase.task), f'{phase.task_place}: phase "{phase.name}" names'
        if name not in known:
            raise ConfigurationError(
                f'{where} task "{phase.task}", which does not exist',
                hint=did_you_mean(name, known) or "The tasks are shown by: invoke --list",
            )
        if namespace[name].body is startup_run.body:
            raise ConfigurationError(f"{where} the start-up itself, which would never end")
        if namespace[name].positional:
            missing = ", ".join(namespace[name].positional)
            raise ConfigurationError(f'{where} task "{phase.task}", which cannot run without its argument: {missing}')


startup = Collection("startup", startup_run)
