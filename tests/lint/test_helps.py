"""The SQL in helps: a server executes what is to be pasted."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks.lint.rules import all_rules
from migrate_tasks.sql.statements import split_statements
from tests.lint.examples import VERSION, examples_of
from tests.lint.test_rules import judged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_plugin.server import PostgresServer

# whose help is for roles, which all databases share; for a table that is not made yet; a part of a statement; the
# statement itself, in a file of its own
NOT_PASTED_HERE = {"ban-drop-owned", "inline-index", "prefer-identity", "validate-in-same-transaction"}
RULES = [name for name in all_rules() if name not in NOT_PASTED_HERE]
AFTERWARDS = {"renaming-table", "security-definer-search-path"}  # whose help is for the end of the file


def pasted(rule: str, version: int) -> Iterator[tuple[list[str], str]]:
    """Yield what is executed before a violation, and the SQL of its help, which stands below a sentence."""
    for example in examples_of(rule, "bad"):
        files = sorted(example.glob("*.sql")) or [example]
        asked = VERSION.search(files[-1].read_text())
        if asked and int(asked[1]) > version:
            continue
        for (line, _, _), help_ in zip(*judged(rule, example), strict=True):
            sql = help_.partition("\n")[2]
            if sql and "..." not in sql:
                reached = sys.maxsize if rule in AFTERWARDS else line
                yield [*(file.read_text() for file in files[:-1]), *_before(files[-1], reached)], sql


def _before(file: Path, line: int) -> Iterator[str]:
    """Yield the statements that end before a line, but for those that begin and end transactions."""
    text = file.read_text()
    for statement in split_statements(text):
        is_control = statement.words[0] in {"BEGIN", "COMMIT"}
        if text.count("\n", 0, statement.end) + 1 < line and not is_control:
            yield statement.text


@pytest.mark.parametrize("rule", RULES)
def test_it_can_be_pasted(any_server: PostgresServer, rule: str) -> None:
    """Each statement of a help succeeds where the violation's own would have been executed."""
    with psycopg.connect(any_server.url_of("postgres")) as connection:
        version = connection.info.server_version // 10_000
    for before, sql in pasted(rule, version):
        with any_server.database() as name, psycopg.connect(any_server.url_of(name), autocommit=True) as connection:
            for done in before:
                with suppress(psycopg.Error):  # some are there to be refused
                    connection.execute(done)
            for statement in split_statements(sql):
                connection.execute(statement.text)
