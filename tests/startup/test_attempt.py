"""Phases that succeed, fail, hang, print, leave processes behind and are interrupted: real processes, no stand-ins."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, Refused, TryAgainLater
from migrate_tasks.startup.result import (
    Outcome,
    PhaseError,
    PhaseEvent,
    PhaseFinished,
    PhaseOutput,
    PhaseResult,
    PhaseRetrying,
    PhaseStarted,
)
from migrate_tasks.startup.spec import Phase, Sequence
from migrate_tasks.startup.stage import Stage, scratch_folder
from migrate_tasks.startup.supervisor import run_sequence

if TYPE_CHECKING:
    from collections.abc import Callable

from tests.startup.running import (
    BRIEF,
    INTERRUPTED,
    LONG,
    TIMED_OUT,
    Script,
    Witness,
    a_phase,
    attempts_of,
    fail,
    loop,
    outcome_and_error,
    run,
    run_all,
    say,
)

# Python 3.12 warns of a fork beside threads; pytest-xdist's worker has one, a start-up has none
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def test_a_phase_that_returns_has_succeeded() -> None:
    """A phase whose work returns has succeeded at its first attempt, and every step of it is told in order."""
    phase = a_phase()

    ran = run(lambda: say("hello"), phase)

    (told,) = ran.result.phases
    assert PhaseResult(phase, Outcome.SUCCEEDED, told.attempts, told.duration) == told
    assert attempts_of(told) == [(1, Outcome.SUCCEEDED, None)]
    assert ran.events == (PhaseStarted(phase, 1, 1, 1), PhaseOutput(phase, "hello"), PhaseFinished(told))
    assert (
        ran.result.name,
        ran.result.outcome,
        ran.result.exit_code,
        ran.result.failed,
        ran.result.degraded,
    ) == ("shop", "succeeded", 0, None, ())
    assert timedelta(0) < told.duration <= ran.result.duration


def test_a_sequence_may_be_empty() -> None:
    """A sequence without phases succeeds."""
    ran = run_all({})

    assert (ran.result.phases, ran.result.outcome, ran.result.exit_code) == ((), "succeeded", 0)


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (MigrateTasksError("it failed", detail="A fact.", hint="A command."), 1),
        (Refused("it failed", detail="A fact."), 1),
        (TryAgainLater("it failed", hint="A command."), 75),
        (ConfigurationError("it failed"), 78),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_an_error_of_ours_is_told_as_it_is(error: MigrateTasksError, exit_code: int) -> None:
    """An error of the product keeps its message, DETAIL, HINT and exit code, and prints nothing."""
    ran = run(lambda: fail(error))

    assert ran.phase.outcome is Outcome.FAILED
    assert PhaseError("it failed", error.detail, error.hint, exit_code) == ran.phase.error
    assert exit_code == ran.result.exit_code
    assert ran.lines == []


def test_an_error_of_the_users_code_is_told_with_its_traceback() -> None:
    """An exception of the user's own code is told by its class and text, and its traceback is printed."""
    ran = run(lambda: fail(ValueError("no such shop")))

    assert [(1, Outcome.FAILED, PhaseError("ValueError: no such shop"))] == attempts_of(ran.phase)
    assert (ran.lines[0], ran.lines[-1]) == ("Traceback (most recent call last):", "ValueError: no such shop")
    assert ran.result.exit_code == 1


@pytest.mark.parametrize("code", [0, None])
def test_a_phase_may_leave_by_exit_0(code: int | None) -> None:
    """A phase that calls sys.exit(0) says that it is done, and has succeeded."""
    assert outcome_and_error(run(lambda: sys.exit(code))) == (Outcome.SUCCEEDED, None)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("no shop", PhaseError("no shop")),
        (256, PhaseError("exit code 256")),
        (1000, PhaseError("exit code 1000", exit_code=232)),
        (-1, PhaseError("exit code -1", exit_code=255)),
        ({"a": 1}, PhaseError("{'a': 1}")),
    ],
    ids=str,
)
def test_any_other_exit_code_is_a_failure(code: object, error: PhaseError) -> None:
    """What a phase gives to sys.exit() beside 0 is a failure, and never the exit code 0 for the whole."""
    assert outcome_and_error(run(lambda: fail(SystemExit(code)))) == (Outcome.FAILED, error)


