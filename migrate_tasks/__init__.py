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
    from migrate_tasks.migrations.record import reset_migrations
    from migrate_tasks.migrations.report import migration_health, migration_status
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
    "migration_health",
    "migration_status",
    "read_settings",
    "reset_migrations",
    "run_migrations",
    "run_startup",
]

# the module that each name comes from; the others are exceptions
_HOME = {
    "Health": "migrations.status",
    "RunResult": "migrations.status",
    "Settings": "settings",
    "StartupResult": "startup.result",
    "StatusReport": "migrations.status",
    "migration_health": "migrations.report",
    "migration_status": "migrations.report",
    "read_settings": "settings",
    "reset_migrations": "migrations.record",
    "run_migrations": "migrations.runner",
    "run_startup": "tasks.startup_collection",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    return __all__
