"""What is said at the end: the summary, and the report on a failure."""

from __future__ import annotations

from typing import Any

import pytest

from migrate_tasks.render.failure import failure_report
from migrate_tasks.render.startup import summary
from migrate_tasks.startup.result import Outcome, PhaseError
from migrate_tasks.startup.spec import Phase
from tests.startup.story import BROKEN, OUT_OF_TIME, REFUSED, Story, attempt, four_phases, tell_a_failure


def test_summary_of_a_failure() -> None:
    """The summary has a row a phase, tells what optional phases failed with, and its last word is loud."""
    story = four_phases()
    tell_a_failure(story)

    assert summary(story.finish()) == (
        "phase        outcome    attempts  duration\n"
        "environment  succeeded         1     107ms\n"
        "migrations   failed            2      4.2s\n"
        "cache        timed out         1     107ms\n"
        "later        skipped           0\n"
        "\n"
        'warning: phase "cache" timed out: did not end within 1s\n'
        "FAILED: 1 of 4 phases succeeded in 5s"
    )


def test_summary_of_success() -> None:
    """A start-up that succeeded says so in a low voice."""
    story = Story((Phase(name="one"),))
    story.succeed("one")

    assert summary(story.finish(took=1200)).splitlines()[-1] == "succeeded: 1 of 1 phase succeeded in 1.2s"
    assert failure_report(story.state) == ""


def test_summary_where_a_phase_was_not_wanted() -> None:
    """A phase that was not wanted is counted apart, so that nobody looks for a failure."""
    story = Story((Phase(name="one"), Phase(name="two")))
    story.succeed("one")
    story.end("two", Outcome.SKIPPED, reason="APP_ENV is not production")

    assert summary(story.finish()).splitlines()[-1] == "succeeded: 1 of 2 phases succeeded, 1 skipped in 5s"


def test_summary_of_a_degraded_start() -> None:
    """A degraded start is said loudly, with what it lacks, and why."""
    story = Story((Phase(name="one", required=False), Phase(name="two")))
    story.start("one")
    story.end("one", Outcome.FAILED, attempt(1, REFUSED), error=REFUSED)
    story.succeed("two")

    assert summary(story.finish()).splitlines()[-3:] == [
        'warning: phase "one" failed: connection refused by db:5432',
        "HINT: Start the database.",
        "DEGRADED: 1 of 2 phases succeeded in 5s; WITHOUT one",
    ]
    assert failure_report(story.state) == ""


def test_summary_of_a_cancelled_start() -> None:
    """Where the start-up was given up, the summary says what has become of each phase."""
    story = Story((Phase(name="one"), Phase(name="two")))
    story.start("one")
    story.seconds = 3
    story.state.cancel(BROKEN)

    assert summary(story.state) == (
        "phase  outcome    attempts  duration\n"
        "one    cancelled         1        3s\n"
        "two    skipped           0\n"
        "\n"
        "CANCELLED: 0 of 2 phases succeeded in 3s"
    )


def test_report() -> None:
    """The report has the last lines, the problem with its kind, what was tried, and what to do."""
    story = four_phases()
    tell_a_failure(story)

    assert f"error: {failure_report(story.finish())}" == (
        'error: STARTUP FAILED in phase "migrations" (2/4), after 2 of 2 attempts in 4.2s\n'
        "  Output    | 100%\n"
        "  Problem   connection refused by db:5432   [transient, SQLSTATE 08001]\n"
        "  Tried     2 attempts, a pause of 412ms; not again: its retries are used up\n"
        "HINT: Start the database. Or raise retries of the phase at startup.yaml:8:5."
    )


def test_report_of_many_lines() -> None:
    """The output is the last lines, and further lines of a message stand below its first."""
    error = PhaseError("first\nsecond", detail="It is so.", hint="Do so.", exit_code=78)
    story = Story((Phase(name="one", retries=2),))
    story.start("one")
    story.say("one", *(f"line {number}" for number in range(1, 30)))
    story.end("one", Outcome.FAILED, attempt(1, error), error=error, took=300)

    assert failure_report(story.finish()).splitlines() == [
        'STARTUP FAILED in phase "one" (1/1), after 1 of 3 attempts in 300ms',
        "  Output    | line 10",
        *(f"            | line {number}" for number in range(11, 30)),
        "  Problem   first   [configuration]",
        "            | second",
        "  Tried     1 attempt; not again: what is wrong with the configuration is still wrong then",
        "DETAIL: It is so.",
        "HINT: Do so.",
    ]


