"""What is decided from the facts of a request, for any facts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_tasks.api.access import Access, Allowed, Refusal, Request, Tokens, decide, id_of
from migrate_tasks.api.rate import Bucket
from migrate_tasks.errors import Refused
from migrate_tasks.startup.masking import Secrets

LAW = settings(deadline=None, database=None)
TOKEN = b"a-token-that-is-right"
TOKENS = Tokens.of([TOKEN, b"another-token-is-right"])
ACCESSES = st.builds(
    Access,
    is_development=st.booleans(),
    needs_token=st.booleans(),
    read_tokens=st.just(lambda: TOKENS),
    reset_refused=st.sampled_from([None, Refused("no")]),
    show_details=st.sampled_from(["never", "when_authorized", "always"]),
    hosts=st.sampled_from([None, ("localhost", "127.0.0.1", "[::1]"), ("*",)]),
    secrets=st.just(Secrets()),
)
NAMES = ["host", "authorization", "origin", "sec-fetch-site", "content-type", "content-length", "x-forwarded-for"]
LIKELY = [
    b"localhost:3000",
    b"http://localhost:3000",
    b"bearer " + TOKEN,
    b"Bearer \xff" + TOKEN,
    b"application/json; charset=utf-8",
    b"17000",
    b"9" * 5000,
    b"same-origin",
    b"cross-site",
]
HEADERS = st.lists(
    st.tuples(st.sampled_from([name.encode() for name in NAMES]), st.sampled_from(LIKELY) | st.binary(max_size=30)),
    max_size=8,
)
# a request that needs nothing more, but for one header that is left out or is another
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        b"host": st.sampled_from([b"localhost:3000", b"shop.example"]),
        b"authorization": st.sampled_from([b"Bearer " + TOKEN, b"Bearer " + TOKEN[:-1]]),
        b"content-type": st.just(b"application/json"),
        b"x-real-ip": st.just(b"10.0.0.7"),
    },
).map(lambda headers: list(headers.items()))
SCOPES = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "HEAD", "OPTIONS", "POST", "PUT"]) | st.text(max_size=5),
        "path": st.sampled_from(["/run", "/a/reset", "/database/migrations/run/", "/status", "/live", "", "/"])
        | st.text(max_size=9),
        "client": st.sampled_from([None, ("127.0.0.1", 1), ("::1", 1), ("::ffff:127.0.0.1", 1), ("10.0.0.7", 1)])
        | st.tuples(st.text(max_size=9), st.just(1)),
        "headers": NEARLY | HEADERS,
    }
)


def request(method: str = "POST", path: str = "/run", client: str = "127.0.0.1", **headers: str) -> Request:
    """Return a request that is fine but for what is given."""
    given_headers = {"host": "localhost", "content_type": "application/json", **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in given_headers.items()]
    return Request.of({"method": method, "path": path, "client": (client, 50000), "headers": raw})


def access(**changes: Any) -> Access:
    """Return what holds in production with tokens, but for ``changes``."""
    held: dict[str, Any] = {
        "is_development": False,
        "needs_token": True,
        "read_tokens": lambda: TOKENS,
        "reset_refused": Refused("no"),
        "show_details": "when_authorized",
        "hosts": None,
        "secrets": Secrets(),
    }
    return Access(**{**held, **changes})


@settings(LAW, max_examples=1500)  # of which few reach the last of the checks
@given(ACCESSES, SCOPES | SCOPES.map(lambda scope: {**scope, "method": "POST", "path": "/run"}))
def test_nothing_changes_but_by_those_who_may(held: Access, scope: dict[str, Any]) -> None:
    """Whatever is sent, a POST goes on with a right token or, trusted, from this machine, and in no other way."""
    asked = Request.of(scope)

    decision = decide(held, TOKENS, asked)

    if isinstance(decision, Refusal):
        assert 400 <= decision.status < 500
    elif asked.method == "POST":
        assert asked.action in {"run", "reset"}
        assert TOKENS.accept(asked.bearer or b"") if held.needs_token else held.is_development and asked.is_local
        assert not (asked.action == "reset" and held.reset_refused)
        assert not asked.is_from_elsewhere
        assert (asked.header(b"content-type") or b"").lower().startswith(b"application/json")
    else:
        assert asked.method in {"GET", "HEAD", "OPTIONS"}
        may_see = held.show_details == "always" or (held.is_development and asked.is_local) or decision.token_id
        assert not decision.shows_details or (may_see and held.show_details != "never")


@LAW
@given(st.binary(max_size=60))
def test_only_a_known_token_is_accepted(given_token: bytes) -> None:
    """Of all bytes only the known tokens are accepted, and nothing that shows them shows one."""
    assert TOKENS.accept(given_token) == (given_token in {TOKEN, b"another-token-is-right"})
    assert Tokens.of([given_token]).accept(given_token)
    assert not Tokens().accept(given_token)
    assert "right" not in repr(TOKENS) + repr(request(authorization=f"Bearer {TOKEN.decode()}"))


def test_the_id_of_a_token() -> None:
    """A token's id is the beginning of its SHA-256, as sha256sum shows it."""
    assert id_of(b"a-token-that-is-right") == "daa853ed"


