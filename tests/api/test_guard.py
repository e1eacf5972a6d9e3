"""The guard is attacked from another process, over a socket."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.api.access import BODY_LIMIT, id_of
from migrate_tasks.api.guard import PAUSE
from migrate_tasks.migrations.record import refusal_of_reset
from migrate_tasks.settings import read_settings
from tests.api.serving import BEARER, JSON, OTHER, PREFIX, TOKEN, Served, answer_of, read_all, request, serve
from tests.support import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ID = id_of(TOKEN.encode())
PRODUCTION = {"DATABASE_URL": "postgresql://shop:s3cret@db.internal/shop"}
WITH_TOKEN = {**PRODUCTION, "MIGRATE_TASKS_TOKEN": TOKEN}
GUARDED = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-store"}
EMPTY_BODY = {"body": "", "shows_details": True}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A built-in server in production, with a token; tests that share it may change nothing 10 times at most."""
    with serve(tmp_path_factory.mktemp("secured"), **WITH_TOKEN) as served:
        yield served


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A built-in server in development on the embedded server, without a token."""
    with serve(tmp_path_factory.mktemp("trusting")) as served:
        yield served


def curl(port: int) -> bytes:
    """Return what curl sends for the seed's line with POST."""
    body = b'{"migration_name": "problematic-migration"}'
    return request(
        "POST", "reset", f"Host: localhost:{port}", "User-Agent: curl/8.14.1", "Accept: */*", JSON, body=body
    )


def test_the_lines_of_the_seed_work(trusting: Served) -> None:
    """In development on the embedded server, what curl sends for the seed's three lines goes through, with details."""
    body = '{"migration_name": "problematic-migration"}'

    assert answer_of(trusting.say(curl(3000))).document == {"body": body, "shows_details": True, "token": None}
    for action in ("health", "status"):
        expected = {"body": "", "shows_details": True, "token": None}
        assert trusting.ask("GET", action, "User-Agent: curl/8.14.1", "Accept: */*").document == expected


def test_the_lines_of_the_seed_work_after_a_hand_over(tmp_path: Path) -> None:
    """So it is where a start-up has handed the embedded server's URL over to an app that mounts ours."""
    socket_folder = str(tmp_path / ".postgres").replace("/", "%2F")
    environ = {
        "APP_ENV": "development",
        "DATABASE_URL": f"postgresql://postgres@/app?host={socket_folder}&port=5432",
    }

    with serve(tmp_path, "mounted", **environ) as served:
        assert answer_of(served.say(curl(3000))).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        ["Host: attacker.example:3000"],
        ["Host: localhost.attacker.example"],
        ["X-Forwarded-For: 203.0.113.7"],
        ["Forwarded: for=203.0.113.7"],
        ["X-Real-IP: 203.0.113.7"],
        ["Via: 1.1 proxy"],
    ],
)
def test_only_this_machine_is_trusted(tmp_path: Path, headers: list[str]) -> None:
    """In development, a request by another name or by way of a proxy is not trusted: POST is off, details hidden."""
    with serve(tmp_path, "mounted", MIGRATE_TASKS_ALLOWED_HOSTS="*") as served:
        posted, got = served.ask("POST", "run", JSON, *headers), served.ask("GET", "status", *headers)

    assert (posted.status, posted.code) == (403, "post_is_off")
    assert got.document == {"body": "", "shows_details": False, "token": None}


@pytest.mark.parametrize(
    "environ",
    [
        PRODUCTION,
        {"APP_ENV": "production"},
        {"APP_ENV": "staging"},
        {**PRODUCTION, "APP_ENV": "development"},
    ],
)
def test_without_a_token_post_is_off(tmp_path: Path, environ: dict[str, str]) -> None:
    """Without a token, POST is off but in development on the embedded server, and it is said how to have it."""
    with serve(tmp_path, **environ) as served:
        answer = served.ask("POST", "run", JSON, BEARER)

    assert (answer.status, answer.document) == (
        403,
        {
            "success": False,
            "error": {
                "code": "post_is_off",
                "message": "POST is off: no token is configured",
                "detail": "Without one, only requests from this machine to localhost are served, in development on the"
                " embedded server.",
                "hint": "Set MIGRATE_TASKS_TOKEN or MIGRATE_TASKS_TOKEN_FILE to a secret of at least 16 characters,"
                ' restart, and send it: -H "Authorization: Bearer $MIGRATE_TASKS_TOKEN"',
            },
        },
    )


