"""What `invoke startup.analyze` makes of the document that a start-up left."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.render.startup_analysis import startup_analysis_html, startup_analysis_json, startup_analysis_text
from migrate_tasks.render.timeline import startup_timeline
from migrate_tasks.startup.analysis import Cause, analyze
from tests.startup.documents import RICH, Json, attempt, document, phase
from tests.startup.sequences import seconds

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = """<script>alert(1)</script>"'&\x00\x1b[31m\ud800"""


def chain_of(shown: Json) -> list[tuple[str, str, float]]:
    """Return the chain as names, causes and gaps in seconds."""
    return [(link.phase.name, link.cause.value, link.gap.total_seconds()) for link in analyze(shown).chain]


def test_text() -> None:
    """The text has the chain, then the phases by the time that they took, and what each spent it on."""
    assert startup_analysis_text(analyze(RICH)) == (
        """\
start-up "shop", 2026-03-02 12:01:05 UTC: degraded in 12.9s

the critical chain: each phase began when the one above had ended

phase                 began   took  after
environment           +10ms  500ms  the start
database_health      +520ms   2.4s  environment
database_migrations   +2.9s   6.4s  database_health
vector_store          +9.3s   3.1s  database_migrations
api                  +12.4s  400ms  vector_store

where the time went

phase                 time  share   work  lock wait  pauses  failed attempts
database_migrations   6.4s    50%   2.3s       4.1s
vector_store          3.1s    24%   3.1s
database_health       2.4s    19%  900ms              300ms             1.2s
licence                 2s    16%     2s
memory_store          1.4s    11%                                       1.4s
environment          500ms     4%  500ms
api                  400ms     3%  400ms

Running side by side saved 3.4s."""
    )


def test_json() -> None:
    """Programs get the same in milliseconds."""
    data = startup_analysis_json(analyze(RICH))["data"]

    assert {key: value for key, value in data.items() if key not in {"chain", "blame"}} == {
        "name": "shop",
        "run_id": "r1",
        "state": "degraded",
        "started_at": "2026-03-02T12:01:05Z",
        "duration_ms": 12900,
        "saved_ms": 3360,
        "could_save_ms": 0,
    }
    assert data["chain"][1] == {
        "phase": "database_health",
        "after": "environment",
        "cause": "dependency",
        "gap_ms": 10,
        "began_ms": 520,
        "duration_ms": 2400,
    }
    assert data["blame"][0] == {
        "phase": "database_migrations",
        "duration_ms": 6400,
        "share": 0.4961,
        "work_ms": 2300,
        "waited_ms": 4100,
        "pauses_ms": 0,
        "failed_ms": 0,
    }


def test_the_chain_goes_by_what_really_ended_last() -> None:
    """Of two dependencies, the one that ended last is in the chain, whatever the plan expected."""
    shown = document(
        phase("a", attempt(0, 1)), phase("b", attempt(0, 2)), phase("c", attempt(2.01, 1), after=("a", "b"))
    )

    assert chain_of(shown) == [("b", "start", 0.0), ("c", "dependency", 0.01)]


def test_a_phase_that_waited_for_a_job() -> None:
    """A phase that began long after its dependencies, as another ended, had waited for its job."""
    shown = document(phase("a", attempt(0, 2)), phase("b", attempt(0, 3)), phase("c", attempt(2.01, 2)), took=4.1)
    analysis = analyze(shown)

    assert chain_of(shown) == [("a", "start", 0.0), ("c", "slot", 0.01)]
    assert (analysis.saved, analysis.could_save) == (seconds(2.99), seconds(1.01))
    assert startup_analysis_text(analysis).splitlines()[-3:] == [
        "Running side by side saved 3s.",
        "",
        (
            "Phases waited for a free job: with more jobs the start-up would have taken 1s less if each phase had taken"
            " as long."
        ),
    ]


def test_nothing_is_promised_where_it_is_not_certain() -> None:
    """A line of phases, and a gap in which nothing ended, give no word on what could be saved."""
    shown = document(phase("a", attempt(2, 1)), phase("b", attempt(5, 1), after=("a",)), took=6)
    analysis = analyze(shown)

    assert chain_of(shown) == [("a", "start", 2.0), ("b", "dependency", 2.0)]
    assert (analysis.saved, analysis.could_save) == (timedelta(0), timedelta(0))
    assert startup_analysis_text(analysis).splitlines()[5:7] == [
        "a        +2s    1s  the start, 2s later",
        "b        +5s    1s  a, 2s later",
    ]


