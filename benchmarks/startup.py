"""How long the commands take, as whole processes, beside the least that could do the same, in one run.

    python benchmarks/startup.py [RUNS]

Prints the median of RUNS (20) for each pair, and their ratio. The commands of a pair take turns, so that a
machine that gets slower slows both.
"""

from __future__ import annotations

import os
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
SELECT_1 = "import os, psycopg\nwith psycopg.connect(os.environ['DATABASE_URL']) as c: c.execute('SELECT 1')"

Command = tuple[list[str], Path]


def seconds(command: Command, environ: dict[str, str]) -> float:
    """Return how long a command takes."""
    arguments, where = command
    started = time.perf_counter()
    subprocess.run(arguments, cwd=where, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, check=True)
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


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        empty = here / "empty"
        empty.mkdir()
        (empty / "tasks.py").write_text(EMPTY_TASKS)
        with EmbeddedServer(here / "server") as server:
            environ = {"DATABASE_URL": server.url(), "APP_ENV": "development"}
            times = medians(
                {
                    "invoke --list, empty tasks.py": ([*INVOKE, "--list"], empty),
                    "invoke --list": ([*INVOKE, "--list"], REPOSITORY),
                    "invoke nothing, empty tasks.py": ([*INVOKE, "nothing"], empty),
                    "python: psycopg, connect, SELECT 1": ([sys.executable, "-c", SELECT_1], empty),
                    "invoke migrate.status": ([*INVOKE, "migrate.status"], REPOSITORY),
                    "invoke startup, nothing to do": ([*INVOKE, "startup"], REPOSITORY),
                },
                environ,
                runs,
            )
        example = here / "example"
        ignore = shutil.ignore_patterns(".git", ".venv", ".postgres", ".*_cache")
        shutil.copytree(REPOSITORY, example, ignore=ignore)
        first = seconds(([*INVOKE, "startup"], example), {"DATABASE_URL": "", "APP_ENV": ""}) * 1000
    for name, value in times.items():
        print(f"{name:40} {value:7.1f} ms")
    print(f"{'invoke startup, first on an empty folder':40} {first:7.1f} ms (once)")
    least = times["invoke nothing, empty tasks.py"] + times["python: psycopg, connect, SELECT 1"]
    above = times["invoke --list"] - times["invoke --list, empty tasks.py"]
    print(f"\n--list above an empty tasks.py:     {above:+.1f} ms")
    print(f"startup over (nothing + SELECT 1):  {times['invoke startup, nothing to do'] / least:.2f}")


if __name__ == "__main__":
    main()
