"""The status page: what it says of each state, and that nothing that others have written is obeyed by a browser."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from html import unescape
from html.parser import HTMLParser
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_tasks.api.observation import Failure, Observation, Progress
from migrate_tasks.migrations.events import Holder
from migrate_tasks.migrations.status import Health, MigrationStatus, Status, StatusReport, assess
from migrate_tasks.render.page import LIMIT, SCRIPT, STYLE, content_security_policy, status_page
from migrate_tasks.render.page_times import ago
from tests.render.observations import (
    HOLDER,
    NOW,
    SEED,
    STATES,
    WHO,
    completed,
    degraded,
    failed,
    observation,
    ok,
    running,
    stuck,
    unreachable,
    waiting,
)

VOID = {"meta", "link", "rect"}  # that have no end tag here


class Tree(HTMLParser):
    """A page as its elements, each with its attributes, and as the text of each place that has an id.

    Fails where an end tag is missing or too many, and where an id is there twice.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up an element."""
        attributes = dict(attrs)
        assert len(attributes) == len(attrs)
        self.elements.append((tag, attributes))
        id_ = attributes.get("id")
        if id_:
            assert id_ not in self.texts
            self.texts[id_] = ""
        if tag not in VOID:
            self._open.append((tag, id_))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take up an element without content."""
        assert tag in VOID
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        """Add text to the places that are open."""
        for _, id_ in self._open:
            if id_:
                self.texts[id_] += f"{data} "

    def text(self, id_: str) -> str:
        """Return the text of a place, its white space as one space."""
        return " ".join(self.texts[id_].split())


def shown(of: Observation, *, is_detailed: bool = True, can_post: bool = False, **options: Any) -> Tree:
    """Return the page that shows ``of``."""
    return Tree(status_page(of, is_detailed=is_detailed, can_post=can_post, **options))


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("ok", "ok: All 8 migrations are completed."),
        ("running", "running: A run is at work: 8 of 10 migrations are completed."),
        ("degraded", "degraded: 2 migrations pending; 8 of 10 migrations are completed."),
        ("failed", "failed: 1 migration failed; 7 of 8 migrations are completed."),
        ("stuck", "stuck: A process died while it was at work; 8 of 9 migrations are completed."),
        ("unreachable", "unreachable: The database does not answer."),
    ],
)
def test_the_state_comes_first(state: str, title: str) -> None:
    """Title, heading and colour say the state."""
    page = status_page(STATES[state](), is_detailed=True, can_post=False)

    assert f"<title>{title}</title>" in page
    assert f'<body class="{state}"' in page
    assert f"<h1>{state}</h1><p>{title.partition(': ')[2]}</p>" in page


def test_a_run_that_waits_for_another_is_running() -> None:
    """The page says for whom a run waits."""
    tree = shown(waiting())

    assert tree.text("progress") == (
        'At work A run 8s so far Waits for "migrate-tasks 009-backfill-search" on 10.0.3.17 (backend 4711)'
        " since 12:26:48 before it may begin."
    )


def test_the_progress() -> None:
    """While a migration is at work, the page tells on which statement, for how long, and who blocks it."""
    assert shown(running()).text("progress") == (
        "At work 009-backfill-search 4 of 12 Statement 5 of 12, 42s so far"
        ' Is blocked by backend 5120 ("reporting", user "analyst", in a transaction for 4m10s): SELECT * FROM documents'
    )


def test_the_holder_of_the_lock() -> None:
    """The page tells who has the lock, since when, and how long ago that is; of a free one, that it is free."""
    held = observation(*completed(), holder=HOLDER)

    assert shown(held).text("facts") == (
        "This database Lock held by “ migrate-tasks 009-backfill-search ” on 10.0.3.17 (backend 4711)"
        " since 2026-03-02 12:26:48 3 minutes ago Ready yes Database clock 2026-03-02 12:30:00 just now"
        " Version migrate-tasks 0.1.0"
    ).replace("“ ", "“").replace(" ”", "”")
    assert shown(ok()).text("facts").startswith("This database Lock free Ready yes")


def test_a_row_of_the_table() -> None:
    """A row tells name, status, moment, how long ago that is, duration, and who executed it."""
    page = status_page(ok(), is_detailed=True, can_post=False)

    assert (
        '<tr role="row" class="completed"><th role="rowheader" scope="row">001-setup-pgvector</th>'
        '<td role="cell" class="s">completed</td>'
        '<td role="cell"><time datetime="2026-03-02T12:26:40Z">2026-03-02 12:26:40</time>'
        ' <span class="soft">3 minutes ago</span></td>'
        '<td role="cell" class="num">21ms</td>'
        f'<td role="cell" class="by">{WHO}</td></tr>'
    ) in page


