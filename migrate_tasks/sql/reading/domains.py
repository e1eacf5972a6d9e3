"""CREATE DOMAIN, and the constraints of domains."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import Constraint, CreateDomain, Operation
from migrate_tasks.sql.reading.places import whole
from migrate_tasks.sql.reading.types import read_type

if TYPE_CHECKING:
    from migrate_tasks.sql.reading.cursor import Cursor


def create_domain(cursor: Cursor) -> tuple[Operation, ...]:
    """Return the operation of a CREATE DOMAIN, which was taken."""
    name = cursor.name()
    cursor.takes("AS")
    type_name = read_type(cursor)
    constraints: list[Constraint] = []
    while not cursor.has_ended:
        if cursor.takes("COLLATE"):
            cursor.name()
        elif cursor.takes("DEFAULT"):
            cursor.expression_until("CONSTRAINT", "NOT NULL", "NULL", "CHECK", "COLLATE")
        elif not cursor.takes("NULL"):
            constraints.append(domain_constraint(cursor))
    return (CreateDomain(**whole(cursor), name=name, type=type_name, constraints=tuple(constraints)),)


def domain_constraint(cursor: Cursor) -> Constraint:
    """Take a constraint of a domain, with or without a name."""
    start = cursor.offset
    name = cursor.identifier() if cursor.takes("CONSTRAINT") else None
    if cursor.takes("NOT", "NULL"):
        constraint = Constraint(start, start, "not null", name)
    else:
        cursor.expect("CHECK")
        constraint = Constraint(start, start, "check", name, expression=cursor.balanced())
    not_valid = cursor.takes("NOT", "VALID")
    return replace(constraint, end=cursor.last_end, not_valid=not_valid)
