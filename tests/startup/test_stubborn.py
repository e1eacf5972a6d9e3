"""Phases that will not end: each is gone in time, with all that it started, and leaves nothing; whoever is killed."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from migrate_tasks.startup.processes import children
from migrate_tasks.startup.result import Outcome, PhaseError
from migrate_tasks.startup.spec import Dependency
from tests.startup.running import LONG, PRELUDE, Script, Witness, a_phase, loop, metronome, run, run_all, say
from tests.support import REPOSITORY, until

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a process its descendants' orphans"),
]

LIMIT, GRACE = 0.3, 0.3  # seconds
MORE = 0.3  # seconds beyond them
PATIENCE = 5.0  # seconds, where a phase itself keeps the machine from others, unless nothing else runs (--full)
NOBODY = 65534
TIMED_OUT = PhaseError(
    "did not end within 300ms",
    detail="It was ended, with every process that it had started.",
    hint="If it needs more time, raise the timeout of the phase at startup.yaml:1:1.",
    exit_code=124,
)


def fork(work: Callable[[], object]) -> int:
    """Do ``work`` in a new process, and return its id."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def sleep_long() -> None:
    """Do nothing for long."""
    time.sleep(LONG)


def ignore_all() -> None:
    """Ignore every signal that can be ignored, and sleep."""
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        with suppress(OSError):
            signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(LONG)


def swallow() -> NoReturn:
    """Take every exception for one that may be passed over."""
    while True:
        with suppress(BaseException):
            loop()


def stop() -> None:
    """Be stopped, as by Ctrl-Z."""
    os.kill(os.getpid(), signal.SIGSTOP)
    sleep_long()


def become_daemon(work: Callable[[], object]) -> None:
    """Do ``work`` in a daemon, as daemon(7) says: a new session, and a second fork."""

    def fork_again() -> None:
        os.setsid()
        fork(work)

    os.waitpid(fork(fork_again), 0)


def respawn(*, new_session: bool) -> None:
    """Live on by forking: each process starts the next and ends; as fast as they can."""
    until_over = time.monotonic() + LONG
    while time.monotonic() < until_over:
        if new_session:
            os.setsid()
        if os.fork():
            os._exit(0)


def keep_a_zombie() -> None:
    """Leave our process group, with a child in it that ends and is never waited for."""
    fork(lambda: None)
    os.setsid()
    sleep_long()


def print_much() -> None:
    """Print 10 MB, and sleep."""
    for _ in range(160):
        os.write(1, b"0123456789abcde\n" * 4096)
    sleep_long()


def close_streams() -> None:
    """Close what a process has by custom."""
    for file in (0, 1, 2):
        os.close(file)
    sleep_long()


def shell(command: str) -> Callable[[], object]:
    """Return what runs ``command`` in a shell and waits for it."""
    return lambda: subprocess.run(["sh", "-c", command], close_fds=False, check=False)


def in_turn(*works: Callable[[], object]) -> Callable[[], object]:
    """Return what does one work after the other."""
    return lambda: [work() for work in works]


