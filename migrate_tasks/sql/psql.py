"""What a script holds besides SQL, as psql reads it: psql's own commands and the data of COPY ... FROM stdin.

Both are found with Postgres' lexical rules (src/backend/parser/scan.l), and so are quotes and comments left open.
The statements themselves are made of sqlglot's tokens, elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ESCAPED = r"'(?:[^'\\]++|''|\\.)*'(?!')"
NEXT_LINE = r"[ \t\f\v]*(?:--[^\n\r]*)?[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*"  # what may part a string in two
LEXEME = rf"""
      (?P<gap>       [ \t\n\r\f\v]++ | --[^\n\r]*+ )
    | (?P<comment>   /\* )
    | (?P<escaped>   [eE]{ESCAPED} (?P<continued>(?:{NEXT_LINE}{ESCAPED})+)? )
    | (?P<string>    (?:[bBnNxX]|[uU]&)?'(?:[^']++|'')*'(?!') | (?:[uU]&)?"(?:[^"]++|"")*"(?!") )
    | (?P<open>      (?:[bBeEnNxX]|[uU]&)?' )
    | (?P<open_name> (?:[uU]&)?" )
    | (?P<parameter> \$[0-9]++ )
    | (?P<dollar>    \$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*+)?\$ )
    | (?P<word>      [A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*+ )
    | (?P<command>   \\ )
    | (?P<other>     . )
    """
COMMENT_EDGE = re.compile(r"/\*|\*/")
COMMAND = re.compile(r"(\\(?:[;:\\]|[^\s\\]*))(?:(?<![;:\\])[^\r\n]*)?")  # with its arguments
FROM_STDIN = re.compile(r"\\copy\b.*\bfrom\s+p?stdin\b", re.IGNORECASE)
RESTRICT = re.compile(r"\\(?:un)?restrict[ \t]+[A-Za-z0-9]+[ \t]*\r?$", re.MULTILINE)  # of pg_dump, since August 2025
END_OF_DATA = re.compile(r"^\\\.(?=\r?(?:\n|\Z))", re.MULTILINE)
OPEN = {"open": "unterminated quoted string", "open_name": "unterminated quoted identifier"}


class UnreadableSql(Exception):
    """A script that cannot be split into statements; ``offset`` is the place of what is wrong with it."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True)
class Data:
    """The lines that follow a COPY ... FROM stdin; ``start`` is where they would begin, after its line."""

    start: int
    text: str


@dataclass
class PsqlScript:
    """A script as psql reads it; ``sql`` is as long as the script, so that every offset is right.

    It has blanks in place of what is not SQL, and simpler lexemes in place of those that sqlglot's tokenizer misreads.
    ``data`` has the data of each COPY ... FROM stdin, by the offset of the word COPY.
    """

    sql: str
    data: dict[int, Data]

    def replace(self, start: int, end: int, text: str = "") -> None:
        """Put ``text`` and blanks in place of what stands from ``start`` to ``end``."""
        self.sql = f"{self.sql[:start]}{text:{end - start}}{self.sql[end:]}"


def read_as_psql(script: str, refused: list[UnreadableSql] | None = None) -> PsqlScript:
    """Return ``script`` without what is not SQL; raise UnreadableSql for a command of psql, or what is left open.

    Where ``refused`` is given, commands are added to it instead, and passed over.
    """
    read = PsqlScript(script, {})
    words: list[str] = []  # of the statement so far; what stands in parentheses is left out
    at = start = depth = 0
    lexeme = re.compile(LEXEME, re.VERBOSE | re.DOTALL)  # here, since it takes 10 ms and few scripts need it
    while match := lexeme.match(read.sql, at):
        kind, end = match.lastgroup or "", _end_of(read.sql, match)
        text = read.sql[at:end]
        if kind == "command":
            _pass_over(read, at, refused, is_between_statements=not words, is_inside=depth > 0)
            continue
        if kind not in {"gap", "comment"}:
            start = start if words else at
            depth = max(depth + (text == "(") - (text == ")"), 0)
            words += [] if depth and text != "(" else [text.lower()]
        _simplify(read, match, end)
        if text == ";" and not depth:
            if reads_stdin(words):
                _take_data(read, start, end)
            words = []
        at = end
    if reads_stdin(words):
        read.data[start] = Data(len(script), "")
    return read


def reads_stdin(words: Sequence[str]) -> bool:
    """Return whether these lower-case words are of a COPY FROM stdin; Postgres reads "FROM stdout" as the same."""
    if words[:1] != ["copy"] or "from" not in words:
        return False
    return words[words.index("from") + 1 :][:1] in (["stdin"], ["stdout"])


def _simplify(read: PsqlScript, match: re.Match[str], end: int) -> None:
    """Put in place of the lexeme that ends at ``end`` what sqlglot reads as Postgres reads the lexeme."""
    start = match.start()
    if match.lastgroup == "parameter":  # $1,$2 would be an open string with the tag "1,"
        read.replace(start, end, f"_{match.group()[1:]}")
    elif match["continued"]:  # the second string of E'a' \n 'b\'' would be a plain one
        read.replace(start, end, f"E'{' ' * (end - start - 3)}'")
    elif read.sql.startswith("/*/*", start):  # would begin one comment, not two
        read.replace(start, end)


def _end_of(script: str, match: re.Match[str]) -> int:
    """Return where the lexeme that begins with ``match`` ends; raise UnreadableSql where it does not."""
    if match.lastgroup == "comment":
        return _end_of_comment(script, match.start())
    if match.lastgroup == "dollar":
        end = script.find(match.group(), match.end())
        if end < 0:
            raise UnreadableSql("unterminated dollar-quoted string", match.start())
        return end + len(match.group())
    if match.lastgroup in OPEN:
        raise UnreadableSql(OPEN[match.lastgroup], match.start())
    return match.end()


def _end_of_comment(script: str, start: int) -> int:
    depth = 0
    for edge in COMMENT_EDGE.finditer(script, start):
        depth += 1 if edge.group() == "/*" else -1
        if not depth:
            return edge.end()
    raise UnreadableSql("unterminated comment", start)


def _pass_over(
    read: PsqlScript, at: int, refused: list[UnreadableSql] | None, *, is_between_statements: bool, is_inside: bool
) -> None:
    """Make the command at ``at`` blank; refuse one that does something."""
    restrict = RESTRICT.match(read.sql, at)
    if restrict and is_between_statements:
        read.replace(at, restrict.end())
        return
    command = COMMAND.match(read.sql, at)
    assert command
    error = UnreadableSql(f'psql command "{command[1]}" is not SQL', at)
    if refused is None:
        raise error
    refused.append(error)
    end = command.end()
    if FROM_STDIN.match(command[0]):
        mark = END_OF_DATA.search(read.sql, end)
        end = mark.end() if mark else len(read.sql)
    # the commands that stand behind a statement, \g and its like, send it
    read.replace(at, end, "" if is_between_statements or is_inside else ";")


def _take_data(read: PsqlScript, copy: int, semicolon: int) -> None:
    """Take the lines after the COPY out of ``read``, with the line break before them and the end mark after them.

    What follows the semicolon stays, as in psql; and so a second COPY in the same line finds its data after these.
    """
    line_break = read.sql.find("\n", semicolon)
    start = line_break + 1 if line_break >= 0 else len(read.sql)
    end = END_OF_DATA.search(read.sql, start)
    stop = end.start() if end else len(read.sql)
    read.data[copy] = Data(start, read.sql[start:stop])
    read.replace(start - 1 if line_break >= 0 else start, end.end() if end else stop)
