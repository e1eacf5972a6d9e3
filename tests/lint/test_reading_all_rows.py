"""The examples of rules about rewriting, reading and building: on servers, bad ones do that to all rows, good ones not.

At DEBUG1, Postgres itself says that it rewrites or verifies a table, builds an index or validates a foreign key.
"""

from __future__ import annotations

import re

import psycopg
import pytest

from migrate_tasks.sql.statements import split_statements
from tests.lint.examples import examples_of

RULES = (
    "adding-constrained-domain-field",
    "adding-exclusion-constraint",
    "adding-field-with-default",
    "adding-foreign-key-constraint",
    "adding-generated-field",
    "adding-identity-field",
    "adding-not-nullable-field",
    "adding-serial-field",
    "adding-serial-primary-key-field",
    "changing-column-type",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
)
OF_ALL_ROWS = re.compile(r'(rewriting|verifying) table|building index "(?!pg_toast)|validating foreign key')
OTHERS_TELL = re.compile(r"\bUNIQUE|FOREIGN KEY \(id\)|CREATE TABLE|INDEX|VALIDATE")  # or it is the remedy


def done_to_rows(connection: psycopg.Connection, sql: str) -> list[str]:
    """Return what a server says that it does to all rows for a statement."""
    told: list[str] = []
    connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
    connection.execute("SET client_min_messages = debug1")
    connection.execute(sql)
    connection.execute("RESET client_min_messages")
    return [message for message in told if OF_ALL_ROWS.match(message)]


def statements_of(connection: psycopg.Connection, rule: str, kind: str) -> list[str]:
    """Return the statements of a rule's first example, once the migrations before it are executed."""
    files = sorted(next(example for example in examples_of(rule, kind) if example.is_dir()).glob("*.sql"))
    connection.execute("SET TimeZone = 'Europe/Berlin'")
    for file in files[:-1]:
        connection.execute(file.read_text())
    return [statement.text for statement in split_statements(files[-1].read_text())]


@pytest.mark.parametrize("rule", RULES)
def test_bad_examples(any_url: str, rule: str) -> None:
    """Each statement of a bad example does something to all rows."""
    with psycopg.connect(any_url, autocommit=True) as connection:
        statements = statements_of(connection, rule, "bad")
        assert [sql for sql in statements if not done_to_rows(connection, sql)] == []


@pytest.mark.parametrize("rule", sorted(set(RULES) - {"adding-exclusion-constraint"}))
def test_good_examples(any_url: str, rule: str) -> None:
    """No statement of a good example does, but for what other rules tell of."""
    with psycopg.connect(any_url, autocommit=True) as connection:
        statements = statements_of(connection, rule, "good")
        done = {sql: done_to_rows(connection, sql) for sql in statements}
    assert {sql: told for sql, told in done.items() if told and not OTHERS_TELL.search(sql)} == {}
