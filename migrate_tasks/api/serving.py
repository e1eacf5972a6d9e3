"""Listening on a port, and serving an app there until a signal ends it."""

from __future__ import annotations

import errno
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from migrate_tasks.api.app import PREFIX
from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from starlette.types import ASGIApp

BACKLOG = 2048  # connections that wait to be accepted
ANSWER_LIMIT = 5.0  # seconds that requests at work have beside the grace period of a run


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Yield a socket that listens; port 0 is any that is free. Raises ConfigurationError or TryAgainLater."""
    try:
        # the protocol is named, since asyncio sends without delay (TCP_NODELAY) only where it is
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(BACKLOG)
            yield listener
    except OSError as error:
        raise _explained(error, host, port) from None


def address_of(listener: socket.socket) -> str:
    """Return the URL of what is served there."""
    host, port, *_ = listener.getsockname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{PREFIX}"


def serve_app(app: ASGIApp, listener: socket.socket, grace_period: timedelta) -> None:
    """Serve until SIGTERM or SIGINT, which is raised again when all is in order: answers given, a run ended."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=round(grace_period.total_seconds() + ANSWER_LIMIT),
    )
    uvicorn.Server(config).run(sockets=[listener])


def _explained(error: OSError, host: str, port: int) -> MigrateTasksError:
    match error.errno:
        case errno.EADDRINUSE:
            return TryAgainLater(
                f"port {port} on {host} is in use",
                hint="End what listens there, or take another port: --port 3001",
            )
        case errno.EACCES:
            return ConfigurationError(f"port {port} is only for root", hint="Take one above 1023: --port 3000")
        case _:
            return ConfigurationError(
                f'"{host}" is no address of this machine', hint="Say --host 127.0.0.1, or 0.0.0.0 for all of them."
            )
