"""Phases side by side, and what they tell each other: order, conditions, limits, outputs, environments, signals."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.startup import phase as phase_itself
from migrate_tasks.startup.phase_run import PhaseRun
from migrate_tasks.startup.result import (
    Outcome,
    PhaseEnding,
    PhaseError,
    PhaseFinished,
    PhaseOutput,
    PhaseResult,
    PhaseStarted,
    PhaseWaiting,
    TimePasses,
    ignore,
)
from migrate_tasks.startup.spec import Backoff, Condition, Dependency, Phase, Requirement, Sequence
from migrate_tasks.startup.stage import Stage, scratch_folder
from migrate_tasks.startup.supervisor import run_sequence
from tests.startup.running import (
    BRIEF,
    INTERRUPTED,
    LONG,
    TIMED_OUT,
    Ran,
    Script,
    Witness,
    a_phase,
    fail,
    loop,
    run,
    run_all,
    say,
)
from tests.support import until

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

SUCCEEDED, FAILED, SKIPPED, CANCELLED = Outcome.SUCCEEDED, Outcome.FAILED, Outcome.SKIPPED, Outcome.CANCELLED
AT_ONCE = Backoff(initial=timedelta(milliseconds=1), max=timedelta(milliseconds=1))


def needs(*names: str, condition: Condition = Condition.SUCCEEDED) -> tuple[Dependency, ...]:
    """Return what a phase with ``depends_on: [...]`` waits for."""
    return tuple(Dependency(name, condition) for name in names)


def outcomes(ran: Ran) -> dict[str, Outcome]:
    """Return how each phase ended."""
    return {result.phase.name: result.outcome for result in ran.result.phases}


def by_name(ran: Ran, name: str) -> PhaseResult:
    """Return how the phase ``name`` ended."""
    return next(result for result in ran.result.phases if result.phase.name == name)


def started(ran: Ran) -> list[str]:
    """Return the names of the phases in the order in which they began."""
    return [event.phase.name for event in ran.events if isinstance(event, PhaseStarted)]


def meet(folder: Path, mine: str, *others: str) -> None:
    """Come to ``folder``, and wait there for the others."""
    (folder / mine).touch()
    until(lambda: all((folder / other).exists() for other in others))


def no_work() -> None:
    """Do nothing."""


def test_phases_run_side_by_side(tmp_path: Path) -> None:
    """Phases that wait for none run at the same time: each of three sees the two others at work."""
    names = ("a", "b", "c")

    ran = run_all({a_phase(name): lambda name=name: meet(tmp_path, name, *names) for name in names})  # type: ignore[misc]

    assert outcomes(ran) == dict.fromkeys(names, SUCCEEDED)
    assert started(ran) == ["a", "b", "c"]


def test_a_diamond(tmp_path: Path) -> None:
    """Of a diamond the first runs alone, the middle ones meet, and the last begins after both."""
    first, last = a_phase("first"), a_phase("last", depends_on=needs("left", "right"))
    left, right = (a_phase(name, depends_on=needs("first")) for name in ("left", "right"))

    ran = run_all(
        {
            last: lambda: say(sorted(path.name for path in tmp_path.iterdir())),
            left: lambda: meet(tmp_path, "left", "right"),
            right: lambda: meet(tmp_path, "right", "left"),
            first: lambda: say(sorted(path.name for path in tmp_path.iterdir())),
        }
    )

    assert ran.result.outcome == "succeeded"
    assert started(ran) == ["first", "left", "right", "last"]
    assert ran.lines == ["[]", "['left', 'right']"]
    assert [result.phase.name for result in ran.result.phases] == ["last", "left", "right", "first"]


def test_fifty_phases_run_side_by_side(tmp_path: Path) -> None:
    """Fifty phases at once all see each other, and are all told."""
    names = [f"p{number}" for number in range(50)]

    ran = run_all({a_phase(name): lambda name=name: meet(tmp_path, name, *names) for name in names})  # type: ignore[misc]

    assert outcomes(ran) == dict.fromkeys(names, SUCCEEDED)
    assert [event.number for event in ran.events if isinstance(event, PhaseStarted)] == list(range(1, 51))


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_jobs_are_the_most_that_run_at_once(jobs: int) -> None:
    """With ``jobs``, never more phases run side by side, and as many as may."""
    ran = run_all({a_phase(f"p{number}"): lambda: time.sleep(0.03) for number in range(7)}, jobs=jobs)

    running, most = 0, 0
    for event in ran.events:
        running += isinstance(event, PhaseStarted) - isinstance(event, PhaseFinished)
        most = max(most, running)
    assert (ran.result.outcome, most) == ("succeeded", jobs)


def test_who_is_stopped_in_a_pause_begins_no_further_attempt() -> None:
    """A phase whose pause is over in the very turn in which another one's end has stopped it does not begin again."""
    with scratch_folder() as scratch:
        pausing = PhaseRun(
            phase=a_phase(run="exit 75", retries=9, backoff=AT_ONCE),
            place=(1, 1),
            stage=Stage(execute=lambda _: None, folder=Path.cwd(), environ=dict(os.environ), scratch=scratch),
            handed={},
            on_event=ignore,
            foreign=list,
            end_orphans=list,
        )
        pausing.advance()
        while pausing.running:
            pausing.advance()
        time.sleep(0.01)

        pausing.stop("it ends")
        pausing.advance()

        assert pausing.running is None
        assert pausing.result
        assert (pausing.result.outcome, len(pausing.result.attempts)) == (CANCELLED, 1)


