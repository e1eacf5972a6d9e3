"""What is asked for: which media type is preferred, and what the body and the query of a POST say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from migrate_tasks.api.access import HOST
from migrate_tasks.errors import MigrateTasksError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.requests import Request

JSON = "application/json"
TRUE, FALSE = ("1", "true", "yes", ""), ("0", "false", "no")


class BadRequest(MigrateTasksError):
    """The request must be mended before it can be carried out; ``status`` is that of HTTP, ``code`` a word for it."""

    def __init__(self, status: int, code: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code


def preferred(accept: str, offered: Sequence[str]) -> str:
    """Return which of the media types ``offered`` the header prefers; the first where it wants none of them."""
    weights = dict(map(_weighed, accept.lower().split(",")))
    return max(offered, key=lambda offer: _weight(weights, offer))


def _weighed(text: str) -> tuple[str, float]:
    media_type, *parameters = (part.strip() for part in text.split(";"))
    weight = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        return media_type, float(weight)
    except ValueError:
        return media_type, 0.0


def _weight(weights: Mapping[str, float], offer: str) -> float:
    ranges = (offer, f"{offer.partition('/')[0]}/*", "*/*")
    return next((weights[name] for name in ranges if name in weights), 0.0)


def page_address(request: Request) -> str:
    """Return the URL of the app's root, without a slash at its end; a Host that is none is not repeated."""
    host = request.headers.get("host", "").encode("latin-1")
    name = host.decode() if HOST.fullmatch(host) else "localhost"
    return f"{request.url.scheme}://{name}{quote(request.scope.get('root_path', ''))}"


async def read_options(request: Request, known: Mapping[str, type]) -> dict[str, Any]:
    """Return what the body and the query say; keys are those ``known``, None means that nothing is said.

    The body may be empty; otherwise it is a JSON object. Raises BadRequest.
    """
    body = await request.body()  # its size and its type are the guard's business
    said = _parse(body) if body.strip() else {}
    _check_keys(said, known, "body")
    _check_keys(request.query_params, known, "query")
    for key, value in said.items():
        if value is not None and not isinstance(value, known[key]):
            words = {bool: "true or false", str: "a string"}
            raise BadRequest(400, "invalid_value", f'"{key}" of the body must be {words[known[key]]}')
    queried = {key: _value(key, value, known[key]) for key, value in request.query_params.items()}
    return {**dict.fromkeys(known), **{key: value for key, value in said.items() if value is not None}, **queried}


def _parse(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body.decode())
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadRequest(400, "malformed_json", f"the body is no JSON: {error.msg.lower()} at {place}") from None
    except UnicodeDecodeError:
        raise BadRequest(400, "malformed_json", "the body is no JSON: it is not UTF-8") from None
    except (ValueError, RecursionError):  # a number of thousands of digits; thousands of brackets
        raise BadRequest(400, "malformed_json", "the body is no JSON that can be read") from None
    if not isinstance(said, dict):
        raise BadRequest(400, "malformed_json", "the body must be a JSON object", hint='Send {} or {"key": "value"}.')
    return said


def _check_keys(keys: Iterable[str], known: Mapping[str, type], where: str) -> None:
    for key in keys:
        if key not in known:
            hint = did_you_mean(key, known) or f"The keys are {', '.join(known)}."
            raise BadRequest(400, "unknown_key", f'unknown key "{key}" in the {where}', hint=hint)


def _value(key: str, text: str, kind: type) -> Any:
    if kind is not bool:
        return text
    if text.lower() not in (*TRUE, *FALSE):
        raise BadRequest(400, "invalid_value", f'"{key}" of the query must be 1 or 0')
    return text.lower() in TRUE
