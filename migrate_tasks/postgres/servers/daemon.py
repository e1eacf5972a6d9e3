"""The Docker daemon: finding it, images, the addresses of containers, and removing what nobody uses.

Not here: the container that is run, and who shares it (container.py).
"""

from __future__ import annotations

import fcntl
import gc
import os
import warnings
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.postgres.servers.locks import try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from testcontainers.core.docker_client import DockerClient

# the lock file whose holders use the container: its path, its inode, and where that path is to be looked for
PATH_LABEL, INODE_LABEL, PLACE_LABEL = "migrate-tasks.lock", "migrate-tasks.lock-inode", "migrate-tasks.place"
LOG_LINES = 5


@contextmanager
def open_daemon() -> Iterator[DockerClient]:
    """Yield a client of the Docker daemon; what goes wrong with it is raised as one of our errors."""
    docker = _connect()
    from docker.errors import APIError, DockerException

    try:
        yield docker
    except APIError as error:
        raise MigrateTasksError(f"the Docker daemon refused a request: {_first_line(error.explanation)}") from None
    except (DockerException, OSError) as error:  # OSError: also what requests raises
        raise _no_answer(error) from None
    finally:
        docker.client.close()


def _connect() -> DockerClient:
    try:
        from docker.errors import DockerException
        from testcontainers.core.docker_client import DockerClient
    except ModuleNotFoundError:
        raise ConfigurationError(
            "a server in a container needs the package testcontainers, which is not installed",
            hint="pip install 'migrate-tasks[containers]', or name a server with --postgres-url.",
        ) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return DockerClient()
        except (DockerException, OSError) as error:
            failure = _no_answer(error)
        gc.collect()  # docker leaves the socket of an attempt that failed open, and a run with -W error would show it
    raise failure


def _no_answer(error: BaseException) -> ConfigurationError:
    from testcontainers.core.docker_client import get_docker_host

    return ConfigurationError(
        f'no Docker daemon answers at "{get_docker_host() or "unix:///var/run/docker.sock"}": {_reason(error)}',
        detail="The address is from ~/.testcontainers.properties, DOCKER_HOST or the Docker context.",
        hint="Start Docker, or let DOCKER_HOST name a daemon, or name a server with --postgres-url.",
    )


def pull_unless_here(docker: DockerClient, image: str) -> None:
    """Pull an image that the daemon does not have; raises ConfigurationError with the daemon's reason."""
    from docker.errors import APIError, ImageNotFound

    try:
        with suppress(ImageNotFound):
            docker.client.images.get(image)
            return
        # images.pull() would swallow the reason, where the daemon tells it after the response has begun
        for line in docker.client.api.pull(image, stream=True, decode=True):
            if "error" in line:
                raise _not_pulled(image, line["error"])
    except APIError as error:
        raise _not_pulled(image, error.explanation) from None


def _not_pulled(image: str, reason: object) -> ConfigurationError:
    return ConfigurationError(
        f'image "{image}" could not be pulled: {_first_line(reason)}',
        hint="Name another with --postgres-image, or log in to its registry with docker login.",
    )


def network_of_ours(docker: DockerClient) -> str | None:
    """Return the network that this process is in, where it is itself in a container of the daemon."""
    from testcontainers.core.docker_client import get_docker_host

    network: str | None = None if get_docker_host() else docker.find_host_network()
    return network


def address_of(docker: DockerClient, container: Any, port: int) -> str:
    """Return HOST:PORT where the container's ``port`` is reached; what DockerContainer of testcontainers chooses."""
    mode = docker.get_connection_mode()
    try:
        if not mode.use_mapped_port:
            return f"{docker.bridge_ip(container.id)}:{port}"
        mapped = docker.port(container.id, port)
        host = docker.host() if mode.value == "docker_host" else docker.gateway_ip(container.id)
    except (ConnectionError, KeyError):  # no port is published; the daemon says less about its networks than Docker
        raise_if_ended(container)
        raise MigrateTasksError(
            "the address of the container's port is not to be had from the Docker daemon",
            hint="Set TESTCONTAINERS_CONNECTION_MODE=docker_host and TESTCONTAINERS_HOST_OVERRIDE=HOST, the daemon's.",
        ) from None
    return f"{f'[{host}]' if ':' in host else host}:{mapped}"


