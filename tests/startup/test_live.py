"""The live table, as a terminal shows it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.render.live import table
from migrate_tasks.render.views import View, shown
from migrate_tasks.startup.result import Outcome, PhaseEnding
from migrate_tasks.startup.spec import Phase
from tests.startup.screen import Screen
from tests.startup.story import BROKEN, REFUSED, Story, attempt, four_phases, tell_a_failure
from tests.support import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADING = re.compile(r"starting .*\n")


@contextlib.contextmanager
def watched(story: Story, screen: Screen, **environ: str) -> Iterator[None]:
    """Show ``story`` on ``screen``."""
    with shown(story.state, View.LIVE, screen.say, {"TERM": "xterm", **environ}, screen.size) as on_event:
        story.listeners.append(on_event)
        yield


def rows(story: Story, columns: int = 80, lines: int = 24) -> list[str]:
    """Return the table as it is now."""
    return [row.plain for row in table(story.state, columns, lines)]


def test_the_states() -> None:
    """Each state has its own look: with the attempt, the time, and what is most worth knowing."""
    names = ("done", "broken", "running", "again", "waiting", "ending", "pausing", "pending", "skipped")
    story = Story(tuple(Phase(name=name, retries=2, description=f"the {name}") for name in names))
    for name in names[:-2]:
        story.start(name)
    story.say("running", "first", "\x1b[31msecond [b]\x1b[0m")
    story.seconds = 1.5
    story.end("done", Outcome.SUCCEEDED, attempt(1))
    story.end("broken", Outcome.FAILED, attempt(1, BROKEN), error=BROKEN)
    story.retry("again", attempt(1, REFUSED, pause=100))
    story.retry("pausing", attempt(1, REFUSED, pause=3000))
    story.start("again", 2)
    story.wait("waiting", "held by pod-8")
    story.tell(PhaseEnding(story.phase("ending"), "the start-up ends"))
    story.end("skipped", Outcome.SKIPPED, reason='needs "broken"')
    story.seconds = 2

    assert rows(story) == [
        "✓ done     succeeded 107ms   the done",
        "✗ broken   failed 107ms      ValueError: it broke",
        "⠋ running  running 2.0s      second [b]",
        "⠴ again    running 2/3 0.5s  the again",
        "… waiting  waiting 0.5s      held by pod-8",
        "⠋ ending   ending 2.0s       the start-up ends",
        "… pausing  2/3 in 2.5s       connection refused by db:5432",
        "  pending  pending           the pending",
        '- skipped  skipped           needs "broken"',
    ]


def test_it_follows_and_goes() -> None:
    """What phases print stays above the table, which is gone in the end, with an empty line and the cursor back."""
    story, screen = four_phases(), Screen(72, 20)
    with watched(story, screen):
        hidden = not screen.has_cursor
        tell_a_failure(story)
        story.pass_time(0.1)
        during = screen.text
    above = (
        'starting "shop": 4 phases on database "shop", <moment>\n'
        "environment  settings are read\n"
        "migrations   ::error::no [command] of ours\n"
        "migrations   attempt 1 of 2 failed: connection refused by db:5432; next\n"
        "attempt in 412ms\n"
        "migrations   100%\n"
    )

    moment = re.compile(r"2026-\S+ \S+")
    assert moment.sub("<moment>", during) == (
        f"{above}"
        "✓ environment  succeeded 107ms  Load the settings\n"
        "✗ migrations   failed 4.2s      connection refused by db:5432\n"
        "✗ cache        timed out 107ms  did not end within 1s\n"
        '- later        skipped          needs "migrations", which failed\n'
    )
    assert moment.sub("<moment>", screen.text) == f"{above}\n"
    assert (hidden, screen.has_cursor) == (True, True)


def test_it_goes_when_the_start_up_is_given_up() -> None:
    """After an exception, too, the table is gone, and the cursor is back."""
    story, screen = four_phases(), Screen(72, 20)
    with contextlib.suppress(KeyboardInterrupt), watched(story, screen):
        story.start("environment")
        raise KeyboardInterrupt

    assert (HEADING.sub("", screen.text), screen.has_cursor) == ("\n", True)


def test_much_output_is_drawn_ten_times_a_second() -> None:
    """Of many lines in a row each is shown, and the table is drawn with some of them only."""
    story, frames = four_phases(), list[str]()
    with shown(story.state, View.LIVE, frames.append, {"TERM": "xterm"}, lambda: (80, 24)) as on_event:
        story.listeners.append(on_event)
        story.start("environment")
        for number in range(1000):
            story.seconds += 0.001
            story.say("environment", f"line {number}")
    screen = Screen(80, 24)
    for frame in frames:
        screen.say(frame)

    assert len(frames) < 16
    assert screen.text.splitlines()[1:-1] == [f"environment  line {number}" for number in range(1000)]


@pytest.mark.parametrize(("columns", "lines"), [(1, 1), (2, 2), (5, 3), (10, 5), (20, 2), (40, 4), (200, 60)])
def test_any_size(columns: int, lines: int) -> None:
    """On a terminal of any size no row is broken, and there are fewer rows than lines, or one."""
    story = Story(tuple(Phase(name=f"phase_{number}", description="ü" * 50) for number in range(30)))
    for number in range(12):
        story.succeed(f"phase_{number}")
    story.start("phase_20")

    shown_rows = table(story.state, columns, lines)
    assert len(shown_rows) <= max(1, lines - 2)
    assert all(row.cell_len <= max(1, columns - 1) for row in shown_rows)


def test_more_phases_than_lines() -> None:
    """Where there is no room for all, what runs and what failed is shown, then what comes next; a row sums up."""
    story = Story(tuple(Phase(name=f"phase_{number}") for number in range(1, 21)))
    for number in range(1, 9):
        story.succeed(f"phase_{number}")
    story.start("phase_9")
    story.start("phase_3")
    story.end("phase_3", Outcome.FAILED, attempt(1, BROKEN), error=BROKEN)
    story.start("phase_15")

    assert rows(story, lines=8) == [
        "✗ phase_3   failed 107ms  ValueError: it broke",
        "⠋ phase_9   running 0.0s",
        "  phase_10  pending",
        "  phase_11  pending",
        "⠋ phase_15  running 0.0s",
        "  8 more pending, 7 more succeeded",
    ]


def test_narrow() -> None:
    """On a narrow terminal what is worth knowing is cut first, and names take half of the row at most."""
    story = Story((Phase(name="database_migrations", description="Run the migrations"), Phase(name="one")))
    story.start("database_migrations")

    assert rows(story, columns=40) == ["⠋ database_migrat…  running 0.0s  Run …", "  one               pending"]
    assert rows(story, columns=24) == ["⠋ databas…  running 0.…", "  one       pending"]


def test_wide_characters() -> None:
    """Characters that take two columns neither break a row nor shift those beside them."""
    story = Story((Phase(name="数据库", description="数" * 60), Phase(name="one")))

    assert [row.cell_len for row in table(story.state, 40, 20)] == [39, 17]


def test_resize() -> None:
    """After the terminal became narrower, wider, or lower, the last table is taken back, and what was printed stays."""
    story, screen = four_phases(), Screen(100, 20)
    with watched(story, screen):
        story.start("environment")
        for number, (columns, lines) in enumerate([(30, 20), (100, 20), (50, 6), (80, 20)]):
            story.say("environment", f"line {number}")
            story.pass_time(1)
            screen.resize(columns, lines)
            story.pass_time(1)
        during = screen.text
    screen.resize(100, 20)

    assert HEADING.sub("", during) == (
        "environment  line 0\n"
        "environment  line 1\n"
        "environment  line 2\n"
        "environment  line 3\n"
        "⠋ environment  running 8.0s  line 3\n"
        "  migrations   pending\n"
        "  cache        pending\n"
        "  later        pending\n"
    )
    assert HEADING.sub("", screen.text) == "".join(f"environment  line {number}\n" for number in range(4)) + "\n"


def test_no_color() -> None:
    """NO_COLOR leaves no colour, neither ours nor those of a phase; an empty one does not count."""
    colour = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    found = {}
    for value in ("1", ""):
        story, frames = four_phases(), list[str]()
        environ = {"TERM": "xterm-256color", "NO_COLOR": value}
        with shown(story.state, View.LIVE, frames.append, environ, lambda: (80, 24)) as on_event:
            story.listeners.append(on_event)
            story.start("environment")
            story.say("environment", "\x1b[31mred")
            story.pass_time(1)
        found[value] = bool(colour.search("".join(frames)))

    assert found == {"1": False, "": True}


PROGRAM = """
import os, sys
from migrate_tasks.render.views import choose_view, shown
from tests.startup.story import four_phases, tell_a_failure
story = four_phases()
view = choose_view(os.environ, is_terminal=sys.stdout.isatty())
with shown(story.state, view, print, os.environ) as on_event:
    story.listeners.append(on_event)
    tell_a_failure(story)
    story.seconds = 5
    input()
    story.pass_time(1)
