"""Migrations as test items: ``pytest --migrations`` collects the folder, with an item for each claim of each file.

This is a plugin of its own, which plugin.py registers where it is asked for. Items are functions of pytest's, so
fixtures, -k, -x, --lf, --junit-xml and pytest-xdist do with them what they do with tests.

Not here: what a migration may claim (claims.py), and the databases (trial.py).
"""

from __future__ import annotations

from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.migrations.files import read_migrations
from pytest_plugin.claims import APPLIES, CLAIMS
from pytest_plugin.failures import fit_for_tests
from pytest_plugin.fixtures import environment_of_tests, settings_for
from pytest_plugin.trial import DoesNotApply, Trial, in_turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from migrate_tasks.migrations.migration import Migration
    from pytest_plugin.claims import Linted
    from pytest_plugin.server import PostgresServer

FOLDER = pytest.StashKey["Path"]()
MIGRATIONS = pytest.StashKey["Sequence[Migration]"]()


def pytest_configure(config: pytest.Config) -> None:
    """Find the folder, and collect it too where the command line names nothing."""
    try:
        folder = settings_for(config.rootpath).directory
        if not folder.is_dir():
            read_migrations(folder)
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[FOLDER] = folder = folder.resolve()
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        return
    here = config.invocation_params.dir
    if not any(folder.is_relative_to((here / argument).resolve()) for argument in config.args):
        config.args.append(str(folder))  # named twice, it would make pytest before 9 lose what is beside it


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the folder of migrations."""
    is_ours = path.resolve() == parent.config.stash[FOLDER]
    return MigrationFolder.from_parent(parent, path=path) if is_ours else None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a migration; its companion is no item by itself."""
    migration = parent.migrations.get(file_path.name) if isinstance(parent, MigrationFolder) else None
    return MigrationFile.from_parent(parent, path=file_path, migration=migration) if migration else None


@pytest.fixture(scope="session")
def migration_trial(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> Iterator[Trial]:
    """The database on which the migrations are tried; each worker of pytest-xdist has its own."""
    config = request.config
    trial = Trial(postgres_server, config.rootpath, config.stash[MIGRATIONS])
    yield trial
    trial.close()


@pytest.fixture(scope="session")
def migration_lint(request: pytest.FixtureRequest) -> Linted:
    """What the linter finds in the folder of migrations, or why it could not be asked."""
    from migrate_tasks.lint.check import Request, check

    try:
        return check(Request(root=request.config.rootpath, environ=environment_of_tests())).report
    except MigrateTasksError as error:
        return error


class MigrationFolder(pytest.Directory):
    """The folder of migrations, whose files come in the order in which a run executes them."""

    migrations: Mapping[str, Migration] = MappingProxyType({})  # by the names of the files

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Read the folder, and collect all that is in it; what a run would refuse is told once, for all files."""
        try:
            migrations = in_turn(read_migrations(self.path))
        except ConfigurationError as error:
            raise self.CollectError(str(error)) from None
        self.config.stash[MIGRATIONS] = migrations
        self.migrations = {f"{migration.name}.sql": migration for migration in migrations}
        others = sorted({path.name for path in self.path.iterdir()} - set(self.migrations))
        for name in (*others, *self.migrations):
            yield from self._collect(self.path / name)

    def _collect(self, path: Path) -> Sequence[pytest.Collector]:
        """Collect what pytest's own collector of a folder would."""
        if not self.session.isinitpath(path, with_parents=path.is_dir()) and self.ihook.pytest_ignore_collect(
            collection_path=path, config=self.config
        ):
            return ()
        if path.is_dir():
            folder = self.ihook.pytest_collect_directory(path=path, parent=self)
            return (folder,) if folder else ()
        found: Sequence[pytest.Collector] = self.ihook.pytest_collect_file(file_path=path, parent=self)
        return found


class MigrationFile(pytest.Module):
    """A migration; a module to pytest, so that fixtures of that scope have something to belong to."""

    obj = None

    def __init__(self, *, migration: Migration, **rest: Any) -> None:
        super().__init__(**rest)
        self.migration = migration

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each claim."""
        for claim in CLAIMS:
            if claim.is_made_by(self.migration):
                check = partial(claim.check, self.migration)
                yield MigrationItem.from_parent(self, name=claim.name, callobj=check, migration=self.migration)


class MigrationItem(pytest.Function):
    """One claim of a migration."""

    def __init__(self, *, migration: Migration, **rest: Any) -> None:
        super().__init__(**rest)
        self.migration = migration

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where it is, and its title in reports."""
        return self.path, 0, f"{self.migration.name} {self.name}"

    def runtest(self) -> None:
        """Put the claim to the test; of our own errors the message says all, and a traceback would say nothing."""
        try:
            super().runtest()
        except MigrateTasksError as error:
            fit_for_tests(error)
            failure = self._told(error) if isinstance(error, DoesNotApply) else str(error)
        else:
            return
        pytest.fail(failure, pytrace=False)

    def _told(self, failed: DoesNotApply) -> str:
        """Return the text for a migration that failed: in full in its own item, or else where it is met first."""
        culprit = failed.migration
        is_own = culprit == self.migration
        if is_own and self.name == APPLIES:
            return str(failed)
        short = f"{self.migration.name} cannot be tried{' again: it' if is_own else f': {culprit.name}'} failed"
        items = (item for item in self.session.items if isinstance(item, MigrationItem))
        if failed.is_told or any(item.migration == culprit and item.name == APPLIES for item in items):
            return short
        failed.is_told = True
        return f"{short}\n{failed}"