def test_a_required_failure_cancels_what_runs_beside_it(witness: Witness) -> None:
    """What runs beside a required phase that fails is ended with all that it started, and the rest is skipped."""
    beside, failing = a_phase("beside"), a_phase("failing")
    waiting, further = a_phase("waiting", depends_on=needs("beside")), a_phase("further", depends_on=needs("failing"))

    def work_on() -> None:
        witness.start(new_session=True)
        say("begun")
        time.sleep(LONG)

    def fail_soon() -> None:
        time.sleep(0.2)
        raise TryAgainLater("not up")

    ran = run_all({beside: work_on, failing: fail_soon, waiting: no_work, further: no_work})

    why = 'the start-up ends since phase "failing" failed'
    error = PhaseError("not up", exit_code=75)
    one, two, three, four = ran.result.phases
    assert PhaseResult(beside, CANCELLED, one.attempts, one.duration, reason=why) == one
    assert [attempt.outcome for attempt in one.attempts] == [CANCELLED]
    assert PhaseResult(failing, FAILED, two.attempts, two.duration, error, not_again="it has no retries") == two
    assert three in (
        PhaseResult(waiting, SKIPPED, reason=why),
        PhaseResult(waiting, SKIPPED, error=PhaseError('needs phase "beside", which was cancelled')),
    )
    assert PhaseResult(further, SKIPPED, error=PhaseError('needs phase "failing", which failed', exit_code=75)) == four
    assert PhaseEnding(beside, why) in ran.events
    assert (ran.result.failed, ran.result.exit_code) == (two, 75)
    assert witness.all_gone()


def test_an_optional_failure_ends_nothing_beside_it(tmp_path: Path) -> None:
    """What runs beside a phase that is not required goes on when that fails."""
    optional, beside = a_phase("optional", required=False), a_phase("beside")

    def fail_beside() -> None:
        meet(tmp_path, "optional", "beside")
        os._exit(3)

    def go_on() -> None:
        meet(tmp_path, "beside", "optional")
        time.sleep(0.2)

    ran = run_all({optional: fail_beside, beside: go_on})

    assert outcomes(ran) == {"optional": FAILED, "beside": SUCCEEDED}
    assert (ran.result.outcome, ran.result.exit_code) == ("degraded", 0)


def test_who_waits_for_an_end_begins_after_a_failure() -> None:
    """After a phase that is not required has failed, who waits for its end begins, and who needs it is skipped."""
    optional = a_phase("optional", required=False)
    after = a_phase("after", depends_on=needs("optional", condition=Condition.ENDED))
    needy = a_phase("needy", required=False, depends_on=needs("optional"))
    behind = a_phase("behind", required=False, depends_on=needs("needy"))

    ran = run_all({optional: lambda: fail(TryAgainLater("no")), after: no_work, needy: no_work, behind: no_work})

    error = PhaseError('needs phase "optional", which failed', exit_code=75)
    assert outcomes(ran) == {"optional": FAILED, "after": SUCCEEDED, "needy": SKIPPED, "behind": SKIPPED}
    assert by_name(ran, "needy").error == error
    assert by_name(ran, "behind").error == PhaseError('needs phase "needy", which was skipped', exit_code=75)
    assert ran.result.outcome == "degraded"


