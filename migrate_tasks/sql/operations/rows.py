"""Operations on rows, and what a statement does to the server, the session and the transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from migrate_tasks.sql.operations.parts import Expression, Name, Operation

MergeAction = Literal["UPDATE", "DELETE", "DO"]  # DO NOTHING


@dataclass(frozen=True, kw_only=True)
class Reindex(Operation):
    """REINDEX; ``kind`` is INDEX, TABLE, SCHEMA, DATABASE or SYSTEM."""

    kind: str
    name: Name | None
    concurrently: bool = False


@dataclass(frozen=True, kw_only=True)
class Insert(Operation):
    """INSERT, COPY ... FROM, and whatever else puts rows into a table. ``columns`` are None where not listed.

    ``has_defaults`` tells DEFAULT VALUES, for which there is nothing to list.
    """

    table: Name
    columns: tuple[str, ...] | None = None
    how: Literal["INSERT", "COPY"] = "INSERT"
    on_conflict: bool = False
    has_defaults: bool = False


@dataclass(frozen=True, kw_only=True)
class Update(Operation):
    """UPDATE. ``where`` is None where there is none; ``columns`` are those that are set, as a whole.

    ``values`` are what the assignments give: None for DEFAULT, for several columns at once, and for a part of one.
    """

    table: Name
    columns: tuple[str, ...] = ()
    where: Expression | None = None
    values: tuple[Expression | None, ...] = field(default=(), repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Delete(Operation):
    """DELETE."""

    table: Name
    where: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Merge(Operation):
    """MERGE. ``matched`` is what its first WHEN MATCHED does with the rows that meet ``on`` and its ``condition``."""

    table: Name
    on: Expression
    matched: MergeAction | None = None
    condition: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Truncate(Operation):
    """TRUNCATE of one table."""

    table: Name
    cascade: bool = False


@dataclass(frozen=True, kw_only=True)
class LockTable(Operation):
    """LOCK TABLE; ``mode`` such as "ACCESS EXCLUSIVE"."""

    table: Name
    mode: str


@dataclass(frozen=True, kw_only=True)
class Vacuum(Operation):
    """VACUUM; without ``table`` of all tables."""

    table: Name | None = None
    full: bool = False


@dataclass(frozen=True, kw_only=True)
class Cluster(Operation):
    """CLUSTER; without ``table`` of all that were clustered before."""

    table: Name | None = None


@dataclass(frozen=True, kw_only=True)
class RefreshMaterializedView(Operation):
    """REFRESH MATERIALIZED VIEW."""

    view: Name
    concurrently: bool = False
    with_data: bool = True


@dataclass(frozen=True, kw_only=True)
class SetParameter(Operation):
    """SET, RESET, or SELECT set_config(...). ``value`` is as written, without quotes; None: RESET, or TO DEFAULT."""

    name: str
    value: str | None
    local: bool = False


@dataclass(frozen=True, kw_only=True)
class TransactionControl(Operation):
    """BEGIN, COMMIT, ROLLBACK, PREPARE (what transactions.control_of tells), and SAVEPOINT, RELEASE, ROLLBACK TO."""

    action: str


@dataclass(frozen=True, kw_only=True)
class Do(Operation):
    """DO: what its body does stands after it among the operations; ``dynamic`` are the places of EXECUTE in it."""

    language: str = "plpgsql"
    dynamic: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Query(Operation):
    """SELECT, VALUES, TABLE, EXPLAIN, SHOW, CALL, COPY ... TO: what changes no schema, as far as can be seen."""

    what: str


@dataclass(frozen=True, kw_only=True)
class Other(Operation):
    """A statement that is known, and of which no rule wants to know more; ``what`` are its leading words."""

    what: str
