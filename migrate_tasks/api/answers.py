"""How answers leave: as JSON, and errors with the status that a monitor understands.

Every error has the form of the guard's own (access.py, Refusal).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from migrate_tasks.api.access import Refusal, wrong_method
from migrate_tasks.api.details import masked
from migrate_tasks.api.requests import BadRequest
from migrate_tasks.errors import (
    AnotherRun,
    ConfigurationError,
    Interrupted,
    MigrateTasksError,
    MigrationFailed,
    Refused,
    TryAgainLater,
    UnknownMigration,
)
from migrate_tasks.render.json import json_bytes
from migrate_tasks.render.observed import lock_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from migrate_tasks.render.json import Json
    from migrate_tasks.startup.masking import Secrets

RETRY_AFTER = {"retry-after": "5"}  # seconds

# what an error means over HTTP, the most special first
MEANINGS: tuple[tuple[type[MigrateTasksError], int, str], ...] = (
    (AnotherRun, 409, "already_running"),
    (TryAgainLater, 503, "unavailable"),
    (UnknownMigration, 404, "unknown_migration"),
    (ConfigurationError, 500, "configuration"),
    (Refused, 403, "refused"),
    (Interrupted, 503, "interrupted"),
    (MigrationFailed, 500, "migration_failed"),
    (MigrateTasksError, 500, "failed"),
)


class Answer(JSONResponse):
    """JSON for people and programs."""

    def __init__(
        self, content: Json, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str | None = None
    ) -> None:
        super().__init__(content, status, headers, media_type)

    def render(self, content: Any) -> bytes:
        """Return the text."""
        return json_bytes(content)


def error_body(error: MigrateTasksError, secrets: Secrets, body: Json | None = None) -> Json:
    """Return what tells ``error``, with what ``body`` has beside it."""
    status, code = meaning_of(error)
    refusal = Refusal(status=status, code=code, message=error.message, detail=error.detail, hint=error.hint)
    told = {**(body or {}), **refusal.document}
    if isinstance(error, AnotherRun) and error.holder:
        told["lock"] = lock_json(error.holder)
    return masked(told, secrets)


def error_answer(error: MigrateTasksError, body: Json) -> Answer:
    """Return the answer to ``error``, of which ``body`` tells."""
    status, _ = meaning_of(error)
    return Answer(body, status, RETRY_AFTER if status in (409, 503) else None)


def meaning_of(error: MigrateTasksError) -> tuple[int, str]:
    """Return the status and the code word of ``error``."""
    if isinstance(error, BadRequest):
        return error.status, error.code
    status, code = next((status, code) for kind, status, code in MEANINGS if isinstance(error, kind))
    # a migration that met a lock, or lost its server, is to be run again as it is
    return (503 if error.exit_code == TryAgainLater.exit_code and status == 500 else status), code  # noqa: PLR2004


def telling(secrets: Secrets) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers where one of our errors was raised."""

    async def tell(_: Request, error: Exception) -> Response:
        assert isinstance(error, MigrateTasksError)
        return error_answer(error, error_body(error, secrets))

    return tell


async def tell_http_error(request: Request, error: Exception) -> Response:
    """Answer where there is no such path or method; OPTIONS asks for nothing else than what there is."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if "Allow" in headers:
        allow = ", ".join([*sorted(headers["Allow"].split(", ")), "OPTIONS"])
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": allow})
        refusal = wrong_method(request.method, allow)
    elif error.status_code == 404:  # noqa: PLR2004
        refusal = Refusal(status=404, code="not_found", message="there is nothing here")
    else:
        refusal = Refusal(status=error.status_code, code="bad_request", message=error.detail)
    return Answer(refusal.document, refusal.status, dict(refusal.headers))