def test_the_right_token_goes_through(tmp_path: Path) -> None:
    """With the right token a POST goes through, and what it does is written down, without the token."""
    with serve(tmp_path, **WITH_TOKEN) as served:
        answer = served.ask("POST", "run", BEARER, JSON, body=b"{}")

        assert answer.document == {"body": "{}", "shows_details": True, "token": ID}
        assert answer.headers.items() >= GUARDED.items()
        until(served.audit)
        assert served.audit() == [
            {
                "remote": "127.0.0.1",
                "token": ID,
                "action": "run",
                "target": "{}",
                "status": 200,
                "code": None,
                "run_id": "run-7",
            }
        ]
        assert TOKEN not in served.log.read_text()


def test_a_token_is_needed_in_development_too(tmp_path: Path) -> None:
    """Where a token is configured, it is needed in development on the embedded server, too; details are shown."""
    with serve(tmp_path, MIGRATE_TASKS_TOKEN=TOKEN) as served:
        assert served.ask("POST", "run", JSON).code == "token_missing"
        assert served.ask("POST", "reset", JSON, BEARER).status == 200
        assert served.ask("GET", "status").document["shows_details"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("X: y", "token_missing"),
        ("Authorization:", "token_missing"),
        ("Authorization: Bearer", "token_missing"),
        ("Authorization: Bearer ", "token_missing"),
        (f"Authorization: {TOKEN}", "token_missing"),
        (f"Authorization: Basic {TOKEN}", "token_missing"),
        (f"Authorization: Bearer {TOKEN} {TOKEN}", "token_missing"),
        (f"Authorization: Bearer {TOKEN[:-1]}", "token_wrong"),
        (f"Authorization: Bearer {TOKEN}x", "token_wrong"),
        (f"Authorization: Bearer {TOKEN.upper()}", "token_wrong"),
        ("Authorization: Bearer ключ-от-всех-дверей", "token_wrong"),
        (b"Authorization: Bearer \xff\xfe\x80" + TOKEN.encode(), "token_wrong"),
        ("Authorization: Bearer " + "x" * 40_000, "token_wrong"),
        (f"Authorization: Bearer {id_of(TOKEN.encode())}", "token_wrong"),
        ("Authorization: Bearer ''", "token_wrong"),
        ("Authorization: Bearer *", "token_wrong"),
    ],
)
def test_no_other_token_goes_through(secured: Served, header: str | bytes, code: str) -> None:
    """A token that is missing, cut, longer, of another case, not ASCII or very long is refused with 401."""
    answer = secured.ask("POST", "run", JSON, header)

    assert (answer.status, answer.code) == (401, code)
    wrong = ', error="invalid_token"' if code == "token_wrong" else ""
    assert answer.headers["www-authenticate"] == f'Bearer realm="migrate-tasks"{wrong}'
    assert answer.headers.items() >= GUARDED.items()


@pytest.mark.parametrize(
    "spelling", ["authorization: bearer {}", "AUTHORIZATION: BEARER   {}", "Authorization:Bearer {} "]
)
def test_a_token_may_be_spelt_as_http_allows(secured: Served, spelling: str) -> None:
    """Neither the case of header and scheme nor spaces around the token matter."""
    assert secured.ask("GET", "status", spelling.format(TOKEN)).document["token"] == ID


def test_tokens_that_are_not_ascii_go_through(tmp_path: Path) -> None:
    """A token may have any letters: what counts are its bytes."""
    token = "ключ-от-всех-дверей"

    with serve(tmp_path, **PRODUCTION, MIGRATE_TASKS_TOKEN=token) as served:
        assert served.ask("POST", "run", JSON, f"Authorization: Bearer {token}").status == 200


