"""The warden of an attempt in a fresh interpreter (``python -m``), where a start-up cannot fork.

What it is told is all in its arguments: the project's folder, its startup.yaml and the name of its tasks.py, and the
attempt as JSON (``attempt.spawned``). It forks its worker before it loads anything of the project.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from invoke import Config

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.startup import phase, warden, worker
from migrate_tasks.startup.document import Document
from migrate_tasks.startup.read import read_sequence
from migrate_tasks.startup.result import PhaseError
from migrate_tasks.startup.stage import Stage
from migrate_tasks.tasks.startup_project import Project, load_namespace


def main(root: str, startup_file: str, collection_name: str, attempt: str) -> None:
    """Be the warden of the attempt, or tell why there can be none."""
    signal.pthread_sigmask(signal.SIG_BLOCK, worker.ASK_TO_END)
    facts = json.loads(attempt)
    try:
        watch(root, startup_file, collection_name, facts)
    except MigrateTasksError as error:  # the file was changed meanwhile
        _, report, _ = facts["pipes"]
        phase.tell_to(report)
        phase.tell(error=asdict(PhaseError.of(error)), outputs={}, status=0, left=[])


def watch(root: str, startup_file: str, collection_name: str, facts: dict[str, Any]) -> NoReturn:
    """Watch over the attempt that ``facts`` tell of."""
    sequence = read_sequence(Document(Path(startup_file)))
    config = Config(overrides={"tasks": {"collection_name": collection_name}})
    mine = next((each for each in sequence.phases if each.name == facts["phase"]), None)
    if mine is None:
        raise ConfigurationError(f'there is no phase "{facts["phase"]}" any more')

    def execute(_: object) -> object:
        return Project(sequence, load_namespace(config, Path(root)), config).execute(mine)

    stage = Stage(
        execute=execute,
        folder=Path(startup_file).parent,
        environ=os.environ.copy(),
        scratch=Path(facts["scratch"]),
        run_id=facts["run_id"],
    )
    for file in facts["pipes"]:
        os.set_inheritable(file, False)
    orders = stage.orders(mine, facts["attempt"], stage.environ)
    warden.watch(stage.job(mine, stage.environ), orders, *facts["pipes"])


if __name__ == "__main__":
    main(*sys.argv[1:])
