"""How a start-up is put together of the project's tasks.py, its startup.yaml and its database."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from invoke import Collection, Config, Executor, Exit, FilesystemLoader
from invoke.exceptions import CollectionNotFound, UnexpectedExit

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater, did_you_mean
from migrate_tasks.tasks.edge import root_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from migrate_tasks.postgres.servers import Database
    from migrate_tasks.settings import Settings
    from migrate_tasks.startup.spec import Phase, Sequence
    from migrate_tasks.startup.stage import Stage
    from migrate_tasks.startup.state import StartupState


@dataclass(frozen=True)
class Project:
    """A project's sequence, and the tasks that its phases are."""

    sequence: Sequence
    namespace: Collection
    config: Config

    @contextmanager
    def stage(self, settings: Settings, database: Database) -> Iterator[Stage]:
        """Yield where and with what the phases run."""
        from migrate_tasks.startup.attempt import can_fork
        from migrate_tasks.startup.stage import Stage, scratch_folder

        with scratch_folder() as scratch:
            yield Stage(
                execute=self.execute,
                folder=settings.startup_file.parent,
                environ={**os.environ, **_phase_environment(settings, database)},
                scratch=scratch,
                command=() if can_fork() else self._command(settings),
            )

    def state(self, stage: Stage, database: Database) -> StartupState:
        """Return the state of a start-up that begins now."""
        from migrate_tasks.startup.state import StartupState
        from migrate_tasks.startup.state_file import this_process

        began = datetime.now(UTC)
        return StartupState(self.sequence, began, stage.run_id, this_process(), database.description)

    def _command(self, settings: Settings) -> tuple[str, ...]:
        """Return the command line of spawned.py for this project."""
        place = (str(settings.root), str(settings.startup_file), self.config.tasks.collection_name)
        return (sys.executable, "-m", "migrate_tasks.tasks.spawned", *place)

    def execute(self, phase: Phase) -> object:
        """Call the phase's task as invoke does; an error of ours that left it as Exit is ours again."""
        from migrate_tasks.startup.result import exit_status

        name = self.namespace.transform(phase.task)
        try:
            return Executor(self.namespace, self.config.clone()).execute(name)[self.namespace[name]]
        except UnexpectedExit as left:
            error = MigrateTasksError(f'command "{left.result.command}" exited with {left.result.exited}')
            error.exit_code = left.result.exited if left.result.exited == TryAgainLater.exit_code else 1
            raise error from None
        except Exit as left:
            if isinstance(left.__cause__, MigrateTasksError):
                raise left.__cause__ from None
            if left.code:
                error = MigrateTasksError(left.message or f"exit code {left.code}")
                error.exit_code = exit_status(left.code)
                raise error from None
        return None


def read_project(settings: Settings, config: Config) -> Project:
    """Return the project of ``settings``, checked; raises ConfigurationError."""
    sequence = _read_sequence(settings.startup_file, settings.state_file.with_name("checked"))
    namespace = load_namespace(config, settings.root)
    _check_tasks(sequence, namespace)
    if any(_is_ours(namespace, phase) for phase in sequence.phases):
        import migrate_tasks.migrations.runner  # noqa: F401 -- psycopg takes long to load; so the forked phases have it
    return Project(sequence, namespace, config)


def _is_ours(namespace: Collection, phase: Phase) -> bool:
    return bool(phase.task) and namespace[namespace.transform(phase.task)].body.__module__.startswith("migrate_tasks")


def _read_sequence(file: Path, memory: Path) -> Sequence:
    """Return the sequence in ``file``; what is in ``memory`` need not be checked again."""
    from migrate_tasks.startup.attempt import can_fork, run_beside
    from migrate_tasks.startup.checked import is_known_to_fit, remember
    from migrate_tasks.startup.document import Document
    from migrate_tasks.startup.read import check_sequence, read_sequence

    document = Document(file)
    if not is_known_to_fit(document, memory):
        if can_fork():
            with run_beside(partial(check_sequence, document)):
                import migrate_tasks.startup.supervisor  # noqa: F401
        else:
            check_sequence(document)
        remember(document, memory)
    return read_sequence(document)


def _phase_environment(settings: Settings, database: Database) -> dict[str, str]:
    """Return what every phase is to find: the database and the environment that were chosen."""
    found = (os.environ.get("MIGRATION_DATABASE_URL"), os.environ.get("DATABASE_URL"))
    urls = {"DATABASE_URL": database.url, "MIGRATION_DATABASE_URL": database.url}
    return {**settings.to_environ(), **({} if settings.url and settings.url in found else urls)}


def load_namespace(config: Config, root: Path) -> Collection:
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
    from migrate_tasks.tasks.startup_collection import startup_run

    known = {name for task_name, aliases in namespace.task_names.items() for name in (task_name, *aliases)}
    for phase in sequence.phases:
        if not phase.task:
            continue
        name, where = namespace.transform(phase.task), f'{phase.work_place}: phase "{phase.name}" names'
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
