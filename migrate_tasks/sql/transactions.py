"""What a statement does to the transaction that it is in, read from its tokens.

Sources: the PostgreSQL manual's page of each command, and PreventInTransactionBlock in its source. What cannot be known
(a partitioned table's REINDEX, a procedure that commits) is left to the server, which refuses it.
"""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from migrate_tasks.sql.statements import Statement, UnreadableSql, split_statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Control(StrEnum):
    """A statement that begins or ends a transaction."""

    BEGIN = "BEGIN"
    COMMIT = "COMMIT"
    ROLLBACK = "ROLLBACK"
    PREPARE = "PREPARE TRANSACTION"


BEGINNINGS = {
    "BEGIN": Control.BEGIN,
    "START": Control.BEGIN,
    "COMMIT": Control.COMMIT,
    "END": Control.COMMIT,
    "ROLLBACK": Control.ROLLBACK,
    "ABORT": Control.ROLLBACK,
}

# always outside of a transaction, whatever follows these words
ALWAYS = (
    ("VACUUM",),
    ("ALTER", "SYSTEM"),
    ("CREATE", "DATABASE"),
    ("DROP", "DATABASE"),
    ("CREATE", "TABLESPACE"),
    ("DROP", "TABLESPACE"),
    ("DROP", "SUBSCRIPTION"),
    ("COMMIT", "PREPARED"),
    ("ROLLBACK", "PREPARED"),
    ("DISCARD", "ALL"),
)
WITHOUT_SLOT = (("CONNECT", "FALSE"), ("CREATE_SLOT", "FALSE"))
NO = ("FALSE", "OFF", "0")


def head(statement: Statement, words: int = 3) -> str:
    """Return the first words of ``statement``, in upper case, as "CREATE INDEX CONCURRENTLY"."""
    return " ".join(statement.words[:words])


def control_of(statement: Statement) -> Control | None:
    """Return what ``statement`` begins or ends; None for savepoints, and for everything else."""
    first, *rest = statement.words
    if first == "PREPARE" and rest[:1] == ["TRANSACTION"]:
        return Control.PREPARE
    rest = rest[1:] if rest[:1] in (["WORK"], ["TRANSACTION"]) else rest
    if rest[:1] in (["PREPARED"], ["TO"]):
        return None
    return BEGINNINGS.get(first)


def chains(statement: Statement) -> bool:
    """Return whether a COMMIT or ROLLBACK begins the next transaction at once."""
    return statement.words[-2:] == ("AND", "CHAIN")


def cannot_run_in_transaction(statement: Statement) -> str | None:
    """Return what ``statement`` is, as "CREATE INDEX CONCURRENTLY", where no transaction may hold it; else None."""
    words = statement.words
    for known in ALWAYS:
        if words[: len(known)] == known:
            return " ".join(known)
    match words[0]:
        case "CREATE" | "DROP" | "ALTER":
            return _changes_alone(words)
        case "REINDEX":
            return _reindexes_alone(words)
        case "CLUSTER":
            return "CLUSTER" if not _without_options(words[1:]) or words[1:] == ("VERBOSE",) else None
    return None


def _changes_alone(words: Sequence[str]) -> str | None:
    match tuple(words[:4]):
        case ("CREATE", "INDEX", "CONCURRENTLY", *_) | ("CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"):
            return "CREATE INDEX CONCURRENTLY"
        case ("DROP", "INDEX", "CONCURRENTLY", *_):
            return "DROP INDEX CONCURRENTLY"
        case ("CREATE", "SUBSCRIPTION", *_):
            return None if any(_sets(words, *option) for option in WITHOUT_SLOT) else "CREATE SUBSCRIPTION"
        case ("ALTER", "SUBSCRIPTION", *_) if "PUBLICATION" in words and not _sets(words, "REFRESH", "FALSE"):
            return "ALTER SUBSCRIPTION"
        case ("ALTER", "DATABASE", *_) if _follow(words, "SET", "TABLESPACE"):
            return "ALTER DATABASE SET TABLESPACE"
        case ("ALTER", "TABLE", *_) if _follow(words, "DETACH", "PARTITION") and words[-1] == "CONCURRENTLY":
            return "ALTER TABLE DETACH PARTITION CONCURRENTLY"
    return None


