"""Operations on all other objects: types, functions, policies, privileges, names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from migrate_tasks.sql.operations.parts import Constraint, Expression, Name, Operation, TypeName


@dataclass(frozen=True, kw_only=True)
class Rename(Operation):
    """RENAME of anything, and SET SCHEMA (``new`` is the schema then).

    ``kind`` is "table", "column", "constraint", "index", "type", "schema", "view", "enum value", ... in lower case.
    ``name`` is the object, of a column or constraint the table, whose part is then ``old``.
    """

    kind: str
    name: Name
    old: str
    new: str
    sets_schema: bool = False


@dataclass(frozen=True, kw_only=True)
class Drop(Operation):
    """DROP of one object (a statement that drops three has three).

    ``kind`` in lower case: "table", "index", "materialized view", "function", ... ``on_table``: of a trigger, a policy
    or a rule.
    """

    kind: str
    name: Name
    if_exists: bool = False
    cascade: bool = False
    concurrently: bool = False
    on_table: Name | None = None


@dataclass(frozen=True, kw_only=True)
class CreateType(Operation):
    """CREATE TYPE; ``labels`` are those of an enum, None for any other."""

    name: Name
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class AddEnumValue(Operation):
    """ALTER TYPE ... ADD VALUE."""

    name: Name
    value: str
    if_not_exists: bool = False
    is_placed: bool = False  # BEFORE or AFTER another


@dataclass(frozen=True, kw_only=True)
class AddAttribute(Operation):
    """ALTER TYPE ... ADD, DROP or ALTER ATTRIBUTE; ``action`` is "ADD", "DROP" or "ALTER"."""

    name: Name
    action: str


@dataclass(frozen=True, kw_only=True)
class CreateDomain(Operation):
    """CREATE DOMAIN."""

    name: Name
    type: TypeName
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AlterDomain(Operation):
    """ALTER DOMAIN; ``action`` is "ADD CONSTRAINT", "SET NOT NULL", "VALIDATE CONSTRAINT", "DROP CONSTRAINT", ..."""

    name: Name
    action: str
    constraint: Constraint | None = None


@dataclass(frozen=True, kw_only=True)
class CreateFunction(Operation):
    """CREATE FUNCTION or PROCEDURE (``kind``); ``settings`` are the parameters in its SET clauses, in lower case."""

    kind: Literal["function", "procedure"]
    name: Name
    or_replace: bool = False
    language: str | None = None
    security_definer: bool = False
    settings: tuple[str, ...] = ()
    volatility: Literal["volatile", "stable", "immutable"] = "volatile"
    returns_trigger: bool = False  # or event_trigger: no query can call it


@dataclass(frozen=True, kw_only=True)
class CreateTrigger(Operation):
    """CREATE TRIGGER."""

    name: str
    table: Name
    or_replace: bool = False


@dataclass(frozen=True, kw_only=True)
class CreatePolicy(Operation):
    """CREATE or ALTER POLICY. ``roles`` are folded, empty where there is no TO."""

    name: str
    table: Name
    is_new: bool = True
    command: str = "ALL"
    roles: tuple[str, ...] = ()
    using: Expression | None = None
    with_check: Expression | None = None


@dataclass(frozen=True, kw_only=True)
class Create(Operation):
    """CREATE of anything else: "view", "materialized view", "sequence", "schema", "extension", "role", "rule", ..."""

    kind: str
    name: Name
    or_replace: bool = False
    if_not_exists: bool = False
    concurrently: bool = False
    temporary: bool = False


@dataclass(frozen=True, kw_only=True)
class Alter(Operation):
    """ALTER of anything else; ``action`` are the words after the name, up to three."""

    kind: str
    name: Name
    action: str


@dataclass(frozen=True, kw_only=True)
class Comment(Operation):
    """COMMENT ON; of a column, ``name`` is the table and ``column`` the column. ``is_null``: it takes one away."""

    kind: str
    name: Name
    column: str | None = None
    is_null: bool = False


@dataclass(frozen=True, kw_only=True)
class Grant(Operation):
    """GRANT or REVOKE (``revoke``); ``privileges`` in upper case, empty for membership in roles; ``roles`` folded."""

    privileges: tuple[str, ...]
    roles: tuple[str, ...]
    revoke: bool = False
    object_kind: str = "table"
