"""The state that events amount to, and the document that it is written as."""

from __future__ import annotations

import json
from datetime import timedelta

from migrate_tasks.render.json import startup_json
from migrate_tasks.startup.result import Outcome, PhaseEnding, PhaseEvent, PhaseResult, PhaseWaiting, StartupResult
from migrate_tasks.startup.spec import Dependency, Phase
from migrate_tasks.startup.state import LAST_LINES, LONGEST_LINE, State
from tests.startup.story import BROKEN, REFUSED, STARTED_AT, Story, attempt, four_phases, ms, tell_a_failure


def story(**options: object) -> Story:
    """Return a start-up of one phase."""
    return Story((Phase(name="one", **options),))  # type: ignore[arg-type]


def test_a_phase_goes_through_its_states() -> None:
    """A phase is pending, running, waiting, running since its attempt began, retrying, running and succeeded."""
    told = story(retries=1)
    one = told.state["one"]
    states = [(one.state, one.since)]
    told.start("one")
    states.append((one.state, one.since))
    told.seconds = 1
    told.wait("one", "held by pod-8")
    states.append((one.state, one.since))
    told.seconds = 3
    told.wait("one", "")
    states.append((one.state, one.since))
    told.seconds = 4
    told.retry("one", attempt(1, REFUSED, pause=500))
    states.append((one.state, one.since))
    until = one.until
    told.seconds = 4.5
    told.start("one", 2)
    states.append((one.state, one.since))
    told.seconds = 5
    told.end("one", Outcome.SUCCEEDED, attempt(1, REFUSED, pause=500), attempt(2))
    states.append((one.state, one.since))

    assert states == [
        (State.PENDING, None),
        (State.RUNNING, STARTED_AT),
        (State.WAITING, STARTED_AT + ms(1000)),
        (State.RUNNING, STARTED_AT),
        (State.RETRYING, STARTED_AT + ms(4000)),
        (State.RUNNING, STARTED_AT + ms(4500)),
        (Outcome.SUCCEEDED, STARTED_AT + ms(5000)),
    ]
    assert until == STARTED_AT + ms(4500)
    assert [found.number for found in one.attempts] == [1, 2]


def test_waiting_is_summed_up_for_each_attempt() -> None:
    """What an attempt waits for others is added up, and begins anew with the next attempt."""
    told = story(retries=1)
    told.start("one")
    for begin, end in ((1, 2), (5, 5.5)):
        told.seconds = begin
        told.wait("one", "held by pod-8")
        told.seconds = end
        told.wait("one", "")
    waited = told.state["one"].waited
    told.retry("one", attempt(1, REFUSED))
    told.start("one", 2)

    assert waited == timedelta(seconds=1.5)
    assert told.state["one"].waited == timedelta(0)


def test_only_news_are_passed_on() -> None:
    """An event that repeats what a phase waits for, or why it is ended, reaches no listener."""
    told = story()
    heard: list[PhaseEvent] = []
    told.listeners.append(heard.append)
    one = told.phase("one")
    told.start("one")
    for what in ("", "pod-8", "pod-8", "pod-9", "", ""):
        told.wait("one", what)
    for _ in range(2):
        told.tell(PhaseEnding(one, "ran out of time"))

    assert heard[1:] == [
        PhaseWaiting(one, "pod-8"),
        PhaseWaiting(one, "pod-9"),
        PhaseWaiting(one, ""),
        PhaseEnding(one, "ran out of time"),
    ]
    assert (told.state["one"].state, told.state["one"].about) == (State.RUNNING, "ran out of time")


def test_few_lines_are_kept() -> None:
    """Of what the last attempt prints the last lines are kept, each up to a length."""
    told = story(retries=1)
    told.start("one")
    told.say("one", *(f"{number}" for number in range(1000)), "x" * 100_000)
    kept = list(told.state["one"].lines)
    told.start("one", 2)

    assert kept == [*(f"{number}" for number in range(1001 - LAST_LINES, 1000)), "x" * LONGEST_LINE]
    assert not told.state["one"].lines


def test_finishing() -> None:
    """Whatever was not told of a phase is in the result, and time stands still from then on."""
    told = four_phases()
    told.start("environment")
    state = told.finish(took=1200)
    told.seconds = 99

    assert state.outcome == "succeeded"
    assert {phase.state for phase in state.phases} == {Outcome.SUCCEEDED}
    assert (state.now(), state.duration) == (STARTED_AT + ms(1200), ms(1200))