@pytest.mark.parametrize(
    ("client", "headers", "is_local"),
    [
        ("127.0.0.1", {}, True),
        ("127.8.9.10", {}, True),
        ("::1", {"host": "[::1]:3000"}, True),
        ("::ffff:127.0.0.1", {}, True),
        ("::ffff:10.0.0.7", {}, False),
        ("10.0.0.7", {}, False),
        ("", {}, False),
        ("testclient", {}, False),
        ("127.0.0.1", {"host": "shop.example"}, False),
        ("127.0.0.1", {"x_forwarded_for": ""}, False),
    ],
)
def test_what_is_of_this_machine(client: str, headers: dict[str, str], *, is_local: bool) -> None:
    """A request is of this machine by its address and by the name that it called, with nobody in between."""
    assert request(client=client, **headers).is_local is is_local


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("/database/migrations/run", "run"),
        ("/run/", "run"),
        ("/database/migrations", "migrations"),
        ("/", ""),
        ("", ""),
        ("/run/x", "x"),
        ("/Run", "Run"),
    ],
)
def test_the_action_is_the_last_part_of_the_path(path: str, action: str) -> None:
    """The action does not depend on where the app is mounted."""
    assert request(path=path).action == action


@pytest.mark.parametrize("origin", ["", "null", "https://attacker.example", "localhost", "http://"])
def test_who_names_no_host_has_no_page(origin: str) -> None:
    """A request that names no host, as HTTP/1.0 may, is of no page of ours, whatever its Origin is."""
    assert request(host="", origin=origin).is_from_elsewhere


def test_what_is_decided_first() -> None:
    """Who has no token learns nothing of what else is wrong; a reset is refused before its body is looked at."""
    authorization = f"Bearer {TOKEN.decode()}"
    wrong = {"path": "/reset", "content_type": "text/plain", "content_length": "99999"}

    def code(**changes: str) -> str | None:
        decision = decide(access(), TOKENS, request(**{**wrong, **changes}))
        return decision.code if isinstance(decision, Refusal) else None

    assert code(origin="null") == "cross_site"
    assert code() == "token_missing"
    assert code(authorization=authorization) == "refused"
    assert code(authorization=authorization, path="/run") == "not_json"
    assert code(authorization=authorization, path="/run", content_type="application/json") == "too_large"
    fine = request(authorization=authorization, content_length="16384")
    assert decide(access(), TOKENS, fine) == Allowed(shows_details=True, token_id=id_of(TOKEN))


@LAW
@given(
    st.integers(1, 1000),
    st.integers(1, 5),
    st.lists(st.integers(0, 3000), min_size=1, max_size=60),
)
def test_a_bucket_admits_what_it_says(interval: int, burst: int, pauses: list[int]) -> None:
    """In any span of time no more is admitted than the burst and one each interval, and a wait is just long enough."""
    bucket, now, admitted = Bucket(interval, burst), 0, []
    for pause in pauses:
        now += pause
        bucket, wait = bucket.take(now)
        if not wait:
            admitted.append(now)
        else:
            assert bucket.take(now + wait - 1)[1] == 1
            assert bucket.take(now + wait)[1] == 0

    for first, began in enumerate(admitted):
        for number, at in enumerate(admitted[first:], 1):
            assert number <= burst + (at - began) // interval
