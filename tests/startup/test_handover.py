"""Commands that a start-up hands over to: real processes, in namespaces of their own where they must be PID 1."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.startup.handover import become, command_of, find, supervise
from tests.support import clean_environment, parent_of, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Python 3.12 warns of a fork beside threads; pytest-xdist's worker has one, a start-up has none
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

LONG = 30  # seconds that no test waits for, and after which nothing that went wrong is left
UNSHARE = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
AS_SOMEBODY = ("--user", "--map-root-user")
PRELUDE = """
import os, signal, sys
from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.startup.handover import become, supervise
"""
SUPERVISE = f"{PRELUDE}sys.exit(supervise(sys.argv[1:], os.environ))"
BECOME = f"""{PRELUDE}
try:
    become(sys.argv[1:], os.environ)
except MigrateTasksError as error:
    print(error)
    sys.exit(error.exit_code)
"""
ENDED_CHILDREN = """
for _ in range(3):
    os.waitid(os.P_PID, os.posix_spawnp("true", ["true"], os.environ), os.WEXITED | os.WNOWAIT)
"""
# what the tests hand over to: it tells of each signal, and ends with their number at SIGUSR2
TELL_OF_SIGNALS = """
import os, signal, sys, time
heard = []
def hear(number, _):
    heard.append(number)
    os.write(1, f"{signal.Signals(number).name}\\n".encode())
    if number == signal.SIGUSR2:
        os._exit(len(heard))
for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
    if number < signal.SIGRTMIN or number in (signal.SIGRTMIN, signal.SIGRTMAX):
        signal.signal(number, hear)
if sys.argv[1:] == ["setsid"]:
    os.setsid()
os.write(1, f"begun {os.getpid()}\\n".encode())
for _ in range(30):  # sleep() goes on after a signal
    time.sleep(1)
"""
# the shell in a terminal: what it is given runs in the foreground; it tells when that stops, and continues it once
SHELL = """
import fcntl, os, signal, subprocess, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = subprocess.Popen(sys.argv[1:], process_group=0, preexec_fn=lambda: signal.signal(signal.SIGTTOU, signal.SIG_DFL))
os.tcsetpgrp(0, job.pid)
_, status = os.waitpid(job.pid, os.WUNTRACED)
if os.WIFSTOPPED(status):
    os.tcsetpgrp(0, os.getpgrp())
    print("stopped", flush=True)
    sys.stdin.readline()
    os.tcsetpgrp(0, job.pid)
    os.killpg(job.pid, signal.SIGCONT)
    _, status = os.waitpid(job.pid, 0)
print("ended with", os.waitstatus_to_exitcode(status), flush=True)
"""
REFUSED_BY_KERNEL = {
    "windows": "no such file or directory\n"
    "HINT: Its first line names an interpreter that is not here; mind a carriage return at its end.",
    "bare": "exec format error\nHINT: Begin a script with a line such as #!/bin/sh; a binary must be for this machine.",
}


@dataclass(frozen=True)
class Running:
    """A process of its own, whose output can be waited for."""

    process: subprocess.Popen[bytes]
    output: int

    def until(self, line: str) -> re.Match[str]:
        """Return what ``line``, a pattern, matched of the first line that it matches."""
        read = b""
        while not (found := re.search(rf"^{line}\r?\n", read.decode(), re.MULTILINE)):
            ready, _, _ = select.select([self.output], [], [], LONG / 3)
            assert ready, read
            byte = os.read(self.output, 1)
            assert byte, read
            read += byte
        return found

    def ended(self) -> int:
        """Wait for the process, and return its exit code."""
        return self.process.wait(LONG)

    @property
    def child(self) -> int:
        """The pid of its only child."""
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text())


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Start a Python code with arguments, after other programs where they are given."""
    started: list[subprocess.Popen[bytes]] = []

    def start(code: str, *arguments: str, before: tuple[str, ...] = (), keep: tuple[int, ...] = ()) -> Running:
        process = subprocess.Popen(
            [*before, sys.executable, "-c", code, *arguments],
            pass_fds=keep,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=clean_environment({"PYTHONUNBUFFERED": ""}),
        )
        started.append(process)
        assert process.stdout
        return Running(process, process.stdout.fileno())

    yield start
    for process in started:
        with process:
            process.kill()


