"""ALTER TABLE is read as one operation an action, and ALTER INDEX, too."""

from __future__ import annotations

from typing import Any

import pytest

from migrate_tasks.sql.operations import (
    AddColumn,
    AddConstraint,
    AddInlineIndex,
    Alter,
    AlterColumn,
    AlterColumnType,
    AlterTable,
    AlterTableOther,
    AttachPartition,
    Column,
    Constraint,
    DetachPartition,
    DropColumn,
    DropConstraint,
    Expression,
    InlineIndex,
    Name,
    Operation,
    Rename,
    TypeName,
    ValidateConstraint,
)
from migrate_tasks.sql.reading.cursor import NotRead
from tests.sql.reading.valid_statements import operations_of

T = Name("t")
START = len("ALTER TABLE t ")


def at(length: int) -> dict[str, Any]:
    """Return where an action of that length stands, if it is the first one on t."""
    return {"start": START, "end": START + length}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (
            "ADD a int",
            AddColumn(**at(9), table=T, column=Column(18, 23, "a", TypeName("int"), 20)),
        ),
        (
            "ADD COLUMN IF NOT EXISTS index text",
            AddColumn(**at(35), table=T, column=Column(39, 49, "index", TypeName("text"), 45), if_not_exists=True),
        ),
        ("ADD INDEX i (a)", AddInlineIndex(**at(15), table=T, index=InlineIndex(18, 29, "i", "a"))),
        ("ADD UNIQUE KEY (a)", AddInlineIndex(**at(18), table=T, index=InlineIndex(18, 32, None, "a", unique=True))),
        ("DROP a", DropColumn(**at(6), table=T, column="a")),
        (
            'DROP COLUMN IF EXISTS "A" CASCADE',
            DropColumn(**at(33), table=T, column="A", if_exists=True, cascade=True),
        ),
        ("DROP a RESTRICT", DropColumn(**at(15), table=T, column="a")),
        ("DROP CONSTRAINT c", DropConstraint(**at(17), table=T, name="c")),
        (
            "DROP CONSTRAINT IF EXISTS c CASCADE",
            DropConstraint(**at(35), table=T, name="c", if_exists=True, cascade=True),
        ),
        ("VALIDATE CONSTRAINT C", ValidateConstraint(**at(21), table=T, name="c")),
        (
            "ADD CONSTRAINT pk PRIMARY KEY USING INDEX I",
            AddConstraint(**at(43), table=T, constraint=Constraint(18, 57, "primary key", "pk", using_index="i")),
        ),
        (
            "ADD FOREIGN KEY (a) REFERENCES app.p ON DELETE CASCADE NOT VALID",
            AddConstraint(
                **at(64),
                table=T,
                constraint=Constraint(
                    18,
                    78,
                    "foreign key",
                    columns=("a",),
                    references=Name("p", "app"),
                    not_valid=True,
                    on_delete="CASCADE",
                ),
            ),
        ),
        (
            "ALTER a TYPE varchar(10)",
            AlterColumnType(**at(24), table=T, column="a", type=TypeName("varchar", ("10",)), type_start=27),
        ),
        (
            "ALTER COLUMN a SET DATA TYPE int USING a::int",
            AlterColumnType(
                **at(45),
                table=T,
                column="a",
                type=TypeName("int"),
                type_start=43,
                using=Expression(53, 59, "a::int", ("A", "::", "INT")),
            ),
        ),
        ("ALTER a SET NOT NULL", AlterColumn(**at(20), table=T, column="a", action="SET NOT NULL")),
        ("ALTER a DROP NOT NULL", AlterColumn(**at(21), table=T, column="a", action="DROP NOT NULL")),
        (
            "ALTER a SET DEFAULT now()",
            AlterColumn(
                **at(25),
                table=T,
                column="a",
                action="SET DEFAULT",
                expression=Expression(34, 39, "now()", ("NOW", "(", ")")),
            ),
        ),
        ("ALTER a DROP DEFAULT", AlterColumn(**at(20), table=T, column="a", action="DROP DEFAULT")),
        (
            "ALTER a SET EXPRESSION AS (b)",
            AlterColumn(
                **at(29), table=T, column="a", action="SET EXPRESSION", expression=Expression(41, 42, "b", ("B",))
            ),
        ),
        (
            "ALTER a ADD GENERATED ALWAYS AS IDENTITY (START 5)",
            AlterColumn(**at(50), table=T, column="a", action="ADD GENERATED"),
        ),
        ("ALTER a SET GENERATED ALWAYS", AlterColumn(**at(28), table=T, column="a", action="SET GENERATED")),
        ("ALTER a SET CACHE 5 RESTART", AlterColumn(**at(27), table=T, column="a", action="SET GENERATED")),
        ("ALTER a DROP IDENTITY IF EXISTS", AlterColumn(**at(31), table=T, column="a", action="DROP IDENTITY")),
        ("ALTER a SET STATISTICS -1", AlterColumn(**at(25), table=T, column="a", action="SET STATISTICS")),
        ("ALTER a SET STORAGE PLAIN", AlterColumn(**at(25), table=T, column="a", action="SET STORAGE")),
        ("ALTER a SET COMPRESSION lz4", AlterColumn(**at(27), table=T, column="a", action="SET COMPRESSION")),
        ("ALTER a SET (n_distinct = 5)", AlterColumn(**at(28), table=T, column="a", action="SET OPTIONS")),
        ("ALTER a RESET (n_distinct)", AlterColumn(**at(26), table=T, column="a", action="RESET OPTIONS")),
        ("ALTER a OPTIONS (DROP b)", AlterColumn(**at(24), table=T, column="a", action="SET OPTIONS")),
        ("ATTACH PARTITION p DEFAULT", AttachPartition(**at(26), table=T, partition=Name("p"), is_default=True)),
        (
            "ATTACH PARTITION app.p FOR VALUES IN (1)",
            AttachPartition(**at(40), table=T, partition=Name("p", "app")),
        ),
        ("DETACH PARTITION p", DetachPartition(**at(18), table=T, partition=Name("p"))),
        (
            "DETACH PARTITION p CONCURRENTLY",
            DetachPartition(**at(31), table=T, partition=Name("p"), concurrently=True),
        ),
        ("DETACH PARTITION p FINALIZE", DetachPartition(**at(27), table=T, partition=Name("p"), finalize=True)),
        ("RENAME TO u", Rename(**at(11), kind="table", name=T, old="t", new="u")),
        ("RENAME a TO b", Rename(**at(13), kind="column", name=T, old="a", new="b")),
        ('RENAME COLUMN "A" TO b', Rename(**at(22), kind="column", name=T, old="A", new="b")),
        ("RENAME CONSTRAINT a TO b", Rename(**at(24), kind="constraint", name=T, old="a", new="b")),
        ("SET SCHEMA app", Rename(**at(14), kind="table", name=T, old="t", new="app", sets_schema=True)),
    ],
)
def test_an_action_is_an_operation(action: str, expected: Operation) -> None:
    """It says what is done, and where in the script it stands."""
    assert operations_of(f"ALTER TABLE t {action}") == (expected,)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("OWNER TO SESSION_USER", "OWNER TO"),
        ("SET (fillfactor = 70)", "SET"),
        ("RESET (fillfactor)", "RESET"),
        ("SET TABLESPACE fast", "SET TABLESPACE"),
        ("SET LOGGED", "SET LOGGED"),
        ("SET UNLOGGED", "SET UNLOGGED"),
        ("SET ACCESS METHOD heap", "SET ACCESS METHOD"),
        ("SET WITHOUT CLUSTER", "SET WITHOUT CLUSTER"),
        ("CLUSTER ON i", "CLUSTER ON"),
        ("INHERIT app.p", "INHERIT"),
        ("NO INHERIT p", "NO INHERIT"),
        ("OF app.person", "OF"),
        ("NOT OF", "NOT OF"),
        ("REPLICA IDENTITY USING INDEX i", "REPLICA IDENTITY"),
        ("ALTER CONSTRAINT c NOT DEFERRABLE", "ALTER CONSTRAINT"),
        ("ENABLE ROW LEVEL SECURITY", "ENABLE ROW LEVEL SECURITY"),
        ("NO FORCE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"),
        ("DISABLE TRIGGER ALL", "DISABLE TRIGGER"),
        ("ENABLE ALWAYS TRIGGER x", "ENABLE ALWAYS TRIGGER"),
        ("ENABLE REPLICA RULE x", "ENABLE REPLICA RULE"),
    ],
)
def test_any_other_action_is_known_by_its_words(action: str, words: str) -> None:
    """Names and values are not among them."""
    assert operations_of(f"ALTER TABLE t {action}") == (AlterTableOther(**at(len(action)), table=T, action=words),)


