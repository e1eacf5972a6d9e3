"""The state file: what other processes of the service read."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.render.json import Json, startup_json
from migrate_tasks.startup.result import PhaseRetrying, PhaseStarted, PhaseWaiting, TimePasses
from migrate_tasks.startup.state import Process, StartupState
from migrate_tasks.startup.state_file import StateFile, has_died, read_state_file, this_process
from tests.startup.story import REFUSED, Story, attempt, four_phases, tell_a_failure
from tests.support import REPOSITORY, until

if TYPE_CHECKING:
    from pathlib import Path

HINT = "\nHINT: It is written while `invoke startup` runs."


@pytest.fixture
def story() -> Story:
    """A start-up of our own process."""
    story = four_phases()
    story.state.process = this_process()
    return story


def names_in(folder: Path) -> list[str]:
    """Return what is in ``folder``."""
    return sorted(path.name for path in folder.iterdir())


def never(warning: str) -> None:
    """Be warned, where nobody should be."""
    raise AssertionError(warning)


def test_it_follows_the_start_up(story: Story, tmp_path: Path) -> None:
    """The file is there from the first moment, follows each transition soon, and has the result in the end."""
    path = tmp_path / "state.json"
    seen = []
    with StateFile(path, story.state, never) as file:
        story.listeners.append(file.on_event)
        phase = story.phase("migrations")
        for event in (
            TimePasses(),
            PhaseStarted(phase, 2, 4, 1),
            PhaseWaiting(phase, "held by pod-8"),
            PhaseRetrying(phase, attempt(1, REFUSED, pause=412)),
        ):
            story.tell(event)
            story.pass_time(0.05)
            seen.append(read_state_file(path)["phases"][1]["state"])
        story.finish()

    assert seen == ["pending", "running", "waiting", "retrying"]
    assert read_state_file(path) == json.loads(json.dumps(startup_json(story.state)))
    assert names_in(tmp_path) == ["state.json"]


def test_a_burst_is_written_once(story: Story, tmp_path: Path) -> None:
    """Transitions that come together are written together: the first at once, the others a moment later."""
    path = tmp_path / "state.json"
    with StateFile(path, story.state, never) as file:
        story.listeners.append(file.on_event)
        story.seconds = 1
        story.start("environment")
        story.start("migrations")
        at_once = [phase["state"] for phase in read_state_file(path)["phases"]]
        story.pass_time(0.1)
        soon = [phase["state"] for phase in read_state_file(path)["phases"]]

    assert at_once == ["running", "pending", "pending", "pending"]
    assert soon == ["running", "running", "pending", "pending"]


def test_it_is_not_written_too_often(story: Story, tmp_path: Path) -> None:
    """What phases print does not write the file, and while time passes it is written once a second."""
    path = tmp_path / "state.json"
    durations = []
    with StateFile(path, story.state, never) as file:
        story.listeners += [file.on_event, lambda _: durations.append(read_state_file(path)["duration_ms"])]
        story.say("environment", *["line"] * 100)
        for _ in range(10):
            story.pass_time(0.25)

    assert durations == [0] * 103 + [1000] * 4 + [2000] * 3


def test_the_folder(story: Story, tmp_path: Path) -> None:
    """A new folder is made such that git does not see it, and one that was there is left as it is."""
    with StateFile(tmp_path / "new" / "state.json", story.state, never):
        pass

    assert names_in(tmp_path / "new") == [".gitignore", "state.json"]
    assert (tmp_path / "new" / ".gitignore").read_text() == "*\n"
    assert names_in(tmp_path) == ["new"]


def test_who_may_read_it(story: Story, tmp_path: Path) -> None:
    """The umask says who may read the file, since the service may have another user than its entrypoint."""
    modes = {}
    for umask in (0o022, 0o027, 0o077):
        before = os.umask(umask)
        try:
            with StateFile(tmp_path / "state.json", story.state, never):
                modes[umask] = (tmp_path / "state.json").stat().st_mode & 0o777
        finally:
            os.umask(before)

    assert modes == {0o022: 0o644, 0o027: 0o640, 0o077: 0o600}


def test_no_link_is_followed(story: Story, tmp_path: Path) -> None:
    """A link where the new file would be written is replaced, and what it points to stays as it was."""
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / f".state.json.{os.getpid()}.new").symlink_to(victim)
    with StateFile(tmp_path / "state.json", story.state, never):
        pass

    assert victim.read_text() == "mine"
    assert names_in(tmp_path) == ["state.json", "victim"]


def test_where_it_cannot_be_written(story: Story, tmp_path: Path) -> None:
    """Where the file cannot be written, one warning says so, and the start-up goes on."""
    (tmp_path / "file").touch()
    warnings: list[str] = []
    path = tmp_path / "file" / "state.json"
    with StateFile(path, story.state, warnings.append) as file:
        story.listeners.append(file.on_event)
        tell_a_failure(story)

    assert warnings == [f'warning: the state of the start-up could not be written to "{path}": not a directory']


def test_a_full_disk(tmp_path: Path) -> None:
    """On a full disk the last state that could be written stays, nothing else is left, and one warning says so."""
    limited = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from migrate_tasks.startup.state_file import StateFile\n"
        "from tests.startup.story import four_phases, tell_a_failure\n"
        "story = four_phases()\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "with StateFile(Path(sys.argv[1]), story.state, print) as file:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "    story.listeners.append(file.on_event)\n"
        "    tell_a_failure(story)\n"
    )
    path = tmp_path / "state.json"
    said = subprocess.run(
        [sys.executable, "-c", limited, path],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert said.stdout == f'warning: the state of the start-up could not be written to "{path}": file too large\n'
    assert json.loads(path.read_text())["phases"][0]["state"] == "pending"
    assert names_in(tmp_path) == ["state.json"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, 'there is no state of a start-up in "{}"' + HINT),
        (b"", '"{}" is not the state of a start-up: it is no JSON, or cut off' + HINT),
        (b'{"version": 1, "na', '"{}" is not the state of a start-up: it is no JSON, or cut off' + HINT),
        (b"\xff\xfe\x00", '"{}" is not the state of a start-up: it is no JSON, or cut off' + HINT),
        (b"[" * 100_000, '"{}" is not the state of a start-up: it is no JSON, or cut off' + HINT),
        (b"[1]", '"{}" is not the state of a start-up' + HINT),
        (b'{"version": 1, "name": "shop"}', '"{}" is not the state of a start-up' + HINT),
    ],
)
def test_files_that_are_none(tmp_path: Path, content: bytes | None, message: str) -> None:
    """A file that is missing, cut off or somebody else's is told as such."""
    path = tmp_path / "state.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigurationError) as refused:
        read_state_file(path)
    assert str(refused.value) == message.format(path)


