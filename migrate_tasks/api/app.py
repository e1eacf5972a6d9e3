"""The ASGI app: what it is put together from.

It may be mounted anywhere: nothing needs its lifespan, which is never called of an app that is mounted; what it needs
is begun by the first request.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Match, Mount, Route

from migrate_tasks.api.answers import tell_http_error, telling
from migrate_tasks.api.endpoints import Endpoints
from migrate_tasks.api.guard import Guard
from migrate_tasks.api.tokens import read_access
from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Scope

PREFIX = "/database/migrations"


def create_app(settings: Settings | None = None) -> Starlette:
    """Return the app for the migrations of ``settings``, to be mounted: ``app.mount("/database/migrations", ...)``.

    Its ``state`` has the ``observer`` and the ``runs``. Raises ConfigurationError.
    """
    return _create(settings or read_settings(), is_built_in_server=False)


def create_server(settings: Settings | None = None) -> Starlette:
    """Return a whole server, with the app where the seed has it; raises ConfigurationError."""
    app = _create(settings or read_settings(), is_built_in_server=True)

    async def to_page(_: object) -> RedirectResponse:
        return RedirectResponse(PREFIX)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with app.router.lifespan_context(app):
            yield

    routes = [Route("/", to_page), Mounted(PREFIX, app)]
    server = Starlette(routes=routes, exception_handlers={HTTPException: tell_http_error}, lifespan=lifespan)
    server.state = app.state
    return server


class Mounted(Mount):
    """A mount that has the root of its app without the slash, too, instead of a redirect to it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether this is the app's, and what it is to know of the request."""
        path = scope.get("path", "")
        if path != f"{scope.get('root_path', '')}{self.path}":
            return super().matches(scope)
        root = {**scope, "path": f"{path}/"}
        match, found = super().matches(root)
        return match, {**found, "path": root["path"]} if found else found


def _create(settings: Settings, *, is_built_in_server: bool) -> Starlette:
    access = read_access(settings, is_built_in_server=is_built_in_server)
    endpoints = Endpoints(settings, access)
    app = Starlette(
        routes=endpoints.routes(),
        middleware=[Middleware(Guard, access=access)],
        exception_handlers={MigrateTasksError: telling(access.secrets), HTTPException: tell_http_error},
        lifespan=lambda _: endpoints.lifespan(),
    )
    app.state.observer, app.state.runs = endpoints.observer, endpoints.runs
    return app