@pytest.fixture
def terminal() -> Iterator[Callable[..., tuple[Running, int]]]:
    """Start a command in the foreground of a terminal of its own; returns what is shown there and its keyboard."""
    opened: list[int] = []
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> tuple[Running, int]:
        keyboard, screen = os.openpty()
        opened.append(keyboard)
        process = subprocess.Popen(
            [sys.executable, "-c", SHELL, *command],
            stdin=screen,
            stdout=screen,
            stderr=screen,
            start_new_session=True,
            env=clean_environment({"PYTHONUNBUFFERED": ""}),
        )
        os.close(screen)
        started.append(process)
        return Running(process, keyboard), keyboard

    yield start
    for keyboard in opened:
        os.close(keyboard)  # which ends what runs there by SIGHUP
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def unshare() -> tuple[str, ...]:
    """The command that makes what follows it PID 1."""
    if shutil.which(UNSHARE[0]) is None:
        pytest.skip("unshare is not here: apt-get install util-linux")
    refusals = []
    for command in (UNSHARE, (*UNSHARE, *AS_SOMEBODY)):
        tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            return command
        refusals.append(tried.stderr.strip())
    pytest.skip(f"there may be no namespace of processes here: {refusals}")


@pytest.fixture
def programs(tmp_path: Path) -> dict[str, str]:
    """An environment whose PATH has one folder of programs, good and bad."""
    for name, text, mode in (
        ("serve", "#!/bin/sh\n", 0o755),
        ("notes", "#!/bin/sh\n", 0o644),
        ("windows", "#!/bin/sh\r\n", 0o755),
        ("bare", "exit 0\n", 0o755),
    ):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(mode)
    (tmp_path / "folder").mkdir()
    return {"PATH": f"/nowhere:{tmp_path}"}


def state_of(pid: int) -> str:
    """Return the state of a process, as ps shows it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def refusal(ask: Callable[[], object]) -> str:
    """Return the error that ``ask`` raises, whose exit code is 78."""
    with pytest.raises(ConfigurationError) as caught:
        ask()
    assert caught.value.exit_code == 78
    return str(caught.value)


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["invoke", "startup"], None),
        (["invoke", "startup", "--", "serve"], ("serve",)),
        (["invoke", "startup", "--", "serve", "a b", "", "--", "-x"], ("serve", "a b", "", "--", "-x")),
    ],
)
def test_the_command_follows_two_dashes(argv: list[str], command: tuple[str, ...] | None) -> None:
    """The command is what follows the first --, argument by argument."""
    assert command_of(argv) == command


def test_a_command_must_follow_two_dashes() -> None:
    """Two dashes with nothing after them are refused."""
    assert refusal(lambda: command_of(["invoke", "startup", "--"])) == (
        "no command follows --\nHINT: Name the one to hand over to: invoke startup -- uvicorn app:app"
    )


def test_a_program_is_found_on_the_path_that_it_will_have(programs: dict[str, str], tmp_path: Path) -> None:
    """A program is searched on the PATH of its own environment, and one with a slash is itself."""
    assert find(["serve", "x"], programs) == str(tmp_path / "serve")
    assert find([f"{tmp_path}/serve"], {}) == f"{tmp_path}/serve"
    assert find(["sh"], {}) in {"/bin/sh", "/usr/bin/sh"}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("sevre", 'there is no program "sevre" on PATH\nDETAIL: PATH is {path}.\nHINT: Did you mean "serve"?'),
        ("x", 'there is no program "x" on PATH\nDETAIL: PATH is {path}.\nHINT: Install it, or give its path.'),
        (
            "folder",
            'there is no program "folder" on PATH\nDETAIL: PATH is {path}.\nHINT: Install it, or give its path.',
        ),
        ("./x", 'there is no program "./x"\nHINT: The working directory is {here}.'),
        ("notes", '"{root}/notes" is not executable\nHINT: chmod +x {root}/notes'),
    ],
)
def test_a_program_that_is_not_there_is_told(programs: dict[str, str], tmp_path: Path, name: str, error: str) -> None:
    """A program that is not there, or may not be executed, is told before anything runs, with the way out."""
    told = error.format(path=programs["PATH"], here=Path.cwd(), root=tmp_path)

    assert refusal(lambda: find([name], programs)) == told
    assert refusal(lambda: become([name], programs)) == told
    assert refusal(lambda: supervise([name], programs)) == told


@pytest.mark.parametrize("name", REFUSED_BY_KERNEL)
def test_a_program_that_the_kernel_refuses_is_told(
    programs: dict[str, str], tmp_path: Path, start: Callable[..., Running], name: str
) -> None:
    """A program that the kernel will not execute is told with what is likely wrong with it."""
    told = f'"{tmp_path}/{name}" could not be executed: {REFUSED_BY_KERNEL[name]}'
    became = start(BECOME, f"{tmp_path}/{name}")
    became.until(re.escape(told))

    assert became.ended() == 78
    assert refusal(lambda: supervise([name], programs)) == told


def test_a_command_takes_our_place(start: Callable[..., Running]) -> None:
    """A command that we become has our pid, its arguments as given, and what we had printed before it."""
    running = start(
        BECOME.replace("try:", "print('first')\ntry:"), "sh", "-c", 'echo "$$ [$0] [$1]"; exit 3', "a  b", ""
    )

    assert running.until(r"first\n(\d+) \[a  b\] \[\]")[1] == str(running.process.pid)
    assert running.ended() == 3


@pytest.mark.parametrize("code", [BECOME, SUPERVISE], ids=["become", "supervise"])
def test_a_command_meets_signals_as_new(start: Callable[..., Running], code: str) -> None:
    """A command ignores and blocks no signal, but for what was ignored before us, as with nohup."""
    dirty = """
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
signal.signal(signal.SIGTERM, lambda *_: None)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})
"""
    show = ("grep", "^Sig[BI]")
    nohup = ("sh", "-c", 'trap "" HUP; exec "$@"', "nohup")

    assert start(code.replace(PRELUDE, PRELUDE + dirty), *show, "/proc/self/status", before=nohup).until(
        f"SigBlk:\t{0:016x}\nSigIgn:\t{1 << signal.SIGHUP - 1:016x}"
    )


def test_the_environment_is_the_one_given(start: Callable[..., Running]) -> None:
    """A command has the environment that it is given, and nothing else."""
    code = f"{PRELUDE}\nenviron = {{'A': 'b', 'PATH': os.environ['PATH']}}\n"

    for call in ("supervise(['env'], environ)", "become(['env'], environ)"):
        assert start(code + call).until(f"A=b\nPATH={re.escape(os.environ['PATH'])}")


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -KILL $$", 137), ("kill -TERM $$", 143)]
)
def test_the_exit_code_is_that_of_the_command(start: Callable[..., Running], script: str, code: int) -> None:
    """The exit code of a supervised command is its own, or 128 + n where signal n ended it."""
    assert start(SUPERVISE, "sh", "-c", script).ended() == code


def test_a_thread_does_not_hide_the_end_of_a_command(start: Callable[..., Running]) -> None:
    """The end of a command is seen although a thread, as tasks.py may have started one, takes the signal of it."""
    thread = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"

    assert start(thread + SUPERVISE, "sh", "-c", "exit 5").ended() == 5


def test_supervision_leaves_signals_and_files_as_they_were(start: Callable[..., Running]) -> None:
    """After a command, the handlers, the mask and the open files are what they were before."""
    code = """
