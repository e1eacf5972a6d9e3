"""Who may do what: the facts of a request, and what is decided from them. Values.

Nothing here looks at a path but for its last segment, which names the action: it is the same wherever the app is
mounted. What is not known to be harmless needs a token: only POST changes anything, and only to ``ACTIONS``. The rates,
the body and the pause after a wrong token are the guard's (guard.py).
"""

from __future__ import annotations

import hmac
import ipaddress
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from migrate_tasks.errors import Refused
    from migrate_tasks.startup.masking import Secrets

ACTIONS = ("run", "reset")  # what POST is for
PROBES = ("live", "ready")  # of an orchestrator: it asks by address, has no token, and is told nothing but yes or no
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
BODY_LIMIT = 16 * 1024  # bytes
LENGTH_DIGITS = 18  # of a Content-Length that is a number; Python reads none of more than 4300
ID_LENGTH = 8  # hexadecimal digits

HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d{1,5})?", re.ASCII)
BEARER = re.compile(rb"bearer +(\S+)", re.IGNORECASE)
JSON_TYPE = re.compile(rb"application/json\s*(?:;.*)?", re.IGNORECASE)
# headers that are looked at; two of one kind could be understood in two ways
SINGLE = (b"host", b"authorization", b"origin", b"sec-fetch-site", b"content-type", b"content-length")
# what a proxy adds: then the peer is the proxy, and who asks is somebody else
OF_A_PROXY = (b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")


@dataclass(frozen=True)
class Tokens:
    """The bearer tokens that are valid, as their SHA-256: so nothing that shows this shows a token."""

    digests: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, tokens: Iterable[bytes]) -> Tokens:
        """Return the tokens, each as the bytes that a client sends."""
        return cls(frozenset(sha256(token).digest() for token in tokens))

    def accept(self, given: bytes) -> bool:
        """Return whether ``given`` is one of them, in a time that tells neither which nor how much of it is right."""
        digest = sha256(given).digest()
        return sum(hmac.compare_digest(digest, known) for known in self.digests) > 0


def id_of(token: bytes) -> str:
    """Return what may be written of a token in a log: which one it was, and nothing of it."""
    return sha256(token).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True, kw_only=True)
class Access:
    """What is configured.

    ``is_development``  whether this is development on the embedded server, where requests of this machine are trusted.
    ``needs_token``     whether tokens are configured; without them POST is off, but for those requests.
    ``read_tokens``     returns the tokens as they are now; where they cannot be read there are none.
    ``reset_refused``   why nothing may be reset here, None where it may.
    ``hosts``           the names that the app may be called by, None for any.
    ``secrets``         what is shown of no text.
    """

    is_development: bool
    needs_token: bool
    read_tokens: Callable[[], Tokens] = field(repr=False)
    reset_refused: Refused | None
    show_details: str
    hosts: tuple[str, ...] | None
    secrets: Secrets

    def trusts(self, request: Request) -> bool:
        """Return whether it is one that needs no token where none is configured."""
        return self.is_development and request.is_local

    def may_post(self, request: Request) -> bool:
        """Return whether whoever sends it could change something, with the right token where there is one."""
        return self.needs_token or self.trusts(request)


