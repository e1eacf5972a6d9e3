"""The database that a test gets: where it is, and ways to connect to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

import psycopg
from psycopg import conninfo

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.migrations.runner import run_migrations
from pytest_plugin.failures import fit_for_tests

if TYPE_CHECKING:
    from migrate_tasks.migrations.status import RunResult
    from migrate_tasks.settings import Settings

# SQLAlchemy gives asyncpg.connect() each parameter of a URL by its name, and it knows few of libpq's
FOR_ASYNCPG = {"host": "host", "port": "port", "sslmode": "ssl"}


@dataclass(frozen=True, repr=False)
class MigratedDatabase:
    """A test's own database. ``url`` is one that libpq, SQLAlchemy and asyncpg read; ``host`` may be a folder.

    ``repr`` is a command for a shell; a password is not in it.
    """

    name: str
    url: str
    host: str
    port: int
    user: str
    settings: Settings | None = field(default=None)

    def __repr__(self) -> str:
        given = {**conninfo.conninfo_to_dict(self.url), "password": None}
        return f'psql "{conninfo.make_conninfo("", **given)}"'

    @property
    def password(self) -> str:
        """The password in the URL, for libraries that take no URL; "" where there is none."""
        return str(conninfo.conninfo_to_dict(self.url).get("password", ""))

    def connect(self, **options: Any) -> psycopg.Connection[Any]:
        """Return a new psycopg connection; ``options`` are those of psycopg.connect()."""
        return psycopg.connect(self.url, **options)

    async def connect_async(self, **options: Any) -> psycopg.AsyncConnection[Any]:
        """Return a new asynchronous psycopg connection; ``options`` are those of psycopg.AsyncConnection.connect()."""
        return await psycopg.AsyncConnection.connect(self.url, **options)

    def sqlalchemy_url(self, driver: str = "psycopg") -> str:
        """Return the URL for SQLAlchemy's create_engine() or create_async_engine(), as "postgresql+psycopg://...".

        For "asyncpg" it is without the parameters of libpq that asyncpg does not know.
        """
        place, _, query = self.url.removeprefix("postgresql://").partition("?")
        if driver == "asyncpg":
            known = [(FOR_ASYNCPG[key], value) for key, value in parse_qsl(query) if key in FOR_ASYNCPG]
            query = urlencode(known, quote_via=quote, safe="")
        return f"postgresql+{driver}://{place}{f'?{query}' if query else ''}"

    def migrate(self, to: str | None = None) -> RunResult:
        """Execute the pending migrations, or those up to and with ``to``; raises what run_migrations() raises.

        For a test that began with ``@pytest.mark.migrations(to=...)`` and has put data into that state.
        """
        __tracebackhide__ = True
        if self.settings is None:
            raise ConfigurationError("this database has no migrations", hint="Make its template with a directory.")
        try:
            return run_migrations(replace(self.settings, url=self.url), to=to)
        except MigrateTasksError as error:
            fit_for_tests(error)
            raise error.with_traceback(None) from None  # the message says all that our frames could