class Speechless(Exception):
    """An exception that cannot be shown."""

    def __str__(self) -> str:
        raise ValueError("no words")


def fail_without_streams() -> NoReturn:
    """Fail where nothing can be printed."""
    os.close(1)
    os.close(2)
    raise ValueError("no such shop")


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: fail(Speechless()), "Speechless"),
        (lambda: {"A": Speechless()}, "ValueError: no words"),
        (fail_without_streams, "ValueError: no such shop"),
    ],
    ids=["error", "output", "streams"],
)
def test_an_error_that_is_hard_to_tell_is_told(work: Callable[[], object], message: str) -> None:
    """A failure keeps its name where its text, or what the task returned, fails itself, or nothing can be printed."""
    assert outcome_and_error(run(work)) == (Outcome.FAILED, PhaseError(message))


def output_file() -> Path:
    """Return the file that a phase hands on with."""
    return Path(os.environ["STARTUP_OUTPUT"])


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: os.mkfifo(output_file()), "$STARTUP_OUTPUT is no file any more"),
        (lambda: output_file().mkdir(), "$STARTUP_OUTPUT is no file any more"),
        (lambda: output_file().symlink_to("/dev/zero"), "$STARTUP_OUTPUT is no file any more"),
        (lambda: output_file().symlink_to(output_file()), "$STARTUP_OUTPUT could not be read: too many levels of "),
        (lambda: output_file().write_bytes(b"A=" + b"a" * 2**24), "$STARTUP_OUTPUT has 16777218 bytes, and at most "),
        (lambda: {"A": "a\0b"}, "what it hands on as A cannot be the value of a variable"),
        (lambda: {"A": "\ud800"}, "what it hands on as A cannot be the value of a variable"),
    ],
    ids=["pipe", "folder", "device", "loop", "huge", "NUL", "surrogate"],
)
def test_what_cannot_be_handed_on_fails_the_phase(work: Callable[[], object], message: str) -> None:
    """Outputs that nobody can read, or that are no variable's value, fail their own phase, and hold up nothing."""
    outcome, error = outcome_and_error(run(work, a_phase(outputs=("A",))))

    assert outcome is Outcome.FAILED
    assert error
    assert error.message.startswith(message)


def test_a_command_that_cannot_begin() -> None:
    """A command with more environment than the kernel takes is told with what to do, and without a traceback."""
    ran = run(lambda: None, a_phase(run="true"), {"A": "a" * 2**18})

    assert outcome_and_error(ran) == (
        Outcome.FAILED,
        PhaseError(
            '"/bin/sh" could not be executed: argument list too long',
            hint="A command and each variable may have 128 KiB, and all together a quarter of: ulimit -s",
            exit_code=78,
        ),
    )
    assert ran.lines == []


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: os._exit(3), "the phase's process was ended by exit(3)"),
        (lambda: os._exit(0), "the phase's process was ended by exit(0)"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "the phase's process was ended by SIGKILL"),
    ],
    ids=["exit-3", "exit-0", "sigkill"],
)
def test_a_process_that_just_ends_has_failed(work: Callable[[], object], message: str) -> None:
    """A process that ends without a word has failed, even with exit code 0, and how it ended is told."""
    assert (Outcome.FAILED, PhaseError(message)) == outcome_and_error(run(work))


@pytest.mark.parametrize(
    "work",
    [
        lambda: fail(KeyboardInterrupt()),
        lambda: os.kill(os.getpid(), signal.SIGTERM),
        lambda: signal.raise_signal(signal.SIGINT),
    ],
    ids=["raised", "sigterm", "sigint"],
)
def test_a_phase_that_is_interrupted_alone_has_failed(work: Callable[[], object]) -> None:
    """A signal to the phase alone fails the phase, and not the start-up's own process."""
    expected = PhaseError("the phase was interrupted", exit_code=130)

    def work_on() -> None:
        work()
        time.sleep(LONG)

    assert (Outcome.FAILED, expected) == outcome_and_error(run(work_on))