@dataclass(frozen=True, kw_only=True)
class Request:
    """The facts of a request: its headers by their names in lower case, and the peer's address."""

    method: str
    action: str
    remote: str | None
    headers: Mapping[bytes, tuple[bytes, ...]] = field(repr=False)

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> Request:
        """Return the facts in an ASGI scope of the type http."""
        headers: dict[bytes, tuple[bytes, ...]] = {}
        for name, value in scope["headers"]:
            headers[name.lower()] = (*headers.get(name.lower(), ()), value.strip())
        client = scope.get("client")
        return cls(
            method=scope["method"],
            action=scope["path"].rstrip("/").rpartition("/")[2],
            remote=client[0] if client else None,
            headers=headers,
        )

    def header(self, name: bytes) -> bytes | None:
        """Return the header, None where it is not given."""
        return self.headers.get(name, (None,))[0]

    @property
    def host(self) -> str | None:
        """The name that was called, in lower case and without a port; None where there is none, or it is no name."""
        named = HOST.fullmatch(self.header(b"host") or b"")
        return named[1].decode("ascii").lower() if named else None

    @property
    def bearer(self) -> bytes | None:
        """The token that is given."""
        given = BEARER.fullmatch(self.header(b"authorization") or b"")
        return given[1] if given else None

    @property
    def is_local(self) -> bool:
        """Whether it is from this machine, to it by one of its own names, and nobody stands in between.

        The name matters: a page of anybody's may have a name of its own lead here (DNS rebinding).
        """
        is_direct = self.headers.keys().isdisjoint(OF_A_PROXY)
        return is_direct and self.host in LOOPBACK and _is_loopback(self.remote)

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether a browser sends it for a page that is not ours; what is no browser says nothing of it."""
        origin, host = self.header(b"origin"), self.header(b"host") or b""
        is_foreign = origin is not None and (not host or origin.lower().partition(b"://")[2] != host.lower())
        return is_foreign or self.header(b"sec-fetch-site") not in (None, b"same-origin", b"none")

    @property
    def allow(self) -> str:
        """The methods that its action has."""
        return "POST, OPTIONS" if self.action in ACTIONS else "GET, HEAD, OPTIONS"


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """``token_id`` is that of the token that allowed it, None where none was needed."""

    shows_details: bool
    token_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """The answer no: ``code`` is for programs, the rest for people; ``detail`` and ``hint`` are sentences."""

    status: int
    code: str
    message: str
    detail: str | None = None
    hint: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """What is answered, as JSON."""
        error = {"code": self.code, "message": self.message, "detail": self.detail, "hint": self.hint}
        return {"success": False, "error": error}


CLOSE = ("connection", "close")  # the rest of the body is not read
OFF = Refusal(
    status=403,
    code="post_is_off",
    message="POST is off: no token is configured",
    detail="Without one, only requests from this machine to localhost are served, in development on the embedded"
    " server.",
    hint="Set MIGRATE_TASKS_TOKEN or MIGRATE_TASKS_TOKEN_FILE to a secret of at least 16 characters, restart, and send"
    ' it: -H "Authorization: Bearer $MIGRATE_TASKS_TOKEN"',
)
NO_TOKEN = Refusal(
    status=401,
    code="token_missing",
    message="this needs a token",
    hint='Send it: -H "Authorization: Bearer $MIGRATE_TASKS_TOKEN"',
    headers=(("www-authenticate", 'Bearer realm="migrate-tasks"'),),
)
WRONG_TOKEN = Refusal(
    status=401,
    code="token_wrong",
    message="the token is not known",
    hint="The known ones are those of MIGRATE_TASKS_TOKEN and MIGRATE_TASKS_TOKEN_FILE.",
    headers=(("www-authenticate", 'Bearer realm="migrate-tasks", error="invalid_token"'),),
)
WRONG_HOST = Refusal(
    status=421,
    code="host_not_allowed",
    message="this is not a host that is served here",
    hint="Add its name to the setting allowed_hosts (MIGRATE_TASKS_ALLOWED_HOSTS).",
)
CROSS_SITE = Refusal(
    status=403,
    code="cross_site",
    message="a page of another site may not do this",
    detail="The request's Origin or Sec-Fetch-Site is not that of this host.",
)
NOT_JSON = Refusal(
    status=415,
    code="not_json",
    message="only JSON is accepted, also where there is no body",
    hint='Send: -H "Content-Type: application/json"',
    headers=(("accept", "application/json"), CLOSE),
)
TOO_LARGE = Refusal(
    status=413, code="too_large", message=f"the body is larger than {BODY_LIMIT} bytes", headers=(CLOSE,)
)


def wrong_method(method: str, allow: str) -> Refusal:
    """Return the answer to a method that what is asked for does not have."""
    message = f"this is not for {method}" if method.isalpha() else "this is not for that method"
    return Refusal(
        status=405,
        code="method_not_allowed",
        message=message,
        hint=f"Allowed: {allow}.",
        headers=(("allow", allow), CLOSE),
    )


def decide(access: Access, tokens: Tokens, request: Request) -> Allowed | Refusal:
    """Return whether ``request`` may go on, and how much it may see, or why not."""
    if refusal := _misfit(access, request):
        return refusal
    if request.method == "POST":
        return _decide_post(access, tokens, request)
    if access.show_details != "when_authorized" or access.trusts(request):
        return Allowed(shows_details=access.show_details != "never")
    if request.bearer is None or not access.needs_token or request.action in PROBES:
        return Allowed(shows_details=False)
    if not tokens.accept(request.bearer):
        return WRONG_TOKEN
    return Allowed(shows_details=True, token_id=id_of(request.bearer))


def _misfit(access: Access, request: Request) -> Refusal | None:
    """Return what is wrong with it, whoever asks."""
    twice = [name for name in SINGLE if len(request.headers.get(name, ())) > 1]
    if twice:
        message = f"the header {twice[0].decode()} is given more than once"
        return Refusal(status=400, code="bad_header", message=message, headers=(CLOSE,))
    if request.action not in PROBES and access.hosts and not {"*", request.host} & {*access.hosts}:
        return WRONG_HOST
    if request.method not in request.allow.split(", "):
        return wrong_method(request.method, request.allow)
    return None


def _decide_post(access: Access, tokens: Tokens, request: Request) -> Allowed | Refusal:
    if request.is_from_elsewhere:
        return CROSS_SITE
    if access.needs_token:
        if request.bearer is None:
            return NO_TOKEN
        if not tokens.accept(request.bearer):
            return WRONG_TOKEN
    elif not access.trusts(request):
        return OFF
    if request.action == "reset" and access.reset_refused:
        refused = access.reset_refused
        return Refusal(status=403, code="refused", message=refused.message, detail=refused.detail, hint=refused.hint)
    if not JSON_TYPE.fullmatch(request.header(b"content-type") or b""):
        return NOT_JSON
    length = request.header(b"content-length") or b""
    if length.isdigit() and (len(length) > LENGTH_DIGITS or int(length) > BODY_LIMIT):
        return TOO_LARGE
    token = request.bearer if access.needs_token else None
    return Allowed(shows_details=True, token_id=id_of(token) if token else None)


def _is_loopback(remote: str | None) -> bool:
    try:
        address = ipaddress.ip_address(remote or "")
    except ValueError:  # a unix socket's, behind which there is a proxy
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
