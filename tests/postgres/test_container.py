"""The server in a container: started on demand, shared, removed by its last user or by the next start."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from migrate_tasks.postgres.servers.container import ContainerServer
from tests.support import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGE = os.environ.get("POSTGRES_IMAGE", "postgres:15")
USE = """
import sys
from pathlib import Path
from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.postgres.servers.container import ContainerServer
image, directory, *options = sys.argv[1:]
try:
    with ContainerServer(image, Path(directory), dict(option.split("=") for option in options)) as server:
        print(server.url(), flush=True)
        sys.stdin.read()
except MigrateTasksError as error:
    print(error)
"""


@cache
def obstacle() -> str:
    """Return why no container can be run here, or nothing."""
    if not find_spec("testcontainers"):
        return "the package testcontainers is not installed"
    # in a process of its own: docker forgets to close the socket of an attempt that failed
    code = "import docker, sys; sys.exit(not docker.from_env().images.list(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, IMAGE], check=False, capture_output=True)
    if done.stderr:
        return "no Docker daemon answers: DOCKER_HOST names one"
    return f"the Docker daemon has no image {IMAGE}: POSTGRES_IMAGE names one" if done.returncode else ""


@pytest.fixture
def docker() -> Iterator[Any]:
    """A client of the Docker daemon; the test is skipped where none is to be had, or where it has no such image."""
    if obstacle():
        pytest.skip(obstacle())
    client = pytest.importorskip("docker").from_env()
    yield client
    client.close()


def start_user(directory: Path, *options: str, image: str = IMAGE, **environ: str) -> subprocess.Popen[str]:
    """Start a process that prints the URL of the server in ``directory`` and uses it until its stdin is closed."""
    return subprocess.Popen(
        [sys.executable, "-c", USE, image, str(directory), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=clean_environment(environ),
    )


def url_of(user: subprocess.Popen[str]) -> str:
    """Wait until a user has its server, and return the URL."""
    assert user.stdout
    url = user.stdout.readline().strip()
    assert url.startswith("postgresql://postgres:")
    return url


def said_by(user: subprocess.Popen[str]) -> str:
    """Let a user end, and return what it has printed since."""
    out, _ = user.communicate(timeout=60)
    assert user.returncode == 0
    return out


def kill(user: subprocess.Popen[str]) -> None:
    """End a user with kill -9."""
    user.kill()
    user.communicate()


def containers_of(docker: Any, directory: Path) -> list[str]:
    """Return the ids of the containers of the folder."""
    labels = f"migrate-tasks.lock={directory}/users.lock"
    return [found.id for found in docker.containers.list(all=True, sparse=True, filters={"label": labels})]


def test_starts_and_stops(tmp_path: Path, docker: Any) -> None:
    """The server is up inside the block, with the settings asked for, and gone after it."""
    with ContainerServer(IMAGE, tmp_path / "own", {"fsync": "off", "max_connections": "33"}) as server:
        with psycopg.connect(server.url("postgres")) as connection:
            row = connection.execute(
                "SELECT current_user, current_setting('fsync'), current_setting('max_connections'),"
                " current_setting('data_directory')"
            ).fetchone()
        container = docker.containers.get(*containers_of(docker, tmp_path / "own"))
        mode = (tmp_path / "own" / "users.lock").stat().st_mode

    assert row == ("postgres", "off", "33", "/migrate-tasks/data")
    assert container.attrs["HostConfig"]["Tmpfs"].keys() == {"/migrate-tasks"}
    # the label by which the reaper of testcontainers finds what it removes when the starting process ends
    assert [name for name in container.labels if name.startswith("org.testcontainers")] == []
    assert mode & 0o777 == 0o600
    assert (tmp_path / "own" / "users.lock").read_bytes() == b""
    assert containers_of(docker, tmp_path / "own") == []


def test_is_shared_and_outlives_its_starter(tmp_path: Path, docker: Any) -> None:
    """Processes that come together use one container, which the last one removes, whoever ends before and however."""
    users = [start_user(tmp_path / "own") for _ in range(4)]
    urls = {url_of(user) for user in users}
    kill(users[0])
    said_by(users[1])
    said_by(users[2])
    late = start_user(tmp_path / "own")
    urls.add(url_of(late))
    said_by(users[3])
    with psycopg.connect(urls.pop()) as connection:
        row = connection.execute("SELECT 1").fetchone()
    said_by(late)

    assert urls == set()
    assert row == (1,)
    assert containers_of(docker, tmp_path / "own") == []


def test_a_killed_users_container_is_removed(tmp_path: Path, docker: Any) -> None:
    """A start removes what killed users left, its own folder's too, and no neighbour's container."""
    users = {name: start_user(tmp_path / name) for name in ("killed", "removed", "again", "alive", "unlinked")}
    for user in users.values():
        url_of(user)
    left = containers_of(docker, tmp_path / "again")
    for name in ("killed", "removed", "again"):
        kill(users[name])
    for name in ("removed", "unlinked"):
        shutil.rmtree(tmp_path / name)
    last = start_user(tmp_path / "again")
    url_of(last)
    counts = {name: len(containers_of(docker, tmp_path / name)) for name in users}
    replaced = containers_of(docker, tmp_path / "again") != left
    for user in (users["alive"], users["unlinked"], last):
        said_by(user)

    assert counts == {"killed": 0, "removed": 0, "again": 1, "alive": 1, "unlinked": 1}
    assert replaced
    assert [containers_of(docker, tmp_path / name) for name in ("again", "alive", "unlinked")] == [[], [], []]


def test_killed_at_any_moment(tmp_path: Path, docker: Any, *, full: bool) -> None:
    """However soon its user is killed, even while the container starts, the next one finds a server."""
    for number in range(30 if full else 2):
        user = start_user(tmp_path / "own")
        with pytest.raises(subprocess.TimeoutExpired):
            user.wait(0.4 + number % 15 * 0.15)
        kill(user)
    last = start_user(tmp_path / "own")
    url_of(last)
    count = len(containers_of(docker, tmp_path / "own"))
    said_by(last)

    assert count == 1
    assert containers_of(docker, tmp_path / "own") == []


def test_a_container_that_ends(tmp_path: Path, docker: Any) -> None:
    """The last lines of the log are in the error of a container that ends before it is ready, which is removed."""
    said = said_by(start_user(tmp_path / "own", "max_connections=none")).splitlines()

    assert said[:2] == [
        f'the container of image "{IMAGE}" ended before it took connections',
        "DETAIL: The last lines of its log:",
    ]
    assert said[-1].endswith('FATAL:  invalid value for parameter "max_connections": "none"')
    assert containers_of(docker, tmp_path / "own") == []


@pytest.mark.usefixtures("docker")
def test_an_image_that_cannot_be_pulled(tmp_path: Path, free_port: int) -> None:
    """An image that is not to be had is named, with the option that names another."""
    image = f"127.0.0.1:{free_port}/nowhere:1"

    message, hint = said_by(start_user(tmp_path / "own", image=image)).splitlines()

    assert message.startswith(f'image "{image}" could not be pulled: ')
    assert message.endswith("connection refused")
    assert hint == "HINT: Name another with --postgres-image, or log in to its registry with docker login."


@pytest.mark.parametrize(
    ("address", "reason"),
    [("tcp://127.0.0.1:{port}", "connection refused"), ("unix://{folder}/no.sock", "no such file or directory")],
)
def test_no_daemon(tmp_path: Path, free_port: int, address: str, reason: str) -> None:
    """Where no daemon answers, the message says where it was looked for and what else can be done."""
    pytest.importorskip("testcontainers")
    daemon = address.format(port=free_port, folder=tmp_path)

    assert said_by(start_user(tmp_path / "own", DOCKER_HOST=daemon, HOME=str(tmp_path))) == (
        f'no Docker daemon answers at "{daemon}": {reason}\n'
        "DETAIL: The address is from ~/.testcontainers.properties, DOCKER_HOST or the Docker context.\n"
        "HINT: Start Docker, or let DOCKER_HOST name a daemon, or name a server with --postgres-url.\n"
    )


def test_the_package_is_not_installed(tmp_path: Path) -> None:
    """Without testcontainers the message names the extra; and the module loads nothing but the standard library."""
    if shutil.which("python3", path="/usr/bin") is None:
        pytest.skip("needs a Python without the testcontainers package: /usr/bin/python3")
    code = f"import sys; sys.path.insert(0, sys.argv.pop())\n{USE}"
    done = subprocess.run(
        ["/usr/bin/python3", "-I", "-c", code, IMAGE, str(tmp_path / "own"), str(Path(__file__).parents[2])],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == (
        "a server in a container needs the package testcontainers, which is not installed\n"
        "HINT: pip install 'migrate-tasks[containers]', or name a server with --postgres-url.\n"
    )