def test_a_required_phase_that_cannot_begin_ends_the_start_up(witness: Witness) -> None:
    """Where a required phase can never begin, the start-up has failed, and does not run on to say so."""
    optional, beside = a_phase("optional", required=False), a_phase("beside")
    needy = a_phase("needy", depends_on=needs("optional"))

    def work_on() -> None:
        witness.start()
        loop()

    ran = run_all({optional: lambda: fail(TryAgainLater("no")), beside: work_on, needy: no_work})

    why = 'the start-up ends since phase "needy" could not begin'
    assert outcomes(ran) == {"optional": FAILED, "beside": CANCELLED, "needy": SKIPPED}
    assert by_name(ran, "beside").reason == why
    assert (ran.result.failed, ran.result.exit_code) == (by_name(ran, "needy"), 75)
    assert witness.all_gone()


def test_two_that_fail_together_are_both_told(tmp_path: Path) -> None:
    """A phase that had failed by itself before the start-up ended is not told as cancelled."""

    def fail_together(mine: str, other: str) -> None:
        meet(tmp_path, mine, other)
        raise MigrateTasksError(f"{mine} is wrong")

    works: dict[Phase, Callable[[], object]] = {
        a_phase("a"): lambda: fail_together("a", "b"),
        a_phase("b"): lambda: fail_together("b", "a"),
    }

    ran = run_all(works)

    assert FAILED in outcomes(ran).values()
    for result in ran.result.phases:  # one may have been met by SIGTERM on its last steps
        error = PhaseError(f"{result.phase.name} is wrong") if result.outcome is FAILED else None
        assert (result.outcome in (FAILED, CANCELLED), result.error) == (True, error)


@pytest.mark.parametrize(
    ("wanted", "environ", "outcome"),
    [
        (Requirement("X"), {"X": "1"}, SUCCEEDED),
        (Requirement("X"), {"X": ""}, 'X is ""'),
        (Requirement("X"), {}, "X is not set"),
        (Requirement("X", is_set=False), {}, SUCCEEDED),
        (Requirement("X", is_set=False), {"X": ""}, SUCCEEDED),
        (Requirement("X", is_set=False), {"X": "1"}, 'X is "1"'),
        (Requirement("X", ("a", "b")), {"X": "b"}, SUCCEEDED),
        (Requirement("X", ("a", "b")), {"X": "c"}, 'X is "c"'),
        (Requirement("X", ("a", "b")), {}, "X is not set"),
        (Requirement("X", ("",)), {}, SUCCEEDED),
    ],
)
def test_a_phase_runs_when_its_environment_is_so(
    wanted: Requirement, environ: dict[str, str], outcome: Outcome | str
) -> None:
    """A phase whose ``when`` does not hold is skipped, says why, and holds nobody."""
    phase = a_phase(when=(wanted,))
    after = a_phase("b", after=phase)

    ran = run_all({phase: no_work, after: no_work}, environ)

    result = by_name(ran, "a")
    assert result.outcome is SUCCEEDED if outcome is SUCCEEDED else result.reason == f"not wanted: {outcome}"
    assert (by_name(ran, "b").outcome, ran.result.outcome) == (SUCCEEDED, "succeeded")


def test_when_sees_what_was_handed_on_and_the_phases_own() -> None:
    """A phase is wanted by the outputs of the phases before it, and by its own variables."""
    first = a_phase(outputs=("SEED",))
    seed = a_phase("b", after=first, when=(Requirement("SEED", ("yes",)), Requirement("OWN")), env={"OWN": "1"})
    never = a_phase("c", after=first, when=(Requirement("SEED", ("no",)),))

    ran = run_all({first: lambda: {"SEED": "yes"}, seed: no_work, never: no_work})

    assert outcomes(ran) == {"a": SUCCEEDED, "b": SUCCEEDED, "c": SKIPPED}
    assert by_name(ran, "c").reason == 'not wanted: SEED is "yes"'


