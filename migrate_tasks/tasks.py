"""The invoke collections ``migrate`` and ``startup``: the only module that prints and exits.

A project's tasks.py::

    from invoke import Collection
    from migrate_tasks.tasks import migrate, startup
    namespace = Collection(migrate, startup)

Everything heavy is imported inside the tasks, so that ``invoke --list`` costs next to nothing.
"""

from __future__ import annotations

import functools
import json as json_module
import os
import signal
import sys
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke import Collection, Config, Context, Executor, Exit, FilesystemLoader, task
from invoke.exceptions import CollectionNotFound

from migrate_tasks.errors import (
    ConfigurationError,
    Interrupted,
    MigrateTasksError,
    MigrationFailed,
    did_you_mean,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import FrameType

    from migrate_tasks.postgres.servers import Database
    from migrate_tasks.settings import Settings
    from migrate_tasks.startup.result import OnPhaseEvent, StartupResult
    from migrate_tasks.startup.spec import Phase, Sequence

HELP = {
    "directory": "folder of the migrations (default: migrations)",
    "url": "database to work on (default: MIGRATION_DATABASE_URL, DATABASE_URL, or the embedded server)",
    "json": "print one JSON document",
}


def _edge(body: Callable[..., None]) -> Callable[..., None]:
    """Let the errors of ``body`` leave as invoke's Exit: message, DETAIL and HINT on stderr, and the exit code."""

    @functools.wraps(body)
    def task_body(c: Context, **arguments: Any) -> None:
        # invoke forbids it for the whole process; where nothing was compiled at installation (uv's default, an
        # editable install) every run would then compile all that it loads
        sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)
        handler = signal.signal(signal.SIGTERM, _terminated)
        try:
            body(c, **arguments)
            sys.stdout.flush()
        except MigrateTasksError as error:
            raise _exit(error, as_json=arguments.get("json", False)) from error
        except KeyboardInterrupt as interrupt:
            raise _exit(Interrupted(signal.Signals(interrupt.args[0] if interrupt.args else signal.SIGINT))) from None
        except BrokenPipeError:  # the reader, head or less, has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise Exit(code=128 + signal.SIGPIPE) from None
        finally:
            signal.signal(signal.SIGTERM, handler)

    return task_body


