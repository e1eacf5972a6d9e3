"""Migration status over HTTP: an ASGI app for ``/database/migrations``, loaded on demand (extra ``api``).

Values: observation (what is answered with), access (who may do what), rate. World: observer (looks at the database),
runs (runs on demand). Edge: app (the routes). What is answered is in render/: json.py, page.py, openapi.py.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from migrate_tasks.api.app import Mounted, create_app, create_server

__all__ = ["Mounted", "create_app", "create_server"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("migrate_tasks.api.app"), name)
