"""What the factories are called with that makes no sense: refused with the place of the call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_plugin import connection, database, template

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugin.ground import Suite

SCOPE = "scope is one of function, class, module, package, session"
BOTH_OF_THEM = "it has the migrations of its directory or those of its parent, not both"
PARENT = "it has the migrations of its parent, so the parent must have to=, or this a directory"


def seed(_: object) -> None:
    """Seed nothing."""


NO_NAME: Any = seed
NO_SEED: Any = "abc"
NUMBER: Any = 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: template(seed=NO_SEED), "template(seed='abc'): seed is a function, which is called with the database"),
        (lambda: template(NUMBER), "template(2): the directory is a path"),
        (lambda: template(to=NUMBER), 'template(to=2): to is the name of a migration: "003-name"'),
        (
            lambda: template(parent=NO_NAME),
            'template(parent=seed): template is the name of a fixture: "migrated_template"',
        ),
        (
            lambda: template("other", parent="people_template"),
            f"template('other', parent='people_template'): {BOTH_OF_THEM}",
        ),
        (lambda: template(seed=seed, to="001-a"), f"template(seed=seed, to='001-a'): {PARENT}"),
        (lambda: database("x", scope="modul"), f"database('x', scope='modul'): {SCOPE}"),
        (lambda: database(NO_NAME), 'database(seed): template is the name of a fixture: "migrated_template"'),
        (lambda: connection(NO_NAME), 'connection(seed): db is the name of a fixture: "migrated_db"'),
    ],
)
def test_what_is_refused_at_the_call(call: Callable[[], Any], message: str) -> None:
    """Arguments of a wrong kind, and those that say two things, are refused, with the file and line."""
    with pytest.raises(pytest.UsageError) as caught:
        call()

    assert str(caught.value) == f"tests/plugin/test_arguments.py:{call.__code__.co_firstlineno}: {message}"


def test_what_is_accepted() -> None:
    """A scope may be a function, as pytest has it, and a directory of its own may have both a seed and an end."""
    assert database(scope=lambda **_: "module")
    assert template("other", seed=seed, to="001-a")


CONFTEST = """
from pytest_plugin import connection, database, template

def insert(connection):
    connection.execute("INSERT INTO nothing VALUES (1)")

def bad(new):
    with new.connect() as connection:
        insert(connection)

people_template = template(to="001-users")
bad_template = template(parent="people_template", seed=bad)
bad_db = database("bad_template")
lost_db = database("no_such_template")
wrong_db = database("tmp_path")
orphan_template = template(parent="no_parent")
orphan_db = database("orphan_template")
lost_connection = connection("no_such_db")
wrong_connection = connection("tmp_path")
module_db = database("people_template", scope="module")
module_connection = connection("module_db")
"""
TESTS = """
import pytest

to_users = pytest.mark.migrations(to="001-users")

def test_bad(bad_db): pass
def test_bad_again(bad_db): pass
def test_lost(lost_db): pass
def test_wrong(wrong_db): pass
def test_orphan(orphan_db): pass
def test_lost_connection(lost_connection): pass
def test_wrong_connection(wrong_connection): pass
def test_module(module_connection): module_connection.execute("TABLE users")

@to_users
def test_migrate(migrated_db): migrated_db.migrate()

@to_users
def test_migrate_to(migrated_db): migrated_db.migrate(to="7")

def test_name(migrated_template): migrated_template.name
"""
BROKEN = """
E   migrate_tasks.errors.MigrationFailed: migrations/002-bad.sql:1:8: column "no" does not exist (SQLSTATE 42703)
E   DETAIL: In "SELECT no". 001-users stays completed; 002-bad was rolled back.
E   HINT: Mend migrations/002-bad.sql, and run the tests again.
"""


def test_what_users_get_wrong(suite: Suite) -> None:
    """A seed that fails is shown once, without our frames; a migration in a test too; a wrong name by its place."""
    suite.migrate(m002_bad="SELECT no;")
    suite.write(CONFTEST, "conftest.py")
    suite.write(TESTS)

    failures = suite.run("-p", "no:cacheprovider").failures

    setup = {title.removeprefix("ERROR at setup of test_"): text for title, text in failures.items()}
    for own in ("conftest.py:8: ", "conftest.py:4: in insert\n", "E                               ^\n"):
        assert own in setup["bad"] + "\n"
    for text in failures.values():
        assert "pytest_plugin/" not in text
        assert "contextlib" not in text
    made = "HINT: Make it, in the same file or a conftest.py: "
    assert {title: text for title, text in setup.items() if "HINT: Mend" not in text and "names are" not in text} == {
        "bad": setup["bad"],
        "bad_again": 'seed bad failed: UndefinedTable: relation "nothing" does not exist\n'
        "DETAIL: Told in full by test_it.py::test_bad.",
        "lost": "conftest.py:13: database('no_such_template'): there is no fixture \"no_such_template\"\n"
        f"{made}no_such_template = template(...)",
        "wrong": "conftest.py:14: database('tmp_path'): \"tmp_path\" is no fixture of template()\n"
        "HINT: Name a fixture that template() has made.",
        "orphan": "conftest.py:15: template(parent='no_parent'): there is no fixture \"no_parent\"\n"
        f"{made}no_parent = template(...)",
        "lost_connection": "conftest.py:17: connection('no_such_db'): there is no fixture \"no_such_db\"\n"
        f"{made}no_such_db = database(...)",
        "wrong_connection": "conftest.py:18: connection('tmp_path'): \"tmp_path\" is no fixture of database()\n"
        "HINT: Name a fixture that database() has made.",
    }
    for test, call in (("test_migrate", "migrated_db.migrate()"), ("test_name", "migrated_template.name")):
        fixture = call.partition(".")[0]
        assert f"def {test}({fixture}): {call}" in failures[test]
        assert BROKEN in failures[test]
    assert 'UnknownMigration: there is no migration "7"' in failures["test_migrate_to"]
    assert "HINT: The names are those of the files, without .sql." in failures["test_migrate_to"]