@pytest.mark.parametrize("size", [1_000, 100_000, 1_000_000])
def test_a_long_error_arrives_whole(size: int) -> None:
    """A message longer than a pipe holds arrives whole, and the phase does not hang on it."""
    text = "x" * size

    ran = run(lambda: fail(MigrateTasksError(text, detail=text)), a_phase(timeout=10))

    assert (Outcome.FAILED, PhaseError(text, text)) == outcome_and_error(ran)


def test_lines_are_passed_on_in_their_order() -> None:
    """Lines of stdout and stderr, of Python and of programs, arrive in the order in which they were printed."""

    def work() -> None:
        say("one")
        sys.stderr.write("two\n")
        subprocess.run(["sh", "-c", "echo three; echo four >&2"], check=True)
        os.write(1, b"five\n\nseven")

    assert run(work).lines == ["one", "two", "three", "four", "five", "", "seven"]


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_last_line_needs_no_newline(end: str) -> None:
    """The last line arrives with and without a newline, also from a phase that fails."""

    def print_and_exit() -> None:
        say("half", end)
        os._exit(3)

    assert run(lambda: say("half", end)).lines == ["half"]
    assert run(print_and_exit).lines == ["half"]


def test_a_megabyte_in_one_line_arrives() -> None:
    """A line of 1 MB arrives as one line."""
    text = "0123456789abcde\u00e9" * 65_536

    ran = run(lambda: say(text, end=""))

    assert [text] == ran.lines


def test_a_megabyte_in_many_lines_arrives() -> None:
    """65536 lines, 1 MB, arrive one by one and in order."""
    lines = [f"line {number:010d}" for number in range(65_536)]

    assert lines == run(lambda: say("\n".join(lines))).lines


def test_bytes_that_are_no_text_arrive_as_well_as_they_can() -> None:
    """Output that is not UTF-8 is shown with replacement characters."""
    assert run(lambda: os.write(1, b"caf\xe9 \xc3\xa9\n")).lines == ["caf\ufffd \u00e9"]


def test_a_phase_reads_nothing() -> None:
    """A phase that reads its input finds the end of it, and does not wait for a terminal."""
    assert run(lambda: say(os.read(0, 10))).lines == ["b''"]


