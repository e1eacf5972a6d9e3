"""The ASGI app: what it is put together from.

It may be mounted anywhere: nothing needs its lifespan, which is never called of an app that is mounted; what it needs
is begun by the first request.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route

from migrate_tasks.api.answers import tell_defect, tell_error, tell_http_error
from migrate_tasks.api.endpoints import Endpoints
from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.middleware import Middleware
    from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/database/migrations"


def create_app(settings: Settings | None = None) -> Starlette:
    """Return the app for the migrations of ``settings``, to be mounted: ``app.mount("/database/migrations", ...)``.

    Its ``state`` has the ``observer`` and the ``runs``. Raises ConfigurationError.
    """
    settings = settings or read_settings()
    endpoints = Endpoints(settings)
    app = Starlette(
        routes=endpoints.routes(),
        middleware=_around(settings),
        exception_handlers={MigrateTasksError: tell_error, HTTPException: tell_http_error, Exception: tell_defect},
        lifespan=lambda _: endpoints.lifespan(),
    )
    app.state.observer, app.state.runs = endpoints.observer, endpoints.runs
    return app


def create_server(settings: Settings | None = None) -> Starlette:
    """Return a whole server, with the app where the seed has it; raises ConfigurationError."""
    app = create_app(settings)

    async def to_page(_: object) -> RedirectResponse:
        return RedirectResponse(PREFIX)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app.router.lifespan_context(app):
            yield

    routes = [Route("/", to_page), Route(PREFIX, _Root(app)), Mount(PREFIX, app)]
    server = Starlette(routes=routes, exception_handlers={HTTPException: tell_http_error}, lifespan=lifespan)
    server.state = app.state
    return server


def _around(settings: Settings) -> list[Middleware]:
    """Return what every request has to pass on its way to a route."""
    del settings  # the guard comes here
    return []


class _Root:
    """The app's own root without the slash, which a mount would redirect to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root = f"{scope.get('root_path', '')}{PREFIX}"
        await self._app({**scope, "root_path": root, "path": f"{root}/"}, receive, send)
