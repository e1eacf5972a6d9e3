"""Files that were written for MySQL are told of, judged by all rules, and mended; others are left alone."""

from __future__ import annotations

import pytest

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.mend import mended
from migrate_tasks.lint.report import Report, Source
from migrate_tasks.lint.settings import LintSettings

TABLE = "CREATE TABLE `a b` (`id` bigint PRIMARY KEY, # it's the key\n  `N` text);\n"


def judged(sql: str, *rules: str) -> Report:
    """Return what is said of a file."""
    return lint([Source("001-a.sql", "001-a", sql)], LintSettings(select=frozenset(rules)))


def places(sql: str, *rules: str) -> list[tuple[int, int, str]]:
    """Return the line, the column and the rule of each violation."""
    return [(v.line, v.column, v.rule) for v in judged(sql, *rules).violations]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("# it's\nSELECT 1;\n#----\n", [(1, 1, "mysql-syntax")]),
        ("SELECT 1; # one\n# two's\n", [(1, 11, "mysql-syntax")]),
        ("CREATE TEMP TABLE a (b int, # it\n  c int);", [(1, 29, "mysql-syntax")]),
        ("SELECT `a`, '#', '`'; SELECT 'it', `b`;", [(1, 8, "mysql-syntax"), (1, 36, "mysql-syntax")]),
        ("SELECT `a;b` FROM c;", [(1, 8, "mysql-syntax")]),
        ("\\set x\n# it's\nDROP TABLE `a`;", [(1, 1, "syntax-error"), (2, 1, "mysql-syntax"), (3, 12, "mysql-syntax")]),
        ("# it's\nSELECT 'open;", [(1, 1, "mysql-syntax"), (2, 8, "syntax-error")]),
        ("SELECT 'it\\'s'; # `a`", [(1, 14, "syntax-error")]),
        ("ALTER TABLE `a` MODIFY b int;", [(1, 13, "mysql-syntax"), (1, 17, "mysql-syntax")]),
    ],
)
def test_what_is_for_mysql(sql: str, expected: list[tuple[int, int, str]]) -> None:
    """Comments are told of once a file, names once a statement, and no statement is unknown for these."""
    assert places(sql, "mysql-syntax", "syntax-error", "unknown-statement") == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a # b FROM c;",
        "SELECT a\n  # b, 'it''s' FROM c;",
        "CRETE TABLE a (b int DEFAULT 1\n # 2);",
        "SELECT '{}'::jsonb #- '{a}', a #>> '{b}', c FROM;;CRETE",
        "/* `a` */ SELECT $$ `a` # b $$, \"`a`\", '`'; -- `a`\n",
    ],
)
def test_what_is_for_postgres(sql: str) -> None:
    """Operators are none of MySQL's comments, and quoted backticks no names."""
    assert places(sql, "mysql-syntax") == []


def test_other_rules_judge_it() -> None:
    """What is in backticks is read as the names that are meant."""
    report = judged(f"{TABLE}DROP TABLE `other`;\n", "mysql-type", "ban-drop-table", "prefer-text-field")

    assert [(v.line, v.message) for v in report.violations] == [
        (3, 'dropping table "other" loses its rows, and breaks every program that still uses it')
    ]
    assert (report.statements, report.unread) == (2, 0)


def test_names_and_comments_are_mended() -> None:
    """Names get the quotes that they need, and comments begin as those of Postgres."""
    text, done = mended(TABLE, judged(TABLE, "mysql-syntax").violations)

    assert text == 'CREATE TABLE "a b" (id bigint PRIMARY KEY, -- it\'s the key\n  "N" text);\n'
    assert len(done) == 2
    assert places(text, "mysql-syntax", "unknown-statement") == []


def test_a_quote_after_a_backslash() -> None:
    """Where a string is left open after one that MySQL would go on with, it is told how Postgres writes it."""
    (escaped,) = judged("INSERT INTO a VALUES ('it\\'s');", "syntax-error").violations
    (plain,) = judged("INSERT INTO a VALUES ('it''s);", "syntax-error").violations

    assert escaped.message == plain.message == "unterminated quoted string"
    assert escaped.help == "Postgres ends a string at \\': double the quote, as in 'it''s', or write E'it\\'s'"
    assert not plain.help
