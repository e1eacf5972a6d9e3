"""What ``invoke startup`` does beside running the phases: it shows them, keeps the state file, and hands over."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from invoke import Exit

from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.tasks.console import refused_by_system, say_aside
from migrate_tasks.tasks.edge import say, say_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from migrate_tasks.render.views import View
    from migrate_tasks.settings import Settings
    from migrate_tasks.startup.choice import Choice
    from migrate_tasks.startup.result import OnPhaseEvent, StartupResult
    from migrate_tasks.startup.stage import Stage
    from migrate_tasks.startup.state import StartupState
    from migrate_tasks.tasks.startup_project import Project


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the flags ask for; ``command`` is what to hand over to."""

    command: tuple[str, ...] | None
    junit: Path | None
    is_strict: bool
    is_json: bool


def run_and_hand_over(settings: Settings, project: Project, choice: Choice, options: Options) -> None:
    """Run the phases, show how that goes and what came of it, and hand over.

    Raises Exit where the start-up failed, or the command has ended.
    """
    from migrate_tasks.postgres.servers import open_database
    from migrate_tasks.startup.handover import find
    from migrate_tasks.startup.heartbeat import Heartbeat
    from migrate_tasks.startup.notify import Notifier

    if options.command:
        find(options.command, os.environ)  # before any work
    if options.junit:
        options.junit.open("ab").close()  # likewise
    gc.freeze()  # a forked process would copy all that its own collections touch
    with open_database(settings) as database:
        with project.stage(settings, database) as stage:
            state = project.state(stage, database)
            heartbeat = Heartbeat(Notifier.from_environ(os.environ), state)
            try:
                with _shown(state, options) as on_event:
                    listeners = [on_event, heartbeat.on_event]
                    result = run_followed(settings.state_file, state, stage, listeners, choice)
                _tell_result(state, result, options)
            except BaseException:
                heartbeat.stopping()
                raise
        heartbeat.ready()
        if options.command:
            environ = {**stage.environ, **{k: v for phase in result.phases for k, v in phase.outputs.items()}}
            _hand_over(options.command, environ, is_ours=settings.url is None)


def run_followed(
    state_file: Path,
    state: StartupState,
    stage: Stage,
    listeners: Iterable[OnPhaseEvent],
    choice: Choice,
) -> StartupResult:
    """Run the phases, and keep ``state`` and the ``state_file`` current, and the listeners told.

    Raises Interrupted.
    """
    from migrate_tasks.startup.result import PhaseError
    from migrate_tasks.startup.state import follow
    from migrate_tasks.startup.state_file import StateFile
    from migrate_tasks.startup.supervisor import run_sequence
    from migrate_tasks.tracing import traced_startup

    with StateFile(state_file, state, say_aside) as file, traced_startup(state) as (trace, further):
        on_event = follow(state, trace, *listeners, file.on_event)
        try:
            result = run_sequence(state.sequence, replace(stage, further=further), choice, on_event=on_event)
            state.finish(result)
        except (MigrateTasksError, OSError) as error:
            told = refused_by_system(error) if isinstance(error, OSError) else error
            state.cancel(PhaseError.of(told))
            raise
    return result


@contextmanager
def _shown(state: StartupState, options: Options) -> Iterator[OnPhaseEvent]:
    from migrate_tasks.render.views import shown
    from migrate_tasks.startup.result import ignore

    if options.is_json:
        yield ignore
        return
    with shown(state, _view(), say, os.environ) as on_event:
        yield on_event


def _view() -> View:
    from migrate_tasks.render.views import choose_view

    return choose_view(os.environ, is_terminal=sys.stdout.isatty())


def _tell_result(state: StartupState, result: StartupResult, options: Options) -> None:
    """Show what came of it; raises Exit where nothing may follow."""
    from migrate_tasks.render.failure import failure_report
    from migrate_tasks.render.json import startup_json
    from migrate_tasks.render.startup import summary
    from migrate_tasks.render.views import harmless

    view = _view()
    if options.junit:
        _write_junit(options.junit, state)
    is_done = result.exit_code == 0 and not (options.is_strict and result.degraded)
    if options.is_json:
        say_json({"success": is_done, "data": startup_json(state)})
    else:
        say(harmless(view, summary(state)))
    if result.exit_code:
        raise Exit(f"error: {harmless(view, failure_report(state))}", result.exit_code)
    if not is_done:
        raise Exit("error: the start-up is degraded, and --strict was given", 1)


def _write_junit(path: Path, state: StartupState) -> None:
    """Write the file; where that fails only now, the start-up is what it is, and its reader is told."""
    from migrate_tasks.render.junit import junit

    try:
        path.write_text(junit(state), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        say_aside(f'warning: the result could not be written to "{path}": {(error.strerror or "").lower()}')


def _hand_over(command: tuple[str, ...], environ: Mapping[str, str], *, is_ours: bool) -> None:
    """Become ``command``, or stay its parent where the server is ours and must be stopped after it; raises Exit."""
    from migrate_tasks.startup.handover import become, supervise

    if is_ours:
        raise Exit(code=supervise(command, environ))
    become(command, environ)
