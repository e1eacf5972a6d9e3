"""What a rule is: one check, with what it is called, why it is there and what lock it tells of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from migrate_tasks.lint.violation import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from migrate_tasks.lint.step import FileStep, Step
    from migrate_tasks.lint.violation import Finding
    from migrate_tasks.sql.operations import Operation


class Group(StrEnum):
    """What a rule is about."""

    CORRECTNESS = "correctness"  # it fails, or does not do what it says
    LOCKS = "locks"  # it keeps others waiting
    COMPATIBILITY = "compatibility"  # programs that run meanwhile may break
    DESIGN = "design"  # opinions; off by default


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One check. Its name is squawk's where the meaning is the same.

    ``summary``  one line, for lists: what is found, in lower case without a period.
    ``reason``   why that is bad and what to do instead, in Markdown paragraphs.
    ``lock``     the lock mode that its message tells of, such as "ACCESS EXCLUSIVE"; a test asks a server.
    ``on``       the kinds of operation that ``check`` is called with, one after the other.
    ``check_file``  is called once a file, with all its statements.
    ``explains``    what it finds tells why a statement cannot be read: nothing more is told there of its syntax.
    """

    name: str
    group: Group
    summary: str
    reason: str
    severity: Severity = Severity.ERROR
    is_default: bool = True
    lock: str | None = None
    on: tuple[type[Operation], ...] = ()
    check: Callable[[Step], Iterable[Finding]] | None = None
    check_file: Callable[[FileStep], Iterable[Finding]] | None = None
    explains: bool = False
