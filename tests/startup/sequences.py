"""Sequences that the tests of plan, graph and budget share."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from migrate_tasks.startup.spec import Condition, Dependency, Phase, Requirement, Sequence


def seconds(number: float) -> timedelta:
    """Return a duration."""
    return timedelta(seconds=number)


def in_line(*phases: Phase) -> tuple[Phase, ...]:
    """Return ``phases``, each of which waits for the one before it."""
    before = (None, *phases[:-1])
    return tuple(
        replace(phase, depends_on=(Dependency(previous.name),) if previous else ())
        for phase, previous in zip(phases, before, strict=True)
    )


def beside_another(count: int) -> tuple[Phase, ...]:
    """Return as many phases, none of which waits for another."""
    return tuple(Phase(name=f"p{number}", task="work") for number in range(1, count + 1))


LINE = Sequence(
    "document-service",
    in_line(
        Phase(name="environment", task="environment", timeout=seconds(10)),
        Phase(name="database_health", task="database_health", timeout=seconds(45), retries=2),
        Phase(name="database_migrations", task="migrate.run", timeout=seconds(120), retries=2),
        Phase(name="memory_store", task="memory_store", timeout=seconds(30), retries=1),
    ),
)
DIAMOND = Sequence(
    "shop",
    (
        Phase(name="settings", task="settings", timeout=seconds(10)),
        Phase(name="index", run="./index", depends_on=(Dependency("settings"),)),
        Phase(
            name="memory",
            run="./memory",
            required=False,
            timeout=seconds(20),
            when=(Requirement("CACHE"),),
            depends_on=(Dependency("settings"),),
        ),
        Phase(
            name="api",
            task="api",
            timeout=seconds(30),
            retries=5,
            total_timeout=seconds(100),
            depends_on=(Dependency("index"), Dependency("memory", Condition.ENDED)),
        ),
    ),
)
