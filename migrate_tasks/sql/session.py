"""What a statement leaves in the session: settings to be made again in the next one, and objects that die with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.phrase import Phrase, is_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.sql.statements import Statement

TRUE = frozenset({"TRUE", "'T'", "'TRUE'", "'ON'", "'YES'", "'Y'", "'1'"})
OTHER_SPELLINGS = {
    ("TIME", "ZONE"): "timezone",
    ("NAMES",): "client_encoding",
    ("SCHEMA",): "search_path",
    ("XML", "OPTION"): "xmloption",
    ("SESSION", "AUTHORIZATION"): "session_authorization",
    ("TRANSACTION", "ISOLATION", "LEVEL"): "transaction_isolation",
}
SETTING = frozenset({"SET", "RESET", "DISCARD", "SELECT"})
TEMPORARY = ("TEMP", "TEMPORARY")
CLAUSES = frozenset(  # which follow INTO and a name
    {"FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "OFFSET", "FETCH", "FOR"}
    | {"UNION", "INTERSECT", "EXCEPT"}
)


def is_session_setting(statement: Statement) -> bool:
    """Return whether the statement must be executed again in a new session, to continue a script in its middle."""
    match statement.words[:2]:
        case ("SET", "LOCAL" | "TRANSACTION" | "CONSTRAINTS"):
            return False
        case ("SET" | "RESET" | "LOAD", *_) | ("DISCARD", "ALL"):
            return True
    return any("".join(is_local).upper() not in TRUE for _, is_local in _set_config_calls(statement))


def sets(statement: Statement, name: str) -> bool:
    """Return whether the statement sets or resets the parameter ``name``, for the session or the transaction."""
    if statement.words[0] not in SETTING:
        return False
    phrase = Phrase(statement)
    if phrase.takes("SET"):
        if phrase.rest[:2] != ("SESSION", "AUTHORIZATION"):
            phrase.takes_one_of("SESSION", "LOCAL")
        return _parameter(phrase) == name.lower()
    if phrase.takes("RESET"):
        return phrase.rest == ("ALL",) or _parameter(phrase) == name.lower()
    if phrase.takes("DISCARD", "ALL"):
        return True
    return any(called == name.lower() for called, _ in _set_config_calls(statement))


def session_object(statement: Statement) -> str | None:
    """Return what the statement makes that dies with the session, such as "temporary table"; None for all else."""
    phrase = Phrase(statement)
    match phrase.takes_one_of("CREATE", "PREPARE", "DECLARE", "SELECT", "WITH"):
        case "CREATE":
            return _temporary(phrase)
        case "PREPARE":
            return None if phrase.takes("TRANSACTION") else "prepared statement"
        case "DECLARE":
            return "cursor" if _is_held(phrase) else None
        case "SELECT" | "WITH":
            return "temporary table" if _selects_into_temporary(phrase) else None
    return None


def _parameter(phrase: Phrase) -> str | None:
    for words, parameter in OTHER_SPELLINGS.items():
        if phrase.takes(*words):
            return parameter
    name = phrase.takes_name()
    return name.replace('"', "").lower() if name else None


def _set_config_calls(statement: Statement) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    """Yield name and last argument of each call, of a SELECT that does nothing but call set_config."""
    phrase = Phrase(statement)
    calls = []
    is_more = phrase.takes("SELECT")
    while is_more:
        phrase.takes("PG_CATALOG", ".")
        if not phrase.takes("SET_CONFIG", "("):
            return
        calls.append(_arguments(phrase))
        is_more = phrase.takes(",")
    if not phrase.rest:
        for arguments in calls:
            called = arguments[0][0] if len(arguments[0]) == 1 and arguments[0][0].startswith("'") else None
            yield called.strip("'").lower() if called else None, arguments[-1]


def _arguments(phrase: Phrase) -> list[tuple[str, ...]]:
    """Take the arguments of a call up to its closing parenthesis; the words of each."""
    arguments: list[tuple[str, ...]] = [()]
    depth = 1
    while phrase.rest:
        word = phrase.rest[0]
        phrase.at += 1
        depth += (word == "(") - (word == ")")
        if not depth:
            break
        if word == "," and depth == 1:
            arguments.append(())
        else:
            arguments[-1] += (word,)
    return arguments


def _temporary(phrase: Phrase) -> str | None:
    phrase.takes("OR", "REPLACE")
    phrase.takes_one_of("LOCAL", "GLOBAL")
    is_temporary = phrase.takes_one_of(*TEMPORARY) is not None
    phrase.takes("RECURSIVE")
    kind = phrase.rest[0].lower() if phrase.rest else ""
    if phrase.rest[-3:] == ("ON", "COMMIT", "DROP"):
        return None
    phrase.takes(kind.upper())
    phrase.takes("IF", "NOT", "EXISTS")
    is_in_its_schema = (phrase.takes_name() or "").lower().startswith("pg_temp.")
    return f"temporary {kind}" if is_temporary or is_in_its_schema else None


def _is_held(phrase: Phrase) -> bool:
    before = phrase.rest[: phrase.rest.index("FOR")] if "FOR" in phrase.rest else ()
    return before[-2:] == ("WITH", "HOLD")


def _selects_into_temporary(phrase: Phrase) -> bool:
    """Return whether there is an INTO TEMP outside parentheses, with a name after it: "INTO temp FROM" is none."""
    depth = 0
    while phrase.rest:
        if not depth and phrase.takes("INTO"):
            phrase.takes_one_of("LOCAL", "GLOBAL")
            if phrase.takes_one_of(*TEMPORARY):
                return phrase.rest != () and is_name(phrase.rest[0]) and phrase.rest[0] not in CLAUSES
        else:
            depth += (phrase.rest[0] == "(") - (phrase.rest[0] == ")")
            phrase.at += 1
    return False
