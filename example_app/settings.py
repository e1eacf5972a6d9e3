"""The settings of the document service, from its environment."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENTS = ("development", "test", "staging", "production")


@dataclass(frozen=True)
class AppSettings:
    """What the service must know.

    ``database_url``       where everything is stored.
    ``search_candidates``  pgvector's hnsw.ef_search.
    ``needs_pgvector``     whether a search without its index is a failure, not only slow.
    ``mcp_server``         the command line of the MCP server; empty: the service's own.
    """

    environment: str
    database_url: str = field(repr=False)
    search_candidates: int = 40
    needs_pgvector: bool = False
    mcp_server: tuple[str, ...] = ()


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
    needs_pgvector = environ.get("NEEDS_PGVECTOR", "false")
    if needs_pgvector not in ("true", "false"):
        raise ConfigurationError(f'NEEDS_PGVECTOR is "{needs_pgvector}"', hint="Set it to true or false.")
    try:
        mcp_server = tuple(shlex.split(environ.get("MCP_SERVER", "")))
    except ValueError as error:
        raise ConfigurationError(f"MCP_SERVER is no command line: {str(error).lower()}") from None
    return AppSettings(environment, environ["DATABASE_URL"], int(candidates), needs_pgvector == "true", mcp_server)