def test_a_folder_is_none(tmp_path: Path) -> None:
    """Where the path is a folder, the system's reason is told."""
    with pytest.raises(ConfigurationError) as refused:
        read_state_file(tmp_path)
    assert str(refused.value) == f'"{tmp_path}" could not be read: is a directory'


def test_another_version(story: Story, tmp_path: Path) -> None:
    """A document of a version to come is not guessed at."""
    path = tmp_path / "state.json"
    path.write_text(json.dumps({**startup_json(story.state), "version": 2}))

    with pytest.raises(ConfigurationError) as refused:
        read_state_file(path)
    assert str(refused.value) == (
        f'"{path}" has version 2 of the format, and 1 is known\nHINT: Read it with the migrate-tasks that wrote it.'
    )


def state_of(path: Path, state: StartupState) -> str:
    """Return what a reader is told of ``state``."""
    path.write_text(json.dumps(startup_json(state)))
    found: Json = read_state_file(path)
    return str(found["state"])


def test_a_process_that_died(story: Story, tmp_path: Path) -> None:
    """A start-up whose process was killed has died, also while nobody has waited for it, and one that ended has not."""
    path = tmp_path / "state.json"
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from migrate_tasks.startup.state_file import StateFile, this_process\n"
        "from tests.startup.story import four_phases\n"
        "story = four_phases()\n"
        "story.state.process = this_process()\n"
        "StateFile(Path(sys.argv[1]), story.state, print).write()\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, path], env={**os.environ, "PYTHONPATH": str(REPOSITORY)})
    try:
        until(path.exists)
        alive = read_state_file(path)["state"]
    finally:
        process.kill()
    until(lambda: read_state_file(path)["state"] == "died")
    process.wait()

    assert alive == "running"
    assert read_state_file(path)["state"] == "died"
    story.state.process = replace(this_process(), pid=process.pid)
    assert state_of(path, story.finish()) == "succeeded"


def test_who_is_known_to_have_died() -> None:
    """A later process with the same pid is another; of other hosts and other containers nothing is known."""
    ours = this_process()
    namespace = ours.mark.partition(" ")[0]

    assert not has_died(ours)
    assert has_died(replace(ours, mark=f"{namespace} 1"))
    assert not has_died(Process(2**22 + 1, "elsewhere", ours.mark))
    assert not has_died(replace(ours, mark="pid:[1] 1"))
    assert has_died(Process(2**22 + 1, ours.host))
    assert not has_died(Process(os.getpid(), ours.host))


@pytest.mark.skipif(not shutil.which("unshare") or os.geteuid() != 0, reason="needs root, to make a pid namespace")
def test_from_another_container(story: Story, tmp_path: Path) -> None:
    """A reader in another pid namespace of the same host does not take a running start-up for dead."""
    path = tmp_path / "state.json"
    path.write_text(json.dumps(startup_json(story.state)))
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from migrate_tasks.startup.state_file import read_state_file\n"
        "print(read_state_file(Path(sys.argv[1]))['state'])\n"
    )
    said = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", code, path],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "Operation not permitted" in said.stderr:
        pytest.skip("the system makes no pid namespace")

    assert (said.stdout, said.stderr) == ("running\n", "")