def test_a_phase_has_the_environment_that_was_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is added to the environment reaches the phase and its programs, and not our own process."""
    monkeypatch.setenv("MIGRATE_TASKS_TEST_KEPT", "kept")
    monkeypatch.setenv("MIGRATE_TASKS_TEST_CHANGED", "before")
    command = "echo $MIGRATE_TASKS_TEST_KEPT $MIGRATE_TASKS_TEST_CHANGED $MIGRATE_TASKS_TEST_ADDED"
    environ = {"MIGRATE_TASKS_TEST_CHANGED": "after", "MIGRATE_TASKS_TEST_ADDED": "added"}

    ran = run(lambda: subprocess.run(command, shell=True, check=True), environ=environ)

    assert ran.lines == ["kept after added"]
    assert os.environ["MIGRATE_TASKS_TEST_CHANGED"] == "before"
    assert "MIGRATE_TASKS_TEST_ADDED" not in os.environ


def test_what_a_phase_changes_ends_with_it() -> None:
    """A phase changes its own process only: its variables and its current folder are gone afterwards."""
    before = (Path.cwd(), dict(os.environ))

    def work() -> None:
        os.chdir("/")
        os.environ["MIGRATE_TASKS_TEST_LEFT"] = "left"

    assert run(work).result.outcome == "succeeded"
    assert before == (Path.cwd(), dict(os.environ))


def test_a_failure_that_may_pass_is_tried_again(tmp_path: Path) -> None:
    """A transient failure is tried again until it passes, and the attempts are counted."""
    error = PhaseError("not up yet", hint="Wait.", exit_code=75)
    tries = tmp_path / "tries"

    def work() -> None:
        with tries.open("a") as file:
            file.write("x")
        if len(tries.read_text()) < 3:
            raise TryAgainLater("not up yet", hint="Wait.")

    phase = a_phase(retries=5)

    ran = run(work, phase)

    failed = Outcome.FAILED
    assert [(1, failed, error), (2, failed, error), (3, Outcome.SUCCEEDED, None)] == attempts_of(ran.phase)
    assert (ran.phase.outcome, ran.phase.error) == (Outcome.SUCCEEDED, None)
    first, second, _ = ran.phase.attempts
    assert ran.events == (
        PhaseStarted(phase, 1, 1, 1),
        PhaseRetrying(phase, first),
        PhaseStarted(phase, 1, 1, 2),
        PhaseRetrying(phase, second),
        PhaseStarted(phase, 1, 1, 3),
        PhaseFinished(ran.phase),
    )
    assert timedelta(0) <= first.pause <= timedelta(seconds=0.2)
    assert timedelta(0) <= second.pause <= timedelta(seconds=0.4)


def test_attempts_come_to_an_end() -> None:
    """A transient failure that does not pass fails the phase after its last attempt, with exit code 75."""
    phase = a_phase(retries=2)

    ran = run(lambda: fail(ConnectionRefusedError("refused")), phase)

    error = PhaseError("ConnectionRefusedError: refused", exit_code=75)
    assert [(number, Outcome.FAILED, error) for number in (1, 2, 3)] == attempts_of(ran.phase)
    assert (Outcome.FAILED, error) == outcome_and_error(ran)
    assert ran.result.exit_code == 75


@pytest.mark.parametrize(
    "work",
    [
        lambda: fail(ValueError("no")),
        lambda: fail(ConfigurationError("no")),
        lambda: fail(Refused("no")),
        lambda: os._exit(75),
    ],
    ids=["ValueError", "ConfigurationError", "Refused", "exit-75"],
)
def test_a_failure_that_stays_is_not_tried_again(work: Callable[[], object]) -> None:
    """A failure that another attempt would only repeat is not tried again."""
    ran = run(work, a_phase(retries=5))

    assert (ran.phase.outcome, len(ran.phase.attempts)) == (Outcome.FAILED, 1)


@pytest.mark.parametrize(
    "work",
    [loop, lambda: time.sleep(LONG), lambda: subprocess.run(["sleep", str(LONG)], check=True)],
    ids=["busy-loop", "sleep", "program"],
)
def test_a_timeout_ends_the_work(witness: Witness, work: Callable[[], object]) -> None:
    """A phase that runs out of time is ended, whatever it does, and is not tried again."""
    phase = a_phase(timeout=BRIEF, retries=3)

    ran = run(work, phase)

    assert attempts_of(ran.phase) == [(1, Outcome.TIMED_OUT, TIMED_OUT)]
    assert outcome_and_error(ran) == (Outcome.TIMED_OUT, TIMED_OUT)
    assert ran.result.exit_code == 124
    assert witness.all_gone()


def test_a_phase_may_clean_up_when_its_time_is_over(witness: Witness) -> None:
    """A phase that runs out of time meets KeyboardInterrupt, and what it then prints still arrives."""

    def work() -> None:
        say("begun")
        try:
            loop()
        finally:
            time.sleep(0.2)
            say("cleaned up")

    ran = run(work, a_phase(timeout=BRIEF))

    assert outcome_and_error(ran) == (Outcome.TIMED_OUT, TIMED_OUT)
    assert ran.lines == ["begun", "cleaned up"]
    assert witness.all_gone()


def test_a_phase_that_will_not_end_is_killed(witness: Witness) -> None:
    """A phase that ignores SIGTERM is killed after the grace period, and its child that does the same with it."""

    def work() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        witness.start()
        loop()

    ran = run(work, a_phase(timeout=BRIEF, grace=0.3))

    assert outcome_and_error(ran) == (Outcome.TIMED_OUT, TIMED_OUT)
    assert witness.all_gone()


def test_a_phase_that_prints_without_end_runs_out_of_time(script: Callable[[str], Script]) -> None:
    """A phase that prints faster than anybody reads is ended at its timeout all the same."""
    flood = """
def flood():
    while True:
        os.write(1, b"y\\n" * 32768)