def test_a_wrong_token_waits_and_nobody_else(secured: Served) -> None:
    """Each wrong token is answered after the same pause, also many at once; the right one does not wait for them."""

    def took(header: str) -> float:
        began = time.monotonic()
        secured.ask("GET", "status", header)
        return time.monotonic() - began

    with ThreadPoolExecutor(20) as pool:
        wrong = [pool.submit(took, f"Authorization: Bearer wrong-token-{n:010}") for n in range(19)]
        time.sleep(PAUSE / 5)
        right = took(BEARER)

        assert right < PAUSE / 2
        assert all(PAUSE <= future.result() < PAUSE * 4 for future in wrong)


def test_too_many_wrong_tokens_are_not_kept(tmp_path: Path) -> None:
    """Of 130 wrong tokens at once 100 wait, the others are told to come later, and the right one goes through."""
    raw = request("GET", "status", "Authorization: Bearer wrong-wrong-wrong-wrong")
    with serve(tmp_path, **WITH_TOKEN) as served:
        served.ask("GET", "status")
        connections = [served.connect() for _ in range(130)]
        for connection in connections:
            connection.sendall(raw)
        right = served.ask("GET", "status", BEARER)
        answers = [answer_of(read_all(connection)) for connection in connections]
        for connection in connections:
            connection.close()

    assert right.status == 200
    assert sorted(answer.status for answer in answers) == [401] * 100 + [429] * 30
    assert {answer.headers["retry-after"] for answer in answers if answer.status == 429} == {"1"}


def test_tokens_are_changed_without_a_restart(tmp_path: Path) -> None:
    """A file of tokens holds as it is now: a new token at once, an old one no longer, and none of a bad file."""
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")

    with serve(tmp_path, **PRODUCTION, MIGRATE_TASKS_TOKEN_FILE="token") as served:

        def statuses() -> list[int]:
            asked = (served.ask("GET", "status", f"Authorization: Bearer {token}") for token in (TOKEN, OTHER))
            return [answer.status for answer in asked]

        assert statuses() == [200, 401]
        file.write_text(f"{TOKEN}, {OTHER}\n")
        assert statuses() == [200, 200]
        file.write_text(OTHER)
        assert statuses() == [401, 200]
        for bad in ("", "short", f"{TOKEN} short"):
            file.write_text(bad)
            assert statuses() == [401, 401]
        file.unlink()
        assert statuses() == [401, 401]
        assert served.ask("POST", "run", JSON, BEARER).status == 401
        file.write_text(TOKEN)
        assert statuses() == [200, 401]


@pytest.mark.parametrize("environ", [WITH_TOKEN, {**WITH_TOKEN, "APP_ENV": "staging"}])
def test_a_reset_is_refused_in_the_words_of_the_core(tmp_path: Path, environ: dict[str, str]) -> None:
    """In production and in an environment that is not known, a reset is refused as the core refuses it."""
    refused = refusal_of_reset(read_settings(tmp_path, environ=environ))
    assert refused is not None

    with serve(tmp_path, **environ) as served:
        answers = [served.ask("POST", "reset", JSON, header) for header in (BEARER, "X: y")]

    expected = {"code": "refused", "message": refused.message, "detail": refused.detail, "hint": refused.hint}
    assert (answers[0].status, answers[0].document) == (403, {"success": False, "error": expected})
    assert answers[1].code == "token_missing"


@pytest.mark.parametrize(
    "header",
    [
        "X: y",
        "Content-Type:",
        "Content-Type: text/plain",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: multipart/form-data; boundary=application/json",
        "Content-Type: text/plain; application/json",
        "Content-Type: application/jsonp",
        "Content-Type: application/json, text/plain",
    ],
)
def test_only_json_goes_through(secured: Served, trusting: Served, header: str) -> None:
    """What a page of another site can send just so, a form or plain text, is refused, with a body or not."""
    for served, token in ((secured, BEARER), (trusting, "X-Y: z")):
        for body in (b"", b"{}"):
            answer = served.ask("POST", "run", token, header, body=body)
            assert (answer.status, answer.code, answer.headers["accept"]) == (415, "not_json", "application/json")


