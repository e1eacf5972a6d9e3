"""The two texts that variables come in: .env files, and what a phase hands over to later ones.

Reading the files is for whoever knows where they lie. No error repeats what stands in a line: it may be a secret.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.places import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
REST = r"(?:[ \t]+#[^\n]*)?[ \t]*(?:\n|\Z)"  # what may follow a quoted value
NOTHING = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
ASSIGNMENT = re.compile(rf"[ \t]*(?:export[ \t]+)?({NAME})[ \t]*=")
SINGLE_QUOTED = re.compile(rf"[ \t]*'([^']*)'{REST}")
DOUBLE_QUOTED = re.compile(rf'[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"{REST}', re.DOTALL)
QUOTE = re.compile(r"[ \t]*(['\"])")
UNQUOTED = re.compile(r"([^\n]*)(?:\n|\Z)")
COMMENT = re.compile(r"[ \t]#.*")
ESCAPE = re.compile(r'\\([nrt"\\$])')
ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
OUTPUT = re.compile(rf"({NAME})(?:=(?P<value>.*)|<<(?P<end>.+))", re.DOTALL)
A_NAME = "A name has letters, digits and underscores, and does not begin with a digit"


def parse_env_file(text: str, name: str) -> dict[str, str]:
    r"""Return the variables of ``text``, an .env file called ``name``; of a name used twice, the last.

    The grammar is Compose's: ``NAME=VALUE``, which may follow ``export``; a value as it is, to the end of the line
    or to a # after white space; in single quotes, where nothing is special; or in double quotes, where \n, \r, \t,
    \", \\ and \$ are escapes. Quoted values may have several lines. Unlike there, nothing is put in for $NAME or
    ${NAME}: a $ is a $, since a password may have one. Raises ConfigurationError for anything else.
    """
    text = _checked(text, name).replace("\r\n", "\n")
    variables = {}
    at = 0
    while at < len(text):
        if nothing := NOTHING.match(text, at):
            at = nothing.end()
        elif assignment := ASSIGNMENT.match(text, at):
            value, at = _value(text, assignment.end(), name)
            variables[assignment[1]] = value
        else:
            raise ConfigurationError(
                f"{name}:{place_of(text, at).line}: expected NAME=VALUE",
                hint=f"{A_NAME}; a comment begins with #, and a value of several lines stands in quotes.",
            )
    return variables


def _value(text: str, at: int, name: str) -> tuple[str, int]:
    """Return the value that begins at ``at``, and where what follows it begins."""
    if value := SINGLE_QUOTED.match(text, at):
        return value[1], value.end()
    if value := DOUBLE_QUOTED.match(text, at):
        return ESCAPE.sub(lambda escape: ESCAPED.get(escape[1], escape[1]), value[1]), value.end()
    if quote := QUOTE.match(text, at):
        raise ConfigurationError(
            f"{name}:{place_of(text, at).line}: expected nothing but a value in {quote[1]} quotes",
            hint='End it with the same quote; write \\" for a double quote in double quotes, and put a value with '
            "single quotes into double ones.",
        )
    value = UNQUOTED.match(text, at)
    assert value
    return COMMENT.sub("", value[1]).strip(" \t"), value.end()


def parse_outputs(text: str, name: str) -> dict[str, str]:
    """Return what a phase handed over in ``text``, a file called ``name``; of a name used twice, the last.

    The grammar is that of GitHub's GITHUB_OUTPUT: ``NAME=VALUE``, or ``NAME<<END``, the lines of the value, and the
    line ``END``. Raises ConfigurationError for anything else.
    """
    lines = enumerate(_checked(text, name).split("\n"), 1)
    outputs = {}
    for number, line in lines:
        if not line.strip():
            continue
        output = OUTPUT.fullmatch(line)
        if output is None:
            raise ConfigurationError(f"{name}:{number}: expected NAME=VALUE or NAME<<END", hint=f"{A_NAME}.")
        if output["end"] is None:
            outputs[output[1]] = output["value"]
        elif (value := _lines_until(output["end"], lines)) is not None:
            outputs[output[1]] = value
        else:
            raise ConfigurationError(
                f"{name}:{number}: the value has no end",
                hint="Below its last line must stand what follows <<, alone in a line.",
            )
    return outputs


def _lines_until(end: str, lines: Iterator[tuple[int, str]]) -> str | None:
    """Return the lines before the line ``end``, or None where there is none such."""
    value: list[str] = []
    for _, line in lines:
        if line == end:
            return "\n".join(value)
        value.append(line)
    return None


def may_be_value(text: str) -> bool:
    """Return whether a variable can have the value ``text``: it has no NUL byte, and can be encoded."""
    try:
        return b"\0" not in text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False


def _checked(text: str, name: str) -> str:
    """Return ``text`` without the mark that some editors put first; no variable can have a NUL byte (environ(7))."""
    at = text.find("\0")
    if at >= 0:
        raise ConfigurationError(f"{name}:{place_of(text, at).line}: there is a NUL byte", hint="Save it as UTF-8.")
    return text.removeprefix("\ufeff")