run(flood, lambda event: print(event.result.outcome) if isinstance(event, PhaseFinished) else None,
    timeout=timedelta(seconds=0.5))
"""

    assert script(flood).ended() == (0, "timed out\nfailed\n")


@pytest.mark.parametrize(
    ("work", "outcome"),
    [
        (lambda: None, Outcome.SUCCEEDED),
        (lambda: fail(ValueError("no")), Outcome.FAILED),
        (lambda: os._exit(3), Outcome.FAILED),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), Outcome.FAILED),
        (loop, Outcome.TIMED_OUT),
    ],
    ids=["success", "failure", "exit", "sigkill", "timeout"],
)
def test_no_process_outlives_its_phase(witness: Witness, work: Callable[[], object], outcome: Outcome) -> None:
    """However a phase ends, the programs that it had started are gone."""

    def start_and_work() -> None:
        witness.start()
        work()

    limit = BRIEF if outcome is Outcome.TIMED_OUT else LONG

    assert outcome is run(start_and_work, a_phase(timeout=limit)).phase.outcome
    assert witness.all_gone()


def test_a_program_in_a_session_of_its_own_is_ended_too(witness: Witness) -> None:
    """A daemon that has left the phase's session is ended with it, as the DETAIL of a timeout says."""

    def work() -> None:
        say(witness.start(new_session=True))
        loop()

    ran = run(work, a_phase(timeout=BRIEF))

    is_gone = witness.all_gone()
    if not is_gone:
        with suppress(ProcessLookupError):
            os.kill(int(ran.lines[0]), signal.SIGKILL)
    assert outcome_and_error(ran) == (Outcome.TIMED_OUT, TIMED_OUT)
    assert is_gone


def test_a_required_phase_that_fails_ends_the_start_up() -> None:
    """After a required phase has failed, the others are skipped, and its exit code is that of the start-up."""
    first = a_phase("a")
    second = a_phase("b", after=first)
    third = a_phase("c", after=second)
    error = PhaseError("it is wrong", exit_code=78)

    ran = run_all({first: lambda: None, second: lambda: fail(ConfigurationError("it is wrong")), third: lambda: None})

    one, two, three = ran.result.phases
    needs = PhaseError('needs phase "b", which failed', exit_code=78)
    assert PhaseResult(first, Outcome.SUCCEEDED, one.attempts, one.duration) == one
    assert PhaseResult(second, Outcome.FAILED, two.attempts, two.duration, error, not_again="it has no retries") == two
    assert PhaseResult(third, Outcome.SKIPPED, error=needs) == three
    assert ran.events == (
        PhaseStarted(first, 1, 3, 1),
        PhaseFinished(one),
        PhaseStarted(second, 2, 3, 1),
        PhaseFinished(two),
        PhaseFinished(three),
    )
    assert ("failed", 78, two, ()) == (
        ran.result.outcome,
        ran.result.exit_code,
        ran.result.failed,
        ran.result.degraded,
    )


def test_a_phase_that_is_not_required_degrades_the_start_up() -> None:
    """After a phase that is not required has failed, the others run, and the exit code is 0."""
    first = a_phase("a", required=False, timeout=BRIEF)
    second = a_phase("b", after=first)

    ran = run_all({first: loop, second: lambda: None})

    one, two = ran.result.phases
    assert (
        PhaseResult(first, Outcome.TIMED_OUT, one.attempts, one.duration, TIMED_OUT, not_again="it has no retries")
        == one
    )
    assert PhaseResult(second, Outcome.SUCCEEDED, two.attempts, two.duration) == two
    assert ("degraded", 0, None, (one,)) == (
        ran.result.outcome,
        ran.result.exit_code,
        ran.result.failed,
        ran.result.degraded,
    )


def test_a_failure_counts_more_than_a_degradation() -> None:
    """A start-up that was degraded before it failed has failed."""
    first = a_phase("a", required=False)
    second = a_phase("b", after=first)

    ran = run_all({first: lambda: os._exit(3), second: lambda: os._exit(4)})

    one, two = ran.result.phases
    assert ("failed", 1, two, (one,)) == (
        ran.result.outcome,
        ran.result.exit_code,
        ran.result.failed,
        ran.result.degraded,
    )