def _terminated(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


def _exit(error: MigrateTasksError, *, as_json: bool = False) -> Exit:
    if as_json:
        from migrate_tasks.render.json import error_json, run_json

        result = error.result if isinstance(error, MigrationFailed) else None
        _say_json(run_json(result, error) if result else error_json(error))
    return Exit(f"error: {error}", error.exit_code)


def _say(text: str | None) -> None:
    if text is not None:
        print(text, flush=True)


def _say_json(answer: Any) -> None:
    _say(json_module.dumps(answer, indent=2, ensure_ascii=False))


def _settings(c: Context, **flags: str | None) -> Settings:
    from migrate_tasks.settings import read_settings

    paths = {name: _absolute(name, value) for name, value in flags.items()}
    return read_settings(_root(c.config), environ=os.environ, **paths)


def _absolute(name: str, value: str | None) -> str | None:
    """Return a path that was typed as seen from the current folder; the settings count from the project's."""
    return value if value is None or name == "url" else str(Path(value).resolve())


def _root(config: Config) -> Path:
    """Return the folder of the tasks.py that invoke has loaded, which may lie above the current one."""
    module = sys.modules.get(config.tasks.collection_name)
    return Path(module.__file__).parent if module and module.__file__ else Path.cwd()


@task(help=HELP)
@_edge
def status(c: Context, directory: str | None = None, url: str | None = None, *, json: bool = False) -> None:
    """Show every migration: pending, running, completed or failed."""
    from migrate_tasks.migrations.report import migration_status
    from migrate_tasks.render.json import status_json
    from migrate_tasks.render.text import status_text

    report = migration_status(_settings(c, directory=directory, url=url))
    _say_json(status_json(report)) if json else _say(status_text(report))


@task(help=HELP)
@_edge
def health(c: Context, directory: str | None = None, url: str | None = None, *, json: bool = False) -> None:
    """Answer in one word; exit code 0 for ok and degraded, 75 for unreachable, else 1."""
    from migrate_tasks.migrations.report import migration_health
    from migrate_tasks.render.json import health_json
    from migrate_tasks.render.text import health_text

    answer = migration_health(_settings(c, directory=directory, url=url))
    _say_json(health_json(answer)) if json else _say(health_text(answer))
    if not answer.healthy:
        raise Exit(code=75 if answer.status == "unreachable" else 1)


@task(help=HELP)
@_edge
def run(c: Context, directory: str | None = None, url: str | None = None, *, json: bool = False) -> None:
    """Execute all pending migrations."""
    from migrate_tasks.migrations.events import ignore
    from migrate_tasks.migrations.runner import run_migrations
    from migrate_tasks.render.json import run_json
    from migrate_tasks.render.text import event_text, run_text

    settings = _settings(c, directory=directory, url=url)
    result = run_migrations(settings, on_event=ignore if json else lambda event: _say(event_text(event)))
    _say_json(run_json(result)) if json else _say(run_text(result))


@task(help={**HELP, "name": "the one migration to set back (default: all)"})
@_edge
def reset(
    c: Context,
    name: str | None = None,
    directory: str | None = None,
    url: str | None = None,
    *,
    json: bool = False,
) -> None:
    """Set migrations back to pending; development only, and nothing that they made is dropped."""
    from migrate_tasks.migrations.report import reset_migrations
    from migrate_tasks.render.json import reset_json

    names = reset_migrations(_settings(c, directory=directory, url=url), name)
    lines = [*(f"{name} is pending again" for name in names), f"{len(names)} reset; nothing was dropped"]
    _say_json(reset_json(names)) if json else _say("\n".join(lines))


@task(help={"description": 'what it does, as "create invoices"', "directory": HELP["directory"]})
@_edge
def new(c: Context, description: str, directory: str | None = None) -> None:
    """Write the next migration file, a commented skeleton."""
    from migrate_tasks.migrations.files import shown, write_skeleton

    _say(shown(write_skeleton(_settings(c, directory=directory).directory, description)))


@task(
    name="run",
    default=True,
    help={**HELP, "file": "the sequence of phases (default: startup.yaml)"},
)
@_edge
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

    settings = _settings(c, directory=directory, url=url, startup_file=file)
    result = _run_startup(settings, c.config, _unseen if json else _shown)
    _say_json(startup_json(result)) if json else _say(f"\n{summary(result)}")
    failed = result.failed
    if failed and failed.error:
        error = failed.error
        told = MigrateTasksError(failure(failed, error), detail=error.detail, hint=error.hint)
        raise Exit(f"error: {told}", error.exit_code)


@contextmanager
def _shown(sequence: Sequence, database: Database) -> Iterator[OnPhaseEvent]:
    """Show a start-up: a live table on a terminal, lines elsewhere."""
    from migrate_tasks.render.startup import heading, phase_event_text

    _say(heading(sequence, database.description))
    if sys.stdout.isatty():
        from migrate_tasks.render.live import LiveView

        with LiveView(sequence) as view:
            yield view.show
    else:
        yield lambda event: _say(phase_event_text(event))


@contextmanager
def _unseen(_sequence: Sequence, _database: Database) -> Iterator[OnPhaseEvent]:
    from migrate_tasks.startup.result import ignore

    yield ignore


def run_startup(settings: Settings | None = None, *, on_event: OnPhaseEvent | None = None) -> StartupResult:
    """Run the phases of startup.yaml and return how each ended.

    The phases are tasks of the project's tasks.py. Raises ConfigurationError for a file that must be
    mended, Interrupted after SIGINT or SIGTERM. Must be called in the main thread.
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

    check = Attempt(lambda: check_sequence(file), {}, _say)
    import migrate_tasks.migrations.runner  # noqa: F401

    error = check.join()
    if error:
        raise ConfigurationError(error.message, detail=error.detail, hint=error.hint)
    return read_sequence(file)


def _phase_environment(settings: Settings, database: Database) -> dict[str, str]:
    """Return what every phase is to find: the database and the environment that were chosen."""
    environ = {"APP_ENV": settings.environment, "MIGRATE_TASKS_DIRECTORY": str(settings.directory)}
    if settings.url and settings.url in (
        os.environ.get("MIGRATION_DATABASE_URL"),
        os.environ.get("DATABASE_URL"),
    ):
        return environ
    return {**environ, "DATABASE_URL": database.url, "MIGRATION_DATABASE_URL": database.url}


def _execute(namespace: Collection, config: Config, phase: Phase) -> None:
    """Call the phase's task as invoke does; an error of ours that left it as Exit is ours again."""
    try:
        Executor(namespace, config.clone()).execute(namespace.transform(phase.task))
    except Exit as left:
        if isinstance(left.__cause__, MigrateTasksError):
            raise left.__cause__ from None
        if left.code:
            raise MigrateTasksError(left.message or f"exit code {left.code}") from None


def _namespace(config: Config, root: Path) -> Collection:
    """Return the tasks of the project: those that invoke has loaded, or else those of ``root``."""
    name = config.tasks.collection_name
    module = sys.modules.get(name)
    if module is None:
        try:
            module, _ = FilesystemLoader(start=str(root), config=config).load()
        except CollectionNotFound:
            raise ConfigurationError(f"there is no {name}.py in {root} or above it") from None
    return Collection.from_module(module)


def _check_tasks(sequence: Sequence, namespace: Collection) -> None:
    known = {name for task_name, aliases in namespace.task_names.items() for name in (task_name, *aliases)}
    for phase in sequence.phases:
        if namespace.transform(phase.task) not in known:
            raise ConfigurationError(
                f'{phase.task_place}: phase "{phase.name}" names task "{phase.task}", which does not exist',
                hint=did_you_mean(namespace.transform(phase.task), known) or "The tasks are shown by: invoke --list",
            )


migrate = Collection("migrate", status, health, run, reset, new)
startup = Collection("startup", startup_run)
