"""The OpenAPI document: it is one, it tells the truth, and its examples are of its own schemas."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from jsonschema import Draft202012Validator
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from migrate_tasks.api import create_server
from migrate_tasks.migrations.lock import LOCK_KEY
from migrate_tasks.render.openapi import openapi_json
from migrate_tasks.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.render.json import Json
    from migrate_tasks.settings import Settings
    from tests.support import Project

BASE = "/database/migrations"
TOKEN = "a-token-of-this-test"
STARTUP = dict.fromkeys(("run_id", "host", "process"), "1") | {
    "version": 1,
    "pid": 1,
    "name": "shop",
    "state": "succeeded",
    "phases": [{"name": "a", "state": "succeeded"}],
}
DOCUMENT = openapi_json(BASE, "0.1.0")


def closed(schema: Any) -> Any:
    """Return ``schema`` with no other keys admitted than those that stand in it."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: closed(each) for key, each in schema.items()}
    is_object = schema.get("type") == "object" and isinstance(schema.get("properties"), dict)
    return {"additionalProperties": False, **made} if is_object else made


def errors_in(value: object, schema: Json) -> list[str]:
    """Return what of ``value`` is not as the ``schema`` has it."""
    whole = closed({**schema, "components": DOCUMENT["components"]})
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(whole).iter_errors(value)]


@dataclass(frozen=True)
class Served:
    """The server of a project, whose answers are held against the document."""

    project: Project
    settings: Settings
    client: TestClient

    def get(self, path: str, **headers: str) -> Any:
        """Ask, and see that the answer is one of those that the document has."""
        return self.request("GET", path, headers=headers)

    def post(self, path: str, body: Json | None = None, **more: Any) -> Any:
        """Have something done, and see that the answer is one of those that the document has."""
        return self.request("POST", path, **({"json": body or {}} | more))

    def request(self, method: str, path: str, **more: Any) -> Any:
        """Send any request."""
        answer = self.client.request(method, f"{BASE}{path}", **more)
        template = re.sub(r"^/runs/[^/?]+", "/runs/{run_id}", path).partition("?")[0]
        expected = DOCUMENT["paths"][template][method.lower()]["responses"][str(answer.status_code)]
        kind = answer.headers["content-type"].partition(";")[0]
        schema = expected["content"][kind]["schema"]
        assert errors_in(answer.json() if kind.endswith("json") else answer.text, schema) == []
        for name in expected.get("headers", ()):
            assert name in answer.headers
        return answer


@pytest.fixture
def served(project: Project) -> Iterator[Served]:
    """The server of a project with one migration."""
    project.write("migrations/001-a.sql", "CREATE TABLE a (id int);")
    settings = read_settings(project.root, environ={**project.environ, "MIGRATE_TASKS_TOKEN": TOKEN})
    with TestClient(
        create_server(settings),
        base_url="http://localhost",
        headers={"Authorization": f"Bearer {TOKEN}"},
        raise_server_exceptions=False,
    ) as client:
        yield Served(project, settings, client)


def test_it_is_an_openapi_document() -> None:
    """The validator of OpenAPI 3.1 has no objection."""
    validator = pytest.importorskip("openapi_spec_validator", reason="openapi-spec-validator is not installed")

    validator.validate(DOCUMENT)


def test_its_schemas_are_schemas() -> None:
    """Each schema is one of JSON Schema 2020-12, and whatever is referred to is there."""
    schemas = DOCUMENT["components"]["schemas"]

    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    referred = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert referred == set(schemas)


def test_its_examples_are_of_its_schemas() -> None:
    """Each example, which is an answer of the seed, is valid."""
    contents = [
        content
        for path in DOCUMENT["paths"].values()
        for operation in path.values()
        for answer in (operation.get("requestBody", {}), *operation["responses"].values())
        for content in answer.get("content", {}).values()
        if "example" in content
    ]

    assert len(contents) == 5
    assert [errors_in(content["example"], content["schema"]) for content in contents] == [[]] * 5


def test_it_is_served_where_the_app_is(served: Served) -> None:
    """What is served is the document, for where the app is mounted, and nothing is served that it does not have."""
    assert served.get("/openapi.json").json() == DOCUMENT
    (mount,) = [route for route in create_server(served.settings).routes if isinstance(route, Mount)]
    assert {route.path for route in mount.routes if isinstance(route, Route)} == set(DOCUMENT["paths"])


