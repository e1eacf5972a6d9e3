"""Texts of variables: .env files in Compose's grammar, and what phases hand over in GitHub's."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.startup.environment import parse_env_file, parse_outputs

if TYPE_CHECKING:
    from collections.abc import Callable

LAW = settings(deadline=None, database=None)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True)
LETTERS = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
VALUES = st.text(LETTERS)
PIECES = st.lists(
    st.sampled_from(["A", "=", "'", '"', "\\", "\n", "\r\n", " ", "#", "export ", "$", "<<", "EOF", "\0", "ü", "1"])
)
A_NAME = "A name has letters, digits and underscores, and does not begin with a digit"
EXPECTED = (
    f"expected NAME=VALUE\nHINT: {A_NAME}; a comment begins with #, and a value of several lines stands in quotes."
)
QUOTES = (
    "expected nothing but a value in {} quotes\n"
    'HINT: End it with the same quote; write \\" for a double quote in double quotes, and put a value with '
    "single quotes into double ones."
)
NUL = "there is a NUL byte\nHINT: Save it as UTF-8."
NO_END = "the value has no end\nHINT: Below its last line must stand what follows <<, alone in a line."


def refusal(parse: Callable[[str, str], object], text: str) -> str:
    """Return the error with which ``text`` is refused."""
    with pytest.raises(ConfigurationError) as caught:
        parse(text, ".env")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=b", "b"),
        ("A=b\n", "b"),
        ("A=b\r\n", "b"),
        ("\ufeffA=b\n", "b"),
        ("export A=b", "b"),
        ("  export\tA = b \t\n", "b"),
        ("A=", ""),
        ("A=\n\n", ""),
        ("# A=a\nA=b\n  # A=c\n", "b"),
        ("A=a\nA=b", "b"),
        ("A=b # c", "b"),
        ("A=b\t# c # d", "b"),
        ("A=b#c", "b#c"),
        ("A=#b", "#b"),
        ("A= # c", ""),
        ("A=b c", "b c"),
        ("A=b=c", "b=c"),
        ("A=$B${C}", "$B${C}"),
        ("A=b\\n", "b\\n"),
        ("A=it's", "it's"),
        ("A='b'", "b"),
        ("A='' # c", ""),
        ("A='b # c'", "b # c"),
        (r"""A='$B \n "\'""", r"""$B \n "\ """.strip()),
        ("A='b\n\nc'", "b\n\nc"),
        ('A="b" # c', "b"),
        ('A="b # c"', "b # c"),
        (r'A="\n\r\t\"\\\$"', '\n\r\t"\\$'),
        (r'A="\d\\n"', r"\d\n"),
        ('A="it\'s"', "it's"),
        ('A="b\r\n# c\r\n"', "b\n# c\n"),
    ],
)
def test_a_value_is_read_as_compose_reads_it(text: str, value: str) -> None:
    """A value is what Compose's grammar says, but for interpolation: $ is $."""
    assert parse_env_file(text, ".env") == {"A": value}


def test_a_file_has_many_variables() -> None:
    """Variables stand in lines of their own, in any order, with comments and empty lines between."""
    text = "# shop\n\nexport=1\nA='a\nb'\n\n  \nB_2=\"c\"\n_=d # e\n#"

    assert parse_env_file(text, ".env") == {"export": "1", "A": "a\nb", "B_2": "c", "_": "d"}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("A=1\n\ns3cret\n", f".env:3: {EXPECTED}"),
        ("A\n=1", f".env:1: {EXPECTED}"),
        ("A: 1", f".env:1: {EXPECTED}"),
        ("A-B=1", f".env:1: {EXPECTED}"),
        ("1A=1", f".env:1: {EXPECTED}"),
        ("Ä=1", f".env:1: {EXPECTED}"),
        ("=1", f".env:1: {EXPECTED}"),
        ("export 'A=1'", f".env:1: {EXPECTED}"),
        ("\nA='s3cret\nB=1", f".env:2: {QUOTES.format(chr(39))}"),
        ("A='it\\'s'", f".env:1: {QUOTES.format(chr(39))}"),
        ("A='b'#c", f".env:1: {QUOTES.format(chr(39))}"),
        ('A="1"\nB= "s3cret\\"\n', f".env:2: {QUOTES.format(chr(34))}"),
        ('A="b"c', f".env:1: {QUOTES.format(chr(34))}"),
        ("A=1\nB=a\0b", f".env:2: {NUL}"),
    ],
)
def test_what_is_no_variable_is_refused(text: str, error: str) -> None:
    """What is no variable is refused with its line, and nothing of what stands there is repeated."""
    assert refusal(parse_env_file, text) == error


