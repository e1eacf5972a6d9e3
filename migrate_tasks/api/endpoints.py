"""What is done on each route."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from migrate_tasks.api.access import Request as Facts
from migrate_tasks.api.answers import Answer, error_answer, error_body
from migrate_tasks.api.audit import entry_of
from migrate_tasks.api.details import masked, redact
from migrate_tasks.api.guard import allowed_of
from migrate_tasks.api.metrics import metrics_text
from migrate_tasks.api.observer import Observer
from migrate_tasks.api.requests import JSON, BadRequest, page_address, preferred, read_options
from migrate_tasks.api.runs import Order, Runs
from migrate_tasks.api.signals import heeded
from migrate_tasks.migrations.record import reset_migrations
from migrate_tasks.render.json import reset_json
from migrate_tasks.render.observed import health_draft, observed_health, observed_status
from migrate_tasks.render.openapi import openapi_json
from migrate_tasks.render.page import content_security_policy, status_page
from migrate_tasks.render.runs import ended_json, run_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from migrate_tasks.api.access import Access
    from migrate_tasks.api.observation import Observation
    from migrate_tasks.api.runs import Ended, Run
    from migrate_tasks.render.json import Json
    from migrate_tasks.settings import Settings

HEALTH_JSON, HTML = "application/health+json", "text/html"
VARY = {"vary": "accept"}


class Endpoints:
    """The routes of one app, and what they share."""

    def __init__(self, settings: Settings, access: Access) -> None:
        self._settings = settings
        self._access = access
        self.observer = Observer(settings, access.secrets)
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
            Route("/metrics", self.metrics),
            Route("/openapi.json", self.openapi),
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
            answer = await self.status(request)
            answer.headers.update(VARY)
            return answer
        text = status_page(
            await self._observe(request),
            is_detailed=_shows_details(request),
            can_post=self._access.may_post(Facts.of(request.scope)),
            needs_token=self._access.needs_token,
            address=page_address(request),
        )
        return HTMLResponse(text, headers={"content-security-policy": content_security_policy(), **VARY})

    async def status(self, request: Request) -> Response:
        """Tell of every migration."""
        observation = await self._observe(request)
        return Answer(observed_status(observation), 200 if observation.server_time else 503)

    async def health(self, request: Request) -> Response:
        """Answer in one word, and why; what is broken has a status that every monitor understands."""
        observation = await self._observe(request)
        kind = preferred(request.headers.get("accept", ""), (JSON, HEALTH_JSON))
        render = observed_health if kind == JSON else health_draft
        return Answer(render(observation), 200 if observation.health.healthy else 503, VARY, kind)

    async def live(self, _: Request) -> Response:
        """Tell that the process answers; the database has no say in it."""
        return Answer({"success": True, "data": {"alive": True}})

    async def ready(self, _: Request) -> Response:
        """Tell whether the schema was ever what this build needs."""
        is_ready = self.observer.is_ready or (await self.observer.observe()).is_ready
        return Answer({"success": is_ready, "data": {"ready": is_ready}}, 200 if is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        """Tell Prometheus what it asks for."""
        text, kind = metrics_text(await self._observe(request), self.runs.totals, request.headers.get("accept", ""))
        return Response(text, media_type=kind, headers=VARY)

    async def openapi(self, request: Request) -> Response:
        """Tell programs what there is to ask for."""
        return Answer(openapi_json(request.scope.get("root_path", ""), version("migrate-tasks")))

    async def run(self, request: Request) -> Response:
        """Execute what is pending; whoever asked may go away meanwhile, or ask not to wait."""
        options = await read_options(request, {"to": str, "dry_run": bool})
        entry_of(request.scope).target = options["to"]
        run = self.runs.start(Order(options["to"], dry_run=bool(options["dry_run"])))
        entry_of(request.scope).run_id = run.id
        self.observer.forget()
        ended = heeded(run.ended, self.runs.stop)
        if "respond-async" in request.headers.get("prefer", "").lower():
            location = f"{request.scope.get('root_path', '')}/runs/{run.id}"
            return Answer(
                self._state_of(run, request), 202, {"location": location, "preference-applied": "respond-async"}
            )
        outcome = await asyncio.shield(ended)
        body = self._result_of(outcome)
        return error_answer(outcome.error, body) if outcome.error else Answer(body)

    async def show_run(self, request: Request) -> Response:
        """Tell how a run goes, or what came of it."""
        try:
            run = self.runs[request.path_params["run_id"]]
        except KeyError:
            raise BadRequest(404, "unknown_run", "there is no run of that id", hint="The last runs are kept.") from None
        return Answer(self._state_of(run, request))

    async def reset(self, request: Request) -> Response:
        """Set the record of one migration, or of all, back to pending."""
        options = await read_options(request, {"migration_name": str})
        entry_of(request.scope).target = options["migration_name"]
        loop = asyncio.get_running_loop()
        names = await loop.run_in_executor(None, reset_migrations, self._settings, options["migration_name"])
        self.observer.forget()
        return Answer(masked(reset_json(names), self._access.secrets))

    async def _observe(self, request: Request) -> Observation:
        """Return how things stand, as far as whoever asks may see it: every answer is made from that."""
        observation = await self.observer.observe()
        return observation if _shows_details(request) else redact(observation)

    def _state_of(self, run: Run, request: Request) -> Json:
        """Return how a run stands; only those who may see details are told what came of it."""
        is_told = run.ended.done() and _shows_details(request)
        return run_state(run, self._result_of(run.ended.result()) if is_told else None)

    def _result_of(self, ended: Ended) -> Json:
        """Return what POST run answers."""
        body = ended_json(ended)
        secrets = self._access.secrets
        return error_body(ended.error, secrets, body) if ended.error else masked(body, secrets)


def _shows_details(request: Request) -> bool:
    """Return whether whoever asks may see names, errors and hosts: the guard has said so."""
    return allowed_of(request.scope).shows_details
