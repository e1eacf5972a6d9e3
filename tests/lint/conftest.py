"""What the tests of the linter's faces stand on: a project's folder, and rules where the real ones are not there."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.lint import rules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULE = """
import re
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Edit, Finding, Severity
def check(step):
    for match in re.finditer({pattern!r}, step.text):
        yield Finding(match.start(), match.end(), f"{{match[0]}} is found", "SELECT 1;\\nSELECT 2;", {edits})
RULE = Rule(
    name={name!r}, group=Group.LOCKS, summary="a", reason="B.", severity=Severity({severity!r}), check_file=check
)
"""
RULES = {
    "ban-drop-table": ("DROP TABLE", "()", "error"),
    "prefer-text-field": (r"varchar\(10\)", "(Edit(match.start(), match.end(), 'text'),)", "warning"),
    **dict.fromkeys(("syntax-error", "unknown-statement", "invalid-directive"), ("never", "()", "error")),
    **dict.fromkeys(("unknown-allow", "unused-allow", "allow-without-reason"), ("never", "()", "error")),
}


@pytest.fixture(scope="package", autouse=True)
def _rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("rules")
    for name, (pattern, edits, severity) in RULES.items():
        text = RULE.format(name=name, pattern=pattern, edits=edits, severity=severity)
        (folder / f"{name.replace('-', '_')}.py").write_text(text)
    if find_spec("migrate_tasks.sql.reading") is None:
        stub = ModuleType("migrate_tasks.sql.reading")
        stub.NotRead, stub.operations_of = type("NotRead", (Exception,), {}), lambda _: ()  # type: ignore[attr-defined]
        sys.modules[stub.__name__] = stub
    rules.__path__.append(str(folder))
    rules.all_rules.cache_clear()
    yield
    rules.__path__.remove(str(folder))
    rules.all_rules.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "APP_ENV"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path