def test_unwanted_phases_are_skipped_for_the_reason_given() -> None:
    """A phase that the caller does not want is skipped, and holds nobody."""
    first = a_phase()
    second = a_phase("b", after=first)

    ran = run_all({first: lambda: os._exit(3), second: no_work}, unwanted={"a": "not wanted: --skip"})

    assert ran.result.phases[0] == PhaseResult(first, SKIPPED, reason="not wanted: --skip")
    assert (started(ran), ran.result.outcome) == (["b"], "succeeded")


def test_outputs_reach_all_that_come_after() -> None:
    """Outputs reach all phases behind; what is returned wins over the file's, the later over the earlier."""
    by_shell = a_phase("a", run='echo A=1 >> "$STARTUP_OUTPUT"; echo B=1 >> "$STARTUP_OUTPUT"', outputs=("A", "B"))
    returned = a_phase("b", after=by_shell, outputs=("B", "C", "D", "E"))
    last = a_phase("c", after=returned, run="echo $A $B $C $D [$E] [$F]")
    beside = a_phase("d", run="echo [$A] [$B]", required=False, after=None)

    def hand_on() -> dict[str, object]:
        Path(os.environ["STARTUP_OUTPUT"]).write_text("B=file\nC=file\n")
        return {"B": 2, "D": True, "E": None, "F": "not promised"}

    ran = run_all({by_shell: no_work, returned: hand_on, last: no_work})
    alone = run_all({by_shell: no_work, beside: no_work})

    assert ran.lines == ["1 2 file true [] []"]
    assert alone.lines == ["[] []"]


def test_a_promised_output_must_come() -> None:
    """A phase that does not hand on what it promises has failed, and says what is missing and how to do it."""
    ran = run(lambda: {"A": "1"}, a_phase(outputs=("A", "B", "C")))

    assert ran.phase.error == PhaseError(
        "did not hand on B, C, which its outputs promise",
        hint='Write NAME=value into the file "$STARTUP_OUTPUT", or return {"NAME": value} from the task.',
    )


def test_a_failed_phase_hands_on_nothing() -> None:
    """Who waits for the end of a phase that failed does not see half of its outputs."""
    first = a_phase(outputs=("A", "B"), required=False)
    second = a_phase("b", after=first, run="echo [$A]")

    assert run_all({first: lambda: {"A": "1"}, second: no_work}).lines == ["[]"]


def test_each_attempt_has_files_of_its_own() -> None:
    """What an attempt that failed has handed on is not taken for the next one's."""
    once = 'test "$STARTUP_ATTEMPT" = 2 || { echo A=first > "$STARTUP_OUTPUT"; exit 75; }'
    first = a_phase(run=once, outputs=("A",), retries=1, backoff=AT_ONCE)

    ran = run_all({first: no_work})

    assert [attempt.outcome for attempt in ran.phase.attempts] == [FAILED, FAILED]
    assert ran.phase.error
    assert ran.phase.error.message == "did not hand on A, which its outputs promise"


def test_whose_variable_wins(tmp_path: Path) -> None:
    """A phase's own variable wins over its file's, that over what is handed on, that over the start-up's."""
    (tmp_path / "more.env").write_text("A=file\nB=file\n")
    first = a_phase(outputs=("A", "B", "C"))
    second = a_phase("b", after=first, run="echo $A $B $C $D", env={"A": "own"}, env_file="more.env")
    given = dict.fromkeys("ABCD", "start-up")

    ran = run_all({first: lambda: dict.fromkeys("ABC", "handed"), second: no_work}, given, folder=tmp_path)

    assert ran.lines == ["own file handed start-up"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [(None, "no such file or directory"), (b"A=caf\xe9", "is not UTF-8")],
    ids=["missing", "latin-1"],
)
def test_an_env_file_must_be_there(tmp_path: Path, content: bytes | None, reason: str) -> None:
    """A file of variables that is not there or is no text fails the phase as an error of the configuration."""
    if content:
        (tmp_path / "more.env").write_bytes(content)

    ran = run_all({a_phase(env_file="more.env", retries=3, retry_on=("any",)): no_work}, folder=tmp_path)

    assert len(ran.phase.attempts) == 1
    assert ran.phase.error == PhaseError(
        f'startup.yaml:1:1: env_file "more.env" of phase "a": {reason}',
        hint="Write it, or mend its name.",
        exit_code=78,
    )


