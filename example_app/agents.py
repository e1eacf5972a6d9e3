"""The agents and workflows of the service: which tools and kinds of jobs each uses, and that these exist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True)
class Agent:
    """Who does one thing; ``tools`` are those of the MCP server that it may call."""

    name: str
    description: str
    tools: tuple[str, ...]


@dataclass(frozen=True)
class Workflow:
    """Which agents work one after the other, and the kinds of background jobs that they leave to the worker."""

    name: str
    description: str
    agents: tuple[str, ...]
    jobs: tuple[str, ...] = ()


AGENTS = (
    Agent("watcher", "Tells how the schema stands, and what is coming", tools=("migration_status", "plan")),
    Agent("reviewer", "Tells what is wrong with a migration before it runs", tools=("lint",)),
)
WORKFLOWS = (
    Workflow(
        "review_migration",
        "Judge a migration in a thread, and give the thread a title",
        agents=("watcher", "reviewer"),
        jobs=("summarize_thread",),
    ),
    Workflow(
        "refresh_documents",
        "Embed documents anew, once no migration is pending",
        agents=("watcher",),
        jobs=("embed_document",),
    ),
)


@dataclass(frozen=True)
class Registry:
    """All agents and workflows, and what there is for them: whatever they name exists."""

    agents: tuple[Agent, ...]
    workflows: tuple[Workflow, ...]
    tools: tuple[str, ...]
    jobs: tuple[str, ...]


def create_registry() -> Registry:
    """Return the service's own registry; raises ConfigurationError."""
    from example_app.job_kinds import KINDS
    from example_app.mcp_server import TOOLS

    return register(AGENTS, WORKFLOWS, tools=TOOLS, jobs=KINDS)


def register(
    agents: tuple[Agent, ...],
    workflows: tuple[Workflow, ...],
    *,
    tools: Collection[str],
    jobs: Collection[str],
) -> Registry:
    """Return the registry; raises ConfigurationError for what is there twice, or is named and does not exist."""
    for kind, names in (("agent", [a.name for a in agents]), ("workflow", [w.name for w in workflows])):
        for name in names:
            if names.count(name) > 1:
                raise ConfigurationError(f'there are two {kind}s "{name}"')
    for agent in agents:
        _check(f'agent "{agent.name}"', "tool", agent.tools, tools)
    for workflow in workflows:
        _check(f'workflow "{workflow.name}"', "agent", workflow.agents, [agent.name for agent in agents])
        _check(f'workflow "{workflow.name}"', "kind of job", workflow.jobs, jobs)
    return Registry(agents, workflows, tuple(tools), tuple(jobs))


def _check(who: str, what: str, named: Collection[str], known: Collection[str]) -> None:
    for name in named:
        if name not in known:
            raise ConfigurationError(
                f'{who} names {what} "{name}", which does not exist',
                hint=did_you_mean(name, known) or f"There is {', '.join(known) or 'none'}.",
            )
