"""Every rule on its own examples: what "bad" has wrong stands in its comments, "good" has nothing wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.settings import LintSettings
from tests.lint.examples import EXAMPLES, Violations, examples_of, expected_in, sources_of, target_of

if TYPE_CHECKING:
    from pathlib import Path


def judged(rule: str, example: Path) -> tuple[Violations, list[str]]:
    """Return what the linter says of an example, by that rule alone."""
    report = lint(sources_of(example), LintSettings(select=frozenset({rule}), target=target_of(example)))
    assert all(violation.rule == rule for violation in report.violations)
    return [(v.line, v.column, v.message) for v in report.violations], [v.help for v in report.violations]


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