def test_an_attempt_knows_who_it_is() -> None:
    """The environment tells an attempt the run, the phase and its number, and the database the same by PGAPPNAME."""
    command = "echo $STARTUP_RUN_ID $STARTUP_PHASE $STARTUP_ATTEMPT $PGAPPNAME; exit 75"

    ran = run_all({a_phase(run=command, retries=1, backoff=AT_ONCE): no_work})

    name = ran.result.run_id
    assert ran.lines == [f"{name} a {number} startup:{name}:{number}:a" for number in (1, 2)]


def test_a_phase_may_name_its_sessions_itself() -> None:
    """A phase's own PGAPPNAME wins."""
    assert run_all({a_phase(run="echo $PGAPPNAME", env={"PGAPPNAME": "mine"}): no_work}).lines == ["mine"]


def fail_with(sqlstate: str) -> None:
    """Fail as psycopg does."""
    error = ValueError("no")
    error.sqlstate = sqlstate  # type: ignore[attr-defined]
    raise error


@pytest.mark.parametrize(
    ("retry_on", "facts", "work", "attempts"),
    [
        ("timeout", {"timeout": 0.2}, loop, 2),
        ("transient", {"timeout": 0.2}, loop, 1),
        ("exit:3", {"run": "exit 3"}, no_work, 2),
        ("exit:3", {"run": "exit 4"}, no_work, 1),
        ("exit:3", {}, lambda: fail(SystemExit(3)), 2),
        ("transient", {"run": "exit 75"}, no_work, 2),
        ("transient", {}, lambda: fail(ValueError("no")), 1),
        ("any", {}, lambda: fail(ValueError("no")), 2),
        ("any", {"run": "kill -9 $$"}, no_work, 2),
        ("any", {}, lambda: fail(ConfigurationError("no")), 1),
    ],
)
def test_the_file_says_what_is_tried_again(
    retry_on: str, facts: dict[str, Any], work: Callable[[], object], attempts: int
) -> None:
    """A failure is tried again where ``retry_on`` has its kind."""
    ran = run(work, a_phase(retries=1, retry_on=(retry_on,), backoff=AT_ONCE, grace=0.3, **facts))

    assert len(ran.phase.attempts) == attempts


def test_a_total_timeout_ends_an_attempt() -> None:
    """An attempt that is at work when the phase's total_timeout is over is ended, and the phase timed out."""
    ran = run(loop, a_phase(total_timeout=timedelta(seconds=BRIEF), retries=3, retry_on=("any",)))

    assert ran.phase.error == PhaseError(
        "did not end within 1s in all",
        detail="It was ended, with every process that it had started.",
        hint="If it needs more time, raise the total_timeout of the phase at startup.yaml:1:1.",
        exit_code=124,
    )
    assert (ran.phase.outcome, len(ran.phase.attempts)) == (Outcome.TIMED_OUT, 1)


def test_a_total_timeout_ends_the_pauses() -> None:
    """A pause that would outlast the phase's total_timeout is not begun, and the phase failed as its attempt did."""
    backoff = Backoff(initial=timedelta(seconds=LONG), max=timedelta(seconds=LONG), has_jitter=False)
    phase = a_phase(run="exit 75", retries=3, backoff=backoff, total_timeout=timedelta(seconds=5))

    ran = run(no_work, phase)

    assert (ran.phase.outcome, ran.phase.error) == (FAILED, PhaseError("exit code 75", exit_code=75))
    assert [attempt.pause for attempt in ran.phase.attempts] == [timedelta(0)]
    assert ran.phase.duration < timedelta(seconds=5)


def test_the_total_timeout_of_the_whole_ends_it(witness: Witness) -> None:
    """When the file's total_timeout is over, what runs is cancelled, the rest is skipped, and the exit code is 124."""
    first, second = a_phase("a"), a_phase("b", required=False)
    third = a_phase("c", after=first)

    def work_on() -> None:
        witness.start()
        loop()

    ran = run_all({first: work_on, second: loop, third: no_work}, total_timeout=0.5)

    why = "the start-up did not end within 500ms"
    hint = "If it needs more time, raise total_timeout at the top of the file."
    assert ran.result.error == PhaseError(why, hint=hint, exit_code=124)
    assert outcomes(ran) == {"a": CANCELLED, "b": CANCELLED, "c": SKIPPED}
    assert [by_name(ran, name).reason for name in "ab"] == [why, why]
    assert (ran.result.outcome, ran.result.exit_code) == ("failed", 124)
    assert witness.all_gone()


