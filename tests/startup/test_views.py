"""What is printed while a start-up runs: plain lines, and lines in groups for CI systems."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis.strategies import characters, sampled_from, text

from migrate_tasks.render.printed import clean, one_line
from migrate_tasks.render.views import MOST_HELD, View, choose_view, harmless, shown
from migrate_tasks.startup.result import Outcome, PhaseEnding
from migrate_tasks.startup.spec import Phase
from tests.startup.story import BROKEN, Story, attempt, four_phases, tell_a_failure

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the local time be UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def lines_of(story: Story, view: View, *, of_failure: bool = True) -> list[str]:
    """Return what a view says of the start-up that :func:`tell_a_failure` tells, or of what the test does."""
    said: list[str] = []
    with shown(story.state, view, said.append, {}) as on_event:
        story.listeners.append(on_event)
        if of_failure:
            tell_a_failure(story)
    return said


@pytest.mark.parametrize(
    ("environ", "is_terminal", "view"),
    [
        ({}, False, View.PLAIN),
        ({"TERM": "xterm"}, False, View.PLAIN),
        ({}, True, View.LIVE),
        ({"TERM": "xterm-256color", "CI": "true"}, True, View.LIVE),
        ({"TERM": "dumb"}, True, View.PLAIN),
        ({"TERM": "unknown"}, True, View.PLAIN),
        ({"GITHUB_ACTIONS": "true"}, False, View.GITHUB),
        ({"GITHUB_ACTIONS": "false"}, False, View.PLAIN),
        ({"GITLAB_CI": "true", "TERM": "xterm"}, True, View.GITLAB),
    ],
)
def test_which_view(environ: dict[str, str], is_terminal: bool, view: View) -> None:  # noqa: FBT001
    """A CI system gets its groups, a terminal that can move its cursor the table, and all else lines."""
    assert choose_view(environ, is_terminal=is_terminal) is view


def test_plain_lines() -> None:
    """Each event is a line with the time and the phase; what a progress bar overwrites is left out."""
    assert lines_of(four_phases(), View.PLAIN) == [
        'starting "shop": 4 phases on database "shop", 2026-03-02 07:41:02+00:00',
        "07:41:02 environment  started: Load the settings",
        "07:41:02 migrations   started",
        "07:41:02 environment  | settings are read",
        "07:41:02 migrations   | ::error::no [command] of ours",
        "07:41:03 environment  succeeded in 107ms",
        "07:41:03 migrations   attempt 1 of 2 failed: connection refused by db:5432; next attempt in 412ms",
        "07:41:04 migrations   attempt 2 of 2 started",
        "07:41:04 migrations   waiting: held by pod-8",
        "07:41:05 migrations   goes on after waiting 1.5s",
        "07:41:05 migrations   | 100%",
        "07:41:05 cache        started",
        "07:41:05 cache        timed out: did not end within 1s (not required)",
        "07:41:05 migrations   failed in 4.2s with 2 attempts: connection refused by db:5432",
        '07:41:05 later        skipped: needs "migrations", which failed',
        "",
    ]


def test_further_lines() -> None:
    """Being ended and cancelled are lines; a long name pushes only its own line aside; a message is one line."""
    name = "a_name_with_more_than_thirty_columns"
    story = Story((Phase(name=name), Phase(name="one")), name="")
    story.state.database = ""
    said: list[str] = []
    with shown(story.state, View.PLAIN, said.append, {}) as on_event:
        story.listeners.append(on_event)
        story.start(name)
        story.start("one")
        story.tell(PhaseEnding(story.phase("one"), 'the start-up ends\nsince "x" failed'))
        story.end("one", Outcome.CANCELLED, attempt(1), reason="the start-up ended")
        story.end(name)
        story.pass_time(1)

    assert said == [
        "starting: 2 phases, 2026-03-02 07:41:02+00:00",
        f"07:41:02 {name}  started",
        "07:41:02 one                             started",
        '07:41:02 one                             being ended: the start-up ends since "x" failed',
        "07:41:02 one                             cancelled after 107ms: the start-up ended",
        f"07:41:02 {name}  succeeded in 0ms",
        "",
    ]


def test_groups_of_github() -> None:
    """The output of each attempt is a group, transitions are lines, and failures become annotations."""
    assert lines_of(four_phases(), View.GITHUB) == [
        'starting "shop": 4 phases on database "shop", 2026-03-02 07:41:02+00:00',
        "07:41:02 environment  started: Load the settings",
        "07:41:02 migrations   started",
        "::group::environment",
        "07:41:02 | settings are read",
        "::endgroup::",
        "07:41:03 environment  succeeded in 107ms",
        "::group::migrations (attempt 1 of 2)",
        "07:41:02 | ::error::no [command] of ours",
        "::endgroup::",
        "07:41:03 migrations   attempt 1 of 2 failed: connection refused by db:5432; next attempt in 412ms",
        "07:41:04 migrations   attempt 2 of 2 started",
        "07:41:04 migrations   waiting: held by pod-8",
        "07:41:05 migrations   goes on after waiting 1.5s",
        "07:41:05 cache        started",
        "07:41:05 cache        timed out: did not end within 1s (not required)",
        '::warning title=phase "cache" timed out::timed out: did not end within 1s (not required)',
        "::group::migrations (attempt 2 of 2)",
        "07:41:05 | 100%",
        "::endgroup::",
        "07:41:05 migrations   failed in 4.2s with 2 attempts: connection refused by db:5432",
        '::error title=phase "migrations" failed::failed in 4.2s with 2 attempts: connection refused by db:5432',
        '07:41:05 later        skipped: needs "migrations", which failed',
        "",
    ]


def test_sections_of_gitlab() -> None:
    """The output of each attempt is a section with its times, folded where the attempt succeeded."""
    said = lines_of(four_phases(), View.GITLAB)

    assert [line for line in said if "section" in line] == [
        "\x1b[0Ksection_start:1772437262:phase_1_attempt_1[collapsed=true]\r\x1b[0Kenvironment",
        "\x1b[0Ksection_end:1772437263:phase_1_attempt_1\r\x1b[0K",
        "\x1b[0Ksection_start:1772437262:phase_2_attempt_1\r\x1b[0Kmigrations (attempt 1 of 2)",
        "\x1b[0Ksection_end:1772437263:phase_2_attempt_1\r\x1b[0K",
        "\x1b[0Ksection_start:1772437264:phase_2_attempt_2\r\x1b[0Kmigrations (attempt 2 of 2)",
        "\x1b[0Ksection_end:1772437265:phase_2_attempt_2\r\x1b[0K",
    ]
    assert [line for line in said if " | " in line] == [
        "07:41:02 | settings are read",
        "07:41:02 | ::error::no [command] of ours",
        "07:41:05 | 100%",
    ]


# what actions/runner takes for a command: ActionCommand.cs
def is_command(line: str) -> bool:
    """Return whether GitHub's runner would take ``line`` for a command."""
    return line.lstrip().startswith("::") or "##[" in line


