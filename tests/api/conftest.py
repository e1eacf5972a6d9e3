"""Apps that are asked: in this process, and over a socket."""

from __future__ import annotations

import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.api.asking import TOKEN, Served, client_of
from tests.migrations.conftest import ground_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.migrations.ground import Ground
    from tests.support import Project


@pytest.fixture
def ground(tmp_path: Path, url: str) -> Ground:
    """An empty project on an empty database of the server of the run."""
    return ground_of(tmp_path, url)


@pytest.fixture
def client(ground: Ground) -> TestClient:
    """The app, asked in this process."""
    return client_of(ground.settings)


@pytest.fixture
def serve(project: Project) -> Callable[..., AbstractContextManager[Served]]:
    """Start `invoke serve`, with flags, on a port that is free; it is ended like a service, and has then to be gone."""

    @contextmanager
    def start(*flags: str) -> Iterator[Served]:
        project.environ["MIGRATE_TASKS_TOKEN"] = TOKEN
        process = project.start("serve", "--port", "0", *flags)
        with process:
            try:
                assert process.stdout
                line = process.stdout.readline()
                yield Served(process, int(line.split(":")[2].split("/")[0]), line)
            finally:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise

    return start
