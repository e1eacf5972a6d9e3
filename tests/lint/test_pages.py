"""What is told of the rules, and the page that is made of it."""

from __future__ import annotations

import subprocess
import sys

from migrate_tasks.lint.pages import explain, rules_list, rules_page
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from tests.support import REPOSITORY, clean_environment

LOCKS = Rule(
    name="ban-x", group=Group.LOCKS, summary="an x is dropped", reason="It\nblocks.\n", lock="ACCESS EXCLUSIVE"
)
OFF = Rule(
    name="z",
    group=Group.DESIGN,
    summary="a z",
    reason="So.",
    severity=Severity.WARNING,
    is_default=False,
)
RULES = {"ban-x": LOCKS, "z": OFF}


def test_the_list() -> None:
    """A rule is a line: its name, whether it is on, and what it finds."""
    assert rules_list(RULES) == "ban-x  error    an x is dropped\nz      off      a z\n"


def test_one_rule() -> None:
    """A rule's page has its facts and its reason."""
    assert explain("ban-x", RULES) == (
        "### ban-x\n\n*an x is dropped; default: error; lock: ACCESS EXCLUSIVE*\n\nIt\nblocks.\n"
    )


def test_all_rules() -> None:
    """The page has every rule in its group."""
    page = rules_page(RULES)
    headings = [line for line in page.splitlines() if line.startswith("##")]

    assert headings == ["## Correctness", "## Locks", "### ban-x", "## Compatibility", "## Design", "### z"]
    assert explain("all", RULES) == page


def test_examples() -> None:
    """Examples of a rule stand at the end of its part of the page."""
    page = rules_page(RULES, {"z": "Bad: z\n"})

    assert page.endswith("### z\n\n*a z; default: off*\n\nSo.\n\nBad: z\n")


def test_the_committed_page_is_the_one_of_the_rules() -> None:
    """docs/rules.md is what `python -m tests.lint.page > docs/rules.md` makes it."""
    page = subprocess.run(
        [sys.executable, "-m", "tests.lint.page"],
        cwd=REPOSITORY,
        env=clean_environment({}),
        capture_output=True,
        text=True,
        check=True,
    )

    assert (REPOSITORY / "docs" / "rules.md").read_text() == page.stdout
