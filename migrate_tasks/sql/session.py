"""What a statement leaves in its session, and what CREATE INDEX CONCURRENTLY and its like work on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from migrate_tasks.sql.transactions import cannot_run_in_transaction, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.sql.statements import Statement

NOT_OF_THE_SESSION = ("LOCAL", "TRANSACTION", "CONSTRAINTS")
PREFIXES = ("LOCAL", "SESSION", "GLOBAL")


def is_session_setting(statement: Statement) -> bool:
    """Return whether ``statement`` sets what lasts as long as the session: SET, RESET, LOAD, or set_config()."""
    words = statement.words
    if words[0] == "SET":
        return words[1:2] != () and words[1] not in NOT_OF_THE_SESSION
    return words[0] in ("RESET", "LOAD") or (_parameter_of_call(words) is not None and words[-2:] == ("FALSE", ")"))


def sets(statement: Statement, name: str) -> bool:
    """Return whether ``statement`` sets or resets the parameter ``name``, in whatever way."""
    words, wanted = statement.words, name.upper()
    if words[0] in ("SET", "RESET"):
        rest = [word.strip('"').upper() for word in words[1:] if word not in PREFIXES]
        return rest[:1] == [wanted] or (words[0] == "RESET" and rest[:1] == ["ALL"])
    return (_parameter_of_call(words) or "").upper() == wanted


def _parameter_of_call(words: Sequence[str]) -> str | None:
    """Return the parameter that ``SELECT [pg_catalog.]set_config(...)`` sets, if it is the whole statement."""
    rest = words[3:] if words[1:3] == ("PG_CATALOG", ".") else words[1:]
    if words[0] != "SELECT" or rest[:2] != ("SET_CONFIG", "(") or words[-1] != ")":
        return None
    return text_of(rest[2])


def session_object(statement: Statement) -> str | None:
    """Return what ``statement`` makes that dies with its session, as "temporary table"; else None."""
    words = statement.words
    plain = [word for word in words if word not in PREFIXES]
    if plain[0] == "CREATE" and plain[1:2] in (["TEMP"], ["TEMPORARY"]):
        return f"temporary {' '.join(plain[2:3]).lower()}"
    if "INTO" in words[:-1] and words[words.index("INTO") + 1] in ("TEMP", "TEMPORARY"):
        return "temporary table"
    if words[0] == "PREPARE" and words[1:2] != ("TRANSACTION",):
        return "prepared statement"
    return "cursor" if words[0] == "DECLARE" and "HOLD" in words else None


@dataclass(frozen=True)
class IndexTarget:
    """What a CONCURRENTLY works on; names as they are written, with their schema if they have one.

    For "detach", ``table`` is the partitioned table and ``name`` the partition. ``if_exists``: IF [NOT] EXISTS.
    """

    action: Literal["create", "drop", "reindex", "detach"]
    name: str | None
    table: str | None
    if_exists: bool


def concurrent_target(statement: Statement) -> IndexTarget | None:
    """Return what ``statement`` works on, if it does so CONCURRENTLY; else None."""
    what = cannot_run_in_transaction(statement)
    if what is None or "CONCURRENTLY" not in what:
        return None
    words, sources = statement.words, statement.sources
    if what.startswith("ALTER TABLE"):
        table = _name_at(sources, _after(words, "TABLE", "IF", "EXISTS", "ONLY"))
        return IndexTarget("detach", _name_at(sources, _after(words, "PARTITION")), table, if_exists=False)
    if what.startswith("REINDEX"):
        name = _name_at(sources, _after(words, "CONCURRENTLY")) if words[-1] != ")" else None
        return IndexTarget("reindex", name, None, if_exists=False)
    start = _after(words, "CONCURRENTLY", "IF", "NOT", "EXISTS")
    if_exists = words[start - 1] == "EXISTS"
    if what.startswith("DROP"):
        return IndexTarget("drop", _name_at(sources, start), None, if_exists=if_exists)
    is_unnamed = words[start] == "ON"
    table_at = start if is_unnamed else words.index("ON", start + 1)
    table = _name_at(sources, _after(words[table_at:], "ON", "ONLY") + table_at)
    return IndexTarget("create", None if is_unnamed else _name_at(sources, start), table, if_exists=if_exists)


def _after(words: Sequence[str], first: str, *optional: str) -> int:
    """Return the position after ``first`` and after those of the ``optional`` words that follow it."""
    position = words.index(first) + 1
    while position < len(words) and words[position] in optional:
        position += 1
    return position


def _name_at(sources: Sequence[str], position: int) -> str:
    """Return the name that begins there, with its schema."""
    end = position + 1
    while sources[end : end + 1] == (".",):
        end += 2
    return "".join(sources[position:end])