@pytest.mark.parametrize(
    "header",
    [
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
        "Origin: null",
        "Origin:",
        "Origin: https://attacker.example",
        "Origin: http://localhost:8080",
        "Origin: http://localhost:3000.attacker.example",
        "Origin: http://attacker.example/localhost:3000",
        "Origin: http://localhost",
    ],
)
def test_no_page_of_another_site_goes_through(secured: Served, trusting: Served, header: str) -> None:
    """A POST that a browser sends for a page of another site, or of another port, is refused, with a token or not."""
    for served, token in ((secured, BEARER), (trusting, "X: y")):
        answer = served.ask("POST", "run", JSON, token, header)
        assert (answer.status, answer.code) == (403, "cross_site")


def test_a_page_of_ours_goes_through(trusting: Served) -> None:
    """A POST of our own page goes through; a link from anywhere to our page does, too, and nobody else may read it."""
    ours = trusting.ask("POST", "run", JSON, "Origin: http://localhost:3000", "Sec-Fetch-Site: same-origin")
    followed = trusting.ask("GET", "status", "Sec-Fetch-Site: cross-site", "Origin: https://elsewhere.example")
    preflight = trusting.ask("OPTIONS", "run", "Origin: https://a.example", "Access-Control-Request-Method: POST")

    assert (ours.status, followed.status) == (200, 200)
    assert [name for a in (ours, followed, preflight) for name in a.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:3000", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:3000", 200),
        ("attacker.example", 421),
        ("attacker.example:3000", 421),
        ("localhost.attacker.example", 421),
        ("localhost@attacker.example", 421),
        ("localhost:3000@attacker.example", 421),
        ("localhost, attacker.example", 421),
        ("localhost:3000:4000", 421),
        ("127.0.0.1.nip.io", 421),
        ("0.0.0.0", 421),
        ("::1", 421),
        ("", 421),
        ("*", 421),
        ("\uff4cocalhost", 421),
    ],
)
def test_only_known_hosts_are_served(trusting: Served, host: str, status: int) -> None:
    """The built-in server answers only to this machine's own names: no name of an attacker's leads here."""
    for method, action in (("GET", "status"), ("GET", ""), ("OPTIONS", "run")):
        assert trusting.ask(method, action, f"Host: {host}").status == status
    assert trusting.ask("POST", "run", f"Host: {host}").code == ("not_json" if status == 200 else "host_not_allowed")
    assert trusting.ask("GET", "live", f"Host: {host}").status == 200


def test_hosts_can_be_said(tmp_path: Path) -> None:
    """What allowed_hosts says takes the place of this machine's names."""
    with serve(tmp_path, MIGRATE_TASKS_ALLOWED_HOSTS="shop.example [::1]") as served:
        hosts = ("shop.example", "Shop.Example:8443", "[::1]", "localhost")
        assert [served.ask("GET", "status", f"Host: {host}").status for host in hosts] == [200, 200, 200, 421]


def test_hosts_of_a_mounted_app_are_its_parents_business(tmp_path: Path) -> None:
    """Mounted, the app answers to any name, unless allowed_hosts is set."""
    for environ, status in ((WITH_TOKEN, 200), ({**WITH_TOKEN, "MIGRATE_TASKS_ALLOWED_HOSTS": "a.example"}, 421)):
        with serve(tmp_path, "mounted", **environ) as served:
            assert served.ask("GET", "status", "Host: b.example").status == status
            assert served.ask("POST", "run", BEARER, JSON, "Host: b.example").status == status


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (BEARER, "Authorization: Bearer wrong-wrong-wrong-wrong"),
        (BEARER, BEARER),
        ("Origin: http://localhost:3000", "Origin: https://attacker.example"),
        ("Sec-Fetch-Site: none", "Sec-Fetch-Site: cross-site"),
        (JSON, "Content-Type: text/plain"),
        ("Host: localhost", "Host: attacker.example"),
        ("Content-Length: 2", "Content-Length: 3"),
    ],
)
def test_no_header_is_there_twice(secured: Served, first: str, second: str) -> None:
    """A header that decides, given twice, is refused, since others may understand it in another way."""
    for pair in ((first, second), (second, first)):
        others = [line for line in (BEARER, JSON) if line.partition(":")[0] not in first]
        raw = secured.say(request("POST", "run", *others, *pair, body=b"{}"))
        assert raw.startswith(b"HTTP/1.1 400 ")


