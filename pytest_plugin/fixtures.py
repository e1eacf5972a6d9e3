"""Factories for fixtures: further templates, databases and connections. Imports only pytest and the standard library.

The plugin's own three fixtures are made by them, too.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pytest_plugin.arguments import Call, refuse_scope, refuse_template
from pytest_plugin.failures import FailuresTold, fit_for_tests
from pytest_plugin.options import CLONE, RESTORE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg

    from migrate_tasks.settings import Settings
    from pytest_plugin.databases import Databases
    from pytest_plugin.migrated_database import MigratedDatabase
    from pytest_plugin.recipe import Recipe, Seed

DATABASES = "migrate_tasks_databases"  # the fixture that every other one of ours depends on
LENT: pytest.StashKey[dict[str, Any]] = pytest.StashKey()
FAILED: pytest.StashKey[bool] = pytest.StashKey()
MORE_TO_COME: pytest.StashKey[bool] = pytest.StashKey()

# never looked at: nobody pointed the tests at these databases
NOT_FOR_TESTS = ("DATABASE_URL", "MIGRATION_DATABASE_URL")


@dataclass(frozen=True)
class Template:
    """A template database, made when it is first needed. ``recipe`` is what it is made from."""

    databases: Databases = field(repr=False)
    recipe: Recipe

    @property
    def name(self) -> str:
        """The database's name; raises MigrateTasksError where it cannot be made."""
        from migrate_tasks.errors import MigrateTasksError

        __tracebackhide__ = True
        try:
            return self.databases.template(self.recipe)
        except MigrateTasksError as error:
            fit_for_tests(error)
            raise error.with_traceback(None) from None


def template(
    directory: str | Path | None = None,
    *,
    parent: str | None = None,
    seed: Seed | None = None,
    to: str | None = None,
    key: str = "",
) -> Any:
    """Return a session fixture for a template database.

    With ``directory``, relative to the rootdir of pytest, it has the migrations there (up to ``to``), else what the
    fixture ``parent`` has, which is migrated_template where there is only a ``seed``. ``seed`` is then called with the
    database (a MigratedDatabase), and its work is part of the template. It is kept as long as the file that the seed
    is written in stays the same; ``key`` is for what else it depends on.
    """
    __tracebackhide__ = True
    call = Call.of("template", directory, parent=parent, seed=seed, to=to)
    refuse_template(call, directory, parent, seed, to)
    parent = parent or ("migrated_template" if seed and directory is None else None)

    @pytest.fixture(scope="session")
    def made_template(request: pytest.FixtureRequest, migrate_tasks_databases: Databases) -> Template:
        """A template database."""
        from pytest_plugin.recipe import Recipe

        __tracebackhide__ = True
        with FailuresTold(request):
            if parent:
                recipe = Recipe(None, to, _recipe_of(request, parent, call), seed, key)
            else:
                recipe = Recipe(settings_for(request.config.rootpath, directory), to, None, seed, key)
        return Template(migrate_tasks_databases, recipe)

    return made_template


def database(template: str = "migrated_template", *, scope: Any = "function") -> Any:
    """Return a fixture for a database made from the fixture ``template``: a new one for each test, module, ..."""
    __tracebackhide__ = True
    call = Call.of("database", template, scope=None if scope == "function" else scope)
    call.refuse_unless_name("template", template)
    refuse_scope(call, scope)

    @pytest.fixture(scope=scope)
    def lent_database(request: pytest.FixtureRequest, migrate_tasks_databases: Databases) -> Iterator[MigratedDatabase]:
        """A database of this test's own."""
        __tracebackhide__ = True
        node = request.node
        with FailuresTold(request):
            recipe, fresh = _marked(node, _recipe_of(request, template, call))
        with (
            FailuresTold(request),
            migrate_tasks_databases.lend(
                recipe,
                node.nodeid,
                fresh,
                is_more_to_come=lambda: request.session.stash[MORE_TO_COME],
            ) as lent,
        ):
            node.stash.setdefault(LENT, {})[request.fixturename or ""] = lent
            with _in_environment(migrate_tasks_databases.options.migrated_db_env, lent.database.url):
                yield lent.database
            lent.keep = migrate_tasks_databases.options.keep_databases and node.stash.get(FAILED, False)

    return lent_database