def test_a_running_row_tells_how_long_so_far() -> None:
    """The duration of a migration at work is that until now."""
    assert '<td role="cell" class="num">42s</td>' in status_page(running(), is_detailed=True, can_post=False)


def test_the_failing_line_is_marked() -> None:
    """An error comes with its place and the lines around it, of which the failing one is marked, for ears too."""
    page = status_page(failed(), is_detailed=True, can_post=False)

    assert (
        '<div class="card failed"><h3>008-create-feature-flags</h3>'
        '<p class="place">migrations/008-create-feature-flags.sql:9</p>'
        '<p class="message">syntax error at or near &quot;INDEX&quot; (SQLSTATE 42601)</p><ol class="sql">'
        '<li value="6">  name TEXT NOT NULL UNIQUE,</li>'
        '<li value="7">  enabled BOOLEAN DEFAULT false,</li>'
        '<li value="8">  created_at TIMESTAMPTZ DEFAULT NOW(),</li>'
        '<li value="9"><mark><span class="hidden">failed here: </span>'
        "  INDEX idx_feature_flags_name ON feature_flags(name)</mark></li>"
        '<li value="10">);</li></ol></div>'
    ) in page


def test_an_error_without_a_place() -> None:
    """A failed migration whose file no longer has the place is shown with what was recorded."""
    wrong = MigrationStatus("001-a", Status.FAILED, NOW, None, "division by zero")

    assert shown(observation(wrong)).text("failure") == "Error 001-a division by zero"


@pytest.mark.parametrize(
    ("state", "steps"),
    [
        ("ok", "What to do Nothing. The next change of the schema begins with: invoke migrate.new 'what it does'"),
        ("running", "What to do Nothing, while it is at work. This waits until all is completed: invoke migrate.wait"),
        (
            "degraded",
            "What to do See what would be executed: invoke migrate.plan Execute it: invoke migrate.run"  # noqa: ISC004
            " 008-create-feature-flags was changed after it was completed. Put the change into a new migration:"
            " invoke migrate.new 'create feature flags 2'"
            " Or, where the database is as the file says: invoke migrate.accept 008-create-feature-flags",
        ),
        (
            "failed",
            "What to do Mend migrations/008-create-feature-flags.sql, then execute it again: invoke migrate.run",
        ),
        (
            "stuck",
            "What to do Nothing has to be cleared by hand. Execute it again, and it recovers: invoke migrate.run",
        ),
        (
            "unreachable",
            "What to do Start the database, or mend DATABASE_URL. This asks whether it can be reached:"  # noqa: ISC004
            " invoke migrate.health And this waits until it can, and the migrations are completed: invoke migrate.wait",
        ),
    ],
)
def test_what_to_type_next(state: str, steps: str) -> None:
    """For each state the page has the command that comes next."""
    assert shown(STATES[state]()).text("steps") == steps


def test_a_file_that_is_gone() -> None:
    """A completed migration without a file has no command: the file is to be restored."""
    gone = MigrationStatus("001-a", Status.COMPLETED, NOW, NOW, missing=True)
    tree = shown(observation(gone))

    assert tree.text("state") == "degraded The database is up to date; 1 completed migration no longer as executed."
    assert tree.text("steps") == "What to do 001-a is completed, but its file is gone. Restore it."


def test_the_command_over_http() -> None:
    """Where migrations can be executed over HTTP, the page has the command for its own address, quoted for a shell."""
    at: dict[str, Any] = {"can_post": True, "address": "https://shop.example/a b/migrations"}
    curl = "curl -X POST 'https://shop.example/a b/migrations/run' -H \"Content-Type: application/json\""

    assert (
        shown(stuck(), **at)
        .text("steps")
        .endswith(f'Or over HTTP: {curl} -H "Authorization: Bearer $MIGRATE_TASKS_TOKEN"')
    )
    assert shown(stuck(), needs_token=False, **at).text("steps").endswith(f"Or over HTTP: {curl}")
    assert "curl" not in shown(ok(), **at).text("steps")