def test_a_start_up_that_runs() -> None:
    """Of one that still runs, times count as far as they are known."""
    running = {**attempt(1, 0), "duration_ms": None, "outcome": None, "error": None}
    shown = document(
        phase("a", attempt(0, 1)),
        {**phase("b", attempt(1, 0), after=("a",), state="running"), "attempts": [running]},
        {**phase("c", after=("b",)), "state": "pending"},
        state="running",
    )
    analysis = analyze(shown)

    assert (analysis.duration, [link.phase.name for link in analysis.chain]) == (seconds(1), ["a", "b"])
    assert 'class="running"' in startup_timeline(analysis)


def test_a_start_up_of_which_nothing_began() -> None:
    """Where no phase began, the text says so, and the pictures are empty."""
    analysis = analyze(document(phase("a"), state="failed"))

    assert startup_analysis_text(analysis) == (
        'start-up "shop", 2026-03-02 12:01:05 UTC: failed in 0ms\n\nno phase began'
    )
    assert ">skipped</text>" in startup_timeline(analysis)
    assert startup_analysis_json(analysis)["data"]["chain"] == []


def test_other_forms_of_the_document() -> None:
    """Dependencies may carry their condition, and an error may be its message alone."""
    entry = {**phase("b", attempt(1, 1, "failed")), "depends_on": [{"name": "a", "condition": "completed"}]}
    analysis = analyze({**document(phase("a", attempt(0, 1)), {**entry, "error": "no"}), "error": "too late"})

    assert [link.cause for link in analysis.chain] == [Cause.START, Cause.DEPENDENCY]
    assert (analysis.phases[1].error, analysis.error) == ("no", "too late")


def test_a_document_of_another_version() -> None:
    """A document of another version is refused, with a way out."""
    with pytest.raises(ConfigurationError) as caught:
        analyze({"version": 2})

    assert str(caught.value) == (
        "the start-up's document has version 2, not 1\nHINT: Read it with the version of migrate-tasks that wrote it."
    )


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ({"version": 1}, "KeyError: 'started_at'"),
        ([], "AttributeError: 'list' object has no attribute 'get'"),
        ({**RICH, "started_at": "now"}, "ValueError: Invalid isoformat string: 'now'"),
        ({**RICH, "duration_ms": "long"}, "TypeError: unsupported type for timedelta milliseconds component: str"),
    ],
)
def test_what_is_no_document(shown: Any, why: str) -> None:
    """Another JSON than that of a start-up is refused."""
    with pytest.raises(ConfigurationError) as caught:
        analyze(shown)

    assert str(caught.value) == f"this is no document of a start-up: {why}"


def texts_of(svg: str) -> list[tuple[float, str]]:
    """Return where each text of a picture begins, and what it says."""
    return [(float(text.get("x") or 0), text.text or "") for text in ET.fromstring(svg).iter(f"{SVG}text")]


def many(count: int) -> Json:
    """Return the document of so many phases, one after the other, with names of different lengths."""
    return document(
        *(phase(f"phase_{'x' * (n % 40)}_{n}", attempt(n, 0.9), after=(f"phase_{n}",)) for n in range(count)),
        took=count,
    )


SHOWN = {
    "rich": RICH,
    "one": document(phase("only", attempt(0, 0.004)), took=0.005),
    "sixty": many(60),
    "long": document(phase("years", attempt(0, 4e8)), took=4e8),
    "wide": document(phase("漢" * 30, attempt(0, 1)), name="漢字" * 90),
    "none": document(),
}