def raise_if_ended(container: Any) -> None:
    """Raise MigrateTasksError with the container's last words where it runs no more."""
    container.reload()
    if container.status not in ("created", "running"):
        raise MigrateTasksError(
            f'the container of image "{container.attrs["Config"]["Image"]}" ended before it took connections',
            detail=last_words(container),
        )


def labels_of(path: Path, users: IO[bytes]) -> dict[str, str]:
    """Return the labels of a container that is used by the holders of the lock ``users``, the file at ``path``."""
    return {PATH_LABEL: str(path), INODE_LABEL: str(os.fstat(users.fileno()).st_ino), PLACE_LABEL: _place()}


def remove_containers(docker: DockerClient, labels: Mapping[str, str]) -> None:
    """Remove the containers with ``labels``; the caller holds their lock."""
    from docker.errors import NotFound

    wanted = {"label": [f"{name}={value}" for name, value in labels.items()]}
    for container in docker.client.containers.list(all=True, sparse=True, filters=wanted):
        with suppress(NotFound):
            container.remove(force=True, v=True)


def remove_leftovers(docker: DockerClient) -> None:
    """Remove the containers of all locks that nobody holds."""
    from docker.errors import APIError

    for container in docker.client.containers.list(all=True, sparse=True, filters={"label": PATH_LABEL}):
        with _unused(container.attrs["Labels"], container.status) as unused:
            if unused:
                with suppress(APIError):  # it is no concern of ours, and may be gone by now
                    container.remove(force=True, v=True)


@contextmanager
def _unused(labels: Mapping[str, str], status: str) -> Iterator[bool]:
    """Yield whether nobody uses a container, and see to it that nobody begins to until the block ends."""
    if labels[PLACE_LABEL] != _place():  # whose locks cannot be seen from here
        yield status == "exited"
        return
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(Path(labels[PATH_LABEL]).open("rb"))
        except FileNotFoundError:
            unused = not _is_locked(labels[INODE_LABEL])
        except OSError:  # another user's
            unused = False
        else:
            is_same = str(os.fstat(lock.fileno()).st_ino) == labels[INODE_LABEL]
            unused = try_lock(lock, fcntl.LOCK_EX) if is_same else not _is_locked(labels[INODE_LABEL])
        yield unused


def _is_locked(inode: str) -> bool:
    """Return whether somebody holds a lock on a file that was removed from its folder; see proc_locks(5)."""
    try:
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return True
    return any(field.endswith(f":{inode}") for line in locks for field in line.split())


def _place() -> str:
    """Return where a path means the same file: the host, its boot, and the mount namespace where the system has them.

    A daemon may serve several hosts, and containers that have its socket: a path means another file in each.
    """
    here = os.uname().nodename
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        here = f"{here} {boot} {Path('/proc/self/ns/mnt').readlink()}"
    return here


def last_words(container: Any) -> str:
    """Return a DETAIL with the end of the container's log."""
    lines = container.logs(tail=LOG_LINES).decode(errors="replace").splitlines()
    return "\n".join(["The last lines of its log:", *lines]) if lines else "It has logged nothing."


def _reason(error: BaseException) -> str:
    """Return the system's own words for why the daemon does not answer, or the first line of the library's."""
    step: BaseException | None = error
    while step:
        if isinstance(step, OSError) and step.strerror:
            return step.strerror.lower()
        step = step.__cause__ or step.__context__
    return _first_line(error)


def _first_line(said: object) -> str:
    return (str(said).strip().splitlines() or ["no reason given"])[0].rstrip(".")
