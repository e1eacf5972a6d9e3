"""What an exception of the user's own code amounts to: worth another attempt, something to be mended, or neither.

An SQLSTATE tells, wherever in the chain of causes it is found: SQLAlchemy and Django wrap what the driver raised, and
the user's code may raise something of its own ``from`` that. psycopg gives no SQLSTATE for a connection that failed;
there the server is asked once more. A driver that is not loaded has raised nothing, so none is loaded here.
"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.errors import CONFIGURATION, TRANSIENT, ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.postgres.hints import HINTS
from migrate_tasks.startup.result import PhaseError

if TYPE_CHECKING:
    from collections.abc import Iterator


def explain(error: BaseException) -> PhaseError:
    """Return what ``error`` amounts to; exit code 75 means that it may pass, 78 that something must be mended."""
    chain = tuple(_chain(error))
    for link in chain:
        if told := _told_by_us(link) or _told_of_connecting(link) or _told_by_code(link):
            return told if _is_only_wrapped(link, error) else _with_cause(_text(error), told)
    is_transient = any(isinstance(link, ConnectionError | TimeoutError) or _is_operational(link) for link in chain)
    return PhaseError(_text(error), exit_code=TryAgainLater.exit_code if is_transient else 1)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error``, what it was raised from, and so on; each once, as a chain may bite its tail."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link and id(link) not in seen:
        yield link
        seen.add(id(link))
        wrapped = getattr(link, "orig", None)  # SQLAlchemy's name for what the driver raised
        link = wrapped if isinstance(wrapped, BaseException) else link.__cause__


def _is_only_wrapped(link: BaseException, error: BaseException) -> bool:
    """Return whether ``error`` says no more than ``link``, which is itself or what a library has wrapped in it."""
    return link is error or link is getattr(error, "orig", None) or _said(link) == _said(error)


def _with_cause(text: str, cause: PhaseError) -> PhaseError:
    detail = f"The cause is: {cause.message}." + (f" {cause.detail}" if cause.detail else "")
    return replace(cause, message=text, detail=detail)


def _told_by_us(link: BaseException) -> PhaseError | None:
    if not isinstance(link, MigrateTasksError):
        return None
    return PhaseError(link.message, link.detail, link.hint, link.exit_code, link.sqlstate)


def _told_of_connecting(link: BaseException) -> PhaseError | None:
    psycopg = sys.modules.get("psycopg")
    if psycopg is None or not isinstance(link, psycopg.OperationalError):
        return None
    from migrate_tasks.postgres.connection import failure_of

    failure = failure_of(link)
    if failure is None:
        return None
    told = failure.to_error(timedelta(0), attempts=1)
    return PhaseError(
        told.message, f'It was tried as user "{failure.user}".', told.hint, told.exit_code, failure.sqlstate
    )


def _told_by_code(link: BaseException) -> PhaseError | None:
    sqlstate = _sqlstate(link)
    if sqlstate is None:
        return None
    if CONFIGURATION.fullmatch(sqlstate):
        return PhaseError(_text(link), None, HINTS.get(sqlstate), ConfigurationError.exit_code, sqlstate)
    exit_code = TryAgainLater.exit_code if TRANSIENT.fullmatch(sqlstate) else 1
    return PhaseError(_text(link), exit_code=exit_code, sqlstate=sqlstate)


def _sqlstate(error: BaseException) -> str | None:
    """Return the SQLSTATE of psycopg's and asyncpg's exceptions, or of psycopg2's, which has its own name for it."""
    found = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    return found if isinstance(found, str) and re.fullmatch("[0-9A-Z]{5}", found) else None


def _is_operational(error: BaseException) -> bool:
    """Return whether it is what Python calls wrong with the database, not with the statement (PEP 249).

    Without an SQLSTATE, the connection failed or was lost. Every driver has a class of its own with that name.
    """
    return any(kind.__name__ == "OperationalError" for kind in type(error).__mro__)


def _text(error: BaseException) -> str:
    """Return the class of ``error`` and the first line of what it says."""
    words = _said(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {words[0]}".removesuffix(": ")


def _said(error: BaseException) -> str:
    """Return what ``error`` says; nothing where that fails, too."""
    with suppress(Exception):
        return str(error)
    return ""