print("the end")
"""


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_on_a_real_terminal(term: str) -> None:
    """On a terminal the table has its width, and follows when it changes; on one that cannot move there are lines."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 50, 0, 0))
    environ = {k: v for k, v in clean_environment({"TERM": term, "TZ": "UTC"}).items() if k not in ("COLUMNS", "LINES")}
    screen = Screen(50, 20)
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], env=environ, stdin=subprocess.PIPE, stdout=theirs
    ) as process:
        os.close(theirs)
        said = read_until(ours, b'needs "mig')
        fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 40, 0, 0))
        process.communicate(b"\n")
        screen.feed(said.decode())
        screen.resize(40, 20)
        screen.feed(read_until(ours, b"the end\r\n").decode())
    os.close(ours)

    lines = screen.text.splitlines()
    assert process.returncode == 0
    if term == "xterm":
        assert lines[-8:] == [
            "migrations   ::error::no [command] of ou",
            "rs",
            "migrations   attempt 1 of 2 failed: conn",
            "ection refused by db:5432; next attempt",
            "in 412ms",
            "migrations   100%",
            "",
            "the end",
        ]
    else:
        assert "\x1b" not in said.decode()
        assert lines[-2:] == ["", "the end"]


def read_until(file: int, end: bytes) -> bytes:
    """Return what a terminal gets, up to ``end`` and the rest of its line."""
    said = b""
    while end not in said or not said.endswith(b"\n"):
        said += os.read(file, 65536)
    return said
