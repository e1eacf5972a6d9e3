"""What a migration claims, and how each claim is put to the test.

A check takes the migration, and whatever fixtures it names; it raises MigrateTasksError where the claim does not hold.
Whoever adds a claim adds a function and a line to CLAIMS.
"""

from __future__ import annotations

import difflib
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_tasks.errors import MigrateTasksError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrate_tasks.lint.report import Report
    from migrate_tasks.migrations.migration import Migration
    from pytest_plugin.trial import Schema, Trial

    # what the linter says of all files, or why it could not be asked
    Linted = Report | MigrateTasksError

APPLIES = "applies"  # the claim that all others build on
LONGEST_DIFF = 40  # lines that are shown
TABLE = re.compile(r"^(CREATE (?:UNLOGGED |FOREIGN )?TABLE [^\n]* \(\n)(.*?)(?=^\))", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Claim:
    """Something that holds for a migration, says its file or its companion."""

    name: str
    is_made_by: Callable[[Migration], bool]
    check: Callable[..., None]


def check_applies(migration: Migration, migration_trial: Trial) -> None:
    """It can be executed after all that come before it."""
    migration_trial.apply(migration)


def check_runs_twice(migration: Migration, migration_trial: Trial) -> None:
    """Executed again on what it has left, it succeeds and leaves the same schema."""
    word = "repeatable" if migration.directives.repeatable else "idempotent"
    hint = f'Write IF NOT EXISTS and OR REPLACE; or take out the directive "{word}".'
    with migration_trial.copy_after(migration) as database, _hint(hint):
        once = database.schema()
        database.execute_again(migration)
        message = f'migration "{migration.name}" leaves another schema when it runs twice'
        _expect_same(once, database.schema(), "after the first run", "after the second run", message)


def check_down_and_up(migration: Migration, migration_trial: Trial) -> None:
    """Its companion leaves the schema that was there before it, and it can be executed again."""
    hint = f"Mend {migration.down}: it is to undo all that {migration.path} does."
    with migration_trial.copy_after(migration) as database, _hint(hint):
        before, once = migration_trial.before, database.schema()
        database.undo()
        message = f'migration "{migration.name}" is not undone by its companion'
        _expect_same(before, database.schema(), "before it", "after its companion", message)
        database.execute(migration)
        message = f'migration "{migration.name}" leaves another schema after its companion'
        _expect_same(once, database.schema(), "the first time", "after its companion", message)


def check_lint(migration: Migration, migration_lint: Linted) -> None:
    """The linter finds no error in its file, nor in its companion; warnings are for migrate-lint to tell."""
    if isinstance(migration_lint, MigrateTasksError):
        raise migration_lint
    from migrate_tasks.lint.formats.plain import told_of
    from migrate_tasks.lint.violation import Severity

    own = {Path(path).name for path in (migration.path, migration.down) if path}
    errors = [
        told_of(violation)
        for violation in migration_lint.violations
        if violation.severity is Severity.ERROR and Path(violation.path).name in own
    ]
    if errors:
        raise MigrateTasksError("\n".join(errors))


CLAIMS = (
    Claim(APPLIES, lambda _: True, check_applies),
    Claim("runs-twice", lambda migration: migration.directives.may_run_twice, check_runs_twice),
    # what is repeatable is never undone
    Claim("down-and-up", lambda m: m.down is not None and not m.directives.repeatable, check_down_and_up),
    Claim("lint", lambda _: True, check_lint),
)


@contextmanager
def _hint(hint: str) -> Iterator[None]:
    """Give ``hint`` for what fails: the hints of a run are for people who run migrations."""
    try:
        yield
    except MigrateTasksError as error:
        raise MigrateTasksError(error.message, detail=error.detail, hint=hint) from None


def _expect_same(first: Schema, second: Schema, when: str, then: str, message: str) -> None:
    """Raise MigrateTasksError with ``message`` where two schemas differ; warn where they cannot be compared."""
    for schema in (first, second):
        if isinstance(schema, MigrateTasksError):
            warnings.warn(f"schemas are not compared: {schema.message}", stacklevel=2)
            return
    old, new = _comparable(first), _comparable(second)
    if old != new:
        raise MigrateTasksError(message, detail=f"The schema differs:\n{_diff(old, new, when, then)}")


def _comparable(schema: Schema) -> list[str]:
    """Return the lines of a dump without the order of a table's columns: a column can come back only at the end."""
    return TABLE.sub(_sorted, str(schema)).splitlines()


def _sorted(table: re.Match[str]) -> str:
    return table[1] + "".join(f"{line}\n" for line in sorted(line.rstrip(",") for line in table[2].splitlines()))


def _diff(old: list[str], new: list[str], when: str, then: str) -> str:
    lines = list(difflib.unified_diff(old, new, when, then, n=2, lineterm=""))
    if len(lines) > LONGEST_DIFF:
        lines = [*lines[:LONGEST_DIFF], f"... and {len(lines) - LONGEST_DIFF} more lines"]
    return "\n".join(f"  {line}" for line in lines)
