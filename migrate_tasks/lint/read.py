"""The linter's settings, as they stand in [tool.migrate-tasks.lint] of pyproject.toml and on a command line.

::

    [tool.migrate-tasks.lint]
    postgres_version = 15
    start_after = "007-create-analytics-table"
    rules = { ban-drop-column = "off", prefer-identity = true, prefer-text-field = "warning" }
    per-path = { "migrations/00*.sql" = ["require-concurrent-index-creation"] }

What the files hold is read in sources.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrate_tasks.errors import ConfigurationError, did_you_mean
from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.settings import LintSettings
from migrate_tasks.lint.step import Target
from migrate_tasks.lint.violation import Severity
from migrate_tasks.settings import read_section, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta
    from pathlib import Path

    from migrate_tasks.lint.rule import Rule

TABLE = "pyproject.toml: [tool.migrate-tasks.lint]"
KEYS = ("rules", "per-path", "postgres_version", "start_after")
VERSIONS = (14, 15, 16, 17, 18)
LEVELS = ("error", "warning", "off")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What a command line says; empty and None mean that it says nothing."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    postgres_version: str | None = None


def read_lint_settings(
    root: Path,
    chosen: Chosen | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    rules: Mapping[str, Rule] | None = None,
) -> LintSettings:
    """Return the linter's settings for the project in ``root``; ``rules`` are those there are.

    The timeouts are those that the runner would set. Raises ConfigurationError for an unknown key or rule, or a value
    that does not fit.
    """
    chosen = chosen or Chosen()
    rules = all_rules() if rules is None else rules
    settings = read_settings(root, environ=environ)
    table = read_section(root, "lint")
    _check(table, KEYS, f'{TABLE}: unknown key "{{}}"', "keys")
    _check(chosen.select, rules, '--select: unknown rule "{}"', "rules")
    _check(chosen.ignore, rules, '--ignore: unknown rule "{}"', "rules")
    version = table.get("postgres_version") if chosen.postgres_version is None else chosen.postgres_version
    return LintSettings(
        severities={**_severities(table.get("rules", {}), rules), **dict.fromkeys(chosen.ignore)},
        per_path=_per_path(table.get("per-path", {}), rules),
        select=frozenset(chosen.select),
        start_after=_start_after(table.get("start_after")),
        target=Target(
            postgres_version=Target.postgres_version if version is None else _version(version),
            lock_timeout=_or_none(settings.lock_timeout),
            statement_timeout=_or_none(settings.statement_timeout),
        ),
    )


def _severities(table: Any, rules: Mapping[str, Rule]) -> dict[str, Severity | None]:
    if not isinstance(table, dict):
        raise ConfigurationError(f"{TABLE}: rules must be a table", hint='As in: rules = { ban-drop-column = "off" }')
    _check(table, rules, f'{TABLE}: unknown rule "{{}}"', "rules")
    return {name: _severity(value, rules[name]) for name, value in table.items()}


def _severity(value: Any, rule: Rule) -> Severity | None:
    if isinstance(value, bool):
        return rule.severity if value else None
    if value not in LEVELS:
        raise ConfigurationError(
            f"{TABLE}: rule {rule.name}: {value!r} is not known",
            hint=did_you_mean(str(value), LEVELS) or f"It is one of {', '.join(LEVELS)}, true, false.",
        )
    return None if value == "off" else Severity(value)


def _per_path(table: Any, rules: Mapping[str, Rule]) -> tuple[tuple[str, frozenset[str]], ...]:
    if not isinstance(table, dict) or not all(_are_names(names) for names in table.values()):
        raise ConfigurationError(
            f"{TABLE}: per-path must be a table of lists",
            hint='As in: per-path = { "migrations/00*.sql" = ["ban-drop-column"] }',
        )
    for names in table.values():
        _check(names, rules, f'{TABLE}: unknown rule "{{}}"', "rules")
    return tuple((glob, frozenset(names)) for glob, names in table.items())


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _version(value: Any) -> int:
    """Return a major version; one of the command line is text."""
    text = str(value)
    if isinstance(value, bool) or text not in map(str, VERSIONS):
        raise ConfigurationError(
            f"setting postgres_version: {value!r} is not known", hint=f"It is one of {', '.join(map(str, VERSIONS))}."
        )
    return int(text)


def _start_after(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value:
        raise ConfigurationError(f"setting start_after: {value!r} is not the name of a migration")
    return value.removesuffix(".sql")


def _or_none(timeout: timedelta | None) -> timedelta | None:
    """Return None for no timeout, which PostgreSQL writes as 0."""
    return timeout or None


def _check(names: Iterable[str], known: Iterable[str], message: str, kind: str) -> None:
    known = tuple(known)
    shown = "The rules are shown by: migrate-lint --list" if kind == "rules" else f"The keys are {', '.join(known)}."
    for name in names:
        if name not in known:
            raise ConfigurationError(message.format(name), hint=did_you_mean(name, known) or shown)