def test_a_database_that_is_unreachable() -> None:
    """It has no counts, no table and no lock, but the reason, and the start-up's phases from its state file."""
    tree = shown(unreachable())

    assert (tree.text("counts"), tree.text("migrations")) == ("", "")
    assert tree.text("failure") == (
        'Error could not connect to database "shop" on "db.internal:5432" within 2s: connection refused'
    )
    assert tree.text("startup") == (
        "Start-up: running Phase State Duration environment succeeded 30ms database_health connection refused"
        " retrying 60ms database_migrations pending vector_store pending memory_store pending"
    )
    assert tree.text("facts") == (
        "This database Ready not yet: the schema that this build needs was not seen so far Version migrate-tasks 0.1.0"
    )


@pytest.mark.parametrize("state", STATES)
def test_whoever_may_not_see_details_sees_state_and_counts(state: str) -> None:
    """Without details, nothing of the page depends on anything but the state, the counts and the clock."""
    of = STATES[state]()
    same = [MigrationStatus("x", m.status, died=m.died, changed=m.changed) for m in of.health.report.migrations]
    bare = Observation(
        at=NOW,
        health=Health(of.health.status, StatusReport(tuple(same))),
        is_ready=False,
        environment="",
        version="",
        progress=of.progress and Progress(elapsed=timedelta(0)),
        startup=of.startup and {"state": of.startup["state"]},
    )

    page = status_page(of, is_detailed=False, can_post=True)

    assert page == status_page(bare, is_detailed=False, can_post=False)
    assert list(Tree(page).texts) == ["icon", "state", "stale", "counts", "details", "as-of", "pause"]


def test_it_looks_again_sooner_while_something_happens() -> None:
    """The page is loaded again after 3 seconds while a run or a start-up is at work, else later."""
    waits = {
        name: re.findall(r'http-equiv="refresh" content="(\d+)"', status_page(of(), is_detailed=True, can_post=False))
        for name, of in STATES.items()
    }

    assert waits == {
        "ok": ["30"],
        "running": ["3"],
        "degraded": ["30"],
        "failed": ["30"],
        "stuck": ["30"],
        "unreachable": ["3"],
    }
    calm = replace(unreachable(), startup=None)
    assert 'content="10"' in status_page(calm, is_detailed=True, can_post=False)


def test_the_policy_allows_the_page_and_nothing_else() -> None:
    """Without a nonce, style and script are allowed by their hashes, which are those of what stands in the page."""
    page = status_page(ok(), is_detailed=True, can_post=False)
    style, script = (re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL) for tag in ("style", "script"))
    assert style
    assert script
    by_hash = [f"'sha256-{b64encode(sha256(found[1].encode()).digest()).decode()}'" for found in (style, script)]

    assert content_security_policy() == (
        f"default-src 'none'; style-src {by_hash[0]}; script-src {by_hash[1]}; connect-src 'self'; img-src data:;"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    )


def test_a_nonce() -> None:
    """With a nonce, style and script have it, and the policy allows it in place of the hashes."""
    page = status_page(ok(), is_detailed=True, can_post=False, nonce="bm9uY2U=")

    assert page.count('<style nonce="bm9uY2U=">') == page.count('<script nonce="bm9uY2U=">') == 1
    assert "; style-src 'nonce-bm9uY2U='; script-src 'nonce-bm9uY2U=';" in content_security_policy("bm9uY2U=")


def test_nothing_comes_from_elsewhere() -> None:
    """No element of any page loads anything: the only addresses are the icon's own text and a link."""
    for of in STATES.values():
        elements = shown(of(), can_post=True).elements
        assert [a for _, a in elements if {"src", "srcset", "style", "action"} & a.keys()] == []
        assert {tag for tag, a in elements if "href" in a} <= {"link", "a"}


def test_a_long_table_leaves_out_the_oldest_that_are_completed() -> None:
    """Of a thousand migrations the page shows what needs a person, and the latest completed ones, and stays small."""
    many = [MigrationStatus(f"{n:04}-x", Status.COMPLETED, NOW, NOW, by=WHO) for n in range(1000)]
    many[3] = replace(many[3], changed=True)
    many[998] = MigrationStatus("0998-x", Status.FAILED, NOW, None, "boom")
    many[999] = MigrationStatus("0999-x", Status.PENDING)
    page = status_page(observation(*many), is_detailed=True, can_post=True)
    names = re.findall(r'scope="row">(\d{4})-x<', page)

    assert LIMIT - 600 < len(page.encode()) <= LIMIT
    assert names[0] == "0003"
    assert names[1:] == [f"{n:04}" for n in range(1000 - len(names) + 1, 1000)]
    assert f"{1000 - len(names)} others: <a href=" in page


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (-3600, "in the future"),
        (-2, "just now"),
        (0.5, "just now"),
        (1, "1 second ago"),
        (89, "89 seconds ago"),
        (90, "1 minute ago"),
        (5399, "89 minutes ago"),
        (5400, "1 hour ago"),
        (35 * 3600, "35 hours ago"),
        (36 * 3600, "1 day ago"),
        (59 * 86400, "59 days ago"),
        (61 * 86400, "2 months ago"),
        (800 * 86400, "2 years ago"),
    ],
)
def test_how_long_ago(passed: float, words: str) -> None:
    """A moment is told in one unit; clocks that differ a little do not show."""
    assert ago(NOW - timedelta(seconds=passed), NOW) == words


