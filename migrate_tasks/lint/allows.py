"""Allowing: comments that accept what a rule finds, and say why.

::

    -- migrate: allow RULE[, RULE] because REASON         the next statement
    DROP TABLE old;  -- migrate: allow RULE because ...   what is found on this line, or else the statement
    -- migrate: allow-file RULE because REASON            the whole file

A line inside a statement is for what is found on the next line of it. Not here: the directives that steer how a file
is executed (migrations/directives.py).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrate_tasks.errors import did_you_mean
from migrate_tasks.lint.violation import Edit, Finding
from migrate_tasks.sql.comments import comments_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from migrate_tasks.sql.comments import Comment
    from migrate_tasks.sql.statements import Statement

MIGRATE = re.compile("migrate", re.IGNORECASE)
ALLOW = re.compile(r"--[ \t]*migrate:[ \t]*allow(?P<file>-file)?(?=[ \t]|$)(?P<rest>[^\r\n]*)")
MEANT = re.compile(  # for one, maybe; see _misspelled
    r"(?:--|/\*)[-*!\s]*migrate(?:-lint)?\b[\s:]*allow(?P<file>-file)?[\s:]+(?P<rest>[^\r\n]*)", re.IGNORECASE
)
WRITTEN = re.compile(  # what follows "allow"
    r"(?P<names>.*?)(?P<mark>(?:^|[\s:]+)because(?:[\s:]|$)|\s*:\s*|\s+[-\u2013\u2014]+\s+|$)(?P<reason>.*)",
    re.IGNORECASE,
)
NAME = re.compile(r"[^\s,]+")

UNKNOWN, UNUSED, WITHOUT_REASON = "unknown-allow", "unused-allow", "allow-without-reason"

Found = tuple[str, Finding]
Place = tuple[int, int]  # where a finding begins, and its number


@dataclass(frozen=True)
class Allow:
    """One comment: where it is, the rules it names, and what it covers.

    ``line`` are the offsets of the line whose findings it is for first; ``statement`` the number of the statement that
    it is for where none is found there. None: it is for none of that kind. ``loose`` is a reason without "because".
    """

    start: int
    end: int
    names: tuple[tuple[str, int], ...]
    has_reason: bool
    loose: str = ""
    is_for_file: bool = False
    line: tuple[int, int] | None = None
    statement: int | None = None


def sift(
    text: str,
    statements: Sequence[Statement],
    found: Iterable[Found],
    known: Collection[str],
    *,
    applied: Collection[str] | None = None,
) -> tuple[list[Found], list[Found]]:
    """Return what is not allowed of ``found``, and what is wrong with the comments that allow.

    ``known`` are the names of all rules; ``applied`` those that were looked for, since an allow of another one is not
    unused (None: all).
    """
    found = list(found)
    places = _places(found)
    allowed: set[int] = set()
    wrong: list[Found] = []
    comments = list(comments_in(text, statements)) if MIGRATE.search(text) else []
    for allow in _allows(text, comments, statements):
        unused = []
        for name, offset in allow.names:
            covered = _covered(allow, places.get(name, []), found, statements)
            allowed.update(covered)
            if name not in known:
                wrong.append((UNKNOWN, _unknown(name, offset, known)))
            elif not covered and (applied is None or name in applied):
                unused.append((name, offset))
        wrong += _unused(text, allow, unused)
        wrong += _incomplete(allow)
    wrong += [pair for comment in comments for pair in _misspelled(text, comment, known)]
    return [pair for number, pair in enumerate(found) if number not in allowed], wrong


def _places(found: Iterable[Found]) -> dict[str, list[Place]]:
    """Return where the findings of each rule begin, sorted, each with its number."""
    places: dict[str, list[Place]] = {}
    for number, (rule, finding) in enumerate(found):
        places.setdefault(rule, []).append((finding.start, number))
    return {rule: sorted(own) for rule, own in places.items()}


def _allows(text: str, comments: Iterable[Comment], statements: Sequence[Statement]) -> Iterator[Allow]:
    """Yield the comments that allow something."""
    for comment in comments:
        match = ALLOW.match(text, comment.start, comment.end)
        if match:
            yield _read(text, match, comment, statements)


def _read(text: str, match: re.Match[str], comment: Comment, statements: Sequence[Statement]) -> Allow:
    written = WRITTEN.fullmatch(match["rest"])
    assert written
    first, reason = match.start("rest"), written["reason"].strip()
    names = tuple((name[0], name.start()) for name in NAME.finditer(text, first, first + written.end("names")))
    has_reason = bool(reason) and "because" in written["mark"].lower()
    line, statement = (None, None) if match["file"] else _reach(text, comment, statements)
    loose = "" if has_reason else reason
    return Allow(comment.start, comment.end, names, has_reason, loose, bool(match["file"]), line, statement)


def _reach(text: str, comment: Comment, statements: Sequence[Statement]) -> tuple[tuple[int, int] | None, int | None]:
    """Return the line and the statement that a comment is for."""
    own, inside = comment.is_own_line, comment.statement
    if own and inside is None:
        return None, comment.following if comment.following < len(statements) else None
    if not own:
        before = comment.following - 1 if inside is None else inside
        line = (_line_start(text, comment.start), comment.start)
        if before < 0:
            return line, None
        is_at_edge = inside is None or statements[before].start >= line[0] or comment.start >= statements[before].end
        return line, before if is_at_edge else None
    assert inside is not None
    tokens = statements[inside].tokens
    number = bisect_left(tokens, comment.start, key=lambda token: token.start)
    if number == len(tokens):
        return None, inside
    after = tokens[number].start
    return (_line_start(text, after), _line_end(text, after)), None


def _covered(allow: Allow, own: list[Place], found: Sequence[Found], statements: Sequence[Statement]) -> list[int]:
    """Return the numbers of the findings that are allowed, of those of one rule."""
    if allow.is_for_file:
        return [number for _, number in own]
    if allow.line and (on_line := _between(own, *allow.line)):
        return on_line
    if allow.statement is not None:
        statement = statements[allow.statement]
        return _between(own, statement.start, statement.end + 1)
    return _around(allow.line[0], own, found) if allow.line else []


def _between(own: list[Place], start: int, end: int) -> list[int]:
    return [number for _, number in own[bisect_left(own, (start, 0)) : bisect_left(own, (end, 0))]]


def _around(offset: int, own: list[Place], found: Sequence[Found]) -> list[int]:
    """Return the findings that begin last before the line at ``offset``, where they go on in it."""
    before = bisect_left(own, (offset, 0))
    last = own[before - 1][0] if before else offset
    return [number for number in _between(own, last, offset) if found[number][1].end > offset]


def _unknown(name: str, offset: int, known: Collection[str]) -> Finding:
    help = did_you_mean(name, known) or "The rules are shown by: migrate-lint --list"  # noqa: A001 -- the word of the field
    return Finding(offset, offset + len(name), f'rule "{name}" is allowed here, but does not exist', help)


def _unused(text: str, allow: Allow, unused: Sequence[tuple[str, int]]) -> Iterator[Found]:
    """Yield a finding for each name; the first one mends the whole comment."""
    edits = _without(text, allow, {name for name, _ in unused})
    for name, offset in unused:
        message = f'rule "{name}" is allowed here, but finds nothing'
        yield UNUSED, Finding(offset, offset + len(name), message, "Take the name out of the comment.", edits)
        edits = ()


def _without(text: str, allow: Allow, names: Collection[str]) -> tuple[Edit, ...]:
    """Return the change that takes names out of a comment, and the comment away where none remains."""
    kept = [name for name, _ in allow.names if name not in names]
    if kept:
        (_, first), (name, last) = allow.names[0], allow.names[-1]
        return (Edit(first, last + len(name), ", ".join(kept)),)
    line = _line_start(text, allow.start)
    if not text[line : allow.start].strip():
        return (Edit(line, min(_line_end(text, allow.end) + 1, len(text)), ""),)
    return (Edit(line + len(text[line : allow.start].rstrip()), allow.end, ""),)


def _incomplete(allow: Allow) -> Iterator[Found]:
    if not allow.names:
        message = "the comment allows no rule by its name"
        yield UNKNOWN, Finding(allow.start, allow.end, message, "-- migrate: allow RULE because REASON")
    elif not allow.has_reason:
        names = ", ".join(f'"{name}"' for name, _ in allow.names)
        message = f"it is not said why {names} is allowed here"
        right = _right([name for name, _ in allow.names], allow.loose, is_for_file=allow.is_for_file)
        if allow.loose:
            message += ': a reason begins with "because"'
        edits = (Edit(allow.start, allow.end, right),) if allow.loose else ()
        yield WITHOUT_REASON, Finding(allow.start, allow.end, message, right, edits)


def _misspelled(text: str, comment: Comment, known: Collection[str]) -> Iterator[Found]:
    """Yield that a comment names a rule, or nearly so, and is nearly one that allows it."""
    match = MEANT.match(text, comment.start, comment.end)
    written = match and WRITTEN.fullmatch(match["rest"].removesuffix("*/"))
    if match is None or written is None or ALLOW.match(text, comment.start, comment.end):
        return
    names = [name.lower() for name in NAME.findall(written["names"])]
    if names and (names[0] in known or did_you_mean(names[0], known)):
        message = "nothing is allowed by a comment that is written like this"
        reason = written["reason"].strip()
        right = _right(names, reason, is_for_file=bool(match["file"]))
        edits = () if comment.is_block or not reason else (Edit(comment.start, comment.end, right),)
        yield UNKNOWN, Finding(comment.start, comment.end, message, right, edits)


def _right(names: Iterable[str], reason: str, *, is_for_file: bool) -> str:
    """Return the comment as it has to be written."""
    return f"-- migrate: {'allow-file' if is_for_file else 'allow'} {', '.join(names)} because {reason or '...'}"


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end
