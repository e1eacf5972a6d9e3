"""The application: its routes, and while it is up, its background worker.

``uvicorn example_app.app:app``; better ``invoke startup -- uvicorn example_app.app:app``, once all is proved.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg
from starlette.applications import Starlette

from example_app.agents import create_registry
from example_app.asgi import ask
from example_app.database import check_database, connect
from example_app.jobs import Worker
from example_app.routes import HANDLERS, create_routes
from example_app.settings import read_app_settings
from migrate_tasks.api import create_app as create_migrations_app
from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AT_ONCE = timedelta(0)
LOG = logging.getLogger(__name__)


def create_app() -> Starlette:
    """Return the application; nothing is opened before its lifespan begins. Raises ConfigurationError."""
    migrations = create_migrations_app(read_settings())

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        # Starlette leaves the lifespan of what is mounted to us
        async with migrations.router.lifespan_context(migrations), at_work():
            yield

    routes = create_routes(create_registry(), partial(connect, wait=AT_ONCE), migrations)
    return Starlette(routes=routes, exception_handlers=HANDLERS, lifespan=lifespan)


@asynccontextmanager
async def at_work() -> AsyncIterator[None]:
    """See that the database is there, and have the worker at work; in the end it finishes the job at hand.

    Raises MigrateTasksError where there is no such database, and in the end where the worker had ended by itself.
    """
    await asyncio.to_thread(_look_at_database)
    stop = threading.Event()
    failures: list[Exception] = []
    worker = threading.Thread(target=_work, args=(stop, failures), name="worker", daemon=True)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        await asyncio.to_thread(worker.join)
    for failure in failures:
        raise MigrateTasksError(f"the background worker has ended by itself: {failure}")


def _work(stop: threading.Event, failures: list[Exception]) -> None:
    try:
        Worker(read_app_settings().database_url).run(stop)
    except (MigrateTasksError, psycopg.Error) as error:
        LOG.error("the background worker has ended by itself: %s", error)  # noqa: TRY400 -- it says what to mend
        failures.append(error)


def _look_at_database() -> None:
    with connect() as connection:
        check_database(connection)


def prove(app: Starlette) -> str:
    """Run the lifespan of ``app`` once, ask it in between what it is, and return that in words."""

    async def live_once() -> Any:
        async with app.router.lifespan_context(app):
            return await ask(app, "GET", "/")

    told = asyncio.run(live_once())
    return ", ".join(f"{len(told[key])} {key}" for key in ("agents", "workflows", "tools", "jobs"))


app = create_app()