def test_answers_before_during_and_after_a_run(served: Served) -> None:
    """Whatever is asked of a database that is up, pending, locked, migrated or reset, is answered as documented."""
    served.project.write(".startup/state.json", json.dumps(STARTUP))
    paths = ("/", "/status", "/health", "/ready", "/live", "/metrics")
    before = [served.get(path).status_code for path in paths]
    with psycopg.connect(served.project.environ["DATABASE_URL"], autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        during = served.post("/run")
        other.execute("SELECT pg_advisory_unlock_all()")
    begun = served.post("/run", headers={"Prefer": "respond-async"})
    assert served.client.get(begun.headers["location"]).status_code == 200
    while (state := served.get(f"/runs/{begun.json()['data']['id']}").json()["data"]["state"]) == "running":
        pass
    assert state == "succeeded"
    after = [served.get(path).status_code for path in paths]

    assert (before, during.status_code, begun.status_code) == ([200, 200, 200, 503, 200, 200], 409, 202)
    assert after == [200] * 6
    assert served.get("/health", Accept="application/health+json").json()["status"] == "pass"
    assert served.get("/", Accept="text/html").headers["content-type"] == "text/html; charset=utf-8"
    assert served.get("/metrics", Accept="application/openmetrics-text").text.endswith("# EOF\n")
    assert served.post("/run").json()["data"]["skipped"] == 1
    assert served.post("/run", {"dry_run": True}).status_code == 200
    told = served.get("/metrics").text.splitlines()
    assert {'migrations_runs_total{result="refused"} 1.0', 'migrations_runs_total{result="completed"} 2.0'} <= {*told}
    assert served.post("/reset", {"migration_name": "001-a"}).json()["data"]["migrations"] == ["001-a"]


def test_answers_where_a_migration_failed(served: Served) -> None:
    """A run that fails, and what is then asked, is answered as documented."""
    served.project.write("migrations/002-b.sql", "SELECT 1 / 0;")

    ran = served.post("/run")
    begun = served.post("/run", headers={"Prefer": "respond-async"})
    while (shown := served.get(f"/runs/{begun.json()['data']['id']}").json()["data"])["state"] == "running":
        pass

    assert (ran.status_code, shown["state"], shown["result"]["success"]) == (500, "failed", False)
    assert [served.get(path).status_code for path in ("/status", "/health")] == [200, 503]
    assert served.get("/status").json()["data"]["failure"]["line"] == 1


def test_answers_without_a_database(project: Project, free_port: int) -> None:
    """Whatever is asked of a database that is away is answered as documented."""
    environ = {"DATABASE_URL": f"postgresql://127.0.0.1:{free_port}/shop", "MIGRATE_TASKS_TOKEN": TOKEN}
    project.write("migrations/001-a.sql", "CREATE TABLE a (id int);")
    settings = read_settings(project.root, environ={**environ, "APP_ENV": "development"})
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with TestClient(create_server(settings), base_url="http://localhost", headers=headers) as client:
        served = Served(project, settings, client)

        for path in ("/", "/status", "/health", "/ready"):
            assert served.get(path, Accept="application/json").status_code == 503
        assert served.get("/metrics").status_code == 200
        assert served.get("/health", Accept="application/health+json").status_code == 503
        assert [served.post(path).status_code for path in ("/run", "/reset")] == [503, 503]


def test_answers_to_what_is_wrong(served: Served) -> None:
    """Whatever is wrong with a request is answered as documented."""
    json_type = {"Content-Type": "application/json"}

    assert [
        served.get("/runs/none").status_code,
        served.post("/reset", {"migration_name": "none"}).status_code,
        served.post("/run", {"to": "none"}).status_code,
        served.post("/run", {"two": "none"}).status_code,
        served.post("/run", content=b"{", headers=json_type).status_code,
        served.post("/run", content=b" " * 20_000, headers=json_type).status_code,
        served.post("/run", content=b"{}", headers={"Content-Type": "text/plain"}).status_code,
    ] == [404, 404, 404, 400, 400, 413, 415]
