"""docs/rules.md: ``python -m tests.lint.page > docs/rules.md`` makes it of the rules and their examples.

The package has no examples in it, so ``migrate-lint --explain`` shows none.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.formats.plain import told_of
from migrate_tasks.lint.pages import rules_page
from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.settings import LintSettings
from migrate_tasks.sql.statements import UnreadableSql, split_statements
from tests.lint.examples import examples_of, sources_of, target_of, without_marks

if TYPE_CHECKING:
    from pathlib import Path

    from migrate_tasks.lint.report import Source

MOST_LINES = 12


def page() -> str:
    """Return docs/rules.md."""
    return rules_page(examples={name: shown_for(name) for name in all_rules()})


def shown_for(rule: str) -> str:
    """Return what is shown of a rule's examples: a bad one, what is told of it, and a good one."""
    bad, told = bad_example(rule)
    return f"Bad:\n\n{sql_of(bad)}\n```text\n{told}\n```\n\nGood:\n\n{sql_of(good_example(rule))}"


def bad_example(rule: str) -> tuple[list[Source], str]:
    """Return the first bad example that is short enough, up to its first violation, and what is told of that.

    The files before are left out where the same is told without them.
    """
    for example in examples_of(rule, "bad"):
        settings = LintSettings(select=frozenset({rule}), target=target_of(example))
        sources = shown_sources(example)
        sources[-1] = up_to_first(sources, settings)
        told = told_of_first(sources, settings)
        for shown in (sources[-1:], sources):
            if told and told == told_of_first(shown, settings) and lines_of(shown) <= MOST_LINES:
                return shown, told
    raise LookupError(rule)


def good_example(rule: str) -> list[Source]:
    """Return the first good example that is short enough; without the files before where these make it too long."""
    for example in examples_of(rule, "good"):
        sources = shown_sources(example)
        for shown in (sources, sources[-1:]):
            if lines_of(shown) <= MOST_LINES:
                return shown
    raise LookupError(rule)


def up_to_first(sources: list[Source], settings: LintSettings) -> Source:
    """Return the last file up to the statement that is found first; all of it where that is not found by itself."""
    last = sources[-1]
    first = lint(sources, settings).violations[0].finding
    with suppress(UnreadableSql):
        for statement in split_statements(last.text):
            if statement.end > first.start:
                cut = replace(last, text=last.text[: last.text.index("\n", statement.end) + 1])
                return cut if lint([*sources[:-1], cut], settings).violations else last
    return last


def told_of_first(sources: list[Source], settings: LintSettings) -> str:
    """Return the linter's text for the first violation, "" where there is none."""
    return next(map(told_of, lint(sources, settings).violations), "")


def shown_sources(example: Path) -> list[Source]:
    """Return the files of an example without what is for the tests."""
    return [replace(source, text=without_marks(source.text).strip() + "\n") for source in sources_of(example)]


def lines_of(sources: list[Source]) -> int:
    """Return how many lines the files have."""
    return sum(source.text.count("\n") for source in sources)


def sql_of(sources: list[Source]) -> str:
    """Return files as Markdown, with their names where there are several."""
    texts = [f"-- {source.path}\n{source.text}" if len(sources) > 1 else source.text for source in sources]
    return "```sql\n" + "\n".join(texts) + "```\n"


if __name__ == "__main__":
    sys.stdout.write(page())