def test_a_body_has_a_limit(tmp_path: Path) -> None:
    """A body of 16 KiB goes through, one byte more does not, whether its length is said or not."""

    def chunked(body: bytes) -> bytes:
        chunks = (body[n : n + 1000] for n in range(0, len(body), 1000))
        return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"

    with serve(tmp_path, **WITH_TOKEN) as served:
        for size, status in ((BODY_LIMIT, 200), (BODY_LIMIT + 1, 413)):
            body = b" " * size
            in_chunks = (BEARER, JSON, "Transfer-Encoding: chunked")
            assert served.ask("POST", "run", BEARER, JSON, body=body).status == status
            assert served.ask("POST", "run", *in_chunks, body=chunked(body)).status == status


@pytest.mark.parametrize("length", [b"1048576", b"99999999999999", b"9" * 18])
def test_a_large_body_is_not_read(secured: Served, length: bytes) -> None:
    """A body that is said to be large is refused before any of it has come, and the connection is closed."""
    answer = secured.ask("POST", "run", BEARER, JSON, b"Content-Length: " + length)

    assert (answer.status, answer.code, answer.headers["connection"]) == (413, "too_large", "close")


def test_an_endless_body_is_not_read(secured: Served) -> None:
    """A body in chunks that never ends is refused as soon as it is too large, and no more of it is read."""
    head = request("POST", "run", BEARER, JSON, "Transfer-Encoding: chunked")
    begun = secured.say(head + b"4001\r\n" + b" " * 0x4001 + b"\r\n")
    assert answer_of(begun).code == "too_large"

    sent = 0
    with secured.connect() as connection:
        connection.sendall(head)
        try:
            while sent < 100_000_000:
                connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
                sent += 0x10000
        except OSError:
            pass

    assert sent < 20_000_000


def test_a_small_body_that_was_said_to_be_smaller(secured: Served) -> None:
    """What follows a body of the length that was said is no part of it, and no request either."""
    raw = secured.say(request("POST", "status", BEARER, JSON, "Content-Length: 2", body=b"{}" + b" " * 50))

    assert raw.count(b"HTTP/1.1 ") == 1
    assert answer_of(raw).status == 405


def test_a_body_that_does_not_come(secured: Served) -> None:
    """A body that does not come, or byte by byte, is not waited for long."""
    began = time.monotonic()
    answer = secured.ask("POST", "run", BEARER, JSON, "Content-Length: 100", body=b"{")

    assert (answer.status, answer.code, answer.headers["connection"]) == (408, "too_slow", "close")
    assert time.monotonic() - began < 5
    with secured.connect() as connection:
        connection.sendall(request("POST", "run", BEARER, JSON, "Content-Length: 100"))
        connection.settimeout(0.05)
        answered = b""
        while not answered:
            connection.sendall(b" ")
            try:
                answered = connection.recv(65536)
            except TimeoutError:
                continue
    assert answered.startswith(b"HTTP/1.1 408 ")


def test_who_goes_away_is_written_down(tmp_path: Path) -> None:
    """Of a client that goes away before its body has come, the line has no status, and the app is not called."""
    with serve(tmp_path, **WITH_TOKEN) as served:
        with served.connect() as connection:
            connection.sendall(request("POST", "run", BEARER, JSON, "Content-Length: 100", body=b"{"))
            time.sleep(0.2)
        until(served.audit)

        assert served.audit() == [
            {
                "remote": "127.0.0.1",
                "token": ID,
                "action": "run",
                "target": None,
                "status": None,
                "code": None,
                "run_id": None,
            }
        ]


