"""The graph of phases: cycles, order, ancestors and the longest chain, against searches that are too simple to err."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_tasks.startup.graph import ancestors, find_cycle, in_order, longest_chain
from migrate_tasks.startup.spec import Dependency, Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

Graph = dict[str, tuple[str, ...]]
NAMES = "abcdefgh"

any_graph = st.dictionaries(st.sampled_from(NAMES), st.lists(st.sampled_from(NAMES), max_size=4)).map(
    lambda found: {name: tuple(each for each in edges if each in found) for name, edges in found.items()}
)


@st.composite
def acyclic(draw: st.DrawFn) -> tuple[Phase, ...]:
    """Phases that the file lists in any order, each of which waits for some before it in another order."""
    order = draw(st.permutations(NAMES[: draw(st.integers(0, len(NAMES)))]))
    phases = [
        Phase(name=name, task="t", depends_on=tuple(map(Dependency, draw(st.lists(st.sampled_from(order[:number]))))))
        if number
        else Phase(name=name, task="t")
        for number, name in enumerate(order)
    ]
    return tuple(draw(st.permutations(phases)))


def reaches(graph: Mapping[str, tuple[str, ...]], start: str) -> set[str]:
    """Return all that ``start`` waits for, by going on until nothing is new."""
    found = set(graph[start])
    while new := {after for name in found for after in graph[name]} - found:
        found |= new
    return found


def graph_of(phases: tuple[Phase, ...]) -> Graph:
    """Return the names and what they wait for."""
    return {phase.name: tuple(d.name for d in phase.depends_on) for phase in phases}


@given(any_graph)
def test_a_cycle_is_found_where_there_is_one(graph: Graph) -> None:
    """A cycle is found just where some phase waits for itself in the end, and each of it waits for the next."""
    cycle = find_cycle(graph)

    assert bool(cycle) == any(name in reaches(graph, name) for name in graph)
    assert all(after in graph[name] for name, after in pairwise(cycle))
    assert cycle[:1] == cycle[-1:]
    assert len(set(cycle)) == max(0, len(cycle) - 1)


@pytest.mark.parametrize(
    ("graph", "cycle"),
    [
        ({}, []),
        ({"a": ()}, []),
        ({"a": ("a",)}, ["a", "a"]),
        ({"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}, []),
        ({"a": ("b",), "b": ("c",), "c": ("b",)}, ["b", "c", "b"]),
    ],
    ids=["empty", "one", "itself", "diamond", "behind"],
)
def test_a_cycle_is_told_by_its_names(graph: Graph, cycle: list[str]) -> None:
    """A cycle begins and ends with the same name, and leaves out the way to it."""
    assert find_cycle(graph) == cycle


@given(acyclic())
def test_ancestors_are_all_that_a_phase_waits_for(phases: tuple[Phase, ...]) -> None:
    """The ancestors are what the phase waits for, and what that waits for."""
    by_name = {phase.name: phase for phase in phases}

    assert {name: ancestors(by_name, name) for name in by_name} == {
        name: reaches(graph_of(phases), name) for name in by_name
    }


@given(acyclic())
def test_in_order_each_comes_after_what_it_waits_for(phases: tuple[Phase, ...]) -> None:
    """Every phase comes once, as early as the file has it and what it waits for allows."""
    waiting, expected = list(phases), list[Phase]()
    while waiting:
        names = {phase.name for phase in expected}
        expected.append(next(p for p in waiting if all(d.name in names for d in p.depends_on)))
        waiting.remove(expected[-1])

    assert in_order(phases) == expected


@given(acyclic(), st.lists(st.integers(0, 9), min_size=len(NAMES), max_size=len(NAMES)))
def test_no_chain_is_longer_than_the_longest(phases: tuple[Phase, ...], lengths: list[int]) -> None:
    """The chain follows dependencies, begins with a phase that waits for none, and takes as long as any can."""
    seconds = {name: float(length) for name, length in zip(NAMES, lengths, strict=True)}
    graph = graph_of(phases)

    def longest(name: str) -> float:
        return seconds[name] + max(map(longest, graph[name]), default=0)

    chain = [phase.name for phase in longest_chain(phases, lambda phase: seconds[phase.name])]

    assert sum(seconds[name] for name in chain) == max(map(longest, graph), default=0)
    assert all(before in graph[name] for before, name in pairwise(chain))
    assert bool(chain) == bool(phases)
    assert not chain or graph[chain[0]] == ()


class Counted(str):
    """A name that counts how often any of its kind is compared with another."""

    __slots__ = ()
    comparisons = 0

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        return str.__hash__(self)


def test_a_long_chain_takes_linear_time() -> None:
    """In a chain each phase is compared with a few others, not with all before it."""
    names = [Counted(f"phase_{number}") for number in range(1000)]
    chain = {name: (Counted(before),) for before, name in pairwise(names)} | {names[0]: ()}
    Counted.comparisons = 0

    assert find_cycle(dict(reversed(chain.items()))) == []
    assert Counted.comparisons < 10 * len(names)
