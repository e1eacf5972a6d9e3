"""How the operations of a file are found again."""

from __future__ import annotations

from migrate_tasks.lint.done import Done
from migrate_tasks.sql.operations import AddColumn, CreateTable, Drop, DropColumn, Name, Rename, SetParameter
from migrate_tasks.sql.reading import operations_of
from migrate_tasks.sql.statements import split_statements

STATEMENTS = split_statements("""\
SET Lock_Timeout = '1s';
CREATE TABLE a (id int);
ALTER TABLE a ADD COLUMN b int, DROP COLUMN c;
ALTER TABLE app.a ADD COLUMN d int;
ALTER TABLE a RENAME TO e;
DROP TRIGGER f ON a;
WITH g AS (DELETE FROM a RETURNING id) INSERT INTO h SELECT id FROM g;
""")
OPERATIONS = [operations_of(statement) for statement in STATEMENTS]
ALL = [operation for operations in OPERATIONS for operation in operations]
SETTING, CREATE, ADD, DROP, ADD_OTHER, RENAME, DROP_TRIGGER, *_ = ALL


def test_in_order() -> None:
    """All are there, in the order in which they were added."""
    done = Done(ALL)
    assert (list(done), len(done), done[-1], done[1:3]) == (ALL, len(ALL), ALL[-1], [CREATE, ADD])


def test_of_a_kind() -> None:
    """They are found by their kind, and by what they name."""
    done = Done(ALL)
    table = Name("a")
    assert done.of(AddColumn) == [ADD, ADD_OTHER]
    assert (done.of(AddColumn, table), done.of(DropColumn, table), done.of(CreateTable, table)) == (
        [ADD],
        [DROP],
        [CREATE],
    )
    assert done.of(SetParameter, "lock_timeout") == [SETTING]
    assert (done.of(CreateTable, Name("b")), done.of(SetParameter, "timezone")) == ([], [])


def test_of_two_names() -> None:
    """RENAME is found by the old name and the new one, DROP TRIGGER by the trigger and its table."""
    done = Done(ALL)
    assert [done.of(Rename, Name(name)) for name in "ae"] == [[RENAME], [RENAME]]
    assert [done.of(Drop, Name(name)) for name in "fa"] == [[DROP_TRIGGER], [DROP_TRIGGER]]


def test_in_statement() -> None:
    """What a statement has done is found by where it stands, whatever the order within it."""
    done = Done(ALL)
    assert [done.in_statement(statement) for statement in STATEMENTS] == [list(each) for each in OPERATIONS]
