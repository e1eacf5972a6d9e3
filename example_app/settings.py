"""The settings of the document service, from its environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENTS = ("development", "test", "staging", "production")


@dataclass(frozen=True)
class AppSettings:
    """``database_url`` is where everything is stored; ``search_candidates`` is pgvector's hnsw.ef_search."""

    environment: str
    database_url: str = field(repr=False)
    search_candidates: int = 40


def read_app_settings(environ: Mapping[str, str] = os.environ) -> AppSettings:
    """Return the settings; raises ConfigurationError for one that is missing or does not fit."""
    environment = environ.get("APP_ENV", "production")
    if environment not in ENVIRONMENTS:
        raise ConfigurationError(f'APP_ENV is "{environment}"', hint=f"Set it to one of {', '.join(ENVIRONMENTS)}.")
    if not environ.get("DATABASE_URL"):
        raise ConfigurationError("DATABASE_URL is not set", hint="Set it to the URL of the service's database.")
    candidates = environ.get("SEARCH_CANDIDATES", "40")
    if not candidates.isdigit() or not 1 <= int(candidates) <= 1000:  # noqa: PLR2004 -- pgvector's bounds
        raise ConfigurationError(f'SEARCH_CANDIDATES is "{candidates}"', hint="Set it to a number from 1 to 1000.")
    return AppSettings(environment, environ["DATABASE_URL"], int(candidates))
