"""One run of the linter: what is asked for, reading it, judging it, and mending it where that is asked for."""

from __future__ import annotations

import codecs
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.exact import with_syntax_errors
from migrate_tasks.lint.mend import mended
from migrate_tasks.lint.read import Chosen, read_lint_settings
from migrate_tasks.lint.report import Report
from migrate_tasks.lint.revision import changed_since
from migrate_tasks.lint.sources import Home, read_sources, read_typed
from migrate_tasks.migrations.files import shown
from migrate_tasks.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_tasks.lint.report import Source
    from migrate_tasks.lint.settings import LintSettings
    from migrate_tasks.lint.sources import Typed
    from migrate_tasks.lint.violation import Finding, Violation

ErrorsOf = Callable[["Source"], Iterable["Finding"]]
MOST_PASSES = 10
NOTHING = Report((), 0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is to be linted; no ``paths`` mean the folder of the settings, ``typed`` is what stands instead of files."""

    root: Path
    paths: tuple[str, ...] = ()
    typed: Typed | None = None
    chosen: Chosen = field(default_factory=Chosen)
    since: str | None = None
    environ: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Checked:
    """What a run has found in the end, and what it has mended: how often each rule's violations, by path."""

    report: Report
    mended: Mapping[str, Counter[str]] = field(default_factory=dict)


def check(request: Request, *, fix: bool = False, errors_of: ErrorsOf | None = None) -> Checked:
    """Lint what is asked for; with ``fix`` files are changed until nothing is left to mend.

    ``errors_of`` returns the syntax errors of a file as a server finds them.
    Raises ConfigurationError for settings and files that must be mended by a person.
    """
    settings = read_lint_settings(request.root, request.chosen, environ=request.environ)
    groups = _read(request, settings)
    if request.since is not None:
        names = frozenset(source.name for group in groups for source in group if source.is_judged)
        settings = replace(settings, target=replace(settings.target, pending=names))
    done: dict[str, Counter[str]] = {}
    if fix:
        groups = [_mend(group, settings, done) for group in groups]
    return Checked(_sum(_lint(group, settings, errors_of) for group in groups), done)


def _lint(group: list[Source], settings: LintSettings, errors_of: ErrorsOf | None) -> Report:
    report = lint(group, settings)
    return with_syntax_errors(report, group, settings, errors_of) if errors_of else report


def _read(request: Request, settings: LintSettings) -> list[list[Source]]:
    if request.typed:
        groups = read_typed(request.typed)
    else:
        directory = read_settings(request.root, environ=request.environ).directory
        changed = None if request.since is None else lambda folder: changed_since(request.since or "", folder)
        groups = read_sources(request.paths or (shown(directory),), Home(directory, settings.start_after), changed)
    root = request.root.resolve()
    return [[replace(source, path_in_project=_in_project(source.path, root)) for source in group] for group in groups]


def _in_project(path: str, root: Path) -> str:
    """Return a path from the project's folder on; empty for what lies elsewhere."""
    whole = Path(path).absolute()  # not resolved: a link is called by its own name
    whole = Path(os.path.normpath(whole))
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else ""


def _sum(reports: Iterable[Report]) -> Report:
    """Return one report of all."""
    total = NOTHING
    for report in reports:
        total = Report(
            total.violations + report.violations,
            total.files + report.files,
            total.statements + report.statements,
            total.unread + report.unread,
        )
    return total


def _mend(group: list[Source], settings: LintSettings, done: dict[str, Counter[str]]) -> list[Source]:
    """Return the sources, of which those that could be mended are changed, also on the disk."""
    before = {source.path: source.text for source in group}
    for _ in range(MOST_PASSES):
        violations = lint(group, settings).violations
        group, mended_now = _pass(group, violations)
        for violation in mended_now:
            done.setdefault(violation.path, Counter())[violation.rule] += 1
        if not mended_now:
            break
    for source in group:
        if source.text != before[source.path]:
            _write(source)
    return group


def _pass(group: Iterable[Source], violations: Iterable[Violation]) -> tuple[list[Source], list[Violation]]:
    """Return the sources with one change each at every place, and the violations that this mends."""
    by_path: dict[str, list[Violation]] = {}
    for violation in violations:
        by_path.setdefault(violation.path, []).append(violation)
    after: list[Source] = []
    done: list[Violation] = []
    for source in group:
        text, own = mended(source.text, by_path.get(source.path, ()))
        after.append(replace(source, text=text))
        done += own
    return after, done


def _write(source: Source) -> None:
    """Put the text into its file in one step, with the BOM and the mode that the file had; a link stays one."""
    path = Path(source.path).resolve()
    mark = codecs.BOM_UTF8 if path.read_bytes().startswith(codecs.BOM_UTF8) else b""
    try:
        number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except PermissionError:
        raise ConfigurationError(f'"{source.path}" could not be mended: its folder may not be written to') from None
    try:
        with os.fdopen(number, "wb") as file:
            file.write(mark + source.text.encode())
        Path(name).chmod(path.stat().st_mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
