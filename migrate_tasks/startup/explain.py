"""temporary"""

from __future__ import annotations

from migrate_tasks.errors import TRANSIENT, TryAgainLater
from migrate_tasks.startup.result import PhaseError


def explain(error: BaseException) -> PhaseError:
    """Return what an exception of the user's own code amounts to; transient ones get exit code 75."""
    words = str(error).strip().splitlines() or [""]
    text = f"{type(error).__name__}: {words[0]}".removesuffix(": ")
    sqlstate = str(getattr(error, "sqlstate", None) or "")
    # OperationalError is Python's name for what is wrong with the database, not with the statement (PEP 249); without
    # a code, the connection failed
    is_lost = type(error).__name__ == "OperationalError" and not sqlstate
    is_transient = isinstance(error, ConnectionError | TimeoutError) or TRANSIENT.fullmatch(sqlstate) is not None
    return PhaseError(text, exit_code=TryAgainLater.exit_code if is_transient or is_lost else 1)
