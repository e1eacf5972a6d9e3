"""Allowing: which findings a comment accepts, and what is wrong with one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_tasks.lint.allows import sift
from migrate_tasks.lint.violation import Edit, Finding
from migrate_tasks.sql.statements import UnreadableSql, split_statements

KNOWN = ("ban-drop-column", "ban-drop-table", "prefer-text-field")
COLUMN, TABLE = "ban-drop-column", "ban-drop-table"
BECAUSE = "because nobody reads it"


def found_in(text: str) -> list[tuple[str, Finding]]:
    """Return a finding of ban-drop-table for each DROP TABLE, and one of ban-drop-column for each DROP COLUMN."""
    return [
        (COLUMN if match[1] == "COLUMN" else TABLE, Finding(match.start(), match.end(), match[0]))
        for match in re.finditer(r"DROP (COLUMN|TABLE) \w+", text)
    ]


def left(text: str) -> list[str]:
    """Return the messages of what is not allowed."""
    return [finding.message for _, finding in sift(text, split_statements(text), found_in(text), KNOWN)[0]]


def wrong(text: str) -> list[tuple[str, str, str]]:
    """Return the rule, the text and the message of what is wrong with the comments."""
    found = sift(text, split_statements(text), found_in(text), KNOWN)[1]
    return [(rule, text[finding.start : finding.end], finding.message) for rule, finding in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"-- migrate: allow {TABLE} {BECAUSE}\nDROP TABLE a;\nDROP TABLE b;", ["DROP TABLE b"]),
        (f"--migrate:allow {TABLE} {BECAUSE}\r\n\r\n-- more\r\n/* ; */\r\nDROP TABLE a;", []),
        (f"DROP TABLE z; -- migrate: allow {TABLE} {BECAUSE}\nDROP TABLE b;", ["DROP TABLE b"]),
        (f"DROP TABLE a -- migrate: allow {TABLE} {BECAUSE}\n;DROP TABLE b", ["DROP TABLE b"]),
        (f"DROP TABLE a\n-- migrate: allow {TABLE} {BECAUSE}\n;DROP TABLE b", ["DROP TABLE b"]),
        (f"DROP TABLE a; DROP TABLE b; -- migrate: allow {TABLE} {BECAUSE}\nDROP TABLE c", ["DROP TABLE c"]),
        (f"DROP TABLE a;\nDROP TABLE b;\n-- migrate: allow-file {TABLE} {BECAUSE}", []),
        (f"-- migrate: allow {COLUMN}, {TABLE} {BECAUSE}\nALTER TABLE a DROP COLUMN b, DROP COLUMN c;", []),
        (
            f"ALTER TABLE a\n  DROP COLUMN b, -- migrate: allow {COLUMN} {BECAUSE}\n  DROP COLUMN c;",
            ["DROP COLUMN c"],
        ),
        (
            f"ALTER TABLE a\n  DROP COLUMN b,\n  DROP COLUMN c;-- migrate: allow {COLUMN} {BECAUSE}",
            ["DROP COLUMN b"],
        ),
        (
            f"ALTER TABLE a\n  -- migrate: allow {COLUMN} {BECAUSE}\n  DROP COLUMN b,\n  DROP COLUMN c",
            ["DROP COLUMN c"],
        ),
        (f"ALTER TABLE a -- migrate: allow {COLUMN} {BECAUSE}\n  DROP COLUMN b,\n  DROP COLUMN c;", []),
        (f"ALTER TABLE a\n  DROP COLUMN b\n  CASCADE; -- migrate: allow {COLUMN} {BECAUSE}", []),
        (f"COPY a FROM stdin; -- migrate: allow {TABLE} {BECAUSE}\n1\n\\.\nDROP TABLE a;", ["DROP TABLE a"]),
        (f"COPY a FROM stdin;\n1\n\\.\n-- migrate: allow {TABLE} {BECAUSE}\nDROP TABLE a;", []),
    ],
)
def test_what_a_comment_allows(text: str, expected: list[str]) -> None:
    """A comment allows the next statement, its line or else its statement, or the file, and nothing else."""
    assert left(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT '\n-- migrate: allow {TABLE} {BECAUSE}\n'; DROP TABLE a",
        f"DO $$\n-- migrate: allow {TABLE} {BECAUSE}\n$$; DROP TABLE a",
        f"COPY a FROM stdin;\n-- migrate: allow {TABLE} {BECAUSE}\n\\.\nDROP TABLE a",
        f"/* /* */\n-- migrate: allow {TABLE} {BECAUSE}\n*/ DROP TABLE a",
        f"-- as in: -- migrate: allow {TABLE} {BECAUSE}\nDROP TABLE a",
        f"-- migrate: allowed {TABLE} {BECAUSE}\nDROP TABLE a",
    ],
    ids=["string", "body", "data", "comment", "middle of a comment", "another word"],
)
def test_what_only_looks_like_an_allow(text: str) -> None:
    """In a string, a body, data or another comment nothing is allowed, and nothing is wrong."""
    assert (left(text), wrong(text)) == (["DROP TABLE a"], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "-- migrate: allow ban-drop-tabel because x\nDROP TABLE a;",
            ("unknown-allow", "ban-drop-tabel", 'rule "ban-drop-tabel" is allowed here, but does not exist'),
        ),
        (
            "-- migrate: allow ban-drop-column because x\nSELECT 1;",
            ("unused-allow", "ban-drop-column", 'rule "ban-drop-column" is allowed here, but finds nothing'),
        ),
        (
            "DROP TABLE a; -- migrate: allow ban-drop-table",
            ("allow-without-reason", "-- migrate: allow ban-drop-table", 'it is not said why "ban-drop-table" is'),
        ),
        (
            "DROP TABLE a; -- migrate: allow ban-drop-table because  ",
            (
                "allow-without-reason",
                "-- migrate: allow ban-drop-table because  ",
                'it is not said why "ban-drop-table"',
            ),
        ),
        (
            "-- migrate: allow because x\nSELECT 1;",
            ("unknown-allow", "-- migrate: allow because x", "the comment allows no rule by its name"),
        ),
        (
            "SELECT 1;\n-- migrate: allow prefer-text-field because x\n",
            ("unused-allow", "prefer-text-field", 'rule "prefer-text-field" is allowed here, but finds nothing'),
        ),
    ],
)
def test_what_is_wrong_with_a_comment(text: str, expected: tuple[str, str, str]) -> None:
    """A comment that names an unknown rule, allows nothing or gives no reason is itself found."""
    ((rule, place, message),) = wrong(text)

    assert (rule, place) == expected[:2]
    assert message.startswith(expected[2])


AS_WRITTEN = "nothing is allowed by a comment that is written like this"
NO_BECAUSE = 'it is not said why "ban-drop-table" is allowed here: a reason begins with "because"'
RIGHT = f"-- migrate: allow {TABLE} because nobody reads it"


@pytest.mark.parametrize(
    ("comment", "message", "help_", "is_mended"),
    [
        (f"/* migrate: allow {TABLE} {BECAUSE} */", AS_WRITTEN, RIGHT, False),
        (f"/**\n * migrate: allow {TABLE}: nobody reads it\n */", AS_WRITTEN, RIGHT, False),
        (f"-- MIGRATE: ALLOW {TABLE} {BECAUSE}", AS_WRITTEN, RIGHT, True),
        (f"-- Migrate: allow-file {TABLE}", AS_WRITTEN, f"-- migrate: allow-file {TABLE} because ...", False),
        (f"--- migrate: allow {TABLE} {BECAUSE}", AS_WRITTEN, RIGHT, True),
        (f"-- migrate allow {TABLE}, {COLUMN} {BECAUSE}", AS_WRITTEN, RIGHT.replace(TABLE, f"{TABLE}, {COLUMN}"), True),
        (f"-- migrate: allow: {TABLE} {BECAUSE}", AS_WRITTEN, RIGHT, True),
        ("-- migrate-lint: allow ban-drop-tabel: x", AS_WRITTEN, "-- migrate: allow ban-drop-tabel because x", True),
        (f"-- migrate: allow {TABLE}: nobody reads it", NO_BECAUSE, RIGHT, True),
        (f"-- migrate: allow {TABLE} - nobody reads it", NO_BECAUSE, RIGHT, True),
        (f"-- migrate: allow {TABLE}: no, because", NO_BECAUSE, f"-- migrate: allow {TABLE} because no, because", True),
    ],
)
def test_a_comment_that_is_nearly_right(comment: str, message: str, help_: str, *, is_mended: bool) -> None:
    """A comment that is meant to allow is told how it is written, which mends it where its place is right."""
    text = f"{comment}\nDROP TABLE a;"
    ((_, finding),) = sift(text, split_statements(text), found_in(text), KNOWN)[1]

    assert (text[finding.start : finding.end], finding.message, finding.help) == (comment, message, help_)
    assert finding.edits == ((Edit(0, len(comment), help_),) if is_mended else ())


@pytest.mark.parametrize(
    "comment",
    [
        "-- Migrate: allow nulls in the column, because some have none",
        "/* migrate: allow */",
        "-- we migrate: allow ban-drop-table because",
        f"-- migrate: allow {TABLE} Because: nobody reads it",
        f"-- migrate: allow {TABLE}: because nobody reads it",
    ],
)
def test_what_is_no_such_comment(comment: str) -> None:
    """Nothing is wrong with words that only look like it, or that are right but for a colon or a capital letter."""
    text = f"{comment}\nDROP TABLE a;"

    assert wrong(text) == []


def test_an_unknown_rule_is_guessed() -> None:
    """The help for a misspelt rule names the one that is meant."""
    text = "-- migrate: allow ban-drop-tabel because x\nDROP TABLE a;"

    assert sift(text, split_statements(text), [], KNOWN)[1][0][1].help == 'Did you mean "ban-drop-table"?'


def test_a_rule_that_was_not_looked_for_is_not_unused() -> None:
    """An allow of a rule that is off is no violation."""
    text = "-- migrate: allow ban-drop-column because x\nSELECT 1;"

    assert sift(text, split_statements(text), [], KNOWN, applied=[TABLE]) == ([], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"SELECT 1;\n  -- migrate: allow {TABLE} {BECAUSE}\nSELECT 2;", "SELECT 1;\nSELECT 2;"),
        (f"SELECT 1;  -- migrate: allow {TABLE} {BECAUSE}\nSELECT 2;", "SELECT 1;\nSELECT 2;"),
        (
            f"-- migrate: allow {COLUMN}, {TABLE},prefer-text-field {BECAUSE}\nDROP TABLE a;",
            f"-- migrate: allow {TABLE} {BECAUSE}\nDROP TABLE a;",
        ),
    ],
)
def test_an_unused_allow_can_be_mended(text: str, expected: str) -> None:
    """The change takes the names that find nothing out, and the comment where none remains."""
    wrong = sift(text, split_statements(text), found_in(text), KNOWN)[1]
    (edit,) = (edit for _, finding in wrong for edit in finding.edits)

    assert isinstance(edit, Edit)
    assert text[: edit.start] + edit.text + text[edit.end :] == expected


PIECES = (
    "-- migrate: allow ban-drop-table",
    "because x",
    "\n",
    "\r\n",
    ";",
    "DROP TABLE a",
    "'",
    "$$",
    "/*",
    "*/",
    ",",
    "é",
)


@given(st.lists(st.sampled_from([*PIECES, " ", "-- migrate: allow-file x, ban-drop-column"]), max_size=40))
def test_any_text_at_all(pieces: list[str]) -> None:
    """Whatever a file holds, each finding is either kept or allowed, and what is wrong lies in the text."""
    text = "".join(pieces)
    try:
        statements = split_statements(text)
    except UnreadableSql:
        return
    found = found_in(text)
    kept, about = sift(text, statements, found, KNOWN)

    assert [pair for pair in found if pair in kept] == kept
    assert all(0 <= finding.start < finding.end <= len(text) for _, finding in about)
