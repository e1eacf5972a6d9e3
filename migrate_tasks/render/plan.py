"""What a run would do, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration
from migrate_tasks.render.text import plural, table

if TYPE_CHECKING:
    from migrate_tasks.migrations.planned import Planned, PlannedRun


def plan_text(planned: PlannedRun) -> str:
    """Return the table of what a run would execute, and what it would warn of."""
    warnings = [f"{warning.name}: WARNING: {warning.message}" for warning in planned.warnings]
    if not planned.migrations:
        return "\n".join([*warnings, "nothing to execute"])
    rows = [(p.name, _mode(p), str(len(p.script.statements)), _lock(p), _statement(p)) for p in planned.migrations]
    text = table(("migration", "mode", "statements", "lock_timeout", "statement_timeout"), rows, right=(2,))
    return "\n".join([*warnings, text, "", f"{plural(len(rows), 'migration')} to execute"])


def plan_sql(planned: PlannedRun) -> str:
    """Return the SQL of what a run would execute, each file below a line that names it."""
    parts = (f"-- {p.name}: {_mode(p)}\n{p.script.text.rstrip()}\n" for p in planned.migrations)
    return "\n".join(parts)


def _mode(planned: Planned) -> str:
    reason = f" ({planned.script.reason})" if planned.script.reason else ""
    return f"{planned.script.mode}{reason}"


def _lock(planned: Planned) -> str:
    return "by itself" if planned.script.sets_lock_timeout else format_duration(planned.timeouts.lock)


def _statement(planned: Planned) -> str:
    if planned.script.sets_statement_timeout:
        return "by itself"
    return "of the server" if planned.timeouts.statement is None else format_duration(planned.timeouts.statement)
