"""What the header of a test run says of the server, without opening it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from pytest_plugin.options import CONTAINER, URL
from pytest_plugin.report import age

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_plugin.options import Options


def describe_server(options: Options, cache: Path | None) -> str:
    """Return the line for the header; never a password."""
    kind = options.postgres_server or (URL if options.postgres_url else "")
    if kind == URL:
        return f"migrate-tasks: databases on {_place(options.postgres_url)}"
    if kind == CONTAINER:
        return f"migrate-tasks: databases in a container of {options.postgres_image}"
    clusters = list(cache.glob("cluster-*[0-9a-f]")) if cache else []
    if not clusters:
        return "migrate-tasks: databases on an embedded server, template not made yet"
    made = datetime.fromtimestamp(max(cluster.stat().st_mtime for cluster in clusters), UTC)
    return f"migrate-tasks: databases on an embedded server, templates cached {age(made)}"


def _place(url: str) -> str:
    if "://" not in url:
        return "the server of --postgres-url"
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2] or parse_qs(parts.query).get("host", [""])[0]
    return f"the server at {host or 'its default place'}"
