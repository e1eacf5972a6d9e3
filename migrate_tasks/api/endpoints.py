"""What is done on each route."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from migrate_tasks.api.answers import NOT_KEPT, Answer, error_answer
from migrate_tasks.api.observer import Observer
from migrate_tasks.api.requests import JSON, BadRequest, preferred, read_options
from migrate_tasks.api.runs import Order, Runs
from migrate_tasks.api.signals import heeded
from migrate_tasks.migrations.record import reset_migrations
from migrate_tasks.render.json import reset_json
from migrate_tasks.render.observed import health_draft, observed_health, observed_status
from migrate_tasks.render.runs import ended_json, run_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from migrate_tasks.settings import Settings

HEALTH_JSON, HTML = "application/health+json", "text/html"


class Endpoints:
    """The routes of one app, and what they share."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.observer = Observer(settings)
        self.runs = Runs(settings)
        self.runs.listeners.append(lambda _, __: self.observer.forget())

    def routes(self) -> list[Route]:
        """Return the routes, as seen from where the app is."""
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
    async def lifespan(self) -> AsyncIterator[None]:
        """Leave nothing behind when the server ends, where it says so."""
        yield
        if ended := self.runs.finish():
            await asyncio.wrap_future(ended)
        self.observer.close()

    async def page(self, request: Request) -> Response:
        """Show the status page, or to a program the status."""
        kind = {"json": JSON, "html": HTML}.get(request.query_params.get("format", ""))
        if (kind or preferred(request.headers.get("accept", ""), (HTML, JSON))) == JSON:
            return await self.status(request)
        observation = await self.observer.observe()
        text = f"<!DOCTYPE html><title>{observation.health.status}</title><h1>{observation.health.status}</h1>"
        return HTMLResponse(text, headers={**NOT_KEPT, "vary": "accept"})

    async def status(self, request: Request) -> Response:
        """Tell of every migration."""
        observation = await self.observer.observe()
        body = observed_status(observation, is_detailed=_is_detailed(request))
        return Answer(body, 200 if observation.server_time else 503)

    async def health(self, request: Request) -> Response:
        """Answer in one word, and why; what is broken has a status that every monitor understands."""
        observation = await self.observer.observe()
        kind = preferred(request.headers.get("accept", ""), (JSON, HEALTH_JSON))
        render = observed_health if kind == JSON else health_draft
        body = render(observation, is_detailed=_is_detailed(request))
        return Answer(body, 200 if observation.health.healthy else 503, {"vary": "accept"}, kind)

    async def live(self, _: Request) -> Response:
        """Tell that the process answers; the database has no say in it."""
        return Answer({"success": True, "data": {"alive": True}})

    async def ready(self, _: Request) -> Response:
        """Tell whether the schema was ever what this build needs."""
        is_ready = self.observer.is_ready or (await self.observer.observe()).is_ready
        return Answer({"success": is_ready, "data": {"ready": is_ready}}, 200 if is_ready else 503)

    async def run(self, request: Request) -> Response:
        """Execute what is pending; whoever asked may go away meanwhile, or ask not to wait."""
        options = await read_options(request, {"to": str, "dry_run": bool})
        run = self.runs.start(Order(options["to"], dry_run=bool(options["dry_run"])))
        self.observer.forget()
        ended = heeded(run.ended, self.runs.stop)
        if "respond-async" in request.headers.get("prefer", "").lower():
            location = f"{request.scope.get('root_path', '')}/runs/{run.id}"
            return Answer(run_state(run), 202, {"location": location, "preference-applied": "respond-async"})
        outcome = await asyncio.shield(ended)
        body = ended_json(outcome)
        return error_answer(outcome.error, body) if outcome.error else Answer(body)

    async def show_run(self, request: Request) -> Response:
        """Tell how a run goes, or what came of it."""
        try:
            run = self.runs[request.path_params["run_id"]]
        except KeyError:
            raise BadRequest(404, "unknown_run", "there is no run of that id", hint="The last runs are kept.") from None
        return Answer(run_state(run))

    async def reset(self, request: Request) -> Response:
        """Set the record of one migration, or of all, back to pending."""
        options = await read_options(request, {"migration_name": str})
        loop = asyncio.get_running_loop()
        names = await loop.run_in_executor(None, reset_migrations, self._settings, options["migration_name"])
        self.observer.forget()
        return Answer(reset_json(names))


def _is_detailed(_: Request) -> bool:
    """Return whether whoever asks may see names, errors and hosts: the guard has said so."""
    return True
