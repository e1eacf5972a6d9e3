"""Which statements are found by their first word, and that none is found that is not there."""

from __future__ import annotations

import pytest

from migrate_tasks.sql.skimming import statements_beginning_with
from migrate_tasks.sql.statements import UnreadableSql, split_statements

WORDS = frozenset({"CREATE", "DROP"})


@pytest.mark.parametrize(
    "others",
    [
        "INSERT INTO t VALUES ('a; CREATE TABLE b ();', 'it''s');",
        'UPDATE "a;""b" SET c = 1;',
        "COMMENT ON TABLE t IS $$; DROP TABLE a; $$;",
        "INSERT INTO t VALUES ($a$ $$; DROP TABLE a; $$ $a$);",
        "UPDATE t SET a$b = 1, c$ = 2; UPDATE t SET d$$ = 3;",
        "-- it's; DROP TABLE a;\nDELETE FROM t; -- DROP TABLE a;\n",
        "/* it's; DROP TABLE a; **/ DELETE FROM t /* ; */;",
        "/* /* it's; */ DROP TABLE a; */ DELETE FROM t;",
        "SELECT 1 - 2 / 3; ;; SELECT E'\\'; DROP TABLE a;';",
        "COPY t FROM stdin;\nDROP TABLE a;\n\\.\n",
        "create function f() returns int begin atomic select 1; select 2; end;",
        "CREATE OR REPLACE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b);",
        "INSERT INTO createx VALUES (1); creates; (SELECT 1);",
    ],
)
def test_as_when_all_are_read(others: str) -> None:
    """It is what is left of all statements when those that begin otherwise are taken away."""
    script = f"-- first\ncreate table a (b int DEFAULT 1);\n{others}\nDROP TABLE c"
    expected = [statement.words for statement in split_statements(script) if statement.words[0] in WORDS]
    assert [statement.words for statement in statements_beginning_with(WORDS, script)] == expected


def test_unreadable() -> None:
    """A quote that is left open makes the whole script unreadable."""
    with pytest.raises(UnreadableSql):
        statements_beginning_with(WORDS, "DROP TABLE a; INSERT INTO t VALUES ('a);")