def test_changes_have_a_rate(tmp_path: Path) -> None:
    """Of eleven POSTs at once, the eleventh is told when to come again; refused ones do not count."""
    with serve(tmp_path, **WITH_TOKEN) as served:
        for _ in range(12):
            assert served.ask("POST", "run", JSON).status == 401
        with ThreadPoolExecutor(11) as pool:
            asked = [pool.submit(served.ask, "POST", "run", BEARER, JSON) for _ in range(11)]
            answers = sorted((future.result() for future in asked), key=lambda answer: answer.status)

        assert [answer.status for answer in answers] == [200] * 10 + [429]
        assert answers[-1].headers["retry-after"] in {"9", "10"}
        assert answers[-1].document["error"]["message"] == (
            "only 10 requests that change something are admitted at once, and then one each 10 s"
        )
        assert served.ask("GET", "status", BEARER).status == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "FOO", "post", "GET"])
def test_no_other_method_changes_anything(secured: Served, method: str) -> None:
    """POST is the only method of run and reset, and of nothing else."""
    answer = secured.ask(method, "run", BEARER, JSON)
    assert (answer.status, answer.code, answer.headers["allow"]) == (405, "method_not_allowed", "POST, OPTIONS")

    if method != "GET":
        answer = secured.ask("POST", "status", BEARER, JSON)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_head_has_no_body(secured: Served) -> None:
    """A refusal of HEAD has the headers of one, and no body."""
    raw = secured.say(request("HEAD", "run"))

    assert raw.startswith(b"HTTP/1.1 405 ")
    assert raw.endswith(b"\r\n\r\n")


def test_the_old_http(trusting: Served, secured: Served) -> None:
    """HTTP/1.0 is served as well; who names no host is served by probes only."""
    old = f"GET {PREFIX}/status HTTP/1.0\r\n"
    assert answer_of(trusting.say(f"{old}Host: localhost\r\n\r\n".encode())).status == 200
    assert answer_of(trusting.say(f"{old}\r\n".encode())).code == "host_not_allowed"
    assert answer_of(trusting.say(f"{old.replace('status', 'live')}\r\n".encode())).status == 200
    post = f"POST {PREFIX}/run HTTP/1.0\r\nHost: localhost\r\n{JSON}\r\n\r\n"
    assert answer_of(secured.say(post.encode())).code == "token_missing"


def test_each_of_several_requests_is_judged(secured: Served) -> None:
    """Of requests that are sent one behind the other on one connection, each needs its own token."""
    first = request("GET", "status", BEARER).replace(b"Connection: close\r\n", b"")
    raw = secured.say(first + request("POST", "run", JSON))

    assert raw.count(b"HTTP/1.1 200 ") == 1
    assert raw.count(b"HTTP/1.1 401 ") == 1


def test_no_line_can_be_forged(tmp_path: Path) -> None:
    """Line ends, colours and quotes in a path begin no line of their own in the log, and no header in the answer."""
    forged = '%0d%0aX-Evil: 1%0d%0a{"time": 1}%1b[31m%e2%80%a8"'.replace(" ", "%20")
    with serve(tmp_path, **WITH_TOKEN) as served:
        answer = served.ask("POST", forged, BEARER, JSON)
        until(served.audit)

        assert "x-evil" not in answer.headers
        assert [(line["status"], line["action"]) for line in served.audit()] == [
            (405, '\r\nX-Evil: 1\r\n{"time": 1}\x1b[31m\u2028"')
        ]
        assert len(served.log.read_text().splitlines()) == 1
        assert "\x1b" not in served.log.read_text()


