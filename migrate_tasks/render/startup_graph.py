"""The graph of the phases, for a terminal and for Mermaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.startup.graph import in_order
from migrate_tasks.startup.spec import Condition

if TYPE_CHECKING:
    from collections.abc import Collection

    from migrate_tasks.startup.spec import Phase, Sequence


def startup_graph_ascii(sequence: Sequence) -> str:
    """Return the graph as lines that run downwards, from what is waited for to what waits.

    ``o`` is a phase, ``+`` joins lines, and a ``|`` between dashes only crosses. Behind the name stands what cannot be
    seen, and what a phase waits for where that is not the phase above alone.
    """
    lanes = _Lanes(sequence)
    rows: list[tuple[str, str]] = []
    above = ""
    for phase in in_order(sequence.phases):
        if rows:
            rows.append((lanes.between(), ""))
        rows.append((lanes.add(phase), _label(phase, above)))
        above = phase.name
    width = max((len(lines) for lines, _ in rows), default=0)
    return "\n".join(f"{lines.ljust(width)}  {label}".rstrip() for lines, label in rows)


def startup_graph_mermaid(sequence: Sequence) -> str:
    """Return the graph as a Mermaid flowchart; a dashed border is an optional phase."""
    ids = {phase.name: f"p{number}" for number, phase in enumerate(sequence.phases, 1)}
    nodes = [f'{ids[phase.name]}["{_escaped(phase.name)}"]' for phase in sequence.phases]
    edges = [
        f"{ids[dependency.name]} -->{_edge_label(dependency.condition)} {ids[phase.name]}"
        for phase in sequence.phases
        for dependency in phase.depends_on
    ]
    optional = ",".join(ids[phase.name] for phase in sequence.phases if not phase.required)
    style = ["classDef optional stroke-dasharray: 5 5", f"class {optional} optional"] if optional else []
    return "\n".join(["flowchart TD", *(f"    {line}" for line in (*nodes, *edges, *style))])


class _Lanes:
    """The lines that run downwards: each from a phase to the last one that waits for it."""

    def __init__(self, sequence: Sequence) -> None:
        self._lanes: list[str | None] = []  # whose line it is
        self._waiting = {
            phase.name: {p.name for p in sequence.phases if phase.name in {d.name for d in p.depends_on}}
            for phase in sequence.phases
        }

    def between(self) -> str:
        """Return the row between two phases."""
        return " ".join(" " if name is None else "|" for name in self._lanes).rstrip()

    def add(self, phase: Phase) -> str:
        """Return the row of ``phase``, joined with the lines of all that it waits for."""
        joined = {n for n, name in enumerate(self._lanes) if name in {d.name for d in phase.depends_on}}
        for lane in joined:
            self._waiting[self._lanes[lane] or ""].discard(phase.name)
        ending = {lane for lane in joined if not self._waiting[self._lanes[lane] or ""]}
        here = min(ending, default=None)
        if here is None:
            here = self._free()
        before = list(self._lanes)
        for lane in ending:
            self._lanes[lane] = None
        self._lanes[here] = phase.name if self._waiting[phase.name] else None
        return _row(before, here, joined)

    def _free(self) -> int:
        if None not in self._lanes:
            self._lanes.append(None)
        return self._lanes.index(None)


def _row(lanes: list[str | None], here: int, joined: Collection[int]) -> str:
    left, right = min((here, *joined)), max((here, *joined))
    row = []
    for lane, name in enumerate(lanes):
        mark = "o" if lane == here else "+" if lane in joined else "|" if name else "-" if left < lane < right else " "
        row.append(mark + ("-" if left <= lane < right else " "))
    return "".join(row).rstrip()


def _label(phase: Phase, above: str) -> str:
    waits = [d.name if d.condition is Condition.SUCCEEDED else f"{d.name} ({d.condition})" for d in phase.depends_on]
    after = "" if waits == [above] else f"after {', '.join(waits)}" if waits else "after nothing" if above else ""
    remarks = "; ".join(remark for remark in ("" if phase.required else "optional", after) if remark)
    return f"{phase.name}  ({remarks})" if remarks else phase.name


def _edge_label(condition: Condition) -> str:
    return "" if condition is Condition.SUCCEEDED else f'|"{condition}"|'


def _escaped(text: str) -> str:
    """Return ``text`` for a quoted label, where Mermaid reads entities, and marks of HTML and Markdown."""
    return "".join(each if each.isalnum() or each in " _-." else f"#{ord(each)};" for each in text)