HOSTILE = st.one_of(
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "' onload='",
            "</style>",
            "{0}{x}",
            "\x00\ud800\u202e",
        ]
    ),
    st.text(st.characters(codec=None, exclude_categories=())),
    st.sampled_from(['"' * 999, "&" * 999, "\x00" * 999, "\U00010000" * 999, "\U000e0001" * 999, "a " * 999]),
)


def hostile(texts: list[str], names: list[str], *, is_up: bool) -> Observation:
    """Return an observation of which every text was written by an attacker."""
    text = cycle(texts)
    found = [
        MigrationStatus(
            f"{n}{name}",
            list(Status)[n % 4],
            NOW,
            NOW if n % 3 else None,
            next(text),
            died=n % 5 == 0,
            changed=n % 7 == 0,
            missing=n % 11 == 0,
            by=next(text),
        )
        for name in names
        for n in range(9)
    ]
    durations = cycle([next(text), -1, 10**30, None, True, 1.5])
    phases = [
        {
            "name": next(text),
            "state": next(text),
            "about": next(text),
            "error": {"message": next(text)} if n % 2 else next(text),
            "duration_ms": next(durations),
        }
        for n in range(30)
    ]
    report = StatusReport(tuple(found))
    return Observation(
        at=NOW,
        health=assess(report) if is_up else Health("unreachable", StatusReport(()), (next(text),)),
        is_ready=is_up,
        environment=next(text),
        version=next(text),
        holder=Holder(1, next(text), next(text), NOW),
        progress=Progress(
            name=next(text),
            statement=10**9,
            statements=10**9,
            elapsed=timedelta(1),
            blockers=(next(text),) * 9,
            waits_for=next(text),
        )
        if len(names) % 2
        else None,
        failure=Failure(
            name=next((m.name for m in found if m.status is Status.FAILED), ""),
            path=next(text),
            line=20,
            message=next(text),
            lines=tuple((number, next(text)) for number in range(1, 40)),
        ),
        startup={"state": next(text), "phases": phases},
        server_time=NOW,
    )


def shape(tree: Tree) -> set[tuple[str, frozenset[str]]]:
    """Return the kinds of elements of a page, each with the names of its attributes."""
    return {(tag, frozenset(attributes)) for tag, attributes in tree.elements}


FRIENDLY = [
    *(shown(of(), can_post=True) for of in (*STATES.values(), waiting, degraded)),
    shown(ok(), is_detailed=False),
    shown(ok(), nonce="x"),
    shown(observation(*(MigrationStatus(f"{n}-a", Status.COMPLETED) for n in range(200)))),
    shown(observation(*(MigrationStatus(f"{n}-a", Status.FAILED, None, None, "x") for n in range(4)))),
]


@settings(max_examples=100, deadline=None)
@given(
    texts=st.lists(HOSTILE, min_size=1, max_size=3),
    names=st.lists(HOSTILE, max_size=5, unique=True),
    is_up=st.booleans(),
    is_detailed=st.booleans(),
)
def test_whatever_others_write_is_text(texts: list[str], names: list[str], *, is_up: bool, is_detailed: bool) -> None:
    """Whatever is in names, errors and all else, the page is well-formed, small, and has only elements of its own."""
    of, address = hostile(texts, names, is_up=is_up), texts[0]

    page = status_page(of, is_detailed=is_detailed, can_post=True, address=address)

    assert len(page.encode()) <= LIMIT
    assert shape(Tree(page)) <= set().union(*map(shape, FRIENDLY))
    assert page.count(STYLE) == page.count(SCRIPT) == 1
    assert all(c.isprintable() or c in "\n\t" for c in unescape(page))


def test_the_seed_fits_the_limit() -> None:
    """Every state of the seed's migrations stays under the limit with all its rows."""
    for of in STATES.values():
        page = status_page(of(), is_detailed=True, can_post=True)
        assert len(page.encode()) < LIMIT
        assert page.count('scope="row">00') >= len(SEED) or of is unreachable
