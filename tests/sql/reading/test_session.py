"""Settings, transactions, locks and maintenance."""

from __future__ import annotations

import pytest

from migrate_tasks.sql.operations import (
    Cluster,
    Delete,
    LockTable,
    Name,
    Operation,
    Other,
    Query,
    RefreshMaterializedView,
    Reindex,
    SetParameter,
    TransactionControl,
    Vacuum,
)
from migrate_tasks.sql.reading import NotRead, operations_of
from migrate_tasks.sql.statements import split_statements

T = Name("t")


def operations(sql: str) -> tuple[Operation, ...]:
    """Return the operations of the only statement of ``sql``."""
    (statement,) = split_statements(sql)
    return operations_of(statement)


SETTINGS: dict[str, tuple[str, str | None, bool]] = {
    "SET lock_timeout = '5s'": ("lock_timeout", "5s", False),
    "SET LOCAL Lock_Timeout TO 5000": ("lock_timeout", "5000", True),
    "SET SESSION a.b TO DEFAULT": ("a.b", None, False),
    "SET search_path TO app, 'x', \"Y\"": ("search_path", "app, x, Y", False),
    "SET cost = -0.5": ("cost", "-0.5", False),
    "SET TIME ZONE 'UTC'": ("timezone", "UTC", False),
    "SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE": ("timezone", "INTERVAL '-08:00' HOUR TO MINUTE", False),
    "SET LOCAL ROLE NONE": ("role", "NONE", True),
    "SET SESSION AUTHORIZATION DEFAULT": ("session_authorization", None, False),
    "SET SCHEMA 'x'": ("search_path", "x", False),
    "SET role = 'a'": ("role", "a", False),
    "RESET lock_timeout": ("lock_timeout", None, False),
    "RESET ALL": ("all", None, False),
    "RESET TIME ZONE": ("timezone", None, False),
}


@pytest.mark.parametrize("sql", SETTINGS)
def test_setting_tells_parameter_and_value(sql: str) -> None:
    """The parameter is in lower case, the value as it is written, without quotes."""
    name, value, local = SETTINGS[sql]
    assert operations(sql) == (SetParameter(start=0, end=len(sql), name=name, value=value, local=local),)


TRANSACTIONS = {
    "BEGIN": "BEGIN",
    "START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY": "BEGIN",
    "END WORK": "COMMIT",
    "COMMIT AND CHAIN": "COMMIT",
    "ABORT": "ROLLBACK",
    "PREPARE TRANSACTION 'x'": "PREPARE",
    "SAVEPOINT a": "SAVEPOINT",
    "RELEASE SAVEPOINT a": "RELEASE",
    "ROLLBACK WORK TO a": "ROLLBACK TO",
}


@pytest.mark.parametrize("sql", TRANSACTIONS)
def test_transaction_control_tells_what_it_does(sql: str) -> None:
    """Synonyms are one action."""
    assert operations(sql) == (TransactionControl(start=0, end=len(sql), action=TRANSACTIONS[sql]),)


OTHERS: dict[str, tuple[Operation, ...]] = {
    "LOCK t": (LockTable(start=0, end=6, table=T, mode="ACCESS EXCLUSIVE"),),
    "LOCK TABLE ONLY t, s.u IN SHARE ROW EXCLUSIVE MODE NOWAIT": (
        LockTable(start=0, end=57, table=T, mode="SHARE ROW EXCLUSIVE"),
        LockTable(start=0, end=57, table=Name("u", "s"), mode="SHARE ROW EXCLUSIVE"),
    ),
    "VACUUM": (Vacuum(start=0, end=6),),
    "VACUUM FULL ANALYZE t (a)": (Vacuum(start=0, end=25, table=T, full=True),),
    "VACUUM (FULL off, VERBOSE) t": (Vacuum(start=0, end=28, table=T),),
    "CLUSTER": (Cluster(start=0, end=7),),
    "CLUSTER VERBOSE t USING i": (Cluster(start=0, end=25, table=T),),
    "REINDEX (CONCURRENTLY) TABLE t": (Reindex(start=0, end=30, kind="TABLE", name=T, concurrently=True),),
    "REINDEX SYSTEM": (Reindex(start=0, end=14, kind="SYSTEM", name=None),),
    "REFRESH MATERIALIZED VIEW CONCURRENTLY t WITH NO DATA": (
        RefreshMaterializedView(start=0, end=53, view=T, concurrently=True, with_data=False),
    ),
    "EXPLAIN DELETE FROM t": (Query(start=0, end=21, what="EXPLAIN"),),
    "EXPLAIN (ANALYZE) DELETE FROM t": (
        Query(start=0, end=31, what="EXPLAIN"),
        Delete(start=18, end=31, table=T),
    ),
    "CALL s.p(1)": (Query(start=0, end=11, what="CALL"),),
    "SHOW ALL": (Query(start=0, end=8, what="SHOW"),),
    "PREPARE a (int) AS DELETE FROM t": (Other(start=0, end=32, what="PREPARE"),),
    "COMMIT PREPARED 'x'": (Other(start=0, end=19, what="COMMIT PREPARED"),),
    "SET CONSTRAINTS ALL DEFERRED": (Other(start=0, end=28, what="SET CONSTRAINTS"),),
    "SET TRANSACTION READ ONLY": (Other(start=0, end=25, what="SET TRANSACTION"),),
    "DISCARD ALL": (Other(start=0, end=11, what="DISCARD ALL"),),
    "FETCH FORWARD ALL FROM c": (Other(start=0, end=24, what="FETCH"),),
}


@pytest.mark.parametrize("sql", OTHERS)
def test_statement_becomes_its_operations(sql: str) -> None:
    """What the statement says is in the fields."""
    assert operations(sql) == OTHERS[sql]


REFUSED = {
    "SET a b": 6,
    "SET a = ": 7,
    "RESET ALL x": 10,
    "LOCK t IN BIG MODE": 10,
    "BEGIN FAST": 6,
    "SAVEPOINT": 9,
    "REINDEX t": 8,
    "VACUUM t u": 9,
    "EXPLAIN DROP TABLE t": 8,
    "PREPARE a AS DROP TABLE t": 13,
    "FETCH - FROM c": 8,
    "DISCARD x": 8,
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_not_understood_is_refused(sql: str) -> None:
    """The place is that of the first token that cannot be what it is."""
    with pytest.raises(NotRead) as refused:
        operations(sql)
    assert refused.value.offset == REFUSED[sql]