@pytest.mark.parametrize("shown", SHOWN.values(), ids=SHOWN)
def test_the_timeline_holds_all_its_text(shown: Json) -> None:
    """Whatever the number of phases and the time, every text and every bar lies within the picture."""
    svg = startup_timeline(analyze(shown))
    root = ET.fromstring(svg)
    width, height = float(root.get("width") or 0), float(root.get("height") or 0)

    for text in root.iter(f"{SVG}text"):
        reach = 7.23 * sum(2 if ord(letter) > 0x2E80 else 1 for letter in text.text or "")
        x = float(text.get("x") or 0) - (reach / 2 if text.get("text-anchor") == "middle" else 0)
        assert x >= 0
        assert x + reach <= width, text.text
        assert float(text.get("y") or 0) < height
    for bar in root.iter(f"{SVG}rect"):
        assert float(bar.get("x") or 0) + float(bar.get("width") or 0) <= width
    assert len(list(root.iter(f"{SVG}line"))) >= 2 or not shown["phases"]


def test_the_timeline_names_each_phase_and_its_end() -> None:
    """Each phase stands there with its time, and how it ended if not well; ticks are round."""
    said = [text for _, text in texts_of(startup_timeline(analyze(RICH)))]

    assert said[:8] == ["shop: degraded in 12.9s", "0", "2s", "4s", "6s", "8s", "10s", "12s"]
    assert said[8:24:2] == [each["name"] for each in RICH["phases"]]
    assert said[9:24:2] == [
        "500ms",
        "2.4s, 2 attempts",
        "6.4s",
        "3.1s",
        "1.4s, timed out",
        "2s",
        "skipped",
        "400ms",
    ]


def test_the_timeline_draws_what_the_time_was_spent_on() -> None:
    """Waiting comes first in its attempt, failed attempts have a colour of their own, and pauses are lines."""
    root = ET.fromstring(startup_timeline(analyze(RICH)))
    groups = {
        (group.find(f"{SVG}title").text or ""): [bar.get("class") for bar in group.findall(f"{SVG}rect")]  # type: ignore[union-attr]
        for group in root.iter(f"{SVG}g")
    }

    assert groups["database_migrations, attempt 1: succeeded in 6.4s, 4.1s of it waiting"] == ["waiting", "work"]
    assert groups["database_health, attempt 1: failed in 1.2s: it failed <b>&</b> \ufffd[31mred"] == ["failed"]
    assert len([line for line in root.iter(f"{SVG}line") if line.get("class") == "pause"]) == 1 + 1  # and the legend's


def test_the_timeline_is_told_to_those_who_cannot_see_it() -> None:
    """The picture has a title, and a description of each phase."""
    root = ET.fromstring(startup_timeline(analyze(RICH)))
    told = {each.get("id"): each.text for each in root if each.get("id")}

    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "what told")
    assert told["what"] == "shop: degraded in 12.9s"
    assert told["told"] == (
        "environment 500ms; database_health 2.4s, 2 attempts; database_migrations 6.4s; vector_store 3.1s;"
        " memory_store 1.4s, timed out; licence 2s; notify skipped; api 400ms"
    )


class Tags(HTMLParser):
    """What opens and closes in a page, and the text in it."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.said = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and nothing that would load something."""
        assert not {"src", "href", "onload", "onclick"} & {name for name, _ in attrs}
        self.seen.add(tag)
        if tag not in {"meta", "rect", "line"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last tag, which must be this one."""
        if tag not in {"rect", "line"}:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note text."""
        self.said += data


def test_everything_is_escaped() -> None:
    """Names and messages with marks of HTML, or letters that XML cannot have, are text, in the page and the picture."""
    hostile = {**attempt(0, 1, "failed"), "error": {"message": HOSTILE}}
    shown = {**document(phase(HOSTILE, hostile, state=HOSTILE), name=HOSTILE, state=HOSTILE), "error": HOSTILE}
    analysis = analyze(shown)
    page, tags = startup_analysis_html(analysis), Tags()
    tags.feed(page)

    assert "script" not in tags.seen
    assert tags.open == []
    assert tags.said.count("<script>alert(1)</script>") >= 5
    ET.fromstring(startup_timeline(analysis))
    page.encode()


def test_the_page_needs_nothing_else() -> None:
    """The page holds the picture and both tables, loads nothing, and is whole."""
    page = startup_analysis_html(analyze(RICH))
    tags = Tags()
    tags.feed(page)

    assert tags.open == []
    assert {"svg", "table", "title"} <= tags.seen
    assert re.findall(r"https?://[^\"]+", page) == ["http://www.w3.org/2000/svg"]
    assert "Running side by side saved 3.4s." in tags.said