def test_what_others_say_is_plain() -> None:
    """In the report and the summary neither output nor messages hold colours or what talks to a terminal."""
    error = PhaseError("\x1b[31mred\x1b[0m\x07", detail="\x1b]0;title\x07Text.", hint="\x1b[2JDo so.")
    report = (
        'STARTUP FAILED in phase "one" (1/2), after 107ms\n'
        "  Output    | green\n"
        "  Problem   red   [failure]\n"
        "  Tried     1 attempt; not again: it has no retries\n"
        "DETAIL: Text.\n"
        "HINT: Do so."
    )
    story = Story((Phase(name="one"), Phase(name="two", required=False)))
    for name in ("one", "two"):
        story.start(name)
        story.say(name, "\x1b[32mgreen\x1b[0m")
        story.end(name, Outcome.FAILED, attempt(1, error), error=error)

    assert failure_report(story.finish()) == report
    assert 'warning: phase "two" failed: red\nDETAIL: Text.\nHINT: Do so.\n' in summary(story.state)


PLACED: dict[str, Any] = {"name": "one", "place": "startup.yaml:2:5"}


@pytest.mark.parametrize(
    ("phase", "error", "attempts", "tried", "hint"),
    [
        (Phase(**PLACED), BROKEN, 1, "it has no retries", "The phase stands at startup.yaml:2:5."),
        (
            Phase(**PLACED, retries=2),
            BROKEN,
            1,
            "retry_on names transient, and this is failure",
            "The phase stands at startup.yaml:2:5.",
        ),
        (
            Phase(**PLACED, retries=2, retry_on=("transient", "exit:3")),
            OUT_OF_TIME,
            1,
            "retry_on names transient, exit:3, and this is timeout",
            "If it needs more time, raise the timeout of the phase at startup.yaml:2:5.",
        ),
        (
            Phase(**PLACED, retries=1),
            PhaseError("not yet", exit_code=75),
            2,
            "its retries are used up",
            "If it only needs longer to come up, raise retries of the phase at startup.yaml:2:5.",
        ),
    ],
)
def test_why_not_again(phase: Phase, error: PhaseError, attempts: int, tried: str, hint: str) -> None:
    """The report says why there was no further attempt, and a HINT is always there."""
    story = Story((phase,))
    story.end("one", error.outcome, *(attempt(n, error) for n in range(1, attempts + 1)), error=error, took=4200)

    *_, line, last = failure_report(story.finish()).splitlines()
    assert line.partition("; not again: ")[2] == tried
    assert last == f"HINT: {hint}"


def test_phases_that_fail_beside_each_other() -> None:
    """Each required phase that failed itself has its part of the report; those that were ended with it have none."""
    story = Story((Phase(name="one"), Phase(name="two"), Phase(name="three")))
    for name in ("one", "two", "three"):
        story.start(name)
    story.end("three", Outcome.CANCELLED, attempt(1, BROKEN), error=BROKEN)
    story.end("two", Outcome.FAILED, attempt(1, BROKEN), error=BROKEN)
    story.end("one", Outcome.TIMED_OUT, attempt(1, OUT_OF_TIME), error=OUT_OF_TIME)

    assert failure_report(story.finish()) == (
        'STARTUP FAILED in phase "one" (1/3), after 107ms\n'
        "  Problem   did not end within 1s   [timeout]\n"
        "  Tried     1 attempt; not again: it has no retries\n"
        'phase "two" (2/3) failed, too, after 107ms\n'
        "  Problem   ValueError: it broke   [failure]\n"
        "  Tried     1 attempt; not again: it has no retries"
    )


def test_a_required_phase_that_could_not_begin() -> None:
    """A required phase that could not begin, since an optional one failed, is what the report is about."""
    needs = PhaseError('it needs "one", which failed')
    story = Story((Phase(name="one", required=False), Phase(name="two", place="startup.yaml:3:5")))
    story.start("one")
    story.end("one", Outcome.FAILED, attempt(1, BROKEN), error=BROKEN)
    story.end("two", Outcome.SKIPPED, error=needs)

    assert failure_report(story.finish()) == (
        'STARTUP FAILED in phase "two" (2/2): it could not begin\n'
        '  Problem   it needs "one", which failed   [failure]\n'
        "HINT: The phase stands at startup.yaml:3:5."
    )


def test_a_start_up_that_ran_out_of_time() -> None:
    """Where the whole ran out of time, the report says so, and what was ended."""
    error = PhaseError(
        "the start-up did not end within 5s", hint="Raise total_timeout at startup.yaml:1:1.", exit_code=124
    )
    story = Story((Phase(name="one"), Phase(name="two"), Phase(name="three")))
    for name in ("one", "two"):
        story.start(name)
        story.end(name, Outcome.CANCELLED, attempt(1, error), error=error, took=3000)
    story.end("three", Outcome.SKIPPED, reason="the start-up ended")

    assert failure_report(story.finish(error=error)) == (
        "STARTUP FAILED after 5s\n"
        "  Problem   the start-up did not end within 5s\n"
        "  Ended     one, after 3s\n"
        "            two, after 3s\n"
        "HINT: Raise total_timeout at startup.yaml:1:1."
    )
