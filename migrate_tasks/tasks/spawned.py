"""The warden of an attempt in a fresh interpreter, where a start-up cannot fork.

What it is told is all in its arguments: the project's folder, its startup.yaml and the name of its tasks.py, and the
attempt as JSON (``attempt.spawned``). It forks its worker before it loads anything of the project.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from invoke import Config

from migrate_tasks.startup import warden, worker
from migrate_tasks.startup.document import Document
from migrate_tasks.startup.read import read_sequence
from migrate_tasks.startup.stage import Stage
from migrate_tasks.tasks.startup_project import Project, load_namespace


def main(root: str, startup_file: str, collection_name: str, attempt: str) -> NoReturn:
    """Be the warden of the attempt."""
    signal.pthread_sigmask(signal.SIG_BLOCK, worker.ASK_TO_END)
    facts = json.loads(attempt)
    sequence = read_sequence(Document(Path(startup_file)))
    config = Config(overrides={"tasks": {"collection_name": collection_name}})
    phase = next(phase for phase in sequence.phases if phase.name == facts["phase"])

    def execute(_: object) -> object:
        return Project(sequence, load_namespace(config, Path(root)), config).execute(phase)

    stage = Stage(
        execute=execute,
        folder=Path(startup_file).parent,
        environ=os.environ.copy(),
        scratch=Path(facts["scratch"]),
        run_id=facts["run_id"],
    )
    for file in facts["pipes"]:
        os.set_inheritable(file, False)
    orders = stage.orders(phase, facts["attempt"], stage.environ)
    warden.watch(stage.job(phase, stage.environ), orders, *facts["pipes"])


if __name__ == "__main__":
    main(*sys.argv[1:])
