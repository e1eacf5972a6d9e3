"""What `invoke startup.graph` shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from migrate_tasks.render.startup_graph import startup_graph_ascii, startup_graph_mermaid
from migrate_tasks.startup.graph import in_order
from migrate_tasks.startup.spec import Dependency, Phase, Sequence
from tests.startup.sequences import DIAMOND, LINE, beside_another


def after(name: str, *others: str) -> Phase:
    """Return a phase that waits for ``others``."""
    return Phase(name=name, depends_on=tuple(map(Dependency, others)))


TEN = Sequence(
    "ten",
    (
        after("environment"),
        after("database_health", "environment"),
        after("cache", "environment"),
        after("migrations", "database_health"),
        after("vectors", "migrations"),
        after("memory", "migrations", "cache"),
        after("licence"),
        after("tools", "environment"),
        after("api", "vectors", "memory", "tools"),
        after("workers", "api", "database_health"),
    ),
)


def test_a_line() -> None:
    """A line of phases is one line, and nothing needs to be said."""
    assert startup_graph_ascii(LINE) == (
        """\
o  environment
|
o  database_health
|
o  database_migrations
|
o  memory_store"""
    )


def test_a_diamond() -> None:
    """What waits for more than the phase above says for what, and on what condition."""
    assert startup_graph_ascii(DIAMOND) == (
        """\
o    settings
|
+-o  index
| |
o |  memory  (optional; after settings)
| |
o-+  api  (after index, memory (completed))"""
    )


def test_ten_phases() -> None:
    """Lines that cross are not joined: a `|` between dashes is another line than a `+`."""
    assert startup_graph_ascii(TEN) == (
        """\
o          environment
|
+-o        database_health
| |
+-|-o      cache  (after environment)
| | |
| +-|-o    migrations  (after database_health)
| | | |
| | | +-o  vectors
| | | | |
| | o-+ |  memory  (after migrations, cache)
| | |   |
| | | o |  licence  (after nothing)
| | |   |
o | |   |  tools  (after environment)
| | |   |
o-|-+---+  api  (after vectors, memory, tools)
| |
o-+        workers  (after api, database_health)"""
    )


def test_phases_without_lines() -> None:
    """Phases that wait for nothing are not joined, though they stand below each other."""
    assert startup_graph_ascii(Sequence("two", beside_another(2))) == "o  p1\n\no  p2  (after nothing)"


@given(st.lists(st.sets(st.integers(0, 11)), max_size=12))
def test_the_lines_alone_tell_the_graph(given_phases: list[set[int]]) -> None:
    """Of any graph, the lines tell for each phase what it waits for, without the words."""
    phases = tuple(after(f"p{n}", *(f"p{d}" for d in sorted(of) if d < n)) for n, of in enumerate(given_phases))
    shown = startup_graph_ascii(Sequence("any", phases))

    assert _read(shown) == {phase.name: {d.name for d in phase.depends_on} for phase in in_order(phases)}


def _read(shown: str) -> dict[str, set[str]]:
    """Return what each phase waits for, read from the lines as a person follows them."""
    rows = shown.splitlines()
    found: dict[str, set[str]] = {}
    whose: dict[int, str] = {}
    for number in range(0, len(rows), 2):
        row, below = rows[number], rows[number + 1] if number + 1 < len(rows) else ""
        here, name = row.index("o"), row[row.index("  p") :].split()[0] if "  p" in row else ""
        left = row.rfind(" ", 0, here) + 1
        right = (row + " ").index(" ", here)
        joined = {column for column in range(left, right) if row[column] == "+"} | ({here} & set(whose))
        found[name] = {whose[column] for column in joined}
        whose[here] = name
        whose = {column: owner for column, owner in whose.items() if below[column : column + 1] == "|"}
    return found


def test_mermaid() -> None:
    """Mermaid gets quoted names, the condition on its edge, and a dashed border around an optional phase."""
    assert startup_graph_mermaid(DIAMOND) == (
        """\
flowchart TD
    p1["settings"]
    p2["index"]
    p3["memory"]
    p4["api"]
    p1 --> p2
    p1 --> p3
    p2 --> p4
    p3 -->|"completed"| p4
    classDef optional stroke-dasharray: 5 5
    class p3 optional"""
    )


def test_mermaid_of_words_of_its_own() -> None:
    """A phase may be named as a word of Mermaid, or with its marks."""
    assert startup_graph_mermaid(Sequence("words", (after("end"), after('a"]<b>')))) == (
        'flowchart TD\n    p1["end"]\n    p2["a#34;#93;#60;b#62;"]'
    )
