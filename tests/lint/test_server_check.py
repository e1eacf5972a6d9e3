"""The exact check: what a server's parser finds, with the exact place, and nothing that depends on objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.exact import with_syntax_errors
from migrate_tasks.lint.report import Report, Source
from migrate_tasks.lint.server_check import open_check
from migrate_tasks.lint.settings import LintSettings
from migrate_tasks.lint.violation import Finding, Severity, Violation
from migrate_tasks.tasks.lint_command import main

if TYPE_CHECKING:
    from pathlib import Path


MARK = "▲"  # where the error is expected


def errors(url: str, text: str, root: Path) -> list[tuple[int, str]]:
    """Return where each error is, and what the server says, without its version."""
    with open_check(root, url) as errors_of:
        found = errors_of(Source("a.sql", "a", text))
    return [(finding.start, finding.message.rpartition(", says PostgreSQL")[0]) for finding in found]


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("SELECT 1; SELECT 'é😀', 2 FORM ▲a;", 'syntax error at or near "a"'),
        ("CREATE TABLE a (b int,\n  INDEX i ▲ON a (b));", 'syntax error at or near "ON"'),
        ("SELECT 1;\nALTER TABLE a ADD▲", "syntax error at end of input"),
        ("COPY a FROM stdin;\nSELECT (\n\\.\nSELECT ▲,1", 'syntax error at or near ","'),
        ("SELECT * FROM no_such; SELECT no_such(1); CREATE TABLE a (b no_such);", None),
        ("VACUUM; BEGIN; COMMIT; DO $$ nonsense $$; SELECT $1;", None),
        ("INSERT INTO t VALUES (1, 2);", None),
        ("SELECT 'open", None),
    ],
)
def test_what_the_parser_finds(any_url: str, tmp_path: Path, marked: str, said: str | None) -> None:
    """Only errors of the grammar count; they are found at the character that the server names."""
    with psycopg.connect(any_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (a int)")

    expected = [(marked.index(MARK), said)] if said else []

    assert errors(any_url, marked.replace(MARK, ""), tmp_path) == expected


def test_nothing_is_executed(url: str, tmp_path: Path) -> None:
    """The statements leave nothing behind."""
    assert errors(url, "CREATE TABLE made (a int); DROP SCHEMA public; CREATE DATABASE made;", tmp_path) == []
    with psycopg.connect(url) as connection:
        made = connection.execute("SELECT to_regclass('public.made'), to_regnamespace('public') IS NULL").fetchone()

    assert made == (None, False)


def test_the_server_knows_better() -> None:
    """A syntax error takes the place of what says that the same statement cannot be read."""
    text = "SELECT 1;\nSELEC 2;\n"
    unknown = Violation("a.sql", 2, 1, "unknown-statement", Severity.ERROR, Finding(10, 17, "cannot read"), 2)
    other = Violation("a.sql", 2, 1, "ban-drop-table", Severity.ERROR, Finding(10, 17, "other"), 2)
    error = Finding(10, 17, "syntax error")

    report = with_syntax_errors(
        Report((unknown, other), 1, 2, 1), [Source("a.sql", "a", text)], LintSettings(), lambda _: [error]
    )

    assert report.violations == (other, Violation("a.sql", 2, 1, "syntax-error", Severity.ERROR, error, 2))


def test_a_rule_has_told_why(url: str, tmp_path: Path) -> None:
    """What a rule explains is not told again by the server, all of it."""
    text = (
        "INSERT IGNORE INTO t VALUES (1);\n# one\nSELECT 1;\n# and one more\nSELECT `a` FROM t;\n"
        "CREATE TABLE t (a int(11));\nCREATE TABLE u (\n  a int,\n  INDEX i ON u (a)\n);\nSELEC 2;\n"
    )
    source = Source("a.sql", "a", text)
    with open_check(tmp_path, url) as errors_of:
        report = with_syntax_errors(lint([source], LintSettings()), [source], LintSettings(), errors_of)

    told = {"inline-index", "mysql-syntax", "mysql-type", "syntax-error"}
    assert [(v.line, v.rule) for v in report.violations if v.rule in told] == [
        (1, "mysql-syntax"),
        (2, "mysql-syntax"),
        (5, "mysql-syntax"),
        (6, "mysql-type"),
        (9, "inline-index"),
        (11, "syntax-error"),
    ]


def test_the_command_asks_the_server(folder: Path, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With --server URL the errors of the server are violations."""
    (folder / "a.sql").write_text("SELECT 1;\nSELECT 2 FORM a b;\n")

    with pytest.raises(SystemExit) as left:
        main(["--server", url, "--select", "syntax-error", "a.sql"])

    assert left.value.code == 1
    assert capsys.readouterr().out.startswith('a.sql:2:15: syntax-error: syntax error at or near "a", says PostgreSQL ')


def test_the_embedded_server_is_the_one_by_default(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a URL the embedded server is asked, and a path after the option is no URL."""
    (folder / "a.sql").write_text("CREATE TABLE a (b int,, c int);\n")

    with pytest.raises(SystemExit) as left:
        main(["--select", "syntax-error", "--server", "a.sql"])

    assert left.value.code == 1
    assert capsys.readouterr().out.startswith('a.sql:1:23: syntax-error: syntax error at or near ","')