def test_every_action_has_a_place_of_its_own() -> None:
    """Commas inside parentheses part nothing, and what says something of one action says nothing of another."""
    script = "ALTER TABLE IF EXISTS ONLY app.t ADD CHECK (f(a, b)) NOT VALID, ADD CHECK (b > 0), DROP c CASCADE"
    operations = operations_of(script)
    assert [script[operation.start : operation.end] for operation in operations] == [
        "ADD CHECK (f(a, b)) NOT VALID",
        "ADD CHECK (b > 0)",
        "DROP c CASCADE",
    ]
    first, second, third = operations
    assert isinstance(first, AddConstraint)
    assert isinstance(second, AddConstraint)
    assert (first.constraint.not_valid, second.constraint.not_valid) == (True, False)
    assert isinstance(third, AlterTable)
    assert (third.table, third.table_if_exists) == (Name("t", "app"), True)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (
            "ALTER FOREIGN TABLE app.t RENAME TO u",
            Rename(start=26, end=37, kind="foreign table", name=Name("t", "app"), old="t", new="u"),
        ),
        (
            "ALTER TABLE ALL IN TABLESPACE fast OWNED BY a, b SET TABLESPACE slow NOWAIT",
            Alter(start=49, end=75, kind="tables in tablespace", name=Name("fast"), action="SET TABLESPACE"),
        ),
        (
            "ALTER INDEX ALL IN TABLESPACE fast SET TABLESPACE slow",
            Alter(start=35, end=54, kind="indexes in tablespace", name=Name("fast"), action="SET TABLESPACE"),
        ),
        (
            "ALTER INDEX IF EXISTS app.i RENAME TO j",
            Rename(start=28, end=39, kind="index", name=Name("i", "app"), old="i", new="j"),
        ),
        (
            "ALTER INDEX i ATTACH PARTITION j",
            Alter(start=14, end=32, kind="index", name=Name("i"), action="ATTACH PARTITION"),
        ),
        (
            "ALTER INDEX i NO DEPENDS ON EXTENSION x",
            Alter(start=14, end=39, kind="index", name=Name("i"), action="NO DEPENDS ON EXTENSION"),
        ),
        ("ALTER INDEX i SET (a = b)", Alter(start=14, end=25, kind="index", name=Name("i"), action="SET")),
        (
            "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 5",
            Alter(start=14, end=45, kind="index", name=Name("i"), action="ALTER COLUMN"),
        ),
    ],
)
def test_other_statements_are_one_operation(script: str, expected: Operation) -> None:
    """ALTER FOREIGN TABLE, ALTER TABLE ALL IN TABLESPACE and ALTER INDEX are read, too."""
    assert operations_of(script) == (expected,)


