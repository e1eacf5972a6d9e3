"""The examples of the rules, in tests/lint/rules: files, and folders of migrations of which the last one is looked at.

After a line with a violation stands ``-- expect COLUMN: MESSAGE``, and may stand ``-- help: HELP``, a comment a line of
it. ``-- postgres_version N`` says what server an example is for.
"""

from __future__ import annotations

import re
from pathlib import Path

from migrate_tasks.lint.report import Source
from migrate_tasks.lint.step import Target

EXAMPLES = Path(__file__).parent / "rules"
EXPECTED = re.compile(r"-- expect (\d+): (.*)")
HELP = "-- help: "
VERSION = re.compile(r"-- postgres_version (\d+)")
Violations = list[tuple[int, int, str]]


def examples_of(rule: str, kind: str) -> list[Path]:
    """Return the examples of a rule: bad.sql, bad-2.sql, folders bad, bad-2 ..."""
    return sorted((EXAMPLES / rule).glob(f"{kind}*"), key=lambda example: (example.stem != kind, example))


def sources_of(example: Path) -> list[Source]:
    """Return the files of an example."""
    files = sorted(example.glob("*.sql")) if example.is_dir() else [example]
    return [Source(file.name, file.stem, file.read_text(), file is files[-1]) for file in files]


def target_of(example: Path) -> Target:
    """Return what an example is for."""
    version = VERSION.search(sources_of(example)[-1].text)
    return Target(postgres_version=int(version[1])) if version else Target()


def expected_in(text: str) -> tuple[Violations, list[str]]:
    """Return line, column and message of what the comments of an example expect, and the helps, where they are told."""
    found: Violations = []
    helps: list[str] = []
    code = 0
    for number, line in enumerate(text.splitlines(), 1):
        if match := EXPECTED.fullmatch(line):
            found.append((code, int(match[1]), match[2]))
            helps.append("")
        elif line.startswith(HELP):
            helps[-1] += ("\n" if helps[-1] else "") + line.removeprefix(HELP)
        else:
            code = number if line.strip() else code
    return found, helps


def without_marks(text: str) -> str:
    """Return the text of an example without the comments that are for the tests."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not (line.startswith(("-- expect ", HELP)) or VERSION.match(line)))
