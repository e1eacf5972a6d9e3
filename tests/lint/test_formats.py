"""Formats: what a report is as text, to the last character."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest

from migrate_tasks.lint.formats import FORMATS
from migrate_tasks.lint.formats.gitlab import fingerprint
from migrate_tasks.lint.report import Report
from migrate_tasks.lint.violation import Finding, Severity, Violation

ERROR = Violation(
    "migrations/001-a,b.sql",
    3,
    5,
    "ban-drop-table",
    Severity.ERROR,
    Finding(40, 60, 'dropping "a:b" loses 100%', "SELECT 1;\nSELECT 2;"),
    4,
)
WARNING = Violation("/abs/é.sql", 1, 1, "prefer-text-field", Severity.WARNING, Finding(0, 1, "short"))
REPORT = Report((ERROR, WARNING), files=12, statements=118, unread=1)
NOTHING = Report((), files=1, statements=1, unread=0)


def test_lines_for_people() -> None:
    """Each violation is a line with its help below it; the last line is the summary."""
    assert FORMATS["text"](REPORT) == (
        'migrations/001-a,b.sql:3:5: ban-drop-table: dropping "a:b" loses 100%\n'
        "  help: SELECT 1;\n"
        "  SELECT 2;\n"
        "/abs/é.sql:1:1: prefer-text-field: short\n"
        "1 error, 1 warning in 12 files; 117 of 118 statements read\n"
    )


def test_what_a_terminal_would_obey() -> None:
    """For people, what a terminal would obey is shown as Python writes it; only a help has lines of its own."""
    finding = Finding(0, 1, 'dropping "\x1b[2Jé\n" \x9b loses it', "SELECT\t1;\nSELECT '\x07';")
    report = replace(NOTHING, violations=(replace(WARNING, path="a\x1b]0;b\udcff\r.sql", finding=finding),))

    assert FORMATS["text"](report) == (
        'a\\x1b]0;b\\udcff\\r.sql:1:1: prefer-text-field: dropping "\\x1b[2Jé\\n" \\x9b loses it\n'
        "  help: SELECT\t1;\n"
        "  SELECT '\\x07';\n"
        "0 errors, 1 warning in 1 file; 1 of 1 statement read\n"
    )


def test_nothing_for_people() -> None:
    """Without violations there is the summary alone."""
    assert FORMATS["text"](NOTHING) == "0 errors, 0 warnings in 1 file; 1 of 1 statement read\n"


def test_json() -> None:
    """JSON is one object; end_line is left out where it is not known."""
    assert json.loads(FORMATS["json"](REPORT)) == {
        "violations": [
            {
                "rule": "ban-drop-table",
                "severity": "error",
                "path": "migrations/001-a,b.sql",
                "line": 3,
                "column": 5,
                "end_line": 4,
                "message": 'dropping "a:b" loses 100%',
                "help": "SELECT 1;\nSELECT 2;",
            },
            {
                "rule": "prefer-text-field",
                "severity": "warning",
                "path": "/abs/é.sql",
                "line": 1,
                "column": 1,
                "message": "short",
                "help": "",
            },
        ],
        "summary": {"errors": 1, "warnings": 1, "files": 12, "statements": 118, "statements_read": 117},
    }


def test_github() -> None:
    """A workflow command is one line, with what is special escaped."""
    assert FORMATS["github"](REPORT) == (
        "::error file=migrations/001-a%2Cb.sql,line=3,endLine=4,col=5,title=ban-drop-table"
        '::dropping "a:b" loses 100%25%0Ahelp: SELECT 1;%0ASELECT 2;\n'
        "::warning file=/abs/é.sql,line=1,col=1,title=prefer-text-field::short\n"
    )


def test_gitlab() -> None:
    """A Code Quality report is a list of issues with all that GitLab requires."""
    first, second = json.loads(FORMATS["gitlab"](REPORT))

    assert first == {
        "description": 'dropping "a:b" loses 100%\nSELECT 1;\nSELECT 2;',
        "check_name": "ban-drop-table",
        "fingerprint": fingerprint(ERROR, Counter()),
        "severity": "major",
        "location": {"path": "migrations/001-a,b.sql", "lines": {"begin": 3, "end": 4}},
    }
    assert (second["severity"], second["location"]) == ("minor", {"path": "/abs/é.sql", "lines": {"begin": 1}})


def test_a_fingerprint_outlives_a_new_line() -> None:
    """What a violation is known by does not depend on its line, and two of a kind are known apart."""
    seen: Counter[str] = Counter()
    first, second = fingerprint(ERROR, seen), fingerprint(replace(ERROR, line=9), seen)

    assert first == fingerprint(replace(ERROR, line=7), Counter())
    assert first != second


def test_sarif() -> None:
    """A SARIF log has one run, whose results name their rules and places."""
    log = json.loads(FORMATS["sarif"](REPORT))
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    first, second = run["results"]

    assert (log["version"], run["columnKind"], run["tool"]["driver"]["name"]) == (
        "2.1.0",
        "unicodeCodePoints",
        "migrate-lint",
    )
    assert all(rule["shortDescription"]["text"] and rule["fullDescription"]["text"] for rule in rules)
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == "ban-drop-table"
    assert (first["level"], second["level"]) == ("error", "warning")
    assert first["message"] == {"text": 'dropping "a:b" loses 100%\n\nSELECT 1;\nSELECT 2;'}
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "migrations/001-a%2Cb.sql"},
                "region": {"startLine": 3, "startColumn": 5, "endLine": 4},
            }
        }
    ]
    assert second["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///abs/%C3%A9.sql"}


@pytest.mark.parametrize("name", FORMATS)
def test_a_name_that_is_not_utf8(name: str) -> None:
    """A file whose name is no UTF-8 can be told of in every format."""
    assert FORMATS[name](replace(REPORT, violations=(replace(ERROR, path="a\udcff.sql"),)))