def ignore_term() -> None:
    """Ignore what asks to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


ENDS_WHEN_ASKED: dict[str, Callable[[], object]] = {
    "sleep": sleep_long,
    "busy": loop,
    "program": shell("sleep 30"),
    "pipeline": shell("sleep 30 | sleep 31 | cat"),
    "background": shell("sleep 30 & sleep 31 & sleep 32"),
    "nohup": shell("nohup setsid sleep 30 >/dev/null 2>&1 & sleep 31"),
    "daemon": in_turn(lambda: become_daemon(sleep_long), sleep_long),
    "daemon-ignores": in_turn(lambda: become_daemon(ignore_all), sleep_long),
    "broken-pipe": in_turn(shell("yes | head -1"), sleep_long),
    "10-mb": print_much,
    "closed": close_streams,
    "stopped": stop,
    "stopped-child": in_turn(lambda: fork(stop), sleep_long),
    "respawning-daemons": in_turn(lambda: fork(lambda: respawn(new_session=True)), sleep_long),
}
IS_KILLED: dict[str, Callable[[], object]] = {
    "ignores": ignore_all,
    "swallows": swallow,
    "trap": shell("trap '' TERM; while :; do sleep 1; done"),
    "child-ignores": in_turn(lambda: fork(ignore_all), sleep_long),
    "grandchild-ignores": in_turn(lambda: fork(in_turn(lambda: fork(ignore_all), sleep_long)), sleep_long),
    "zombie": in_turn(lambda: fork(keep_a_zombie), sleep_long),
    "respawning": in_turn(lambda: fork(in_turn(ignore_term, lambda: respawn(new_session=False))), sleep_long),
    "stopped-ignores": in_turn(ignore_term, stop),
}


def more(*names: str, full: bool) -> float:
    """Return how many seconds later than at their limit phases must be gone."""
    is_greedy = any(name.startswith("respawning") for name in names)
    return PATIENCE if is_greedy and not full else MORE


@pytest.fixture(autouse=True)
def _inherited(witness: Witness) -> None:
    """Have the witness reach programs too."""
    os.set_inheritable(witness.writer, True)


@pytest.mark.parametrize("name", [*ENDS_WHEN_ASKED, *IS_KILLED])
def test_a_stubborn_phase_is_gone_in_time(witness: Witness, name: str, *, full: bool) -> None:
    """Whatever a phase does, 0.3 s after its limit, and its grace period where it needs that, nothing of it runs."""
    work = {**ENDS_WHEN_ASKED, **IS_KILLED}[name]
    files = os.listdir("/dev/fd")  # noqa: PTH208 -- compared, not used

    with metronome() as lateness:
        ran = run(work, a_phase(timeout=LIMIT, grace=GRACE))
        is_gone, late = witness.all_gone(0), lateness()

    assert is_gone
    assert (ran.phase.outcome, ran.phase.error) == (Outcome.TIMED_OUT, TIMED_OUT)
    limit = LIMIT + (GRACE if name in IS_KILLED else 0) + more(name, full=full)
    assert ran.phase.duration.total_seconds() < limit + late
    assert len(os.listdir("/dev/fd")) == len(files) - 1  # noqa: PTH208 -- same; one is the witness's


@pytest.mark.parametrize(
    "command", ["trap '' TERM; while :; do sleep 1; done", "setsid sleep 30 & exec sleep 31", "kill -STOP $$; sleep 30"]
)
def test_a_stubborn_command_is_gone_in_time(witness: Witness, command: str) -> None:
    """The same holds for a phase that is a command of the shell."""
    with metronome() as lateness:
        ran = run(loop, a_phase(timeout=LIMIT, grace=GRACE, run=command))
        is_gone, late = witness.all_gone(0), lateness()

    assert is_gone
    assert (ran.phase.outcome, ran.phase.error) == (Outcome.TIMED_OUT, TIMED_OUT)
    assert ran.phase.duration.total_seconds() < LIMIT + GRACE + MORE + late


def test_a_daemon_ends_with_its_own_phase_and_no_other(tmp_path: Path, witness: Witness) -> None:
    """The end of a phase leaves the daemons of those beside it alone; the end of their own ends them."""
    first, second = a_phase("first"), a_phase("second")
    third = a_phase("third", after=second)
    fourth = a_phase("fourth", depends_on=(Dependency("first"), Dependency("third")))
    note = tmp_path / "pid"

    def start_daemon() -> None:
        note.write_text(str(witness.start(new_session=True)))
        until((tmp_path / "third").exists)
        say(Path(f"/proc/{note.read_text()}/comm").read_text().strip())

    ran = run_all(
        {
            first: start_daemon,
            second: lambda: until(note.exists),
            third: (tmp_path / "third").touch,
            fourth: lambda: say(Path(f"/proc/{note.read_text()}").exists()),
        }
    )

    assert (ran.result.outcome, ran.lines) == ("succeeded", ["sleep", "False"])
    assert witness.all_gone(0)


def test_stubborn_phases_side_by_side_are_gone_in_time(witness: Witness, *, full: bool) -> None:
    """Stubborn phases that run side by side are each ended within their own time."""
    works = {a_phase(name, timeout=LIMIT, grace=GRACE, required=False): work for name, work in IS_KILLED.items()}

    with metronome() as lateness:
        ran = run_all(works)
        is_gone, late = witness.all_gone(0), lateness()

    assert is_gone
    assert {result.outcome for result in ran.result.phases} == {Outcome.TIMED_OUT}
    assert ran.result.duration.total_seconds() < LIMIT + GRACE + more(*IS_KILLED, full=full) + late * len(works)


CLOSED = """
def work():
    subprocess.run("echo said; cat; echo complained >&2", shell=True, check=True)
    print("told")