@LAW
@given(st.dictionaries(NAMES, VALUES))
def test_any_value_can_be_written_in_double_quotes(variables: dict[str, str]) -> None:
    """Any value can be written in double quotes, with escapes for what is special in them."""
    escapes = str.maketrans({"\\": r"\\", '"': r"\"", "\r": r"\r"})
    lines = (f'{name}="{value.translate(escapes)}"\n' for name, value in variables.items())

    assert parse_env_file("".join(lines), ".env") == variables


@LAW
@given(st.dictionaries(NAMES, st.text(st.characters(exclude_characters="\0\r'", exclude_categories=["Cs"]))))
def test_nothing_is_special_in_single_quotes(variables: dict[str, str]) -> None:
    """A value without single quotes is itself between them."""
    lines = (f"{name}='{value}'\n" for name, value in variables.items())

    assert parse_env_file("".join(lines), ".env") == variables


@pytest.mark.parametrize("parse", [parse_env_file, parse_outputs])
def test_any_text_is_read_or_refused(parse: Callable[[str, str], dict[str, str]]) -> None:
    """Any text gives variables that a process can have, or an error that begins with a line of it."""

    @LAW
    @given(st.one_of(VALUES, PIECES.map("".join)))
    def law(text: str) -> None:
        with suppress(ConfigurationError):
            variables = parse(text, ".env")
            assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) for name in variables)
            assert "\0" not in "".join(variables.values())
            return
        line = re.match(r"\.env:(\d+): [a-zN]", refusal(parse, text))
        assert line
        assert 1 <= int(line[1]) <= text.count("\n") + 1

    law()


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("", {}),
        ("A=b", {"A": "b"}),
        ("A=b\n\nC=d\n", {"A": "b", "C": "d"}),
        ("A= b 'c' # d", {"A": " b 'c' # d"}),
        ("A=b<<c", {"A": "b<<c"}),
        ("A=1\nA=2", {"A": "2"}),
        ("A<<EOF\nb\nEOF", {"A": "b"}),
        ("A<<EOF\nEOF\n", {"A": ""}),
        ("A<<EOF\n\n EOF\nC=d\n\nEOF\nE=f", {"A": "\n EOF\nC=d\n", "E": "f"}),
        ("A<<x=y\nb\nx=y\n", {"A": "b"}),
        ("\ufeffA=b\u2028c", {"A": "b\u2028c"}),
    ],
)
def test_outputs_are_read_as_github_reads_them(text: str, outputs: dict[str, str]) -> None:
    """An output is a line NAME=VALUE, where nothing is special, or lines between NAME<<END and END."""
    assert parse_outputs(text, ".env") == outputs


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("A=1\ns3cret", f".env:2: expected NAME=VALUE or NAME<<END\nHINT: {A_NAME}."),
        ("A =1", f".env:1: expected NAME=VALUE or NAME<<END\nHINT: {A_NAME}."),
        ("=1", f".env:1: expected NAME=VALUE or NAME<<END\nHINT: {A_NAME}."),
        ("A<<", f".env:1: expected NAME=VALUE or NAME<<END\nHINT: {A_NAME}."),
        ("A=1\nB<<EOF\ns3cret\n EOF", f".env:2: {NO_END}"),
        ("A=\n\0", f".env:2: {NUL}"),
    ],
)
def test_what_is_no_output_is_refused(text: str, error: str) -> None:
    """What is no output is refused with its line, and nothing of what stands there is repeated."""
    assert refusal(parse_outputs, text) == error


@LAW
@given(st.dictionaries(NAMES, VALUES))
def test_any_value_can_be_handed_over(outputs: dict[str, str]) -> None:
    """Any value can be handed over between two lines that it does not contain."""
    text = "".join(
        f"{name}<<{'E' * (len(value) + 1)}\n{value}\n{'E' * (len(value) + 1)}\n" for name, value in outputs.items()
    )

    assert parse_outputs(text, ".env") == outputs