@pytest.mark.parametrize(
    ("script", "offset"),
    [
        ("ALTER TABLE t", 13),
        ("ALTER TABLE t ADD", 17),
        ("ALTER TABLE t DROP INDEX idx_a", 25),
        ("ALTER TABLE t ADD COLUMN a int AFTER b", 31),
        ("ALTER TABLE t ADD COLUMN a int DEFAULT 0 AFTER b", 41),
        ("ALTER TABLE t ADD CONSTRAINT uq UNIQUE (a) NOT VALID", 43),
        ("ALTER TABLE t ADD CONSTRAINT IF NOT EXISTS ck CHECK (a > 0)", 32),
        ("ALTER TABLE t DROP FOREIGN KEY fk", 19),
        ("ALTER TABLE t MODIFY COLUMN a int", 14),
        ("ALTER TABLE t CHANGE a b int", 14),
        ("ALTER TABLE t ADD COLUMN (a int, b int)", 25),
        ("ALTER TABLE t ALTER COLUMN a int", 29),
        ("ALTER TABLE t ALTER COLUMN a SET TYPE", 33),
        ("ALTER TABLE t RENAME COLUMN a b", 30),
        ("ALTER TABLE t RENAME a TO b, RENAME c TO d", 27),
        ("ALTER TABLE t DROP COLUMN a, b", 29),
        ("ALTER TABLE t ENABLE ROW SECURITY", 14),
        ("ALTER TABLE t DROP a,", 21),
        ("ALTER TABLE t ALTER a SET DEFAULT", 33),
        ("ALTER TABLE t ALTER a SET DEFAULT now() ON UPDATE now()", 40),
    ],
)
def test_what_is_not_grammar_is_not_read(script: str, offset: int) -> None:
    """NotRead tells the place where the reading stopped."""
    with pytest.raises(NotRead) as raised:
        operations_of(script)
    assert raised.value.offset == offset
