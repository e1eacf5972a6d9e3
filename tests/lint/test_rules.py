"""Every rule on its own examples: what "bad" has wrong stands in its comments, "good" has nothing wrong.

An example is a file, or a folder of migrations of which the last one is looked at. After a line with a violation stands
``-- expect COLUMN: MESSAGE``, and may stand ``-- help: HELP``, a comment a line of it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.report import Source
from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.settings import LintSettings
from migrate_tasks.lint.step import Target

EXAMPLES = Path(__file__).parent / "rules"
EXPECTED = re.compile(r"-- expect (\d+): (.*)")
HELP = "-- help: "
VERSION = re.compile(r"-- postgres_version (\d+)")  # that an example is for
Violations = list[tuple[int, int, str]]


def sources_of(example: Path) -> list[Source]:
    """Return the files of an example."""
    files = sorted(example.glob("*.sql")) if example.is_dir() else [example]
    return [Source(file.name, file.stem, file.read_text(), file is files[-1]) for file in files]


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


def target_of(example: Path) -> Target:
    """Return what an example is for."""
    version = VERSION.search(sources_of(example)[-1].text)
    return Target(postgres_version=int(version[1])) if version else Target()


def judged(rule: str, example: Path) -> tuple[Violations, list[str]]:
    """Return what the linter says of an example, by that rule alone."""
    report = lint(sources_of(example), LintSettings(select=frozenset({rule}), target=target_of(example)))
    assert all(violation.rule == rule for violation in report.violations)
    return [(v.line, v.column, v.message) for v in report.violations], [v.help for v in report.violations]


def examples_of(rule: str, kind: str) -> list[Path]:
    """Return the examples of a rule: bad.sql, bad-2.sql, folders bad, bad-2 ..."""
    return sorted((EXAMPLES / rule).glob(f"{kind}*"))


@pytest.mark.parametrize("rule", all_rules())
def test_bad_examples(rule: str) -> None:
    """A rule finds just what its bad examples expect."""
    examples = examples_of(rule, "bad")
    assert examples
    for example in examples:
        found, helps = judged(rule, example)
        expected, expected_helps = expected_in(sources_of(example)[-1].text)
        assert expected
        assert found == expected, example.name
        assert [told for told, help_ in zip(helps, expected_helps, strict=True) if help_] == list(
            filter(None, expected_helps)
        )


@pytest.mark.parametrize("rule", all_rules())
def test_good_examples(rule: str) -> None:
    """A rule finds nothing in its good examples."""
    examples = examples_of(rule, "good")
    assert examples
    assert [judged(rule, example)[0] for example in examples] == [[] for _ in examples]


def test_no_example_without_a_rule() -> None:
    """Each folder of examples is of a rule."""
    assert {folder.name for folder in EXAMPLES.iterdir()} == set(all_rules())