with Path(sys.argv[2]).open("w") as file:
    def show(event):
        if isinstance(event, PhaseOutput):
            print(event.line, file=file)
    with scratch_folder() as scratch:
        stage = Stage(execute=lambda _: work(), folder=Path.cwd(), environ=dict(os.environ), scratch=scratch)
        phases = Phase(name="a", task="t"), Phase(name="b", run="echo shell; cat", depends_on=(Dependency("a"),))
        print(run_sequence(Sequence("shop", phases), stage, on_event=show).outcome, file=file)
"""


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
def test_a_start_up_may_have_no_streams(tmp_path: Path, closed: str) -> None:
    """Where a start-up has its input, output or errors closed, its phases are not confused by that."""
    said = tmp_path / "said"
    command = f'exec "$@" {closed}'
    code = f"from migrate_tasks.startup.spec import Dependency\n{PRELUDE}\n{CLOSED}"

    done = subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, "-c", code, "0", str(said)],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=False,
        timeout=LONG,
    )

    assert (done.returncode, said.read_text()) == (0, "said\ncomplained\ntold\nshell\nsucceeded\n")


def test_nothing_is_left_of_200_phases(witness: Witness) -> None:
    """After 200 phases, each with a daemon, there is no process, no zombie and no file more than before."""
    before = (children(), len(os.listdir("/dev/fd")))  # noqa: PTH208 -- counted, not used
    phases = [a_phase(f"p{number}") for number in range(200)]

    def work() -> None:
        become_daemon(sleep_long)

    ran = run_all(dict.fromkeys(phases, work), jobs=8)

    assert ran.result.outcome == "succeeded"
    assert (children(), len(os.listdir("/dev/fd"))) == before  # noqa: PTH208 -- same
    assert witness.all_gone(0)


STUBBORN = """
def stubborn():
    print(Path(os.environ["STARTUP_OUTPUT"]).parent, os.getppid(), flush=True)
    subprocess.Popen(["sh", "-c", "trap '' TERM HUP INT; while :; do sleep 1; done"], pass_fds=[int(sys.argv[1])])
    {daemon}
    print("begun", flush=True)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)

def show(event):
    if isinstance(event, PhaseOutput):
        print(event.line, flush=True)
    if isinstance(event, PhaseFinished) and event.result.error:
        print(event.result.error.message, flush=True)

