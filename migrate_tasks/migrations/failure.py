"""What a failed migration tells: file:line:column, the server's words, the statement, and what stays true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.errors import TRANSIENT, MigrationFailed, TryAgainLater
from migrate_tasks.places import place_of
from migrate_tasks.sql.statements import Statement, UnreadableSql, split_statements
from migrate_tasks.sql.transactions import may_commit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.migrations.events import Blocker
    from migrate_tasks.migrations.migration import Migration
    from migrate_tasks.migrations.script import ServerError

EXCERPT = 60  # characters of the statement that are shown
LONGEST_MESSAGE = 500  # characters of the server's message that are shown
NO_TRANSACTION = "25001"  # active_sql_transaction: the statement cannot run inside a transaction block
TERMINATION = "2D000"  # invalid_transaction_termination: a procedure commits
LOCK_TIMEOUT = "55P03"


def explain(
    migration: Migration,
    error: ServerError,
    before: str = "",
    blockers: Sequence[Blocker] = (),
    done: int | None = None,
) -> MigrationFailed:
    """Return the exception for ``migration``, which met ``error``.

    ``before`` tells what stays of those before it; ``blockers`` are the sessions that it waited for at the end;
    ``done`` is how many of its statements stay done, None where it is one transaction.
    """
    statements = _statements(migration.sql)
    failed = _failed_statement(statements, error)
    offset = error.position if error.position is not None else failed.start if failed else None
    place = f":{place_of(migration.sql, offset)}" if offset is not None else ""
    facts = [
        f'In "{_excerpt(failed.text)}".'
        if failed
        else "After its last statement, when it was to be committed."
        if error.statement is None
        else "",
        _sentence(error.detail),
        _sentence(error.context),
        f"It waited for {'; '.join(map(str, blockers))}." if error.sqlstate == LOCK_TIMEOUT and blockers else "",
        _what_stays(migration, before, done, len(statements)),
        "What the failed statement has committed by itself stays, too."
        if done is not None and _commits(failed)
        else "",
    ]
    failure = MigrationFailed(
        f"{migration.path}{place}: {_shortened(error.message)} (SQLSTATE {error.sqlstate})",
        detail=" ".join(fact for fact in facts if fact),
        hint=_hint(migration, error, failed, done),
        sqlstate=error.sqlstate,
    )
    if TRANSIENT.fullmatch(error.sqlstate):
        failure.exit_code = TryAgainLater.exit_code
    return failure


def _statements(script: str) -> tuple[Statement, ...]:
    """Return the statements of a script; none where it cannot be read."""
    try:
        return split_statements(script)
    except UnreadableSql:
        return ()


def _commits(statement: Statement | None) -> bool:
    return statement is not None and may_commit(statement)


def _failed_statement(statements: Sequence[Statement], error: ServerError) -> Statement | None:
    if error.position is not None:  # a syntax error anywhere fails the whole script, before its first statement
        position = error.position
        return next((s for s in reversed(statements) if s.start <= position), None)
    if error.statement is None or error.statement >= len(statements):
        return None
    return statements[error.statement]


def what_stays(names: Sequence[str], outcome: str) -> str:
    """Return "001 to 004 stay completed", or nothing where there are no names."""
    match names:
        case []:
            return ""
        case [only]:
            return f"{only} stays {outcome}"
        case _:
            return f"{names[0]} to {names[-1]} stay {outcome}"


def _what_stays(migration: Migration, before: str, done: int | None, total: int) -> str:
    match done:
        case None | 0:
            own = f"{migration.name} was rolled back"
        case 1:
            own = f"the first of the {total} statements of {migration.name} stays done"
        case _:
            own = f"the first {done} of the {total} statements of {migration.name} stay done"
    return f"{before}; {own}." if before else f"{own[0].upper() if done else own[0]}{own[1:]}."


def _hint(migration: Migration, error: ServerError, failed: Statement | None, done: int | None) -> str:
    known = ""
    if error.sqlstate == NO_TRANSACTION:
        known = "Where it must not be in a transaction, begin the file with: -- migrate: no-transaction."
    elif error.sqlstate == TERMINATION and failed and failed.text[:4].upper() == "CALL":
        known = "The procedure commits: begin the file with: -- migrate: no-transaction."
    again = f"the next run continues with statement {done + 1}" if done else "the next run continues with it"
    action = "Run it again" if TRANSIENT.fullmatch(error.sqlstate) else f"Mend {migration.path}"
    return " ".join(part for part in (known, _sentence(error.hint), f"{action}; {again}.") if part)


def _shortened(message: str) -> str:
    """Return ``message``, which may repeat the rest of the file after an open quote, at a length for people."""
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]}..."


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT]}..."


def _sentence(text: str | None) -> str:
    line = " ".join((text or "").split())
    return line if not line or line.endswith((".", "?", "!")) else f"{line}."