def state():
    handlers = [signal.getsignal(number) for number in signal.valid_signals()]
    return handlers, signal.pthread_sigmask(signal.SIG_BLOCK, ()), os.listdir("/dev/fd")
signal.signal(signal.SIGCHLD, lambda *_: None)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
before = state()
supervise(["true"], os.environ)
sys.exit(state() != before)
"""

    assert start(PRELUDE + code).ended() == 0


def test_a_signal_that_comes_too_late_is_forgotten(start: Callable[..., Running]) -> None:
    """A signal that waits for a supervisor whose command has ended does not hide the command's exit code."""
    running = start(SUPERVISE, "sh", "-c", "kill -STOP $PPID; kill -VTALRM $PPID; exit 5")
    os.waitid(os.P_PID, running.process.pid, os.WSTOPPED)
    until(lambda: state_of(running.child) == "Z")

    running.process.send_signal(signal.SIGCONT)  # its queue gives the lower number first: SIGCHLD before SIGVTALRM

    assert running.ended() == 5


def test_signals_are_passed_on(start: Callable[..., Running]) -> None:
    """Every signal that a supervisor can get reaches the command once, and the command decides when to end."""
    running = start(SUPERVISE, sys.executable, "-c", TELL_OF_SIGNALS)
    running.until(r"begun \d+")
    numbers = ("HUP", "INT", "QUIT", "USR1", "ALRM", "TERM", "CONT", "TSTP", "TTIN", "WINCH", "RTMIN", "RTMAX")

    for name in numbers:
        running.process.send_signal(getattr(signal, f"SIG{name}"))
        running.until(f"SIG{name}")
    running.process.send_signal(signal.SIGUSR2)

    assert running.ended() == len(numbers) + 1


