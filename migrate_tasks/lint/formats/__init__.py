"""Formats: a report as text, for people and for the programs that read it. Nothing is printed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.formats.github import github
from migrate_tasks.lint.formats.gitlab import gitlab
from migrate_tasks.lint.formats.plain import plain
from migrate_tasks.lint.formats.sarif import sarif
from migrate_tasks.lint.formats.structured import structured

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migrate_tasks.lint.report import Report

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": plain,
    "json": structured,
    "github": github,
    "gitlab": gitlab,
    "sarif": sarif,
}
