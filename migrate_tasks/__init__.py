"""migrate-tasks: start-up sequences and plain SQL migrations for Python teams on Postgres.

The public names are loaded on demand, so that ``import migrate_tasks`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from migrate_tasks.errors import (
        ConfigurationError,
        Interrupted,
        MigrateTasksError,
        MigrationFailed,
        Refused,
        TryAgainLater,
    )
    from migrate_tasks.migrations.down import undo_migrations
    from migrate_tasks.migrations.dry_run import try_migrations
    from migrate_tasks.migrations.planned import plan_migrations
    from migrate_tasks.migrations.record import (
        accept_migration,
        baseline_migrations,
        mark_migration,
        reset_migrations,
    )
    from migrate_tasks.migrations.report import migration_health, migration_status, wait_for_migrations
    from migrate_tasks.migrations.runner import run_migrations
    from migrate_tasks.migrations.status import Health, RunResult, StatusReport
    from migrate_tasks.settings import Settings, read_settings
    from migrate_tasks.startup.result import StartupResult
    from migrate_tasks.tasks.startup_collection import run_startup

__all__ = [
    "ConfigurationError",
    "Health",
    "Interrupted",
    "MigrateTasksError",
    "MigrationFailed",
    "Refused",
    "RunResult",
    "Settings",
    "StartupResult",
    "StatusReport",
    "TryAgainLater",
    "accept_migration",
    "baseline_migrations",
    "mark_migration",
    "migration_health",
    "migration_status",
    "plan_migrations",
    "read_settings",
    "reset_migrations",
    "run_migrations",
    "run_startup",
    "try_migrations",
    "undo_migrations",
    "wait_for_migrations",
]

# the module that each name comes from; the others are exceptions
_HOME = {
    "Health": "migrations.status",
    "RunResult": "migrations.status",
    "Settings": "settings",
    "StartupResult": "startup.result",
    "StatusReport": "migrations.status",
    "accept_migration": "migrations.record",
    "baseline_migrations": "migrations.record",
    "mark_migration": "migrations.record",
    "migration_health": "migrations.report",
    "migration_status": "migrations.report",
    "plan_migrations": "migrations.planned",
    "read_settings": "settings",
    "reset_migrations": "migrations.record",
    "run_migrations": "migrations.runner",
    "run_startup": "tasks.startup_collection",
    "try_migrations": "migrations.dry_run",
    "undo_migrations": "migrations.down",
    "wait_for_migrations": "migrations.report",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return __all__