@pytest.mark.parametrize("by", ["terminal", "signal"])
def test_a_supervisor_stops_with_its_command(terminal: Callable[..., tuple[Running, int]], by: str) -> None:
    """Ctrl-Z and SIGTSTP stop the command and its supervisor, as a shell expects, which then has both go on."""
    script = 'echo "begun $PPID $$"; read line; echo "read $line"; exit 7'
    shown, keyboard = terminal(sys.executable, "-c", SUPERVISE, "sh", "-c", script)
    supervisor, command = map(int, shown.until(r"begun (\d+) (\d+)").groups())

    if by == "terminal":
        os.write(keyboard, b"\x1a")
    else:
        os.kill(supervisor, signal.SIGTSTP)
    shown.until(r"(?:\^Z)?stopped")
    assert (state_of(supervisor), state_of(command)) == ("T", "T")
    os.write(keyboard, b"fg\nhello\n")

    shown.until("read hello")
    shown.until("ended with 7")


@pytest.mark.parametrize("where", ["group", "setsid"])
def test_ctrl_c_reaches_the_command_once(terminal: Callable[..., tuple[Running, int]], where: str) -> None:
    """Ctrl-C is passed on only to a command that has left the terminal's process group, so that it comes once."""
    shown, keyboard = terminal(sys.executable, "-c", SUPERVISE, sys.executable, "-c", TELL_OF_SIGNALS, where)
    command = int(shown.until(r"begun (\d+)")[1])
    supervisor = parent_of(command)

    os.write(keyboard, b"\x03")
    shown.until(r"(?:\^C)?SIGINT")
    os.kill(supervisor, signal.SIGUSR2)  # its queue gives lower numbers first: another SIGINT would come before

    shown.until("ended with 2")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent died")
def test_a_command_dies_with_its_supervisor(start: Callable[..., Running]) -> None:
    """A supervisor that is killed by SIGKILL leaves no command running."""
    reader, writer = os.pipe()
    running = start(SUPERVISE, "sh", "-c", f"echo begun; exec sleep {LONG}", keep=(writer,))
    os.close(writer)
    running.until("begun")

    running.process.kill()

    ready, _, _ = select.select([reader], [], [], LONG / 3)
    os.close(reader)
    assert ready


def test_a_command_can_be_pid_1(start: Callable[..., Running], unshare: tuple[str, ...]) -> None:
    """A command that PID 1 becomes is PID 1 and gets SIGTERM itself."""
    running = start(BECOME, sys.executable, "-c", TELL_OF_SIGNALS, before=unshare)
    running.until("begun 1")

    os.kill(running.child, signal.SIGTERM)
    running.until("SIGTERM")
    os.kill(running.child, signal.SIGUSR2)

    assert running.ended() == 2


@pytest.mark.parametrize(
    ("script", "code"),
    [("trap 'exit 5' TERM; echo begun; sleep 30 & wait", 5), ("echo begun; exec sleep 30", 143)],
    ids=["handled", "not-handled"],
)
def test_sigterm_reaches_a_command_below_pid_1(
    start: Callable[..., Running], unshare: tuple[str, ...], script: str, code: int
) -> None:
    """SIGTERM to a supervisor that is PID 1 ends the command, also one that does not handle it, as docker stop does."""
    running = start(SUPERVISE, "sh", "-c", script, before=unshare)
    running.until("begun")

    os.kill(running.child, signal.SIGTERM)

    assert running.ended() == code


def test_pid_1_leaves_no_zombie(start: Callable[..., Running], unshare: tuple[str, ...]) -> None:
    """A supervisor that is PID 1 reaps what dies as its child, and waits for its command all the same."""
    command = """
import os, subprocess, sys, time
from pathlib import Path
orphans = [subprocess.run(["sh", "-c", "true & echo $!"], capture_output=True, text=True).stdout for _ in range(20)]
deadline = time.monotonic() + 10
while any(Path("/proc", orphan.strip()).exists() for orphan in orphans):
    if time.monotonic() > deadline:
        sys.exit("zombies")
    time.sleep(0.01)
sys.exit(6)
"""
    running = start(SUPERVISE, sys.executable, "-c", command, before=unshare)

    assert running.ended() == 6


def test_a_command_inherits_no_zombie(start: Callable[..., Running]) -> None:
    """What had ended as our child before a command takes our place is reaped."""
    running = start(BECOME.replace(PRELUDE, PRELUDE + ENDED_CHILDREN), "cat", "/proc/thread-self/children")

    assert running.process.communicate(timeout=LONG)[0] == b""
    assert running.ended() == 0


def test_an_earlier_child_is_not_taken_for_the_command(start: Callable[..., Running]) -> None:
    """What had ended as our child before is reaped with the command, whose exit code counts."""
    running = start(SUPERVISE.replace(PRELUDE, PRELUDE + ENDED_CHILDREN), "sh", "-c", "exit 5")

    assert running.ended() == 5
