"""What a project has said about the linter, and what holds where it has said nothing.

How that is read from pyproject.toml and a command line is told in read.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from migrate_tasks.lint.step import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_tasks.lint.rule import Rule
    from migrate_tasks.lint.violation import Severity


@dataclass(frozen=True, kw_only=True)
class LintSettings:
    """How files are judged.

    ``severities``   what was said of a rule, by its name; None switches it off.
    ``per_path``     rules that are not applied to paths that match a glob.
    ``select``       the only rules that are applied; empty: all that are on.
    ``start_after``  the migration up to which none is judged.
    """

    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    per_path: tuple[tuple[str, frozenset[str]], ...] = ()
    select: frozenset[str] = frozenset()
    start_after: str | None = None
    target: Target = field(default_factory=Target)

    def severity_of(self, rule: Rule, path: str) -> Severity | None:
        """Return how serious a violation of the rule in that file is; None where it is not applied."""
        if self.select and rule.name not in self.select:
            return None
        if rule.name in self.ignored_in(path):
            return None
        default = rule.severity if rule.is_default or rule.name in self.select else None
        return self.severities.get(rule.name, default)

    def ignored_in(self, path: str) -> frozenset[str]:
        """Return the names of the rules that are not applied to that file."""
        return frozenset().union(*(rules for glob, rules in self.per_path if fnmatchcase(path, glob)))
