"""How answers leave: as JSON that nobody keeps, and errors with the status that a monitor understands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

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
from migrate_tasks.render.json import error_json
from migrate_tasks.render.observed import lock_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from migrate_tasks.render.json import Json

NOT_KEPT = {"cache-control": "no-store"}
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
WORDS = {404: ("not_found", "there is nothing here"), 405: ("method_not_allowed", "the method is not allowed here")}


class Answer(JSONResponse):
    """JSON for people and programs, kept by no cache."""

    def __init__(
        self, content: Json, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str | None = None
    ) -> None:
        super().__init__(content, status, {**NOT_KEPT, **(headers or {})}, media_type)

    def render(self, content: Any) -> bytes:
        """Return the text; half a surrogate pair, which somebody may have sent, is escaped."""
        return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode(errors="backslashreplace")


def error_answer(error: MigrateTasksError, body: Json | None = None) -> Answer:
    """Return the answer that tells ``error``, with ``body`` where more is to be told than that."""
    status, code = meaning_of(error)
    answer = body or error_json(error)
    told = {**answer, "error": {"code": code, **answer["error"]}}
    if isinstance(error, AnotherRun) and error.holder:
        told["lock"] = lock_json(error.holder)
    return Answer(told, status, RETRY_AFTER if status in (409, 503) else None)


def meaning_of(error: MigrateTasksError) -> tuple[int, str]:
    """Return the status and the code word of ``error``."""
    if isinstance(error, BadRequest):
        return error.status, error.code
    status, code = next((status, code) for kind, status, code in MEANINGS if isinstance(error, kind))
    # a migration that met a lock, or lost its server, is to be run again as it is
    return (503 if error.exit_code == TryAgainLater.exit_code and status == 500 else status), code  # noqa: PLR2004


async def tell_error(_: Request, error: Exception) -> Response:
    """Answer where one of our errors was raised."""
    assert isinstance(error, MigrateTasksError)
    return error_answer(error)


async def tell_http_error(request: Request, error: Exception) -> Response:
    """Answer where there is no such path or method; OPTIONS asks for nothing else than what there is."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = ", ".join(sorted({*headers["Allow"].split(", "), "OPTIONS"}))
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={**NOT_KEPT, **headers})
    code, message = WORDS.get(error.status_code, ("bad_request", error.detail))
    hint = f"Allowed: {headers['Allow']}." if "Allow" in headers else None
    return Answer(_error(code, message, hint), error.status_code, headers)


async def tell_defect(_: Request, __: Exception) -> Response:
    """Answer where something is wrong with us; what, the log says."""
    return Answer(_error("internal", "the request failed for a reason of ours", "The server's log says why."), 500)


def _error(code: str, message: str, hint: str | None) -> Json:
    return {"success": False, "error": {"code": code, "message": message, "hint": hint}}
