"""What linting costs, beside sqlglot's parser, squawk and sqlfluff, all in one run.

    python benchmarks/linting.py [--rounds 5] [--peers DIR] [--without-sqlfluff]

First, in one process each: 2,000 statements in 200 files are parsed by sqlglot, and linted by us, with every rule that
is on. Then whole commands on the same files: migrate-lint, squawk and sqlfluff (its rules for Postgres, its default
layout rules off, on as many files as fit into its turn). Then one file of a folder of 1,000, as a commit hook has it.
Then one file that doubles in size up to 5 MB: the time for a megabyte stays the same where it is linear.
The peers come from PyPI, into the temporary folder or the one of ``--peers``. Medians of the rounds, in turns.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FILES, MANY_FILES = 200, 1000
SQLFLUFF_FILES = 20
LARGEST = 5_000_000  # characters
FILE = """\
-- What belongs to item {0}
CREATE TABLE item_{0} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    parent_id bigint REFERENCES item_{1},
    state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'open', 'done')),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX item_{0}_name ON item_{0} (name);
CREATE INDEX item_{0}_parent_id ON item_{0} (parent_id) WHERE parent_id IS NOT NULL;
COMMENT ON TABLE item_{0} IS 'One of many';
ALTER TABLE item_{0} ADD COLUMN note text, ADD COLUMN price numeric(10, 2) NOT NULL DEFAULT 0;
ALTER TABLE item_{0} ADD CONSTRAINT price_is_positive CHECK (price >= 0) NOT VALID;
INSERT INTO item_{0} (name, price) VALUES ('first', 1), ('second', 2.5);
UPDATE item_{0} SET note = 'cheap' WHERE id IN (SELECT id FROM item_{0} WHERE price < 2 ORDER BY id LIMIT 100);
CREATE FUNCTION touch_{0}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.note := 'x'; RETURN NEW; END $$;
GRANT SELECT ON item_{0} TO PUBLIC;
"""
IN_PROCESS = """\
import sys, time
from pathlib import Path
files = sorted(Path(sys.argv[1]).glob("*.sql"))
texts = [(file.name, file.stem, file.read_text()) for file in files]
{prepare}
started = time.perf_counter()
{work}
print(time.perf_counter() - started)
"""
SQLGLOT = {
    "prepare": "import sqlglot\nsqlglot.parse('SELECT 1', read='postgres')\nimport logging; logging.disable()",
    "work": "for _, _, text in texts: sqlglot.parse(text, read='postgres')",
}
OURS = {
    "prepare": "from migrate_tasks.lint.engine import lint\nfrom migrate_tasks.lint.report import Source\n"
    "from migrate_tasks.lint.settings import LintSettings\nsources = [Source(*each) for each in texts]\n"
    "lint([], LintSettings())",
    "work": "lint(sources, LintSettings())",
}


@dataclass(frozen=True)
class Folders:
    """The files to be linted."""

    root: Path

    @property
    def some(self) -> Path:
        """200 files of ten statements."""
        return self.root / "some"

    @property
    def many(self) -> Path:
        """1,000 of them."""
        return self.root / "many"

    def write(self) -> None:
        """Write them."""
        for folder, count in ((self.some, FILES), (self.many, MANY_FILES)):
            folder.mkdir()
            for number in range(1, count + 1):
                text = FILE.format(number, max(number - 1, 1))
                (folder / f"{number:04}-item-{number}.sql").write_text(text)


def main() -> None:
    """Measure, and print."""
    arguments = _parsed()
    with tempfile.TemporaryDirectory() as place:
        folders = Folders(Path(place))
        folders.write()
        _compare("in one process, 2,000 statements", _in_process(folders), arguments.rounds)
        _compare("whole commands, 200 files", _commands(folders, arguments), arguments.rounds)
        _compare("whole commands, 1 file of 1,000", {"migrate-lint": _one_of_many(folders)}, arguments.rounds)
        _print_growth(folders.root)


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, default=Path(tempfile.gettempdir()) / "migrate-tasks-lint-peers")
    parser.add_argument("--without-sqlfluff", action="store_true")
    return parser.parse_args()


def _compare(title: str, contestants: Mapping[str, Callable[[], float]], rounds: int) -> None:
    """Print the median seconds of each, and how many times the first one's that is."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            seconds[name].append(run())
    medians = {name: statistics.median(each) for name, each in seconds.items()}
    first = next(iter(medians.values()))
    print(f"\n{title}")
    for name, median in medians.items():
        print(f"  {name:32} {median:8.3f} s {median / first:8.2f}")


def _in_process(folders: Folders) -> dict[str, Callable[[], float]]:
    def run(parts: dict[str, str]) -> float:
        command = [sys.executable, "-c", IN_PROCESS.format(**parts), str(folders.some)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    return {"sqlglot.parse": lambda: run(SQLGLOT), "migrate_tasks.lint": lambda: run(OURS)}


def _commands(folders: Folders, arguments: argparse.Namespace) -> dict[str, Callable[[], float]]:
    peers = _installed(arguments.peers, with_sqlfluff=not arguments.without_sqlfluff)
    files = sorted(map(str, folders.some.glob("*.sql")))
    commands = {
        "migrate-lint": _timed(folders.root, [_own("migrate-lint"), str(folders.some)]),
        "squawk": _timed(folders.root, [str(peers / "squawk"), *files]),
    }
    if not arguments.without_sqlfluff:
        some = files[:SQLFLUFF_FILES]
        sqlfluff = [str(peers / "sqlfluff"), "lint", "--dialect", "postgres", "--rules", "PG01,PG02", *some]
        commands[f"sqlfluff, {FILES // len(some)} x {len(some)} files"] = lambda: (
            _timed(folders.root, sqlfluff)() * FILES / len(some)
        )
    return commands


def _one_of_many(folders: Folders) -> Callable[[], float]:
    last = max(folders.many.glob("*.sql"))
    return _timed(folders.root, [_own("migrate-lint"), str(last)])


def _own(command: str) -> str:
    return str(Path(sys.executable).parent / command)


def _timed(folder: Path, command: list[str]) -> Callable[[], float]:
    def run() -> float:
        started = time.perf_counter()
        subprocess.run(command, check=False, capture_output=True, cwd=folder)
        return time.perf_counter() - started

    return run


def _installed(folder: Path, *, with_sqlfluff: bool) -> Path:
    programs = folder / "bin"
    wanted = ["squawk-cli", *["sqlfluff"] * with_sqlfluff]
    if not all((programs / name.removesuffix("-cli")).exists() for name in wanted):
        venv.create(folder, with_pip=True)
        subprocess.run([programs / "pip", "install", "--quiet", *wanted], check=True)
    return programs


def _print_growth(root: Path) -> None:
    """Print what a megabyte of one file costs, for files of growing size."""
    print("\nin one process, one file")
    folder = root / "large"
    folder.mkdir()
    size = LARGEST // 8
    while size <= LARGEST:
        text = "".join(FILE.format(number, max(number - 1, 1)) for number in range(1, size // len(FILE) + 1))
        (folder / "001-large.sql").write_text(text)
        command = [sys.executable, "-c", IN_PROCESS.format(**OURS), str(folder)]
        seconds = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"  {len(text) / 1e6:6.2f} MB {seconds:8.3f} s {seconds / len(text) * 1e6:8.3f} s/MB")
        size *= 2


if __name__ == "__main__":
    main()
