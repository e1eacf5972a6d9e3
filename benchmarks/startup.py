"""How long the commands take, as whole processes, beside the least that could do the same, in one run.

    python benchmarks/startup.py [RUNS]

Prints the median of RUNS (20; 5 for what sleeps) for each command, and what is to be compared. The commands take turns,
so that a machine that gets slower slows all. What a start-up costs is measured against ``invoke nothing``, and against
its phases as invoke subprocesses one after another, which is what an entrypoint of shell lines does.
"""

from __future__ import annotations

import os
import shlex
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from migrate_tasks.postgres.servers.embedded import EmbeddedServer

REPOSITORY = Path(__file__).parent.parent
INVOKE = [sys.executable, str(Path(sysconfig.get_path("scripts"), "invoke"))]
EMPTY_TASKS = "from invoke import task\n\n@task\ndef nothing(c):\n    pass\n"
SLEEPING_TASKS = "import time\nfrom invoke import task\n\n@task\ndef pause(c):\n    time.sleep(1)\n"
STARTUP = """
from invoke import Collection
from migrate_tasks.tasks import startup
namespace = Collection(startup, {})
"""
SELECT_1 = "import os, psycopg\nwith psycopg.connect(os.environ['DATABASE_URL']) as c: c.execute('SELECT 1')"

# with it, each child would compile what it loads, unlike in any image
INHERITED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

UNUSED_URL = "DATABASE_URL=postgresql://shop@localhost:5432/shop"  # so that no server is started

Command = tuple[list[str], Path]


def seconds(command: Command, environ: dict[str, str]) -> float:
    """Return how long a command takes."""
    arguments, where = command
    started = time.perf_counter()
    subprocess.run(arguments, cwd=where, env={**INHERITED, **environ}, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def medians(commands: dict[str, Command], environ: dict[str, str], runs: int) -> dict[str, float]:
    """Return the median time of each command in milliseconds, taken in turns after one warm-up."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(runs + 1):
        for name, command in commands.items():
            took = seconds(command, environ)
            if number:
                times[name].append(took * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


def project(folder: Path, tasks: str, startup: str = "") -> Path:
    """Return a new folder with a tasks.py and, where one is given, a startup.yaml."""
    folder.mkdir()
    (folder / "tasks.py").write_text(tasks)
    if startup:
        (folder / "startup.yaml").write_text(f"phases: [{startup}]\n")
    return folder


def in_turn(task: str, times: int) -> list[str]:
    """Return a shell command that runs an invoke task several times, each in its own process."""
    return ["sh", "-ec", "\n".join([shlex.join([*INVOKE, task])] * times)]


def commands(here: Path) -> dict[str, Command]:
    """Return what takes no time of its own; projects are made in ``here``."""
    empty = project(here / "empty", EMPTY_TASKS)
    phases = ", ".join(f"{{name: phase_{number}, task: nothing}}" for number in range(10))
    ten = project(here / "ten", EMPTY_TASKS + STARTUP.format("nothing"), phases)
    start = ["env", UNUSED_URL, *INVOKE, "startup"]
    return {
        "invoke --list, empty tasks.py": ([*INVOKE, "--list"], empty),
        "invoke --list": ([*INVOKE, "--list"], REPOSITORY),
        "invoke nothing, empty tasks.py": ([*INVOKE, "nothing"], empty),
        "ten phases: nothing": (start, ten),
        "ten phases: nothing, the first time": (["sh", "-c", f"rm -f .startup/checked; exec {shlex.join(start)}"], ten),
        "ten times invoke nothing": (in_turn("nothing", 10), empty),
        "python: psycopg, connect, SELECT 1": ([sys.executable, "-c", SELECT_1], empty),
        "invoke migrate.status": ([*INVOKE, "migrate.status"], REPOSITORY),
        "invoke startup, nothing to do": ([*INVOKE, "startup"], REPOSITORY),
    }


def sleeping_commands(here: Path) -> dict[str, Command]:
    """Return what sleeps; projects are made in ``here``."""
    phases = ", ".join(f"{{name: phase_{number}, task: pause, depends_on: []}}" for number in range(3))
    return {
        "three phases of 1 s, side by side": (
            ["env", UNUSED_URL, *INVOKE, "startup"],
            project(here / "three", SLEEPING_TASKS + STARTUP.format("pause"), phases),
        ),
        "three times invoke, 1 s each": (in_turn("pause", 3), project(here / "pause", SLEEPING_TASKS)),
    }


def first_start(here: Path) -> float:
    """Return the milliseconds of a first start of this repository, its embedded server's initdb included."""
    example = here / "example"
    ignore = shutil.ignore_patterns(".git", ".venv", ".postgres", ".startup", ".*_cache")
    shutil.copytree(REPOSITORY, example, ignore=ignore)
    return seconds(([*INVOKE, "startup"], example), {"DATABASE_URL": "", "APP_ENV": ""}) * 1000


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        with EmbeddedServer(here / "server") as server:
            environ = {"DATABASE_URL": server.url(), "APP_ENV": "development"}
            times = medians(commands(here), environ, runs)
            times |= medians(sleeping_commands(here), environ, min(runs, 5))
        first = first_start(here)
    for name, value in times.items():
        print(f"{name:40} {value:7.1f} ms")
    print(f"{'invoke startup, first on an empty folder':40} {first:7.1f} ms (once)\n")
    nothing, ten = times["invoke nothing, empty tasks.py"], times["ten phases: nothing"]
    for what, value in {
        "--list above an empty tasks.py": times["invoke --list"] - times["invoke --list, empty tasks.py"],
        "ten phases above one invoke (bound: 100)": ten - nothing,
        "the first time, schema and all": times["ten phases: nothing, the first time"] - nothing,
        "ten phases against ten times invoke": ten - times["ten times invoke nothing"],
    }.items():
        print(f"{what:40} {value:+7.1f} ms")
    print(f"{'three of 1 s side by side (bound: 1500)':40} {times['three phases of 1 s, side by side']:7.1f} ms")
    least = nothing + times["python: psycopg, connect, SELECT 1"]
    print(f"{'startup over (nothing + SELECT 1)':40} {times['invoke startup, nothing to do'] / least:7.2f}")


if __name__ == "__main__":
    main()
