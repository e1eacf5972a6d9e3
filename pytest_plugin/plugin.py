"""Hooks and fixtures. Imports only pytest and the standard library, so that a run without databases pays nothing.

``DATABASE_URL`` is never looked at: no test run may create databases on a server that nobody pointed it at.
"""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_plugin.failures import FailuresTold
from pytest_plugin.fixtures import DATABASES, FAILED, LENT, MORE_TO_COME, connection, database, template
from pytest_plugin.options import Options, add_options, read_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_plugin.databases import Databases
    from pytest_plugin.grounds import Grounds
    from pytest_plugin.report import Summary
    from pytest_plugin.server import PostgresServer

OPTIONS: pytest.StashKey[Options] = pytest.StashKey()
GROUNDS: pytest.StashKey[Grounds] = pytest.StashKey()
OPENED: pytest.StashKey[Databases] = pytest.StashKey()
SUMMARIES: pytest.StashKey[list[Summary]] = pytest.StashKey()
POSITIONS: pytest.StashKey[dict[str, int]] = pytest.StashKey()  # of the items up to the last that needs a database
SHARED, BEGUN = "migrate_tasks_shared", "migrate_tasks_begun"  # in workerinput of pytest-xdist: see Grounds
OUTPUT = "migrate_tasks"  # in workeroutput


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Read the options; with --fixed-url, the URL is in the environment before the tests are imported."""
    config.addinivalue_line("markers", 'migrations(to="003-name"): the database has the migrations up to that one')
    config.addinivalue_line("markers", 'fresh("clone" or "restore"): how the database is as new after this test')
    try:
        options = read_options(config, os.environ)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    config.stash[OPTIONS] = options
    config.stash[SUMMARIES] = []
    if options.migrations:
        from pytest_plugin import items

        config.pluginmanager.register(items, "migrate_tasks_items")
    if options.fixed_url and options.migrated_db_env and not _is_controller(config):
        from migrate_tasks.errors import MigrateTasksError

        try:
            os.environ[options.migrated_db_env] = _databases(config).fixed_url
        except MigrateTasksError as error:
            raise pytest.UsageError(str(error)) from None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the run's server is to be, and when the run began."""
    grounds = _grounds(node.config)
    node.workerinput.update({SHARED: str(grounds.shared), BEGUN: grounds.begun.isoformat()})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take a worker's account."""
    from pytest_plugin.report import Summary

    if told := getattr(node, "workeroutput", {}).get(OUTPUT):
        node.config.stash[SUMMARIES].append(Summary.from_dict(told))


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the server that test databases would be made on, and the age of what earlier runs left for it."""
    from pytest_plugin.header import describe_server

    return describe_server(config.stash[OPTIONS], _cache(config))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Note which test is the last to need a database: after it, none is made in advance."""
    items = session.items
    while items and DATABASES not in getattr(items[-1], "fixturenames", ()):
        items = items[:-1]
    session.stash[POSITIONS] = {item.nodeid: number for number, item in enumerate(items[:-1])}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Note whether any later test needs a database."""
    is_last = nextitem is None or item.nodeid not in item.session.stash[POSITIONS]
    item.session.stash[MORE_TO_COME] = not is_last


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Note a failure, and show which database the test had."""
    report = yield
    if report.failed and report.when != "teardown":
        item.stash[FAILED] = True
        for name, lent in item.stash.get(LENT, {}).items():
            report.sections.append((name, f"{lent.database!r}\n{item.config.stash[OPENED].kept_for}"))
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Give the account of this process to whoever shows it."""
    config = session.config
    opened = config.stash.get(OPENED, None)
    if opened is None or not opened.is_open:
        return
    summary = opened.summary()
    if hasattr(config, "workeroutput"):
        config.workeroutput[OUTPUT] = summary.to_dict()
    else:
        config.stash[SUMMARIES].append(summary)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what tests left behind and what is kept, and, if asked, how the databases came about."""
    summaries = config.stash[SUMMARIES]
    if not summaries:
        return
    from pytest_plugin.report import describe, describe_left, merge

    summary = merge(summaries)
    sections = {
        "left behind by tests": describe_left(summary.left),
        "kept databases": summary.kept,
        "test databases": describe(summary, datetime.now(UTC)) if config.stash[OPTIONS].postgres_report else [],
    }
    for title, lines in sections.items():
        if lines:
            terminalreporter.section(title)
            for line in lines:
                terminalreporter.write_line(line)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what is open, and remove the run's folder."""
    if opened := config.stash.get(OPENED, None):
        opened.close()
    if GROUNDS in config.stash and not hasattr(config, "workerinput"):
        config.stash[GROUNDS].close()


@pytest.fixture(scope="session")
def migrate_tasks_databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """All that this process has on the server; for the plugin's own fixtures."""
    with FailuresTold(request):
        databases = _databases(request.config)
        yield databases
        databases.close()


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest, migrate_tasks_databases: Databases) -> PostgresServer:
    """A server to make databases on; one for all workers of pytest-xdist. ``url`` is its administrative database's."""
    with FailuresTold(request):
        return migrate_tasks_databases.server


migrated_template = template()
migrated_db = database()
migrated_connection = connection()


def _databases(config: pytest.Config) -> Databases:
    if OPENED not in config.stash:
        from pytest_plugin.databases import Databases

        config.stash[OPENED] = Databases(config.stash[OPTIONS], _grounds(config), lambda line: _tell(config, line))
    return config.stash[OPENED]


def _grounds(config: pytest.Config) -> Grounds:
    """Return where an embedded server of this run lives; the same for all its processes."""
    if GROUNDS not in config.stash:
        from pytest_plugin.grounds import Grounds

        def tell(line: str) -> None:
            _tell(config, line)

        if given := getattr(config, "workerinput", None):
            begun = datetime.fromisoformat(given[BEGUN])
            config.stash[GROUNDS] = Grounds(Path(given[SHARED]), _cache(config), tell, begun)
        else:
            config.stash[GROUNDS] = Grounds.for_run(config.stash[OPTIONS].postgres_directory, _cache(config), tell)
    return config.stash[GROUNDS]


def _cache(config: pytest.Config) -> Path | None:
    """Return the folder that one run leaves to the next; None where pytest has no cache, or one that is read-only."""
    if cache := getattr(config, "cache", None):
        with suppress(OSError):
            folder = Path(cache.mkdir("migrate-tasks"))
            if os.access(folder, os.W_OK):
                return folder
    return None


def _is_controller(config: pytest.Config) -> bool:
    return config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")


def _tell(config: pytest.Config, line: str) -> None:
    """Show people a line, also while a test runs, whose output pytest captures."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        if reporter and not hasattr(config, "workerinput"):
            reporter.ensure_newline()
            reporter.write_line(line)
        else:
            # a worker shares it with the controller, which may be in the middle of a line
            print(f"\n{line}", file=sys.__stderr__, flush=True)