def test_waiting_for_another_replica_is_not_work() -> None:
    """While a phase says that it waits, its timeout stands still; what it waited is told apart from its work."""

    def wait_and_work() -> None:
        phase_itself.waits_for("held by pod-7")
        time.sleep(0.7)
        phase_itself.goes_on()
        time.sleep(0.1)

    phase = a_phase(timeout=0.5)

    ran = run(wait_and_work, phase)

    (attempt,) = ran.phase.attempts
    assert ran.phase.outcome is SUCCEEDED
    assert [event for event in ran.events if isinstance(event, PhaseWaiting)] == [
        PhaseWaiting(phase, "held by pod-7"),
        PhaseWaiting(phase, ""),
    ]
    assert timedelta(seconds=0.65) < attempt.waited < attempt.duration - timedelta(seconds=0.1)


def test_work_after_the_waiting_counts() -> None:
    """A phase that has waited still runs out of time by its work."""

    def wait_and_work() -> None:
        phase_itself.waits_for("held by pod-7")
        time.sleep(0.3)
        phase_itself.goes_on()
        loop()

    ran = run(wait_and_work, a_phase(timeout=BRIEF))

    assert (ran.phase.outcome, ran.phase.error) == (Outcome.TIMED_OUT, TIMED_OUT)


def test_the_total_timeout_counts_the_waiting() -> None:
    """A phase that waits is ended when its total_timeout is over."""

    def wait() -> None:
        phase_itself.waits_for("held by pod-7")
        time.sleep(LONG)

    ran = run(wait, a_phase(timeout=0.1, total_timeout=timedelta(seconds=0.5)))

    assert ran.phase.outcome is Outcome.TIMED_OUT
    assert ran.phase.duration < timedelta(seconds=LONG / 2)


STUBBORN = """
def work():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("begun", flush=True)
    sleep_beside()
"""


def test_a_second_signal_does_not_wait(script: Callable[[str], Script], witness: Witness) -> None:
    """After a second signal the grace period is over at once."""
    running = script(f"{STUBBORN}\nrun(work, grace_period=timedelta(seconds={LONG}))")
    running.until("begun")
    running.until("begun")

    running.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    assert running.process.poll() is None
    sent = time.monotonic()
    running.process.send_signal(signal.SIGTERM)

    assert running.ended() == (143, INTERRUPTED.format("SIGTERM", ' in phase "a"'))
    assert time.monotonic() - sent < LONG / 2
    assert witness.all_gone()


def test_one_signal_waits_for_the_grace_period(script: Callable[[str], Script], witness: Witness) -> None:
    """After one signal a phase may end its work in peace within its grace period, and the exit code is the signal's."""
    orderly = """
def work():
    try:
        sleep_beside()
    except KeyboardInterrupt:
        time.sleep(0.5)
        print("ended in peace", flush=True)

run(work)
"""
    running = script(orderly)
    running.until("begun")

    running.process.send_signal(signal.SIGINT)

    assert running.ended() == (130, "ended in peace\n" + INTERRUPTED.format("SIGINT", ' in phase "a"'))
    assert witness.all_gone()


def test_a_signal_ends_a_pause(script: Callable[[str], Script], witness: Witness) -> None:
    """A signal while a phase pauses between two attempts ends the start-up at once."""
    pausing = f"""
from migrate_tasks.startup.spec import Backoff

def show(event):
    if isinstance(event, PhaseRetrying):
        print("pausing", flush=True)

def work():
    raise TryAgainLater("not yet")

long = timedelta(seconds={LONG})
run(work, show, retries=3, backoff=Backoff(initial=long, max=long, has_jitter=False))
"""
    running = script(pausing)
    running.until("pausing")
    sent = time.monotonic()

    running.process.send_signal(signal.SIGHUP)

    assert running.ended() == (129, INTERRUPTED.format("SIGHUP", ' in phase "a"'))
    assert time.monotonic() - sent < LONG / 2
    assert witness.all_gone()