@pytest.mark.parametrize(
    "line",
    [
        "::set-env name=PATH::/tmp",
        "  ::stop-commands::token",
        "all is well\r::add-mask::a",
        "quiet ##[add-mask]a",
        "\x1b[2K::error::not ours",
        "#\x1b[0K#[error]not ours",
        "\u2003::debug::not ours",
    ],
)
def test_no_command_of_a_phase_is_executed(line: str) -> None:
    """What a phase prints, or fails with, is no command, neither for GitHub's runner nor in GitLab's log."""
    story = Story((Phase(name="one", required=False),))
    error = BROKEN.__class__(f"first\n{line}")
    said: list[str] = []
    with shown(story.state, View.GITHUB, said.append, {}) as on_event:
        story.listeners.append(on_event)
        story.start("one")
        story.say("one", line)
        story.end("one", Outcome.FAILED, attempt(1, error), error=error)

    commands = [found for text in said for found in text.splitlines() if is_command(found)]
    assert [found.split("::")[1].split(" ")[0] for found in commands] == ["group", "endgroup", "warning"]
    assert not [found for found in harmless(View.GITHUB, f"error: x\n{line}").splitlines() if is_command(found)]


def test_a_phase_cannot_end_its_section() -> None:
    """In GitLab's log, too, what a phase prints holds no marker of a section."""
    story = Story((Phase(name="one"),))
    said: list[str] = []
    with shown(story.state, View.GITLAB, said.append, {}) as on_event:
        story.listeners.append(on_event)
        story.start("one")
        story.say("one", "\x1b[0Ksection_end:1:phase_1_attempt_1\r\x1b[0Kfree")
        story.end("one", Outcome.SUCCEEDED, attempt(1))

    assert said[3] == "07:41:02 | free"


def test_what_is_held_is_bounded_and_not_lost() -> None:
    """Of much output the oldest lines are left out, and what is held is told also where the start-up is given up."""
    story = Story((Phase(name="one"),))
    said: list[str] = []

    def give_up() -> None:
        with shown(story.state, View.GITHUB, said.append, {}) as on_event:
            story.listeners.append(on_event)
            story.start("one")
            story.say("one", *["x" * 999_990] * 3, "last")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        give_up()

    held = said[3].splitlines()
    assert (held[0], held[-1]) == ("(3 lines are left out)", "07:41:02 | last")
    assert len(said[3]) < MOST_HELD
    assert (said[2], said[4:]) == ("::group::one", ["::endgroup::", ""])


@pytest.mark.parametrize(
    ("line", "shown_line"),
    [
        ("plain, with ümlaut and [brackets]", "plain, with ümlaut and [brackets]"),
        ("\x1b[31mred", "\x1b[31mred\x1b[0m"),
        ("\x1b[1;38:5:3mbold\x1b[0m", "\x1b[1;38:5:3mbold\x1b[0m"),
        ("10%\r20%\r", "20%"),
        ("\x1b[2A\x1b[2Kup\x1b[?25l", "up"),
        ("\x1b[>4;2mkeys", "keys"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;open", ""),
        ("\x1b(Bascii\x1bc\x1b", "ascii"),
        ("bell\x07\x00\x9b31m\x85", "bell31m"),
        ("tab\there", "tab\there"),
    ],
)
def test_what_phases_print_is_cleaned(line: str, shown_line: str) -> None:
    """Colours stay and end with the line; what moves the cursor, or talks to the terminal, is left out."""
    assert clean(line) == shown_line


@given(text(alphabet=characters() | sampled_from("\x1b[]m;0\r\x07\\\x9b")))
def test_anything_that_phases_print_is_cleaned(line: str) -> None:
    """Whatever a phase prints, what is shown is text and colours, and cleaning it again changes nothing."""
    cleaned = clean(line)
    rest = re.sub(r"\x1b\[[0-9;:]*m", "", cleaned)

    assert not re.search(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]", rest)
    assert clean(cleaned) == cleaned
    assert "\x1b" not in clean(line, has_colour=False)


def test_one_line() -> None:
    """A message of many lines, with colours, is one line without."""
    assert one_line("first\n\n  \x1b[31msecond\x1b[0m\r\nthird") == "first second third"
