"""The index, table or partition that a statement with CONCURRENTLY works on, whose half-done work a crash leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from migrate_tasks.sql.phrase import Phrase, is_on

if TYPE_CHECKING:
    from migrate_tasks.sql.statements import Statement


@dataclass(frozen=True)
class IndexTarget:
    """What a statement with CONCURRENTLY works on; names are as written, so that to_regclass understands them.

    The name of a new index has no schema: it is made in that of its table. ``if_exists`` is for IF NOT EXISTS, too.
    """

    action: Literal["create", "drop", "reindex", "detach"]
    name: str | None
    table: str | None
    if_exists: bool


def concurrent_target(statement: Statement) -> IndexTarget | None:
    """Return what a CREATE INDEX, DROP INDEX, REINDEX or DETACH PARTITION works on, if it does so CONCURRENTLY."""
    phrase = Phrase(statement)
    match phrase.takes_one_of("CREATE", "DROP", "REINDEX", "ALTER"):
        case "CREATE":
            return _created(phrase)
        case "DROP":
            return _dropped(phrase)
        case "REINDEX":
            return _reindexed(phrase)
        case "ALTER":
            return _detached(phrase)
    return None


def _created(phrase: Phrase) -> IndexTarget | None:
    phrase.takes("UNIQUE")
    if not phrase.takes("INDEX", "CONCURRENTLY"):
        return None
    if_exists = phrase.takes("IF", "NOT", "EXISTS")
    name = None if phrase.rest[:1] == ("ON",) else phrase.takes_name()
    phrase.takes("ON")
    phrase.takes("ONLY")
    return IndexTarget("create", name, phrase.takes_name(), if_exists)


def _dropped(phrase: Phrase) -> IndexTarget | None:
    if not phrase.takes("INDEX", "CONCURRENTLY"):
        return None
    if_exists = phrase.takes("IF", "EXISTS")
    return IndexTarget("drop", phrase.takes_name(), None, if_exists)


def _reindexed(phrase: Phrase) -> IndexTarget | None:
    """Return the index, or the table (as name and as table); of a whole schema or database, neither."""
    options = phrase.takes_options()
    kind = phrase.takes_one_of("INDEX", "TABLE", "SCHEMA", "DATABASE", "SYSTEM")
    if not phrase.takes("CONCURRENTLY") and not is_on(options, "CONCURRENTLY", default=False):
        return None
    name = phrase.takes_name() if kind in {"INDEX", "TABLE"} else None
    return IndexTarget("reindex", name, name if kind == "TABLE" else None, if_exists=False)


def _detached(phrase: Phrase) -> IndexTarget | None:
    if not phrase.takes("TABLE"):
        return None
    if_exists = phrase.takes("IF", "EXISTS")
    phrase.takes("ONLY")
    table = phrase.takes_name()
    phrase.takes("*")
    name = phrase.takes_name() if phrase.takes("DETACH", "PARTITION") else None
    return IndexTarget("detach", name, table, if_exists) if name and phrase.takes("CONCURRENTLY") else None
