"""The invoke collections ``migrate`` and ``startup``, and the console script ``migrate-lint``: what prints and exits.

A project's tasks.py::

    from invoke import Collection
    from migrate_tasks.tasks import migrate, startup
    namespace = Collection(migrate, startup)

Everything heavy is imported inside the tasks, so that ``invoke --list`` costs next to nothing; the collections are
loaded on demand, so that ``migrate-lint`` does not load invoke.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from migrate_tasks.tasks.migrate_collection import migrate
    from migrate_tasks.tasks.startup_collection import startup

__all__ = ["migrate", "startup"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{name}_collection"), name)
