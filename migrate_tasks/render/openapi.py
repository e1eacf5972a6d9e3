"""The OpenAPI document of what is served.

tests/api/test_openapi.py holds real answers against it, and then admits no other keys than those that stand in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.render.openapi_schemas import (
    HEALTH_EXAMPLE,
    RUN_EXAMPLE,
    STATUS_EXAMPLE,
    TEXT,
    TEXT_OR_NULL,
    schema_named,
    schemas,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_tasks.render.json import Json

FLAG: Json = {"type": "string", "enum": ["1", "true", "yes", "", "0", "false", "no"]}  # of a query
JSON, HEALTH_JSON = "application/json", "application/health+json"

# what any request may meet, and what only one that changes something may
ERRORS = {
    "400": "The request must be mended.",
    "401": "The token is not known, or this needs one.",
    "405": "Not for that method.",
    "421": "This is no host that is served here (setting allowed_hosts).",
    "429": "Too many requests; Retry-After says when to come again.",
    "500": "Failed.",
}
POST_ERRORS = {
    **ERRORS,
    "403": "Not allowed here.",
    "404": "There is no such migration.",
    "408": "The body has not come in time.",
    "409": "Another run is at work: lock says whose.",
    "413": "The body is too large.",
    "415": "Only JSON is read.",
    "503": "There is no database, or it is not possible now; Retry-After says when to come again.",
}


def openapi_json(base: str, version: str) -> Json:
    """Return the document of the app that is mounted at ``base``."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "migrate-tasks",
            "version": version,
            "description": "The migrations of a Postgres database: how they stand, and runs on demand.",
        },
        "servers": [{"url": base or "/"}],
        "paths": _paths(),
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of MIGRATE_TASKS_TOKEN. Without one, GET shows counts and statuses, but"
                    " neither names nor errors (setting show_details); POST needs one, but for requests of the same"
                    " machine in development on the embedded server.",
                }
            },
        },
    }


def _paths() -> Json:
    seen = {"200": _answer("How things stand.", schema_named("Status"), STATUS_EXAMPLE)}
    unseen = {
        "503": _answer("The database, or what is to be compared with it, cannot be read.", schema_named("Unseen"))
    }
    ready = {"200": _answer("It is.", schema_named("Ready")), "503": _answer("It is not.", schema_named("Ready"))}
    return {
        "/": {"get": _get("page", "The status page, or for a program the status.", _with_html({**seen, **unseen}))},
        "/status": {"get": _get("status", "The status of every migration.", {**seen, **unseen})},
        "/health": {"get": _get("health", "One word, and why: 503 where something is wrong.", _health_answers())},
        "/live": {
            "get": _get("live", "Whether the process serves.", {"200": _answer("It does.", schema_named("Live"))})
        },
        "/ready": {
            "get": _get("ready", "Whether the schema was ever what this build needs, since the process began.", ready)
        },
        "/metrics": {"get": _get("metrics", "Metrics for Prometheus.", {"200": _metrics_answer()})},
        "/openapi.json": {
            "get": _get("openapi", "This document.", {"200": _answer("The document.", {"type": "object"})})
        },
        "/run": {"post": _run()},
        "/runs/{run_id}": {"get": _show_run()},
        "/reset": {"post": _reset()},
    }


def _get(name: str, summary: str, answers: Json) -> Json:
    return {
        "operationId": name,
        "summary": summary,
        "security": [{}, {"bearer": []}],
        "responses": {**_errors(ERRORS), **answers},
    }


def _run() -> Json:
    wanted = {"to": TEXT_OR_NULL, "dry_run": {"type": ["boolean", "null"]}}
    query = [_parameter("to", TEXT, "the last migration to execute"), _parameter("dry_run", FLAG, "execute and undo")]
    prefer = {"name": "Prefer", "in": "header", "schema": TEXT, "example": "respond-async"}
    answers = {
        "200": _answer("It was executed.", schema_named("Ran"), RUN_EXAMPLE),
        "202": {
            **_answer("It has begun, as Prefer: respond-async wants it.", schema_named("Run")),
            "headers": {"Location": {"required": True, "schema": TEXT, "description": "where to ask for it"}},
            "links": {"run": {"operationId": "show_run", "parameters": {"run_id": "$response.body#/data/id"}}},
        },
        "500": _answer("It failed.", {"anyOf": [schema_named("Failed"), schema_named("Error")]}),
        "503": _answer(POST_ERRORS["503"], {"anyOf": [schema_named("Failed"), schema_named("Error")]}),
    }
    return _post("run", "Execute all pending migrations.", wanted, [*query, prefer], answers)


def _reset() -> Json:
    name = "migration_name"
    query = [_parameter(name, TEXT, "only this one")]
    answers = {"200": _answer("They are pending again.", schema_named("Reset"))}
    post = _post("reset", "Make migrations pending again (development only).", {name: TEXT_OR_NULL}, query, answers)
    post["requestBody"]["content"][JSON]["example"] = {name: "001-setup-pgvector"}
    return post


def _post(name: str, summary: str, wanted: Json, parameters: list[Json], answers: Json) -> Json:
    body = {"type": "object", "properties": wanted, "additionalProperties": False}
    return {
        "operationId": name,
        "summary": summary,
        "security": [{"bearer": []}],
        "parameters": parameters,
        "requestBody": {"required": True, "content": {JSON: {"schema": body}}},
        "responses": {**_errors(POST_ERRORS), **answers},
    }


def _show_run() -> Json:
    shown = _get("show_run", "What came of a run.", {"200": _answer("How it stands.", schema_named("Run"))})
    shown["parameters"] = [{"name": "run_id", "in": "path", "required": True, "schema": TEXT}]
    shown["responses"] |= _errors({"404": "There is no such run, or no longer."})
    return shown


def _parameter(name: str, schema: Json, text: str) -> Json:
    return {"name": name, "in": "query", "schema": schema, "description": text}


def _health_answers() -> Json:
    texts = {"200": "Nothing is wrong; degraded is no failure.", "503": "Failed, stuck or unreachable."}
    answers = {status: _answer(text, schema_named("Health")) for status, text in texts.items()}
    answers["200"]["content"][JSON]["example"] = HEALTH_EXAMPLE
    for answer in answers.values():
        answer["content"][HEALTH_JSON] = {"schema": schema_named("HealthDraft")}
    return answers


def _metrics_answer() -> Json:
    kinds = ("text/plain", "application/openmetrics-text")
    return {"description": "In the form that is accepted.", "content": {kind: {"schema": TEXT} for kind in kinds}}


def _with_html(answers: Mapping[str, Json]) -> Json:
    return {
        status: {**answer, "content": {**answer["content"], "text/html": {"schema": TEXT}}}
        for status, answer in answers.items()
    }


def _answer(text: str, schema: Json, example: Json | None = None) -> Json:
    return {"description": text, "content": {JSON: {"schema": schema, **({"example": example} if example else {})}}}


def _errors(texts: Mapping[str, str]) -> Json:
    return {status: _answer(text, schema_named("Error")) for status, text in texts.items()}