def test_a_signal_ends_all_that_run_side_by_side(script: Callable[[str], Script], witness: Witness) -> None:
    """A signal ends every phase, and names those that it met."""
    many = """
phases = tuple(Phase(name=name, task="t", grace_period=timedelta(seconds=5)) for name in "abc")
try:
    with scratch_folder() as scratch:
        stage = Stage(execute=lambda _: sleep_beside(), folder=Path.cwd(), environ=dict(os.environ), scratch=scratch)
        run_sequence(Sequence("shop", phases), stage, on_event=show)
except MigrateTasksError as error:
    print(error)
    sys.exit(error.exit_code)
"""
    running = script(many)
    for _ in "abc":
        running.until("begun")

    running.process.send_signal(signal.SIGTERM)

    said = INTERRUPTED.format("SIGTERM", ' in phases "a", "b", "c"').removesuffix("SIGTERM is ours\n")
    assert running.ended() == (143, said)
    assert witness.all_gone()


def test_what_the_program_starts_meanwhile_is_not_a_phases_orphan() -> None:
    """A daemon that the program starts itself while phases run is none of theirs, and lives on."""
    started: list[subprocess.Popen[bytes]] = []

    def start(_: object) -> None:
        if not started:
            started.append(subprocess.Popen(["sleep", str(LONG)], start_new_session=True))

    with scratch_folder() as scratch:
        stage = Stage(execute=lambda _: None, folder=Path.cwd(), environ=dict(os.environ), scratch=scratch)
        run_sequence(Sequence("shop", (a_phase(), a_phase("b"))), stage, on_event=start)
    is_alive = [process.poll() is None for process in started]
    for process in started:
        process.kill()
        process.wait()

    assert is_alive == [True]


def test_a_program_may_wait_for_any_child() -> None:
    """A program that waits for whichever child ends, as some do, does not confuse the start-up in it."""
    events: list[object] = []

    def reap(event: object) -> None:
        events.append(event)
        if isinstance(event, PhaseOutput):
            os.waitpid(-1, 0)

    with scratch_folder() as scratch:
        stage = Stage(execute=lambda _: say("hello"), folder=Path.cwd(), environ=dict(os.environ), scratch=scratch)
        result = run_sequence(Sequence("shop", (a_phase(),)), stage, on_event=reap)

    assert result.outcome == "succeeded"
    assert [type(event) for event in events] == [PhaseStarted, PhaseOutput, PhaseFinished]


def test_time_is_told_while_phases_run() -> None:
    """While phases run, or pause, the passing of time is told about ten times a second."""
    pause = Backoff(initial=timedelta(seconds=0.4), max=timedelta(seconds=0.4), has_jitter=False)
    ticks: list[float] = []

    def note(event: object) -> None:
        if isinstance(event, TimePasses):
            ticks.append(time.monotonic())

    with scratch_folder() as scratch:
        stage = Stage(execute=lambda _: None, folder=Path.cwd(), environ=dict(os.environ), scratch=scratch)
        phase = a_phase(run="sleep 0.4; test $STARTUP_ATTEMPT = 2 || exit 75", retries=1, backoff=pause)
        result = run_sequence(Sequence("shop", (phase,)), stage, on_event=note)

    assert result.outcome == "succeeded"
    assert 3 < len(ticks) <= result.duration.total_seconds() / 0.1


def test_a_phase_for_which_there_is_no_room_has_failed() -> None:
    """A phase that the system refuses to begin fails, and may be tried again; what runs goes on, no file is left."""
    open_files = set(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- as texts
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    first = a_phase("first", depends_on=())
    refused = a_phase("refused", depends_on=(), required=False)
    again = a_phase("again", depends_on=(), retries=100, backoff=Backoff(max=timedelta(milliseconds=200)))
    # room for 9 files and what listdir had: the start-up has 2, an attempt opens 6 and keeps 3
    limit = [number for number in range(soft) if str(number) not in open_files][9]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    try:
        ran = run_all({first: lambda: time.sleep(0.3), refused: int, again: int})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert [result.outcome for result in ran.result.phases] == [Outcome.SUCCEEDED, Outcome.FAILED, Outcome.SUCCEEDED]
    assert ran.result.phases[1].error == PhaseError(
        "it could not begin, since the system refused: too many open files", exit_code=75
    )
    assert set(os.listdir("/proc/self/fd")) == open_files  # noqa: PTH208 -- same