def test_cancelling() -> None:
    """A start-up that is given up ends what runs, and skips the rest."""
    told = four_phases()
    told.succeed("environment")
    told.start("migrations")
    told.seconds = 2
    told.state.cancel(BROKEN)
    told.seconds = 99

    states = {phase.phase.name: (phase.state, phase.took(told.state.now()), phase.about) for phase in told.state.phases}
    assert (told.state.outcome, told.state.duration) == ("cancelled", timedelta(seconds=2))
    assert states == {
        "environment": (Outcome.SUCCEEDED, ms(107), ""),
        "migrations": (Outcome.CANCELLED, timedelta(seconds=2), ""),
        "cache": (Outcome.SKIPPED, ms(0), "the start-up was cancelled"),
        "later": (Outcome.SKIPPED, ms(0), "the start-up was cancelled"),
    }


def test_the_document_while_it_runs() -> None:
    """The document has every phase, and an attempt that runs has no outcome yet."""
    told = Story(
        (
            Phase(name="one", description="The first", retries=1, outputs=("PORT",)),
            Phase(name="two", required=False, depends_on=(Dependency("one"),)),
        )
    )
    told.start("one")
    told.seconds = 0.1
    told.retry("one", attempt(1, REFUSED, pause=412))
    told.seconds = 0.5
    told.start("one", 2)
    told.seconds = 1
    told.wait("one", "held by pod-8")
    told.seconds = 1.25

    refused = {
        "message": "connection refused by db:5432",
        "detail": None,
        "hint": "Start the database.",
        "exit_code": 75,
        "kind": "transient",
        "sqlstate": "08001",
    }
    assert json.loads(json.dumps(startup_json(told.state))) == {
        "version": 1,
        "name": "shop",
        "run_id": "run-1",
        "state": "running",
        "pid": 42,
        "host": "pod-7",
        "process": "pid:[1] 99",
        "started_at": "2026-03-02T07:41:02Z",
        "duration_ms": 1250,
        "database": 'database "shop"',
        "error": None,
        "phases": [
            {
                "name": "one",
                "description": "The first",
                "required": True,
                "depends_on": [],
                "state": "waiting",
                "about": "held by pod-8",
                "started_at": "2026-03-02T07:41:02Z",
                "duration_ms": 1250,
                "error": refused,
                "outputs": ["PORT"],
                "attempts": [
                    {
                        "number": 1,
                        "started_at": "2026-03-02T07:41:02Z",
                        "duration_ms": 100,
                        "waited_ms": 0,
                        "pause_ms": 412,
                        "outcome": "failed",
                        "error": refused,
                    },
                    {
                        "number": 2,
                        "started_at": "2026-03-02T07:41:02.500000Z",
                        "duration_ms": 750,
                        "waited_ms": 250,
                        "pause_ms": 0,
                        "outcome": None,
                        "error": None,
                    },
                ],
            },
            {
                "name": "two",
                "description": "",
                "required": False,
                "depends_on": ["one"],
                "state": "pending",
                "about": None,
                "started_at": None,
                "duration_ms": None,
                "error": None,
                "outputs": [],
                "attempts": [],
            },
        ],
    }


def test_the_document_at_the_end() -> None:
    """The same document tells how it ended: of the whole, of each phase, and of each attempt."""
    told = four_phases()
    tell_a_failure(told)
    document = startup_json(told.finish())

    assert (document["state"], document["duration_ms"]) == ("failed", 5000)
    assert [(p["name"], p["state"], p["about"], p["duration_ms"], len(p["attempts"])) for p in document["phases"]] == [
        ("environment", "succeeded", None, 107, 1),
        ("migrations", "failed", None, 4200, 2),
        ("cache", "timed out", None, 107, 1),
        ("later", "skipped", 'needs "migrations", which failed', None, 0),
    ]


def test_the_words_for_a_whole() -> None:
    """A start-up that lacks a phase is degraded, and one that ran out of time has failed with its own error."""
    degraded, late = Story((Phase(name="one", required=False),)), story()
    degraded.start("one")
    degraded.end("one", Outcome.FAILED, attempt(1, BROKEN), error=BROKEN)
    ended = PhaseResult(late.phase("one"), Outcome.CANCELLED)
    late.state.finish(StartupResult("", (ended,), ms(9), STARTED_AT, error=BROKEN))

    assert degraded.finish().outcome == "degraded"
    assert startup_json(late.state)["state"] == "failed"
    assert startup_json(late.state)["error"]["message"] == "ValueError: it broke"
