"""Whether a session that a test has used may serve the next one, judged from what was sent through it.

RESET ALL, DISCARD and the like make a session as new but for a few things: a setting of the test's own invention
(``SET app.user = ...``) is '' afterwards and not unset, a seed of random() stays, a loaded library stays, and so does
what extensions and procedural languages remember. So a session is kept only where each statement is of a plain kind and
nothing in its text, strings included, names what could do such a thing; otherwise a new one is opened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# the first words of statements that leave nothing but what the reset takes away; RESET of a setting that there is not
# makes one that is ''
PLAIN = re.compile(
    r"\s*(select|insert|update|delete|merge|with|values|table|begin|start|commit|end|rollback|abort|savepoint|release"
    r"|show|explain|declare|fetch|move|close|listen|notify|unlisten|lock|truncate|copy|deallocate|reset\s+(all|role|session\s+authorization))\b",
    re.IGNORECASE,
)
# functions of PostgreSQL and of its contrib that change the session, or execute a text that nobody sees
TELLING = (
    "set_config|setseed|dblink\\w*|postgres_fdw\\w*|pg_replication_origin\\w*|query_to_xml\\w*|ts_stat|ts_rewrite"
    "|random_normal|load"
)
COMMENTS = re.compile(r"--[^\n\r]*|/\*.*?\*/", re.DOTALL)
# strings and quoted names, and comments; where one of these is nested in another, it does not tell them apart
SCAN = re.compile(r"('[^']*'|\"[^\"]*\")|--[^\n\r]*|/\*.*?\*/", re.DOTALL)
NESTED = re.compile(r"\\|/\*(?:(?!\*/).)*/\*|(?:\$\w*\$.*){3}", re.DOTALL)
HIDDEN = re.compile(r"\bu&\"", re.IGNORECASE)  # a name in which letters may be written as their numbers
# a line of the trace that begins a message: who sent it, its bytes with the four of this number, and its kind
MESSAGE = re.compile(rb"^([FB])\t(\d+)\t(\w+)", re.MULTILINE)
QUERY = re.compile(rb'\t "(.*)"\n', re.DOTALL)
PARSE = re.compile(rb'\t "([^"]*)" "(.*)" (\d+)(?: \d+)*\n', re.DOTALL)

# extensions that remember nothing in a session; others make every session suspect
# fmt: off
KNOWN_EXTENSIONS = frozenset((
    "plpgsql", "adminpack", "amcheck", "bloom", "btree_gin", "btree_gist", "citext", "cube", "dblink",
    "dict_int", "dict_xsyn", "earthdistance", "fuzzystrmatch", "hstore", "intagg", "intarray", "isn", "lo",
    "ltree", "moddatetime", "pageinspect", "pg_buffercache", "pg_freespacemap", "pg_stat_statements",
    "pg_trgm", "pg_visibility", "pgcrypto", "pgrowlocks", "pgstattuple", "postgres_fdw", "seg", "tablefunc",
    "tcn", "tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp", "vector", "xml2",
))
# fmt: on

# what the template's own functions are made of, and whether anything else, such as a trigger, calls them; and whatever
# else has a text that is executed unseen: pg_depend does not have that it calls a function of PostgreSQL's own
READ_FUNCTIONS = """
SELECT p.proname, pg_get_functiondef(p.oid), EXISTS (
  SELECT FROM pg_depend d WHERE d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid
  AND d.classid <> 'pg_proc'::regclass)
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
WHERE p.prokind <> 'a' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND NOT EXISTS (
  SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype = 'e')
UNION ALL SELECT relname, pg_get_viewdef(oid), true FROM pg_class WHERE relkind = 'v' AND oid >= 16384
UNION ALL SELECT rulename, replace(pg_get_ruledef(oid), ' DO ', ' '), true FROM pg_rewrite
  WHERE oid >= 16384 AND rulename <> '_RETURN'
UNION ALL SELECT tgname, replace(pg_get_triggerdef(oid), 'EXECUTE FUNCTION', ''), true FROM pg_trigger
  WHERE NOT tgisinternal
