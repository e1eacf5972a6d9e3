"""``invoke startup`` and the tasks beside it, and ``run_startup`` for a program that wants to call it itself."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from invoke import Collection, Config, Context, Exit, task

from migrate_tasks.tasks.edge import HELP, edge, say, say_json, settings_of, whole_number
from migrate_tasks.tasks.startup_run import read_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from migrate_tasks.postgres.servers import Database
    from migrate_tasks.settings import Settings
    from migrate_tasks.startup.result import OnPhaseEvent, StartupResult
    from migrate_tasks.startup.spec import Sequence


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
    from migrate_tasks.startup.supervisor import run_sequence

    settings = settings_of(c, directory=directory, url=url, startup_file=file)
    project = read_project(settings, c.config)
    with project.stage(settings) as (stage, database):
        result = run_sequence(
            project.sequence, stage, on_event=lambda e: say(str(e)) if "PhaseOutput" in str(type(e)) else None
        )
    for p in result.phases:
        say(f"{p.phase.name} {p.outcome} {p.error}")


startup = Collection("startup", startup_run)