def test_every_post_is_written_down(tmp_path: Path) -> None:
    """Each POST that is refused leaves a line, which says why, and which token was used; GET leaves none."""
    wrong = "wrong-wrong-wrong-wrong"
    with serve(tmp_path, **WITH_TOKEN) as served:
        served.ask("GET", "status", BEARER)
        served.ask("POST", "run", JSON)
        served.ask("POST", "run", JSON, f"Authorization: Bearer {wrong}")
        served.ask("POST", "reset", JSON, BEARER)
        served.ask("POST", "run", BEARER, "Host: a.example")
        served.ask("POST", "run", BEARER)
        until(lambda: len(served.audit()) == 5)

        told = [(line["action"], line["token"], line["status"], line["code"]) for line in served.audit()]
    assert told == [
        ("run", None, 401, "token_missing"),
        ("run", id_of(wrong.encode()), 401, "token_wrong"),
        ("reset", ID, 403, "refused"),
        ("run", ID, 421, "host_not_allowed"),
        ("run", ID, 415, "not_json"),
    ]


@pytest.mark.parametrize("how", ["built-in", "mounted"])
def test_an_error_shows_nothing(tmp_path: Path, how: str) -> None:
    """An error of the app is answered with 500, without a word of what it was."""
    with serve(tmp_path, how, **WITH_TOKEN) as served:
        answer = served.ask("GET", "crash", BEARER)

    assert answer.status == 500
    assert answer.document["error"] == {
        "code": "internal_error",
        "message": "an error in migrate-tasks",
        "detail": None,
        "hint": "The server's log tells of it.",
    }
    assert answer.headers.items() >= GUARDED.items()


@pytest.mark.parametrize(
    ("show", "anonymous", "authorized", "wrong"),
    [("never", False, False, 200), ("when_authorized", False, True, 401), ("always", True, True, 200)],
)
def test_details_are_shown_to_whom_they_may(
    tmp_path: Path, show: str, wrong: int, *, anonymous: bool, authorized: bool
) -> None:
    """show_details decides who sees details; by default those with a token. No token is wrong where none is needed."""
    with serve(tmp_path, **WITH_TOKEN, MIGRATE_TASKS_SHOW_DETAILS=show) as served:
        asked = [served.ask("GET", "status", header).document["shows_details"] for header in ("X: y", BEARER)]
        mistaken = "Authorization: Bearer wrong-wrong-wrong-wrong"

        assert asked == [anonymous, authorized]
        assert served.ask("GET", "status", mistaken).status == wrong
        assert [served.ask("GET", probe, mistaken).status for probe in ("live", "ready")] == [200, 200]


def test_details_can_be_hidden_in_development(tmp_path: Path) -> None:
    """Where show_details is never, development on the embedded server is no exception."""
    with serve(tmp_path, MIGRATE_TASKS_SHOW_DETAILS="never") as served:
        assert not served.ask("GET", "status").document["shows_details"]


def test_a_stranger_learns_nothing_of_the_token(secured: Served) -> None:
    """Without a token configured, one that is given is not looked at; with one, a foreign scheme is not, either."""
    assert secured.ask("GET", "status", "Authorization: Basic dXNlcjpwYXNz").document["shows_details"] is False


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"MIGRATE_TASKS_TOKEN": "too-short"}, "MIGRATE_TASKS_TOKEN: the token has 9 characters, and needs 16"),
        ({"MIGRATE_TASKS_TOKEN_FILE": "nowhere"}, "MIGRATE_TASKS_TOKEN_FILE: there is no file"),
    ],
)
def test_it_does_not_start_with_a_bad_token(tmp_path: Path, environ: dict[str, str], message: str) -> None:
    """With a token that is too short, or a file that is not there, the server does not start, and says why."""
    with serve(tmp_path, **environ) as served:
        until(lambda: message in served.log.read_text())
        with suppress(OSError):  # what had connected before it ended is reset
            assert served.say(request("GET", "status")) == b""


def test_who_is_refused_gets_to_know_it(secured: Served) -> None:
    """A body that nobody wants to read does not cost its sender the answer: the connection is not reset at once."""
    asked = request("POST", "run", JSON, body=b" " * 1_000_000)
    for _ in range(5):
        with secured.connect() as connection:
            connection.sendall(asked)
            found = b""
            while chunk := connection.recv(65536):
                found += chunk

        assert answer_of(found).code == "token_missing"
