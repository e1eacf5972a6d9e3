"""Names as they are written in SQL, for helps that can be pasted."""

from __future__ import annotations

import re

from migrate_tasks.sql.operations import Name

__all__ = ["derived_name", "literal", "quoted"]

# what pg_get_keywords() of PostgreSQL 18 does not call unreserved; quote_ident() quotes the same
KEYWORDS = """
all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast
char character check coalesce collate collation column concurrently constraint create cross current_catalog
current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group
grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array
json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value
lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize
not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision
primary real references returning right row select session_user setof similar smallint some substring symmetric
system_user table tablesample then time timestamp to trailing treat trim true union unique user using values
varchar variadic verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest
xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
"""
NOT_PLAIN = frozenset(KEYWORDS.split())
PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
LONGEST = 63  # bytes, of any name


def quoted(name: Name | str) -> str:
    """Return a name as SQL, in double quotes only where it needs them; the schema "public" is left out."""
    if isinstance(name, Name):
        return f"{quoted(name.schema)}.{quoted(name.name)}" if name.schema else quoted(name.name)
    if PLAIN.fullmatch(name) and name not in NOT_PLAIN:
        return name
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def derived_name(table: Name, columns: tuple[str, ...], suffix: str) -> str:
    """Return the name that Postgres itself would give a constraint or an index: ``orders_user_id_fkey``.

    As makeObjectName: the longer one of table and columns is cut until the whole has 63 bytes.
    """
    first, second = table.name.encode(), "_".join(columns).encode()
    room = LONGEST - len(suffix.encode()) - 1 - bool(second)
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    parts = (first.decode(errors="ignore"), second.decode(errors="ignore"), suffix)
    return "_".join(filter(None, parts))
