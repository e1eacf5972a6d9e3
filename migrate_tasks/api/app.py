"""The ASGI app: its routes, and what is put around them.

It may be mounted anywhere: nothing needs its lifespan, which is never called of an app that is mounted; what it needs
is begun by the first request.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route

from migrate_tasks.api.answers import (
    NOT_KEPT,
    Answer,
    error_answer,
    tell_defect,
    tell_error,
    tell_http_error,
)
from migrate_tasks.api.observer import Observer
from migrate_tasks.api.requests import JSON, BadRequest, preferred, read_options
from migrate_tasks.api.runs import Order, Runs
from migrate_tasks.api.signals import heeded
from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.migrations.record import reset_migrations
from migrate_tasks.render.json import reset_json
from migrate_tasks.render.observed import health_draft, observed_health, observed_status
from migrate_tasks.render.runs import ended_json, run_state
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.middleware import Middleware
    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/database/migrations"
HEALTH_JSON, HTML = "application/health+json", "text/html"


def create_app(settings: Settings | None = None) -> Starlette:
    """Return the app for the migrations of ``settings``, to be mounted: ``app.mount("/database/migrations", ...)``.

    Raises ConfigurationError.
    """
    settings = settings or read_settings()
    endpoints = _Endpoints(settings)
    app = Starlette(
        routes=endpoints.routes(),
        middleware=_around(settings),
        exception_handlers={
            MigrateTasksError: tell_error,
            HTTPException: tell_http_error,
            Exception: tell_defect,
        },
        lifespan=endpoints.lifespan,
    )
    app.state.observer, app.state.runs = endpoints.observer, endpoints.runs
    return app


def create_server(settings: Settings | None = None) -> Starlette:
    """Return a whole server, with the app where the seed has it; raises ConfigurationError."""
    app = create_app(settings)

    async def at_root(scope: Scope, receive: Receive, send: Send) -> None:
        root = scope.get("root_path", "")
        await app({**scope, "root_path": f"{root}{PREFIX}", "path": f"{root}{PREFIX}/"}, receive, send)

    server = Starlette(
        routes=[Route(PREFIX, _Asgi(at_root)), Mount(PREFIX, app)],
        exception_handlers={HTTPException: tell_http_error},
        lifespan=lambda _: app.router.lifespan_context(app),
    )
    server.state = app.state
    return server


def _around(settings: Settings) -> list[Middleware]:
    """Return what every request has to pass on its way to a route."""
    del settings  # the guard comes here
    return []


class _Asgi:
    """An ASGI app as the endpoint of a route, which takes a function for something else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _Endpoints:
    """What is done on each route."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.observer = Observer(settings)
        self.runs = Runs(settings)

    def routes(self) -> list[Route]:
        return [
            Route("/", self.page),
            Route("/status", self.status),
            Route("/health", self.health),
            Route("/live", self.live),
            Route("/ready", self.ready),
            Route("/run", self.run, methods=["POST"]),
            Route("/runs/{run_id}", self.show_run),
            Route("/reset", self.reset, methods=["POST"]),
        ]

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        if run := self.runs.current:
            await asyncio.wrap_future(run.ended)
        self.observer.close()

    async def page(self, request: Request) -> Response:
        kind = {"json": JSON, "html": HTML}.get(request.query_params.get("format", ""))
        if (kind or preferred(request.headers.get("accept", ""), (HTML, JSON))) == JSON:
            return await self.status(request)
        observation = await self.observer.observe()
        text = f"<!DOCTYPE html><title>{observation.health.status}</title><h1>{observation.health.status}</h1>"
        return HTMLResponse(text, headers={**NOT_KEPT, "vary": "accept"})

    async def status(self, _: Request) -> Response:
        observation = await self.observer.observe()
        return Answer(observed_status(observation), 200 if observation.server_time else 503)

    async def health(self, request: Request) -> Response:
        observation = await self.observer.observe()
        kind = preferred(request.headers.get("accept", ""), (JSON, HEALTH_JSON))
        body = observed_health(observation) if kind == JSON else health_draft(observation)
        return Answer(body, 200 if observation.health.healthy else 503, {"vary": "accept"}, kind)

    async def live(self, _: Request) -> Response:
        return Answer({"success": True, "data": {"alive": True}})

    async def ready(self, _: Request) -> Response:
        is_ready = self.observer.is_ready or (await self.observer.observe()).is_ready
        return Answer({"success": is_ready, "data": {"ready": is_ready}}, 200 if is_ready else 503)

    async def run(self, request: Request) -> Response:
        options = await read_options(request, {"to": str, "dry_run": bool})
        run = self.runs.start(Order(options["to"], dry_run=bool(options["dry_run"])))
        self.observer.forget()
        ended = heeded(run.ended, self.runs.stop)
        if "respond-async" in request.headers.get("prefer", "").lower():
            location = f"{request.scope.get('root_path', '')}/runs/{run.id}"
            return Answer(run_state(run), 202, {"location": location, "preference-applied": "respond-async"})
        outcome = await asyncio.shield(ended)
        self.observer.forget()
        body = ended_json(outcome)
        return error_answer(outcome.error, body) if outcome.error else Answer(body)

    async def show_run(self, request: Request) -> Response:
        try:
            run = self.runs[request.path_params["run_id"]]
        except KeyError:
            raise BadRequest(404, "unknown_run", "there is no run of that id", hint="The last runs are kept.") from None
        return Answer(run_state(run))

    async def reset(self, request: Request) -> Response:
        options = await read_options(request, {"migration_name": str})
        loop = asyncio.get_running_loop()
        names = await loop.run_in_executor(None, reset_migrations, self._settings, options["migration_name"])
        self.observer.forget()
        return Answer(reset_json(names))