run(stubborn, show, grace_period=timedelta(seconds=0.3))
"""
DAEMON = 'subprocess.Popen(["sleep", "30"], pass_fds=[int(sys.argv[1])], start_new_session=True)'


@pytest.fixture
def stubborn(script: Callable[[str], Script]) -> Callable[..., tuple[Script, Path, int]]:
    """Start a script whose only phase will not end; returns it, its scratch folder and its warden."""

    def start(daemon: str = DAEMON) -> tuple[Script, Path, int]:
        running = script(STUBBORN.format(daemon=daemon))
        assert running.process.stdout
        folder, warden = running.process.stdout.readline().split()
        running.until("begun")
        return running, Path(folder), int(warden)

    return start


def test_nothing_is_left_when_the_supervisor_is_killed(
    stubborn: Callable[..., tuple[Script, Path, int]], witness: Witness
) -> None:
    """After a SIGKILL to the start-up its phases are ended within their grace period, and its files removed."""
    running, folder, _ = stubborn()

    with metronome() as lateness:
        running.process.kill()
        is_gone = witness.all_gone(0.3 + MORE) or witness.all_gone(lateness())

    assert is_gone
    until(lambda: not folder.exists())


def test_nothing_is_left_when_the_warden_is_killed(
    stubborn: Callable[..., tuple[Script, Path, int]], witness: Witness
) -> None:
    """After a SIGKILL to who watches over a phase, the start-up ends what that had, and says so."""
    running, folder, warden = stubborn()

    os.kill(warden, signal.SIGKILL)

    assert running.ended() == (0, "the process that watched over the phase was killed\nfailed\n")
    assert witness.all_gone(0)
    assert not folder.exists()


def test_the_process_group_dies_when_both_are_killed(
    stubborn: Callable[..., tuple[Script, Path, int]], witness: Witness
) -> None:
    """Where both are killed, so that nobody is left to end it, the kernel ends the phase and its process group."""
    running, folder, warden = stubborn("pass")

    running.process.send_signal(signal.SIGSTOP)  # it cannot clear up after the warden
    os.kill(warden, signal.SIGKILL)
    running.process.kill()

    assert witness.all_gone()
    shutil.rmtree(folder)  # that is left


def test_a_phase_that_kills_its_warden_has_failed(witness: Witness) -> None:
    """A phase that kills the process that watches over it fails, and leaves nothing."""

    def work() -> None:
        become_daemon(sleep_long)
        os.kill(os.getppid(), signal.SIGKILL)
        loop()

    ran = run_all({a_phase(retries=2, retry_on=("any",)): work})

    error = PhaseError("the process that watched over the phase was killed")
    assert [(attempt.outcome, attempt.error) for attempt in ran.phase.attempts] == [(Outcome.FAILED, error)] * 3
    assert witness.all_gone(0)


def test_a_warden_that_is_stopped_is_killed_in_the_end(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warden that does not do its work is killed some seconds after the grace period, and its phase is ended."""
    monkeypatch.setattr("migrate_tasks.startup.phase_run.CLEARING", 0.3)

    def work() -> None:
        become_daemon(sleep_long)
        os.kill(os.getppid(), signal.SIGSTOP)
        loop()

    ran = run(work, a_phase(timeout=LIMIT, grace=GRACE))

    assert (ran.phase.outcome, ran.phase.error) == (Outcome.TIMED_OUT, TIMED_OUT)
    assert witness.all_gone(0)


@pytest.fixture
def as_nobody() -> Callable[[Callable[[], object]], str]:
    """Do work in a process of an ordinary user, and return what it gives, as text; skipped where we are not root."""
    if os.geteuid() != 0:
        pytest.skip("not root: all other tests here run as an ordinary user")

    def do(work: Callable[[], object]) -> str:
        reader, writer = os.pipe()

        def leave_root() -> None:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.chdir("/")
            os.write(writer, str(work()).encode())

        os.waitpid(fork(leave_root), 0)
        os.close(writer)
        with os.fdopen(reader) as answer:
            return answer.read()

    return do


@pytest.mark.parametrize("name", ["daemon-ignores", "child-ignores", "respawning-daemons"])
def test_an_ordinary_user_is_enough(
    witness: Witness, as_nobody: Callable[[Callable[[], object]], str], name: str
) -> None:
    """Without root's rights, a stubborn phase is ended as well."""
    work = {**ENDS_WHEN_ASKED, **IS_KILLED}[name]

    assert as_nobody(lambda: run(work, a_phase(timeout=LIMIT, grace=GRACE)).phase.error) == str(TIMED_OUT)
    assert witness.all_gone(0)


def test_what_became_another_user_is_named(
    witness: Witness, as_nobody: Callable[[Callable[[], object]], str], tmp_path: Path
) -> None:
    """A program that became another user cannot be ended by an ordinary one, who is told which it is."""
    setpriv = shutil.which("setpriv") or pytest.skip("setpriv is not here")
    folder = Path("/tmp") / tmp_path.name
    folder.mkdir(mode=0o755)
    program = folder / "become-root"
    shutil.copy(setpriv, program)
    program.chmod(0o4755)
    command = f"setsid {program} --reuid 0 sleep {LONG} & sleep 0.2; exec sleep {LONG}"

    said = as_nobody(lambda: run(loop, a_phase(timeout=0.8, grace=GRACE, run=command)).phase.error)

    shutil.rmtree(folder)
    found = re.search(r"could not end all that it had started: process (\d+) \(sleep\)", said)
    if not found:
        pytest.skip("programs cannot become another user here")
    os.kill(int(found[1]), signal.SIGKILL)
    assert witness.all_gone()
