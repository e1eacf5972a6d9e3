"""What operations are made of: names, types, expressions, columns and constraints; and what all of them are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ConstraintKind = Literal["check", "foreign key", "unique", "primary key", "exclude", "not null"]
ZONE = " time zone"


@dataclass(frozen=True)
class Name:
    """A name as Postgres looks it up: folded to lower case unless quoted, without the quotes, not cut at 63 bytes.

    ``schema`` is None where none is written, and where it is "public": both are taken for the same.
    """

    name: str
    schema: str | None = None

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True)
class TypeName:
    """A type as it is written, in lower case unless quoted; ``modifiers`` are the texts in its parentheses.

    ``name`` has its words parted by one blank ("character varying", "timestamp with time zone"): what is written,
    without the modifiers and without the brackets of an array, of which ``is_array`` tells. As text it is spelled as
    Postgres' format_type does: "numeric(10,2)", "timestamp(3) with time zone".
    """

    name: str
    modifiers: tuple[str, ...] = ()
    is_array: bool = False

    def __str__(self) -> str:
        modifiers = f"({','.join(self.modifiers)})" if self.modifiers else ""
        name, blank, zone = self.name.partition(" ") if self.name.endswith(ZONE) else (self.name, "", "")
        return f"{name}{modifiers}{blank}{zone}{'[]' * self.is_array}"


@dataclass(frozen=True)
class Expression:
    """A part of a script that Postgres computes; ``words`` are its tokens, as Statement.words has them."""

    start: int
    end: int
    text: str
    words: tuple[str, ...] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Constraint:
    """A constraint of a table, a column or a domain.

    ``columns`` are those that it is on (of a column's own: that one); ``expression`` is what a CHECK computes.
    ``references`` is the other table of a foreign key. ``using_index`` is the index that UNIQUE or PRIMARY KEY takes.
    """

    start: int
    end: int
    kind: ConstraintKind
    name: str | None = None
    columns: tuple[str, ...] = ()
    expression: Expression | None = None
    references: Name | None = None
    using_index: str | None = None
    not_valid: bool = False
    on_delete: str | None = None  # "CASCADE", "SET NULL", ...


@dataclass(frozen=True)
class Column:
    """A column's definition. ``constraints`` are its own CHECK, UNIQUE, PRIMARY KEY, REFERENCES and NOT NULL.

    ``generated`` tells GENERATED ... AS IDENTITY, or of AS (...) whether it is STORED or VIRTUAL.
    """

    start: int
    end: int
    name: str
    type: TypeName | None
    type_start: int = 0
    constraints: tuple[Constraint, ...] = ()
    default: Expression | None = None
    generated: Literal["identity", "stored", "virtual"] | None = None

    def has(self, kind: ConstraintKind) -> bool:
        """Return whether it has a constraint of that kind of its own."""
        return any(constraint.kind == kind for constraint in self.constraints)


@dataclass(frozen=True)
class InlineIndex:
    """An INDEX or KEY among the columns of CREATE TABLE or after ALTER TABLE ... ADD, which Postgres does not have.

    Either face: ``INDEX i ON t (c)``, and MySQL's ``INDEX i (c)``, which Postgres takes for a column named "index".
    """

    start: int
    end: int
    name: str | None
    columns: str  # what stands in its parentheses
    unique: bool = False


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that a statement does."""

    start: int
    end: int
