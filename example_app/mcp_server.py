"""The service's MCP server, which agents talk to over stdio: ``python -m example_app.mcp_server``.

Its tools are what migrate-tasks can tell of a database and of SQL. The package "mcp" is loaded only where the server is
run or asked, so the names of the tools are to be had without it.
"""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import migrate_tasks
from migrate_tasks.errors import ConfigurationError, MigrateTasksError, did_you_mean
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.render.json import plan_json, status_json
from migrate_tasks.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mcp import types
    from mcp.server import MCPServer

OWN_SERVER = (sys.executable, "-m", "example_app.mcp_server")
CALLED = "migration_status"
PATIENCE = 20.0  # seconds for one answer
LINES_SHOWN = 3  # of what a server that failed said last


def migration_status() -> dict[str, Any]:
    """Tell of every migration whether it is pending, running, completed or failed."""
    return status_json(migrate_tasks.migration_status())


def lint(sql: str) -> dict[str, Any]:
    """Tell what the SQL would block, break or fail at on tables that are in use."""
    from migrate_tasks.lint.check import Request, check
    from migrate_tasks.lint.formats import FORMATS
    from migrate_tasks.lint.sources import Typed

    answer: dict[str, Any] = json.loads(FORMATS["json"](check(Request(root=Path.cwd(), typed=Typed(sql))).report))
    return answer


def plan() -> dict[str, Any]:
    """Tell what a run of the migrations would execute now, and how; nothing is executed."""
    return plan_json(migrate_tasks.plan_migrations())


TOOLS: dict[str, Callable[..., dict[str, Any]]] = {tool.__name__: tool for tool in (migration_status, lint, plan)}


def create_server() -> MCPServer:
    """Return the server with all its tools; raises ConfigurationError where its package is missing."""
    _check_package()
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError

    def answering(tool: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        @functools.wraps(tool)
        def answer(**arguments: Any) -> dict[str, Any]:
            try:
                return tool(**arguments)
            except MigrateTasksError as error:  # the agent reads why; of anything else only that it failed
                raise ToolError(str(error)) from error

        return answer

    server = MCPServer("document-service", log_level="WARNING")
    for tool in TOOLS.values():
        server.add_tool(answering(tool))
    return server


def _check_package() -> None:
    try:
        import mcp.server.mcpserver  # noqa: F401
    except ImportError as error:
        raise ConfigurationError(
            'the package "mcp" is not installed, or older than 2.0',
            detail=f"{error}.",
            hint="pip install --constraint constraints.txt --editable '.[example]'",
        ) from None


def prove(command: Sequence[str] = OWN_SERVER) -> list[str]:
    """Start a server, see that it has every tool and that one answers, and return the names of all that it has.

    Raises MigrateTasksError, with what the server said last.
    """
    _check_package()
    logging.getLogger("mcp").setLevel(logging.CRITICAL)  # what goes wrong is raised
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        try:
            names, answer = asyncio.run(_ask(command, log))
            _check(names, answer)
        except MigrateTasksError as error:
            log.seek(0)
            said = log.read().strip().splitlines()[-LINES_SHOWN:]
            error.detail = f'The server is "{shlex.join(command)}"; it said: ' + ("\n".join(said) or "nothing")
            raise
    return names


async def _ask(command: Sequence[str], log: TextIO) -> tuple[list[str], types.CallToolResult | None]:
    """Return the names of a server's tools, and what the one that is called answers."""
    from mcp import Client, MCPError, StdioServerParameters, stdio_client

    server = StdioServerParameters(command=command[0], args=list(command[1:]), env=dict(os.environ))
    try:
        async with Client(stdio_client(server, errlog=log), read_timeout_seconds=PATIENCE) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            return names, await client.call_tool(CALLED) if CALLED in names else None
    except* (MCPError, OSError) as group:
        failure: BaseException = group
        while isinstance(failure, BaseExceptionGroup):
            failure = failure.exceptions[0]
    reason = failure.strerror if isinstance(failure, OSError) else str(failure)
    raise MigrateTasksError(f"the MCP server gave no answer: {(reason or '').lower()}")


def _check(names: Sequence[str], answer: types.CallToolResult | None) -> None:
    for name in TOOLS:
        if name not in names:
            hint = did_you_mean(name, names) or f"It has {', '.join(names) or 'none'}."
            raise MigrateTasksError(f'the MCP server has no tool "{name}"', hint=hint)
    assert answer
    if answer.is_error:
        said = " ".join(part.text for part in answer.content if part.type == "text").partition("\n")[0]
        raise MigrateTasksError(f'tool "{CALLED}" failed: {said.removeprefix(f"Error executing tool {CALLED}: ")}')
    told = (answer.structured_content or {}).get("data", {}).get("total_migrations")
    if told != (count := len(read_migrations(read_settings().directory))):
        raise MigrateTasksError(
            f"the MCP server tells of {told} migrations, and there are {count}",
            hint="See that it works in the same folder.",
        )


if __name__ == "__main__":
    create_server().run()
