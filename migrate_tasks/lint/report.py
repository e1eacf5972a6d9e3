"""What linting came to, and what was linted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate_tasks.lint.violation import Severity

if TYPE_CHECKING:
    from migrate_tasks.lint.violation import Violation


@dataclass(frozen=True)
class Source:
    """A file: its path as it is shown, its migration's name, its text, and whether it is judged or only replayed.

    ``path_in_project`` is what the settings call it, from the project's folder on, with slashes; empty where that is
    the path as it is shown.
    """

    path: str
    name: str
    text: str
    is_judged: bool = True
    path_in_project: str = ""

    @property
    def path_of_settings(self) -> str:
        """The path that the globs of the settings are for."""
        return self.path_in_project or self.path


@dataclass(frozen=True)
class Report:
    """The violations in order of place; how many files and statements were judged, and how many could not be read."""

    violations: tuple[Violation, ...]
    files: int
    statements: int
    unread: int

    @property
    def has_errors(self) -> bool:
        """Whether anything is worse than a warning."""
        return any(violation.severity is Severity.ERROR for violation in self.violations)