UNION ALL SELECT conname, pg_get_constraintdef(oid), true FROM pg_constraint WHERE contype = 'c' AND oid >= 16384
UNION ALL SELECT 'default', pg_get_expr(adbin, adrelid), true FROM pg_attrdef
UNION ALL SELECT polname, concat_ws(' ', pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)), true
  FROM pg_policy
"""
READ_STRANGERS = """
SELECT extname FROM pg_extension UNION ALL
SELECT 'language ' || lanname FROM pg_language WHERE lanname NOT IN ('internal', 'c', 'sql', 'plpgsql')
"""
# a SET at the beginning of a statement, or in the head of a function
CHANGES_SESSION = re.compile(
    r"\b(?:" + TELLING + r"|execute|do|call)\b"
    r"|(?:;|\bbegin|\bthen|\belse|\bloop|\$\w*\$)\s*(?:set|reset|discard|listen|prepare)\b|^\s*set\b",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class Suspects:
    """Names that may not occur in what a test sends, as one pattern; None where every session is suspect."""

    pattern: re.Pattern[str] | None


def find_suspects(functions: Iterable[tuple[str, str, bool]], strangers: Iterable[str]) -> Suspects:
    """Return what to look for, from the template's functions (READ_FUNCTIONS) and the rest (READ_STRANGERS)."""
    if set(strangers) - KNOWN_EXTENSIONS:
        return Suspects(None)
    functions = list(functions)
    changing = {name for name, text, _ in functions if CHANGES_SESSION.search(_without_comments(text))}
    while found := {n for n, text, _ in functions if n not in changing and _any_of(changing).search(text)}:
        changing |= found
    if any(is_called_by_others for name, _, is_called_by_others in functions if name in changing):
        return Suspects(None)
    return Suspects(_any_of(changing))


def leaves_nothing(trace: bytes, suspects: Suspects) -> bool:
    """Return whether what the client sent, in libpq's ``trace``, leaves a session that a reset makes as new."""
    if suspects.pattern is None:
        return False
    return all(text is not None and _is_plain(text, suspects.pattern) for text in _sent(trace))


def _without_comments(text: str) -> str:
    """Return the text of a function without its comments; as it is, where that cannot be told without a parser."""
    return text if NESTED.search(text) else SCAN.sub(lambda found: found[1] or " ", text)


def _any_of(names: Iterable[str]) -> re.Pattern[str]:
    own = "|".join(re.escape(name) for name in sorted(names))
    return re.compile(rf"\b(?:{TELLING}{'|' if own else ''}{own})\b", re.IGNORECASE)


def _is_plain(text: str, suspects: re.Pattern[str]) -> bool:
    """Return whether a message is one statement of a plain kind; a ";" may be one in a string, or end a statement."""
    bare = COMMENTS.sub(" ", text).strip()
    if bare in ("", ";"):
        return ";" not in text.strip().rstrip(";")
    is_one = ";" not in text.rstrip().rstrip(";")
    return bool(is_one and PLAIN.match(bare) and not suspects.search(text) and not HIDDEN.search(text))


def _sent(trace: bytes) -> Iterator[str | None]:
    """Yield the statements in libpq's trace (PQtrace in its manual): one message begins a line, and may go on.

    None for one that is not as long as it says: a line in a statement looks like the beginning of a message.
    """
    found = list(MESSAGE.finditer(trace))
    ends = [*(match.start() for match in found[1:]), len(trace)]
    for match, end in zip(found, ends, strict=False):
        sender, size, kind = match.groups()
        rest = trace[match.end() : end]
        if sender == b"F" and kind == b"Query":
            whole = QUERY.fullmatch(rest)
            yield _text(whole[1], int(size) - 5) if whole else None
        elif sender == b"F" and kind == b"Parse":
            whole = PARSE.fullmatch(rest)
            yield _text(whole[2], int(size) - 8 - len(whole[1]) - 4 * int(whole[3])) if whole else None


def _text(text: bytes, size: int) -> str | None:
    return text.decode(errors="replace") if len(text) == size else None
