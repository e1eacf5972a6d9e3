"""The MCP server of the example application, asked over stdio as an agent asks it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, StdioServerParameters

from example_app.mcp_server import OWN_SERVER, prove
from migrate_tasks import read_settings, run_migrations
from migrate_tasks.errors import MigrateTasksError
from tests.support import Project, clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVER = """\
from mcp.server import MCPServer
server = MCPServer("another")
{}
server.run()
"""
STATUS = """
@server.tool()
def migration_status() -> dict[str, object]:
    return {"success": True, "data": {"total_migrations": 0}}
"""
PLAN = """
@server.tool()
def plan() -> dict[str, object]:
    return {}
"""


def answers_of(project: Project, calls: Mapping[str, dict[str, Any]]) -> list[tuple[bool, Any]]:
    """Return whether each tool failed, and its answer, or what it says of its failure."""
    server = StdioServerParameters(
        command=OWN_SERVER[0],
        args=list(OWN_SERVER[1:]),
        env=clean_environment(project.environ),
        cwd=project.root,
    )

    async def ask() -> list[tuple[bool, Any]]:
        async with Client(server) as client:
            answers = [await client.call_tool(name, arguments) for name, arguments in calls.items()]
        return [(a.is_error, a.structured_content or getattr(a.content[0], "text", None)) for a in answers]

    return asyncio.run(ask())


def test_the_tools_answer_what_the_tasks_do(project: Project) -> None:
    """An agent is told the status, the plan and the violations in the words of the product's own JSON."""
    project.write("migrations/001-one.sql", "CREATE TABLE one (id int);")
    run_migrations(read_settings(project.root, environ=project.environ))
    project.write("migrations/002-two.sql", "CREATE TABLE two (id int);")

    sql = "CREATE INDEX documents_path ON documents (path);"
    status, plan, lint = answers_of(project, {"migration_status": {}, "plan": {}, "lint": {"sql": sql}})

    counts = {name: status[1]["data"][name] for name in ("total_migrations", "completed", "pending")}
    assert counts == {"total_migrations": 2, "completed": 1, "pending": 1}
    assert [migration["name"] for migration in plan[1]["data"]["migrations"]] == ["002-two"]
    assert [(v["line"], v["rule"]) for v in lint[1]["violations"]] == [(1, "require-concurrent-index-creation")]
    assert [failed for failed, _ in (status, plan, lint)] == [False] * 3


def test_an_agent_reads_why_a_tool_failed(project: Project) -> None:
    """What a tool raises for people reaches the agent with its hint."""
    project.write("migrations/one.sql", "SELECT 1;")

    ((failed, told),) = answers_of(project, {"plan": {}})

    assert failed
    assert told == (
        'Error executing tool plan: file name "migrations/one.sql" does not fit "NNN-description.sql"\n'
        "DETAIL: NNN is a number of three or more digits, the description lower-case words joined by hyphens.\n"
        "HINT: mv migrations/one.sql migrations/001-one.sql"
    )


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["nowhere"], "the MCP server gave no answer: no such file or directory\n"),
        (["true"], "the MCP server gave no answer: connection closed\n"),
    ],
)
def test_a_server_that_does_not_answer(command: list[str], message: str) -> None:
    """A server that is not there, and one that ends at once, are told with its command."""
    with pytest.raises(MigrateTasksError) as caught:
        prove(command)

    assert str(caught.value) == f'{message}DETAIL: The server is "{command[0]}"; it said: nothing'


@pytest.mark.parametrize(
    ("tools", "message", "hint"),
    [
        ("", 'the MCP server has no tool "migration_status"', "\nHINT: It has none."),
        (STATUS + PLAN, 'the MCP server has no tool "lint"', "\nHINT: It has migration_status, plan."),
        (
            STATUS.replace("migration_status", "migrations_status"),
            'the MCP server has no tool "migration_status"',
            '\nHINT: Did you mean "migrations_status"?',
        ),
        (
            STATUS + PLAN + PLAN.replace("plan", "lint"),
            "the MCP server tells of 0 migrations, and there are 1",
            "\nHINT: See that it works in the same folder.",
        ),
    ],
)
def test_another_server(project: Project, monkeypatch: pytest.MonkeyPatch, tools: str, message: str, hint: str) -> None:
    """A server without one of the tools, and one that tells of other migrations, are no servers of this service."""
    project.write("migrations/001-one.sql", "SELECT 1;")
    path = project.write("server.py", SERVER.format(tools))
    monkeypatch.chdir(project.root)

    with pytest.raises(MigrateTasksError) as caught:
        prove([sys.executable, "server.py"])

    detail = f'\nDETAIL: The server is "{sys.executable} {path.name}"; it said: nothing'
    assert str(caught.value) == f"{message}{detail}{hint}"


def test_a_tool_that_fails(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the called tool cannot reach the database, the phase says so."""
    project.write("migrations/001-one.sql", "SELECT 1;")
    for name, value in clean_environment({"DATABASE_URL": f"host={project.root} dbname=shop user=app"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(project.root)

    with pytest.raises(MigrateTasksError) as caught:
        prove()

    assert caught.value.message == (
        'tool "migration_status" failed: could not connect to database "shop" on socket'
        f' "{project.root}/.s.PGSQL.5432": no such file or directory'
    )
