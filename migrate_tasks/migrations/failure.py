"""What a failed migration tells: file:line:column, the server's words, the statement, and what stays true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.errors import TRANSIENT, MigrationFailed, TryAgainLater
from migrate_tasks.places import place_of
from migrate_tasks.sql.statements import Statement, split_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.migrations.script import ServerError

EXCERPT = 60  # characters of the statement that are shown
LONGEST_MESSAGE = 500  # characters of the server's message that are shown
COMMITS = ("COMMIT", "END")
NO_TRANSACTION = "25001"  # active_sql_transaction: the statement cannot run inside a transaction block
SYNTAX_ERROR = "42601"
COPY_DATA = re.compile(r"\bCOPY\b[^;]*\bFROM\s+STDIN\b[^;]*;[^;]*$", re.IGNORECASE)


def explain(migration: Migration, error: ServerError, before: Sequence[str]) -> MigrationFailed:
    """Return the exception for ``migration``, which met ``error`` after ``before`` were completed."""
    statements = split_statements(migration.sql)
    failed = _failed_statement(statements, error)
    offset = error.position if error.position is not None else failed.start if failed else None
    place = f":{place_of(migration.sql, offset)}" if offset is not None else ""
    is_rolled_back = not _committed_by_itself(statements, error)
    facts = [
        f'In "{_excerpt(failed.text)}".'
        if failed
        else "After its last statement, when it was to be committed."
        if error.statement is None
        else "",
        _sentence(error.detail),
        _sentence(error.context),
        _what_stays(migration, before, is_rolled_back=is_rolled_back),
    ]
    failure = MigrationFailed(
        f"{migration.path}{place}: {_shortened(error.message)} (SQLSTATE {error.sqlstate})",
        detail=" ".join(fact for fact in facts if fact),
        hint=_hint(migration, error, failed, is_rolled_back=is_rolled_back),
    )
    if TRANSIENT.fullmatch(error.sqlstate) and is_rolled_back:
        failure.exit_code = TryAgainLater.exit_code
    return failure


def _failed_statement(statements: Sequence[Statement], error: ServerError) -> Statement | None:
    if error.position is not None:  # a syntax error anywhere fails the whole script, before its first statement
        position = error.position
        return next((s for s in reversed(statements) if s.start <= position), None)
    if error.statement is None or error.statement >= len(statements):
        return None
    return statements[error.statement]


def _committed_by_itself(statements: Sequence[Statement], error: ServerError) -> bool:
    return any(s.text.upper().startswith(COMMITS) for s in statements[: error.statement])


def _what_stays(migration: Migration, before: Sequence[str], *, is_rolled_back: bool) -> str:
    own = f"{migration.name} {'was rolled back' if is_rolled_back else 'had committed a part of itself, which stays'}"
    match before:
        case []:
            return f"{own}."
        case [only]:
            return f"{only} stays completed; {own}."
        case _:
            return f"{before[0]} to {before[-1]} stay completed; {own}."


def _hint(migration: Migration, error: ServerError, failed: Statement | None, *, is_rolled_back: bool) -> str:
    text = failed.text.upper() if failed else ""
    at = migration.sql[error.position : error.position + 1] if error.position is not None else ""
    known = ""
    if error.sqlstate == NO_TRANSACTION:
        known = "A file runs in one transaction: " + (
            "leave out CONCURRENTLY." if "CONCURRENTLY" in text else "execute this statement by hand."
        )
    elif error.sqlstate == SYNTAX_ERROR and at == "\\":
        known = "The commands of psql, which begin with a backslash, are not SQL."
    elif error.sqlstate == SYNTAX_ERROR and COPY_DATA.search(migration.sql[: error.position]):
        known = "The data of COPY ... FROM stdin cannot stand in a migration; write INSERT."
    again = (
        "the next run continues with it" if is_rolled_back else "the next run executes it whole, so it must be able to"
    )
    return " ".join(part for part in (known, _sentence(error.hint), f"Mend {migration.path}; {again}.") if part)


def _shortened(message: str) -> str:
    """Return ``message``, which may repeat the rest of the file after an open quote, at a length for people."""
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}..."


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT]}..."


def _sentence(text: str | None) -> str:
    line = " ".join((text or "").split())
    return line if not line or line.endswith((".", "?", "!")) else f"{line}."
