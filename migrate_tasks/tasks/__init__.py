"""The invoke collections ``migrate`` and ``startup``: the only modules that print and exit.

A project's tasks.py::

    from invoke import Collection
    from migrate_tasks.tasks import migrate, startup
    namespace = Collection(migrate, startup)

Everything heavy is imported inside the tasks, so that ``invoke --list`` costs next to nothing.
"""

from migrate_tasks.tasks.migrate_collection import migrate
from migrate_tasks.tasks.startup_collection import startup

__all__ = ["migrate", "startup"]
