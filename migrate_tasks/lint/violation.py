"""What the linter finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An error ends with exit code 1; a warning is told."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Edit:
    """A change that mends a violation without changing what the script means: ``text`` in place of start to end."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Finding:
    """What a rule says of a place in a script; ``start`` and ``end`` are offsets.

    ``message`` names the object and the consequence, in PostgreSQL's style; ``help`` is what to do, SQL that can be
    pasted where there is such.
    """

    start: int
    end: int
    message: str
    help: str = ""
    edits: tuple[Edit, ...] = ()

    def covers(self, offset: int) -> bool:
        """Return whether it is about that place, or mends it."""
        parts = [(self.start, self.end), *((edit.start, edit.end) for edit in self.edits)]
        return any(start <= offset < end for start, end in parts)


@dataclass(frozen=True)
class Violation:
    """A finding with the rule that made it, and where it is: ``line`` and ``column`` count from 1.

    ``end_line`` is the last line of what it covers, or None where that is not known.
    """

    path: str
    line: int
    column: int
    rule: str
    severity: Severity
    finding: Finding
    end_line: int | None = None

    @property
    def message(self) -> str:
        """What is wrong, and what follows from it."""
        return self.finding.message

    @property
    def help(self) -> str:
        """What to do."""
        return self.finding.help
