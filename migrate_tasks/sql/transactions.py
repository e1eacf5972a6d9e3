"""What a statement does to transactions, and whether it may run in one; read from its words alone.

The manual's pages of the statements say which refuse a transaction block; tests/sql asks real servers (SQLSTATE 25001).
Some depend on what only the server knows: REINDEX or CLUSTER of a partitioned table counts as allowed, and fails.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from migrate_tasks.sql.phrase import Phrase, is_on
from migrate_tasks.sql.statements import UnreadableSql, split_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.sql.statements import Statement

BEGINNINGS = frozenset(
    {
        ("VACUUM",),
        ("ALTER", "SYSTEM"),
        ("CREATE", "DATABASE"),
        ("DROP", "DATABASE"),
        ("CREATE", "TABLESPACE"),
        ("DROP", "TABLESPACE"),
        ("CREATE", "INDEX", "CONCURRENTLY"),
        ("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"),
        ("DROP", "INDEX", "CONCURRENTLY"),
        ("DROP", "SUBSCRIPTION"),
        ("COMMIT", "PREPARED"),
        ("ROLLBACK", "PREPARED"),
        ("DISCARD", "ALL"),
    }
)
CONTROLLING = frozenset({"ABORT", "BEGIN", "COMMIT", "END", "PREPARE", "ROLLBACK", "START"})
REFUSING = frozenset({"REINDEX", "CLUSTER"} | {words[0] for words in BEGINNINGS})
WHOLE = ("SCHEMA", "DATABASE", "SYSTEM")  # what REINDEX goes through in transactions of its own
WORD = re.compile(r"\w+")


class Control(StrEnum):
    """What a statement does to the transaction that it stands in."""

    BEGIN = "begin"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    PREPARE = "prepare"


def control_of(statement: Statement) -> Control | None:
    """Return what the statement does to its transaction; None for all that leave it as it is."""
    if statement.words[0] not in CONTROLLING:
        return None
    match statement.words[:3]:
        case (
            ("COMMIT" | "ROLLBACK", "PREPARED", *_)
            | ("ROLLBACK", "TO", *_)
            | ("ROLLBACK", "WORK" | "TRANSACTION", "TO")
        ):
            return None
        case ("BEGIN", *_) | ("START", "TRANSACTION", *_):
            return Control.BEGIN
        case ("COMMIT" | "END", *_):
            return Control.COMMIT
        case ("ROLLBACK" | "ABORT", *_):
            return Control.ROLLBACK
        case ("PREPARE", "TRANSACTION", *_):
            return Control.PREPARE
        case _:
            return None


def chains(statement: Statement) -> bool:
    """Return whether the next transaction begins as this one ends (AND CHAIN)."""
    ends = control_of(statement) in {Control.COMMIT, Control.ROLLBACK}
    return ends and statement.words[-2:] == ("AND", "CHAIN")


def cannot_run_in_transaction(statement: Statement) -> str | None:
    """Return what the statement is, such as "CREATE INDEX CONCURRENTLY", if it refuses a transaction block."""
    words = statement.words
    if words[0] not in REFUSING:
        return None
    for length in range(1, 5):
        if words[:length] in BEGINNINGS and len(words) >= length:
            return " ".join(words[:length])
    phrase = Phrase(statement)
    match phrase.takes_one_of("REINDEX", "CLUSTER", "CREATE", "ALTER"):
        case "REINDEX":
            return _reindex(phrase)
        case "CLUSTER":
            return _cluster(phrase)
        case "CREATE":
            return _create_subscription(phrase)
        case "ALTER":
            return _alter(phrase)
    return None


def may_commit(statement: Statement) -> bool:
    """Return whether a CALL or DO may end transactions, for which it must stand outside a transaction block.

    A CALL inside a DO counts as one that does not: in a transaction block it fails, if it does.
    """
    if statement.words[:1] == ("CALL",):
        return True
    return any(not {"COMMIT", "ROLLBACK"}.isdisjoint(words) for words in body_words(statement))


def body_words(statement: Statement) -> Iterator[tuple[str, ...]]:
    """Yield the words of each statement in the body of a DO; of a body that is not SQL, all its words."""
    if statement.words[:1] != ("DO",):
        return
    for token, source in zip(statement.tokens, statement.sources, strict=True):
        if source[0] == "$" or source.endswith("'"):
            try:
                yield from (inner.words for inner in split_statements(token.text))
            except UnreadableSql:
                yield tuple(word.upper() for word in WORD.findall(token.text))


def head(statement: Statement, words: int = 3) -> str:
    """Return the first words of a statement, for people: "CREATE INDEX CONCURRENTLY"."""
    leading: list[str] = []
    for word in statement.words[:words]:
        if not word.isidentifier():
            break
        leading.append(word)
    return " ".join(leading)


def _reindex(phrase: Phrase) -> str | None:
    options = phrase.takes_options()
    kind = phrase.takes_one_of("INDEX", "TABLE", *WHOLE)
    if kind in WHOLE:
        return f"REINDEX {kind}"
    is_concurrent = phrase.takes("CONCURRENTLY") or is_on(options, "CONCURRENTLY", default=False)
    return f"REINDEX {kind} CONCURRENTLY" if kind and is_concurrent else None


def _cluster(phrase: Phrase) -> str | None:
    phrase.takes_options()
    phrase.takes("VERBOSE")
    return None if phrase.rest else "CLUSTER"


def _create_subscription(phrase: Phrase) -> str | None:
    if not phrase.takes("SUBSCRIPTION"):
        return None
    options = _with_options(phrase)
    connects = is_on(options, "CONNECT", default=True)
    return "CREATE SUBSCRIPTION" if is_on(options, "CREATE_SLOT", default=connects) else None


def _alter(phrase: Phrase) -> str | None:
    match phrase.takes_one_of("DATABASE", "TABLE", "SUBSCRIPTION"):
        case "DATABASE":
            phrase.takes_name()
            return "ALTER DATABASE SET TABLESPACE" if phrase.takes("SET", "TABLESPACE") else None
        case "TABLE":
            return "ALTER TABLE DETACH PARTITION CONCURRENTLY" if _detaches_concurrently(phrase) else None
        case "SUBSCRIPTION":
            phrase.takes_name()
            return _alter_subscription(phrase)
    return None


def _detaches_concurrently(phrase: Phrase) -> bool:
    phrase.takes("IF", "EXISTS")
    phrase.takes("ONLY")
    phrase.takes_name()
    phrase.takes("*")
    return phrase.takes("DETACH", "PARTITION") and phrase.takes_name() is not None and phrase.takes("CONCURRENTLY")


def _alter_subscription(phrase: Phrase) -> str | None:
    if phrase.takes("REFRESH"):
        return "ALTER SUBSCRIPTION REFRESH"
    action = phrase.takes_one_of("SET", "ADD", "DROP")
    if action and phrase.takes("PUBLICATION"):
        refreshes = is_on(_with_options(phrase), "REFRESH", default=True)
        return f"ALTER SUBSCRIPTION {action} PUBLICATION" if refreshes else None
    options = phrase.takes_options() if action == "SET" else {}
    changes_slot = "FAILOVER" in options or not is_on(options, "TWO_PHASE", default=True)  # on the other server
    return "ALTER SUBSCRIPTION SET" if changes_slot else None


def _with_options(phrase: Phrase) -> dict[str, str]:
    """Return the options after WITH, wherever it stands."""
    while phrase.rest and not phrase.takes("WITH"):
        phrase.at += 1
    return phrase.takes_options()
