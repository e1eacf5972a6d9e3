"""Types that the migrations make: domains, with or without constraints, and enums."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.sql.operations import Name

if TYPE_CHECKING:
    from migrate_tasks.lint.schema import Schema
    from migrate_tasks.sql.operations import TypeName


def has_constraint(schema: Schema, type_name: TypeName) -> bool:
    """Return whether a type is a domain with a constraint; an array of one is not checked in this way."""
    return not type_name.is_array and schema.domains.get(_name(type_name), False)


def is_enum(schema: Schema, type_name: TypeName) -> bool:
    """Return whether a type is an enum, or an array of one."""
    return _name(type_name) in schema.enums


def _name(type_name: TypeName) -> Name:
    """Return the name as Postgres looks it up; a dot in quotes is not expected in it."""
    parts = [part.strip('"') for part in type_name.name.split(".")]
    schema = parts[-2] if parts[1:] else None
    return Name(parts[-1], None if schema == "public" else schema)