def _reindexes_alone(words: Sequence[str]) -> str | None:
    kind, *target = _without_options(words[1:]) or ("",)
    options = words[1 : len(words) - len(target) - 1]
    is_off = any(_follow(options, "CONCURRENTLY", no) for no in NO)
    if ("CONCURRENTLY" in options and not is_off) or target[:1] == ["CONCURRENTLY"]:
        return "REINDEX CONCURRENTLY"
    return f"REINDEX {kind}" if kind in ("DATABASE", "SYSTEM", "SCHEMA") else None


def _without_options(words: Sequence[str]) -> Sequence[str]:
    """Return ``words`` without a list in parentheses at their beginning."""
    return words[words.index(")") + 1 :] if words[:1] == ("(",) and ")" in words else words


def _follow(words: Sequence[str], first: str, second: str) -> bool:
    return any(pair == (first, second) for pair in pairwise(words))


def _sets(words: Sequence[str], option: str, value: str) -> bool:
    """Return whether the list of options says so: ``connect = false``, in quotes or not."""
    plain = [word.strip("'").upper() for word in words]
    return any(plain[n : n + 3] == [option, "=", value] for n in range(len(plain)))


def may_commit(statement: Statement) -> bool:
    """Return whether ``statement`` may commit by itself: CALL, and DO with COMMIT or ROLLBACK in its body.

    One that does works only outside of a transaction.
    """
    if statement.words[0] == "CALL":
        return True
    words = {word for body in bodies_of(statement) for inner in body for word in inner.words}
    return statement.words[0] == "DO" and not words.isdisjoint(("COMMIT", "ROLLBACK"))


def uses_new_enum_value(statements: Sequence[Statement]) -> Statement | None:
    """Return the first statement that uses an enum value which an earlier one adds; its transaction must have ended.

    That is no matter where the type itself is new. Source: the manual's page of ALTER TYPE, "Notes".
    """
    made: set[Sequence[str]] = set()
    added: set[str] = set()
    for statement in statements:
        words = statement.words
        if words[:2] == ("CREATE", "TYPE"):
            made.add(words[2 : words.index("AS")] if "AS" in words else ())
        elif words[:2] == ("ALTER", "TYPE") and _follow(words, "ADD", "VALUE"):
            if words[2 : words.index("ADD")] not in made:
                added.update(value for word in words if (value := text_of(word)) is not None)
        elif added and not added.isdisjoint(_literals_of(statement)):
            return statement
    return None


def _literals_of(statement: Statement) -> set[str]:
    """Return the strings in ``statement``, and in what it executes."""
    own = {text for source in statement.sources if (text := text_of(source)) is not None}
    if statement.words[0] != "DO":
        return own
    return own.union(*(_literals_of(inner) for body in bodies_of(statement) for inner in body))


def bodies_of(statement: Statement) -> Iterator[Sequence[Statement]]:
    """Yield what each string of ``statement`` holds, read as statements."""
    for source in statement.sources:
        body = text_of(source)
        if body is not None:
            with suppress(UnreadableSql):
                yield split_statements(body)


def text_of(source: str) -> str | None:
    """Return what stands between the quotes of a string's ``source``, or None where it is no string."""
    if source[0] == "$" and source.count("$") >= 4:  # noqa: PLR2004 -- two marks of two each
        mark = source[: source.index("$", 1) + 1]
        return source[len(mark) : -len(mark)]
    if source[-1:] == "'":
        return source[source.index("'") + 1 : -1].replace("''", "'")
    return None
