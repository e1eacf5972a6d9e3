"""The app inside of other apps: below any path, and without its lifespan, which nobody calls there."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from migrate_tasks.api import create_app
from tests.api.asking import TOKEN, asking, data_of
from tests.support import clean_environment, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from tests.migrations.ground import Ground

DJANGO = """
import asyncio, os, sys
import httpx
from django.conf import settings
settings.configure(ROOT_URLCONF=__name__, SECRET_KEY="x", ALLOWED_HOSTS=["*"])
import django
django.setup()
from django.core.asgi import get_asgi_application
from django.http import HttpResponse
from django.urls import path

async def hello(request):
    return HttpResponse("hello")

urlpatterns = [path("hello", hello)]

from migrate_tasks.api import create_app

PREFIX, TOKEN = "/database/migrations", os.environ["MIGRATE_TASKS_TOKEN"]
django_app, migrations = get_asgi_application(), create_app()

async def application(scope, receive, send):
    if scope["type"] == "http" and (scope["path"] + "/").startswith(PREFIX + "/"):
        scope = {**scope, "root_path": scope.get("root_path", "") + PREFIX}
        await migrations(scope, receive, send)
    else:
        await django_app(scope, receive, send)

async def main():
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop", headers=headers) as client:
        for asked in ("GET /hello", f"GET {PREFIX}/health", f"POST {PREFIX}/run", f"GET {PREFIX}/"):
            method, path = asked.split()
            answer = await client.request(method, path)
            print(method, path, answer.status_code)

asyncio.run(main())
"""


def in_fastapi(app: ASGIApp) -> ASGIApp:
    """Mount it as the README does."""
    made = FastAPI()
    made.mount("/database/migrations", app)
    return made


def in_starlette(app: ASGIApp) -> ASGIApp:
    """Mount it two levels down, under another name."""
    return Starlette(routes=[Mount("/ops", routes=[Mount("/schema", app)])])


@pytest.mark.parametrize("root", ["", "/api"])  # a server that is told where it is: uvicorn --root-path /api
@pytest.mark.parametrize(("mount", "prefix"), [(in_fastapi, "/database/migrations"), (in_starlette, "/ops/schema")])
def test_mounted(ground: Ground, mount: Callable[[ASGIApp], ASGIApp], prefix: str, root: str) -> None:
    """Mounted, it answers at its path, with and without the slash, and knows where it is."""
    ground.write(m001_a="CREATE TABLE a ()")
    client = asking(mount(create_app(ground.given(token=TOKEN))), root_path=root)
    prefix = f"{root}{prefix}"

    page = client.get(prefix, follow_redirects=False)
    begun = client.post(f"{prefix}/run", headers={"prefer": "respond-async"})

    assert (page.status_code, page.headers["location"]) == (307, f"http://localhost{prefix}/")
    assert client.get(f"{prefix}/").headers["content-type"] == "text/html; charset=utf-8"
    assert begun.headers["location"] == f"{prefix}/runs/{data_of(begun)['id']}"
    until(lambda: data_of(client.get(f"{prefix}/health"))["status"] == "ok", 5)
    assert client.get(f"{prefix}/nothing").json()["error"]["code"] == "not_found"
    assert client.get(f"{prefix}/run").status_code == 405


def test_the_parent_shows_nothing_of_it() -> None:
    """The document of a FastAPI app does not list the routes of what is mounted."""
    assert FastAPI().openapi()["paths"] == {}


def test_in_django(ground: Ground) -> None:
    """Before a Django project, it answers at its path, and Django everywhere else."""
    ground.write(m001_a="CREATE TABLE a ()")

    done = subprocess.run(
        [sys.executable, "-c", DJANGO],
        cwd=ground.settings.root,
        env=clean_environment({"DATABASE_URL": ground.url, "MIGRATE_TASKS_TOKEN": TOKEN}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.returncode) == (
        (
            "GET /hello 200\n"
            "GET /database/migrations/health 200\n"
            "POST /database/migrations/run 200\n"
            "GET /database/migrations/ 200\n"
        ),
        0,
    ), done.stderr
    assert ground.relations == {"a"}
