"""The graph that ``depends_on`` makes of the phases: values."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migrate_tasks.startup.spec import Phase


def find_cycle(depends_on: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the names of a cycle, the first one again at its end, or an empty list."""
    done: set[str] = set()
    for start in depends_on:
        way: list[str] = []
        on_way: set[str] = set()
        ahead = [iter((start,))]
        while ahead:
            name = next(ahead[-1], None)
            if name is None:
                ahead.pop()
                if way:
                    on_way.discard(way[-1])
                    done.add(way.pop())
            elif name in on_way:
                return [*way[way.index(name) :], name]
            elif name not in done:
                way.append(name)
                on_way.add(name)
                ahead.append(iter(depends_on[name]))
    return []


def ancestors(phases: Mapping[str, Phase], name: str) -> set[str]:
    """Return the names of all that the phase ``name`` waits for, directly or not."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        new = {dependency.name for dependency in phases[ahead.pop()].depends_on} - found
        found |= new
        ahead += new
    return found


def in_order(phases: tuple[Phase, ...]) -> list[Phase]:
    """Return the phases so that each comes after what it waits for, otherwise as the file lists them."""
    numbers = {phase.name: number for number, phase in enumerate(phases)}
    open_ends = [len({d.name for d in phase.depends_on}) for phase in phases]
    dependents: dict[str, list[int]] = {phase.name: [] for phase in phases}
    for phase in phases:
        for name in {d.name for d in phase.depends_on}:
            dependents[name].append(numbers[phase.name])
    may_come = [number for number, count in enumerate(open_ends) if count == 0]
    ordered = []
    while may_come:
        ordered.append(phases[heappop(may_come)])
        for number in dependents[ordered[-1].name]:
            open_ends[number] -= 1
            if open_ends[number] == 0:
                heappush(may_come, number)
    return ordered


def longest_chain(phases: tuple[Phase, ...], seconds: Callable[[Phase], float]) -> list[Phase]:
    """Return the chain of dependencies that takes longest, where each phase takes ``seconds``; first to last."""
    total: dict[str, float] = {}
    before: dict[str, Phase | None] = {}
    by_name = {phase.name: phase for phase in phases}
    for phase in in_order(phases):
        previous = max((by_name[d.name] for d in phase.depends_on), key=lambda p: total[p.name], default=None)
        before[phase.name] = previous
        total[phase.name] = seconds(phase) + (total[previous.name] if previous else 0)
    last = max(phases, key=lambda p: total[p.name], default=None)
    chain = []
    while last:
        chain.append(last)
        last = before[last.name]
    return chain[::-1]


def side_by_side(phases: tuple[Phase, ...]) -> dict[str, tuple[str, ...]]:
    """Return for each phase the names of those that may run while it runs: neither waits for the other."""
    by_name = {phase.name: phase for phase in phases}
    before = {name: ancestors(by_name, name) for name in by_name}
    return {
        name: tuple(
            other for other in by_name if other != name and other not in before[name] and name not in before[other]
        )
        for name in by_name
    }