def test_a_sequence_leaves_signals_and_files_as_they_were() -> None:
    """After a sequence, handlers, the wakeup file and the open files are what they were before."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    handlers = [signal.getsignal(number) for number in numbers]
    wakeup_before = signal.set_wakeup_fd(writer)
    files = len(os.listdir("/dev/fd"))  # noqa: PTH208 -- counted, not used

    run_all(
        {
            a_phase("a"): lambda: None,
            a_phase("b", required=False, timeout=0.2, grace=0.2): loop,
            a_phase("c"): lambda: os._exit(3),
        }
    )

    files_after = len(os.listdir("/dev/fd"))  # noqa: PTH208 -- same
    wakeup_after = signal.set_wakeup_fd(wakeup_before)
    os.close(reader)
    os.close(writer)
    assert handlers == [signal.getsignal(number) for number in numbers]
    assert (writer, files) == (wakeup_after, files_after)


def test_nothing_runs_on_when_nobody_listens(script: Callable[[str], Script], witness: Witness) -> None:
    """Where on_event raises, as print does into a closed pipe, the phase is ended before the exception leaves."""
    deaf = """
def show(event):
    if isinstance(event, PhaseOutput):
        raise BrokenPipeError

try:
    run(sleep_beside, show)
except BrokenPipeError:
    os.close(int(sys.argv[1]))
    print("raised", flush=True)
    sys.stdin.read()
"""
    deaf_script = script(deaf)
    deaf_script.until("raised")

    assert witness.all_gone()


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"]
)
def test_a_signal_ends_everything(
    script: Callable[[str], Script], witness: Witness, number: signal.Signals, exit_code: int
) -> None:
    """SIGTERM and SIGINT end the phase with all that it started, and leave as Interrupted, exit code 128 + n."""
    running = script("run(sleep_beside)")
    running.until("begun")

    running.process.send_signal(number)

    assert (exit_code, INTERRUPTED.format(number.name, ' in phase "a"')) == running.ended()
    assert witness.all_gone()


@pytest.mark.parametrize("moment", ["PhaseStarted", "PhaseOutput", "PhaseRetrying", "PhaseFinished"])
def test_a_signal_is_heeded_at_any_moment(script: Callable[[str], Script], witness: Witness, moment: str) -> None:
    """A signal between two steps is not lost: before an attempt, in a pause, and after the last phase."""
    work = "def work():\n    print('hello')\n"
    if moment == "PhaseRetrying":
        work += "    raise TryAgainLater('not yet')\n"
    code = f"""
{work}
run(work, lambda event: os.kill(os.getpid(), signal.SIGTERM) if isinstance(event, {moment}) else None, retries=100)
"""

    where = "" if moment == "PhaseFinished" else ' in phase "a"'
    assert (143, INTERRUPTED.format("SIGTERM", where)) == script(code).ended()
    assert witness.all_gone()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_a_phase_dies_with_its_start_up(script: Callable[[str], Script], witness: Witness) -> None:
    """A start-up that is killed by SIGKILL leaves no phase running."""
    running = script("run(lambda: (print('begun', flush=True), time.sleep(30)))")
    running.until("begun")

    running.process.kill()

    assert running.ended() == (-signal.SIGKILL, "")
    assert witness.all_gone()


def test_children_that_are_not_of_the_phase_live_on() -> None:
    """What the program that runs the sequence starts meanwhile is not taken for a phase's orphan."""
    started: list[subprocess.Popen[bytes]] = []

    def start(event: PhaseEvent) -> None:
        if isinstance(event, PhaseOutput):
            started.append(subprocess.Popen(["sleep", "60"]))

    def work(_: Phase) -> None:
        os.write(1, b"hello\n")

    with scratch_folder() as scratch:
        stage = Stage(execute=work, folder=Path.cwd(), environ=dict(os.environ), scratch=scratch)
        run_sequence(Sequence("", (a_phase(),)), stage, on_event=start)
    is_alive = [process.poll() is None for process in started]
    for process in started:
        process.kill()
        process.wait()

    assert is_alive == [True]