def connection(database: str = "migrated_db") -> Any:
    """Return a fixture for an open psycopg connection to the fixture ``database``."""
    __tracebackhide__ = True
    call = Call.of("connection", database)
    call.refuse_unless_name("db", database)

    @pytest.fixture
    def lent_connection(request: pytest.FixtureRequest, migrate_tasks_databases: Databases) -> psycopg.Connection[Any]:
        """An open psycopg connection."""
        del migrate_tasks_databases  # asked for so that pytest knows that this test needs a database
        __tracebackhide__ = True
        with FailuresTold(request):
            call.fixture(request, database, "database")
            for node in reversed(request.node.listchain()):  # a database of a wider scope is noted there
                if lent := node.stash.get(LENT, {}).get(database):
                    return lent.connection()  # type: ignore[no-any-return]
            raise call.not_made_by("database", database)

    return lent_connection


def _recipe_of(request: pytest.FixtureRequest, name: str, call: Call) -> Recipe:
    """Return what the template that is the fixture ``name`` is made from; raises ConfigurationError."""
    found = call.fixture(request, name, "template")
    if not isinstance(found, Template):
        raise call.not_made_by("template", name)
    return found.recipe


def settings_for(root: Path, directory: str | Path | None = None, url: str | None = None) -> Settings:
    """Return the settings of the project in ``root`` for a database that may be thrown away.

    Raises ConfigurationError.
    """
    from migrate_tasks.settings import read_settings

    return read_settings(root, environ=environment_of_tests(), directory=directory, url=url)


def environment_of_tests() -> dict[str, str]:
    """Return the environment without what names a database that nobody pointed the tests at."""
    environ = {name: value for name, value in os.environ.items() if name not in NOT_FOR_TESTS}
    return {**environ, "APP_ENV": "test"}


def _marked(node: Any, recipe: Recipe) -> tuple[Recipe, str | None]:
    """Return the recipe that the markers of a test ask for, and how its database is as new afterwards.

    Raises ConfigurationError for arguments that make no sense.
    """
    from dataclasses import replace

    from migrate_tasks.errors import ConfigurationError

    fresh = _argument(node.get_closest_marker("fresh"), "fresh", (CLONE, RESTORE))
    to = _argument(node.get_closest_marker("migrations"), "to")
    if to and recipe.settings is None:
        raise ConfigurationError(
            f"@pytest.mark.migrations(to={to!r}) is for a database that is made from migrations alone",
            hint="Use it with migrated_db, or give template() a directory and no seed.",
        )
    return replace(recipe, to=to) if to else recipe, fresh


def _argument(mark: pytest.Mark | None, name: str, choices: tuple[str, ...] = ()) -> str | None:
    """Return the one argument of a marker, which may be named; None where there is no marker."""
    from migrate_tasks.errors import ConfigurationError

    if mark is None:
        return None
    given = [*mark.args, *mark.kwargs.values()]
    if len(given) == 1 and set(mark.kwargs) <= {name} and isinstance(given[0], str) and given[0] in (choices or given):
        return given[0]
    shown = ", ".join([*map(repr, mark.args), *(f"{key}={value!r}" for key, value in mark.kwargs.items())])
    forms = [f"{mark.name}({choice!r})" for choice in choices] or [f"{mark.name}({name}='003-name')"]
    raise ConfigurationError(
        f"@pytest.mark.{mark.name}({shown}) has not the arguments that it takes",
        hint=f"Write it as {' or '.join(f'@pytest.mark.{form}' for form in forms)}.",
    )


@contextmanager
def _in_environment(name: str, value: str) -> Iterator[None]:
    if not name:
        yield
        return
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
