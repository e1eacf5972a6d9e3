"""POST with what cannot be understood: a clear answer each, and nothing is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.api.asking import data_of, error_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from tests.migrations.ground import Ground

JSON = {"content-type": "application/json"}
NO_JSON = "the body is no JSON"
JSON_HINT = 'Send: -H "Content-Type: application/json"'
KEYS = "The keys are to, dry_run."


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (
            {"content": b"{", "headers": JSON},
            (
                400,
                "malformed_json",
                f"{NO_JSON}: expecting property name enclosed in double quotes at line 1, column 2",
                None,
            ),
        ),
        ({"content": b"\xff", "headers": JSON}, (400, "malformed_json", f"{NO_JSON}: it is not UTF-8", None)),
        ({"content": b"[" * 16000, "headers": JSON}, (400, "malformed_json", f"{NO_JSON} that can be read", None)),
        ({"content": b"9" * 5000, "headers": JSON}, (400, "malformed_json", f"{NO_JSON} that can be read", None)),
        (
            {"json": []},
            (400, "malformed_json", "the body must be a JSON object", 'Send {} or {"key": "value"}.'),
        ),
        (
            {"json": {"dryrun": True}},
            (400, "unknown_key", 'unknown key "dryrun" in the body', 'Did you mean "dry_run"?'),
        ),
        ({"json": {"x": 1}}, (400, "unknown_key", 'unknown key "x" in the body', KEYS)),
        ({"params": {"x": "1"}}, (400, "unknown_key", 'unknown key "x" in the query', KEYS)),
        ({"params": {"dry_run": "2"}}, (400, "invalid_value", '"dry_run" of the query must be 1 or 0', None)),
        ({"json": {"dry_run": 1}}, (400, "invalid_value", '"dry_run" of the body must be true or false', None)),
        ({"json": {"to": 7}}, (400, "invalid_value", '"to" of the body must be a string', None)),
        *(
            (sent, (415, "not_json", "only JSON is accepted, also where there is no body", JSON_HINT))
            for sent in (
                {"data": {"to": "001"}, "headers": {"content-type": "application/x-www-form-urlencoded"}},
                {"content": b"{}", "headers": {"content-type": ""}},
                {"headers": {"content-type": "text/plain"}},
            )
        ),
        (
            {"content": b" " * 1_000_000, "headers": JSON},
            (413, "too_large", "the body is larger than 16384 bytes", None),
        ),
    ],
)
def test_bad_input(
    ground: Ground, client: TestClient, request_: dict[str, Any], expected: tuple[int, str, str, str | None]
) -> None:
    """What cannot be understood is refused with a word for programs, a message and a hint."""
    ground.write(m001_a="CREATE TABLE a ()")

    answer = client.post("/run", **request_)

    assert error_of(answer) == expected
    assert ground.relations == set()


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"content": b"", "headers": JSON},
        {"content": b" \n", "headers": {"content-type": "application/json; charset=utf-8"}},
        {"json": {"dry_run": None, "to": None}},
        {"content": b'{"dry_run": true, "dry_run": false}', "headers": {"content-type": "APPLICATION/JSON"}},
        {"params": {"dry_run": "0"}},
    ],
)
def test_good_input(ground: Ground, client: TestClient, request_: dict[str, Any]) -> None:
    """No body, an empty one, and nulls say nothing, and are right."""
    ground.write(m001_a="CREATE TABLE a ()")

    assert data_of(client.post("/run", **request_))["executed"] == 1


@pytest.mark.parametrize("name", [r"\ud800", r"\u0000", "é", "x" * 9000, "../001-a", ""])
def test_strange_names(ground: Ground, client: TestClient, name: str) -> None:
    """A name of a migration may be anything; it is told back, and 404 where there is none."""
    ground.write(m001_a="CREATE TABLE a ()")
    body = f'{{"migration_name": "{name}"}}'.encode()

    answer = client.post("/reset", content=body, headers=JSON)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_migration")
