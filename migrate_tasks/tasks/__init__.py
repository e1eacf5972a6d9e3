"""The invoke collections ``migrate`` and ``startup``, the task ``serve``, and the console script ``migrate-lint``.

They are what prints and exits. A project's tasks.py::

    from invoke import Collection
    from migrate_tasks.tasks import migrate, serve, startup
    namespace = Collection(migrate, serve, startup)

Everything heavy is imported inside the tasks, so that ``invoke --list`` costs next to nothing; they are loaded on
demand, so that ``migrate-lint`` does not load invoke.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from migrate_tasks.tasks.migrate_collection import migrate
    from migrate_tasks.tasks.serve_task import serve
    from migrate_tasks.tasks.startup_collection import startup

__all__ = ["migrate", "serve", "startup"]

_HOME = {"migrate": "migrate_collection", "serve": "serve_task", "startup": "startup_collection"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
